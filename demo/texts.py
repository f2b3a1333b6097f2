"""All texts that people read on the page, in one place.

`PAGE` goes to the browser as JSON; `ERRORS` are sentences that the server answers with. Words in
braces are filled in where the text is used.
"""

from __future__ import annotations

TITLE = "Portrait Harmonization"
SUBTITLE = "Make a pasted person look as if they had been there."

PAGE = {
    # What to do next
    "step_start": "Start with a photo that someone was pasted into.",
    "step_change": "Tap the person to change.",
    "step_match": "Tap someone to match, or press Harmonize.",
    "step_match_found": "Matching this person. Tap someone else to change that.",
    "step_ready": "Ready. Press Harmonize.",
    "step_looking": "Looking for someone to match.",
    "step_background": "Matching the background. Press Harmonize.",
    "step_refine": "Tap parts to add them, or switch to Remove.",
    "step_refine_remove": "Tap the parts that do not belong.",
    "step_brush": "Paint what is missing.",
    "step_erase": "Paint over what does not belong.",
    "step_result": "Drag to compare before and after.",
    # Start
    "choose_photo": "Choose a photo",
    "drop_hint": "or drop it here",
    "formats_hint": "JPEG, PNG, WebP, TIFF or HEIC, up to {megabytes} MB",
    "examples_title": "Or try an example",
    "example_label": "Open the example: {title}",
    # Roles
    "role_change": "Person to change",
    "role_match": "Person to match",
    "tag_change": "Change",
    "tag_match": "Match",
    "tag_with_level": "{name} · {level}",
    "hover_change": "Change?",
    "hover_match": "Match?",
    "level_person": "whole",
    "level_part": "part",
    "level_object": "object",
    "role_empty_change": "Tap to choose",
    "role_empty_match": "We suggest someone",
    "role_background": "The background",
    "role_looking": "Looking …",
    "role_chosen": "Chosen",
    "role_person": "Whole person",
    "role_part": "A part",
    "role_object": "The object there",
    "role_mask": "Your mask",
    "role_automatic": "Found for you",
    "roles_label": "Whom your next tap chooses",
    # Whom we found
    "chips_change": "Change this person?",
    "chips_match": "Match this person",
    "chip_change": "Change this person, {place} of {count}",
    "chip_match": "Match this person, {place} of {count}",
    "chip_background": "The background",
    # Tools
    "tools_label": "What a tap does",
    "tool_pick": "Choose",
    "tool_add": "Add",
    "tool_remove": "Remove",
    "tool_brush": "Brush",
    "tool_pick_hint": "A tap chooses someone else, a drag draws a box",
    "tool_add_hint": "A tap adds a missing part",
    "tool_remove_hint": "A tap takes a part away (also: Shift and tap)",
    "tool_brush_hint": "Paint the last pixels by hand",
    "brush_label": "What the brush does",
    "brush_add": "Paint",
    "brush_erase": "Erase",
    "brush_size": "Size of the brush",
    "undo": "Undo",
    "undo_hint": "Take the last step back (Ctrl+Z)",
    "redo": "Redo",
    "redo_hint": "Do it again (Ctrl+Shift+Z)",
    "clear": "Clear",
    "clear_hint": "Select nobody here (Delete)",
    "edits_title": "Edge and mask",
    "grow": "Move the edge",
    "grow_value": "{pixels} px",
    "bring_mask": "Bring a mask",
    "bring_mask_hint": "A PNG of the photo's shape: white inside, black outside, or a cut-out",
    "save_mask": "Save the mask",
    "swap": "Swap inside and outside",
    "zoom": "Zoom",
    "zoom_in": "Closer",
    "zoom_out": "Further away",
    "zoom_whole": "The whole photo",
    # Tips, each shown once
    "tip_again": "Tap the same person again for just a part of them.",
    "tip_points": "Tap a point to delete it.",
    "tip_brush": "Hold Shift to do the opposite.",
    "tip_hold": "Hold, then drag to draw a box.",
    "tip_zoomed": "Two fingers or the wheel move the photo.",
    "dismiss_tip": "Close this tip",
    # What happened
    "note_mask_white": "White was taken as inside.",
    "note_mask_black": "White is outside in this mask, so black was taken as inside.",
    "note_mask_brush": "This is your own mask: change it with the brush.",
    "note_choose_first": "Tap someone first.",
    "connection_lost": "The connection is interrupted. What you selected is kept; we keep trying.",
    "connection_back": "The connection is back. Nothing was lost.",
    "spoken_change": "Person to change selected: {level}.",
    "spoken_match": "Person to match selected: {level}.",
    "spoken_box": "The box was selected.",
    "spoken_added": "Added.",
    "spoken_removed": "Removed.",
    "spoken_point_deleted": "Point deleted.",
    "spoken_background": "The background is matched.",
    "spoken_swapped": "Inside and outside swapped.",
    "spoken_cleared_change": "Nobody to change is selected.",
    "spoken_cleared_match": "Nobody to match is selected.",
    "spoken_undone": "Undone.",
    "spoken_redone": "Done again.",
    "start_over": "Start over",
    # Result
    "harmonize": "Harmonize",
    "strength": "Strength",
    "compare_label": "Line between before and after",
    "compare_value": "{percent} percent before",
    "before": "Before",
    "after": "After",
    "back": "Change the selection",
    "summary_title": "What changed",
    "almost_nothing": "Almost nothing changes with these settings.",
    "word_little": "a little {word}",
    "word_exposure_up": "brighter",
    "word_exposure_down": "darker",
    "word_warmth_up": "warmer",
    "word_warmth_down": "cooler",
    "word_tint_up": "more magenta",
    "word_tint_down": "greener",
    "word_contrast_up": "more contrast",
    "word_contrast_down": "less contrast",
    "word_saturation_up": "more color",
    "word_saturation_down": "less color",
    "hold": "Hold for before",
    "hold_hint": "Press and hold to see the photo before (also: hold the key B)",
    "full_size": "Show at 100 percent",
    "full_size_hint": "Every pixel of the photo, at 100 % (key 1; 0 shows everything)",
    "result_keys": (
        "Hold B to see the photo before. Plus and minus zoom, 1 shows every pixel, 0 shows "
        "everything, arrows move an enlarged photo. The line between before and after is a slider "
        "of its own."
    ),
    "looks_title": "Choose by eye",
    "look_person": "Match this",
    "look_person_label": "Match this one, {place} of {count}",
    "look_background": "Match the scene",
    "look_background_label": "Match the scene as a whole",
    "look_own": "Your choice",
    "look_own_label": "Match whom you chose",
    "adjust_title": "Adjust by hand",
    "adjust_hint": "The sliders stand where harmonizing put them. The middle is the photo before.",
    "adjust_reset": "Back to the harmonized look",
    "slider_exposure": "Exposure",
    "slider_warmth": "Warmth",
    "slider_tint": "Tint",
    "slider_contrast": "Contrast",
    "slider_saturation": "Saturation",
    "slider_same": "as before",
    "slider_value": "{value} {word}",
    "slider_percent": "{value} % {word}",
    # Keep
    "download": "Download",
    "download_size": "Full size, {width} by {height} pixels.",
    "download_deep": "Full size, {width} by {height} pixels. Download gives a PNG with 16 bits.",
    "formats_more": "More formats",
    "format_jpeg": "JPEG",
    "format_jpeg_hint": "Small, opens everywhere",
    "format_tiff": "TIFF",
    "format_tiff_hint": "For printing and editing, without loss",
    "format_tiff_deep": "For printing and editing, with all 16 bits",
    "format_webp": "WebP",
    "format_webp_hint": "Small, for web pages",
    "format_foreground": "The person alone",
    "format_foreground_hint": "PNG with a clear background, as a layer",
    "format_mask": "The mask",
    "format_mask_hint": "PNG, white where the person is",
    "format_cube": "The color change",
    "format_cube_hint": ".cube for Photoshop, Affinity, GIMP, DaVinci",
    "format_html": "Before and after",
    "format_html_hint": "One page that opens from an e-mail",
    # Share
    "share": "Share",
    "share_what": (
        "Makes a page that anyone with its link can see until {until}: the photo before and after, "
        "without its place, date or file name. You can delete it at once."
    ),
    "share_caption": "Caption (optional)",
    "share_make": "Make the link",
    "share_list": "What you share",
    "share_link": "Link to the page",
    "share_copy": "Copy",
    "share_copied": "Copied.",
    "share_select": "Press Ctrl+C to copy the link.",
    "share_send": "Send",
    "share_delete": "Delete",
    "share_until": "Anyone with the link can see it until {until}.",
    "share_code": "QR code",
    "share_code_alt": "QR code with the link",
    # Progress
    "busy_models": "Warming up. This takes a moment after a start.",
    "busy_reading": "Reading the photo",
    "busy_people": "Finding people",
    "busy_picking": "Outlining",
    "busy_mask": "Reading the mask",
    "busy_saving_mask": "Writing the mask",
    "busy_harmonizing": "Harmonizing",
    "busy_saving": "Writing the picture at full size",
    "busy_sharing": "Making the link",
    "busy_deleting": "Deleting",
    # Errors that the page finds by itself
    # Composing: from two photos to one
    "compose_way": "Add someone to a photo",
    "compose_way_hint": "Two photos: the scene, and the one with the person to put there.",
    "compose_scene": "The scene",
    "compose_scene_hint": "Where they should be",
    "compose_person": "The person",
    "compose_person_hint": "A photo with them in it",
    "compose_choose": "Choose",
    "compose_choose_both": "Choose both photos",
    "compose_change": "Choose another",
    "compose_swap": "Swap the two photos",
    "compose_cancel": "Cancel",
    "step_photos": "Choose the scene and the photo with the person.",
    "step_cut": "Tap the person to cut out.",
    "step_cut_chosen": "Add or remove parts if needed, then press Place them.",
    "chips_cut": "Cut out this person?",
    "compose_place_them": "Place them",
    "step_place": "Drag them into place.",
    "step_behind": "Tap who stands in front of them.",
    "compose_stage": (
        "The scene with the person over it. Arrow keys move them, [ and ] change the size, "
        "comma and period turn them, F flips them."
    ),
    "compose_where": "{x} percent from the left, {y} percent from the top, size {size} percent",
    "compose_size": "Size",
    "compose_turn": "Turn",
    "compose_size_value": "{percent} percent of the scene's height",
    "compose_turn_value": "{degrees} degrees",
    "compose_handle_size": "Drag to change the size",
    "compose_handle_turn": "Drag to turn",
    "compose_flip": "Flip",
    "compose_behind": "Behind ...",
    "compose_behind_hint": "Put them behind someone in the scene",
    "compose_behind_done": "Done with behind",
    "compose_shadow": "Shadow",
    "compose_shadow_none": "Off",
    "compose_shadow_below": "Below",
    "compose_shadow_left": "Left",
    "compose_shadow_right": "Right",
    "compose_back_photos": "Back to the photos",
    "compose_back_cut": "Back to the cut-out",
    "compose_back_place": "Back to placing",
    "compose_done": "Done",
    "note_swapped": "The mask had black and white swapped: the white part is taken as outside.",
    "note_mask_found": "One of them is a mask: the person to change is known already.",
    "busy_cutting": "Cutting them out",
    "busy_composing": "Putting the picture together at full size",
    "busy_looking": "Looking at the photos",
    "error_network": "The connection was interrupted. Nothing is lost: please try again.",
    "error_too_large": "This file is larger than {megabytes} MB. Choose a smaller one.",
    "error_no_file": "That was not a file. Choose a photo from this device.",
    "error_preview": "The picture could not be shown. Please try again.",
    "dismiss": "Close this message",
    "stage_label": "The photo. {step}",
    "stage_role": "photo to tap",
    "stage_keys": (
        "Arrows move a crosshair, with Shift by one pixel. Enter taps, Shift and Enter removes. "
        "Plus and minus zoom, 0 shows everything. Control Z undoes, Delete clears, Escape goes "
        "back to choosing."
    ),
    "no_script": "This page needs JavaScript.",
}

