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
    "step_match": "Tap someone to match, or press Harmonize to match the background.",
    "step_match_found": "Matching this person. Tap someone else to change that.",
    "step_ready": "Ready. Press Harmonize.",
    "step_refine": "Tap parts to add them, or switch to Remove.",
    "step_refine_remove": "Tap the parts that do not belong.",
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
    "role_empty_change": "Tap to choose",
    "role_empty_match": "We suggest someone",
    "role_background": "The background",
    "role_chosen": "Chosen",
    "role_automatic": "Found for you",
    "roles_label": "Whom your next tap chooses",
    # Tools
    "tools_label": "What a tap does",
    "tool_pick": "Choose",
    "tool_add": "Add",
    "tool_remove": "Remove",
    "tool_pick_hint": "A tap chooses someone else",
    "tool_add_hint": "A tap adds a missing part",
    "tool_remove_hint": "A tap takes a part away",
    "undo": "Undo",
    "undo_hint": "Take the last tap away",
    "start_over": "Start over",
    # Result
    "harmonize": "Harmonize",
    "strength": "Strength",
    "compare_label": "Line between before and after",
    "compare_value": "{percent} percent before",
    "before": "Before",
    "after": "After",
    "back": "Change the selection",
    "download": "Download PNG",
    "download_size": "Full size, {width} by {height} pixels",
    "summary_title": "What changed",
    # Progress
    "busy_models": "Warming up. This takes a moment after a start.",
    "busy_reading": "Reading the photo",
    "busy_people": "Finding people",
    "busy_picking": "Outlining",
    "busy_matching": "Looking for someone to match",
    "busy_harmonizing": "Harmonizing",
    "busy_saving": "Writing the picture at full size",
    # Errors that the page finds by itself
    "error_network": "The connection was interrupted. Nothing is lost: please try again.",
    "error_too_large": "This file is larger than {megabytes} MB. Choose a smaller one.",
    "error_no_file": "That was not a file. Choose a photo from this device.",
    "error_preview": "The picture could not be shown. Please try again.",
    "dismiss": "Close this message",
    "stage_label": "The photo. {step}",
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
    "no_example": "There is no such example.",
    "internal": "Something went wrong on our side. Nothing is lost: please try again.",
    "not_found": "There is nothing here.",
}

HOW_IT_WORKS = """
1. **Tap the person who looks out of place.** We outline them from that one tap. If a part is
   missing, press *Add* and tap it.
2. **Check whom to match.** We pick someone for you. Tap anyone else to match them instead.
3. **Press Harmonize.** The colors and light of the first person follow those of the second.
   Nothing else in the photo is touched, not by a single pixel.

**Your photo stays yours.** It is kept only for your visit, in a place that only this browser can
reach, and is deleted when you start over or after {minutes} minutes without use. Nothing is sent
to any other service, nothing is measured, nobody else can see it.
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