ERRORS = {
    "busy": "Many people are using this page right now. Please try again in a few seconds.",
    "gone": "This photo is no longer here. Please choose it again.",
    "too_large": "This file is larger than {megabytes} MB. Choose a smaller one.",
    "no_length": "The upload did not say how large it is. Please send it again.",
    "empty_file": "This file is empty. Choose a photo.",
    "bad_request": "That request could not be understood. Please reload the page.",
    "forbidden": "That request did not come from this page. Please reload it.",
    "nobody_chosen": "Tap the person to change first.",
    "not_harmonized": "Press Harmonize first.",
    "outside": "That tap is outside the photo.",
    "nobody_to_save": "Select someone first: there is no mask to save yet.",
    "no_such_mask": "That suggestion is no longer here. Tap the person instead.",
    "not_a_mask": "This is no mask: bring a black and white picture, or a cut-out with alpha.",
    "mask_shape": "This mask has another shape than the photo: bring one of the same proportions.",
    "no_example": "There is no such example.",
    "mask_alone": "This is a mask. Choose it together with its photo.",
    "two_photos": "Choose both photos first: the scene and the one with the person.",
    "nobody_cut_out": "Tap the person to cut out first.",
    "nobody_placed": "Place the person in the scene first.",
    "internal": "Something went wrong on our side. Nothing is lost: please try again.",
    "not_found": "There is nothing here.",
    "caption_too_long": "A caption has at most {number} characters. Make it shorter.",
    "too_many_shares": "You shared {number} pictures within a day. Delete one, or come back later.",
    "no_room_for_shares": (
        "There is no room for more shared pictures right now. Download yours, or try again later."
    ),
    "not_maker": "Only who shared this picture can delete it. Open the link that came with it.",
}

# The public page of a shared picture, and its maker's page to delete it
SHARE = {
    "language": "en",
    "title": "Before and after",
    "description": "One person in this photo was matched to the others. Drag to compare.",
    "before": "Before",
    "after": "After",
    "before_alt": "The photo before its colors were matched",
    "after_alt": "The photo after its colors were matched",
    "line": "Line between before and after",
    "line_value": "{percent} percent before",
    "hint": "Drag to compare before and after.",
    "composite": (
        "This picture is a composite: a person was added to a photo, and their colors and light "
        "were matched to it."
    ),
    "expires": "This page can be seen until",
    "date": "{day} {month} {year}",
    "months": (
        "January February March April May June July August September October November December"
    ),
    "in_days": "{days} more days",
    "in_one_day": "one more day",
    "today": "today",
    "make_own": "Make your own",
    "code": "Scan to open this page on a phone",
    "code_alt": "QR code with the address of this page",
    "delete_title": "Delete this shared picture?",
    "delete_text": "The page and its pictures are removed at once, for everyone who has the link.",
    "delete_button": "Delete",
    "delete_done": "Deleted. The link no longer works.",
    "delete_offline": "The connection was interrupted. Please try again.",
    "delete_script": "Deleting needs JavaScript.",
    "gone_title": "This page is not here",
    "gone_text": "The link may have a typing error, the page has expired, or its maker deleted it.",
}

HOW_IT_WORKS = """
1. **Tap the person who looks out of place.** One tap takes them whole. If a part is missing,
   press *Add* and tap it; *Brush* paints the last pixels.
2. **Check whom to match.** We pick someone for you. Tap anyone else to match them instead.
3. **Press Harmonize.** The colors and light of the first person follow those of the second.
   Nothing else in the photo is touched, not by a single pixel.

**Your photo stays yours.** It is kept only for your visit, in a place that only this browser can
reach, and is deleted when you start over or after {minutes} minutes without use. Nothing is sent
to any other service, nothing is measured, and nobody else can see it unless you share it: then
before and after stand on a page of their own until you delete it or {days} days are over.
"""
HOW_IT_WORKS_TITLE = "How it works, and what happens to your photo"

START = {
    "address": "The page is at {address}",
    "no_bundle": (
        "The page's script is not built yet: run `make setup`, "
        "or `npm ci && npm run build` in demo/web."
    ),
    "port_taken": "Port {port} on {host} is taken: choose another one with --port.",
    "share_link": "Temporary public link: {address}",
    "share_failed": "No public link: Gradio's sharing service could not be reached from here.",
}
