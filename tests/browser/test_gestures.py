"""Hasty, clumsy and repeated gestures, and what they must not lose, in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import Route, expect

from demo.texts import PAGE
from iph_core.photo import encode_png
from tests.browser.party import CAP, CHANGE, JACKET, MATCH, TRUTH, choose, overlap
from tests.browser.visit import Visit

NO_DOUBLE_CLICK = 400  # milliseconds between two clicks that are each meant


def expect_note(here: Visit, key: str) -> None:
    expect(here.page.locator(".iph-note span")).to_have_text(PAGE[key])


def expect_status(here: Visit, role: str, key: str) -> None:
    expect(here.page.locator(f".iph-photo .iph-role.iph-{role} small")).to_have_text(PAGE[key])


def expect_active(here: Visit, what: str) -> None:
    expect(here.page.locator(what).filter(visible=True)).to_have_attribute("aria-pressed", "true")


def test_impatient_taps_never_match_the_person_to_change(desk: Visit) -> None:
    """Neither the page's decoder nor the server has outlined anyone when people tap again."""
    held: list[Route] = []
    desk.page.route("**/embedding*", lambda route: held.append(route))
    desk.page.route("**/choose", lambda route: held.append(route))
    desk.page.reload()
    desk.expect_step("step_change")
    desk.tap(CHANGE)
    expect_status(desk, "change", "role_person")
    desk.page.wait_for_timeout(NO_DOUBLE_CLICK)
    desk.tap((CHANGE[0] + 5, CHANGE[1] + 6))  # beside the first tap: they are meant again
    expect_status(desk, "match", "role_looking")
    expect_status(desk, "change", "role_person")

    desk.tap(JACKET)  # further away that cannot be known, until there are outlines
    expect_status(desk, "match", "role_person")
    for route in held:
        route.continue_()
    for pattern in ("**/embedding*", "**/choose"):
        desk.page.unroute(pattern)
    expect_note(desk, "note_match_is_change")
    desk.expect_step("step_match_found")
    desk.expect_calm_server()
    assert desk.taps() == [[*CHANGE, True]]
    assert desk.regions()["match"]["selection"]["automatic"]


def test_clicks_that_wander_last_or_come_twice(desk: Visit) -> None:
    mouse = desk.page.mouse
    x, y = desk.place(CHANGE)
    mouse.move(x, y)
    mouse.down()
    desk.page.wait_for_timeout(1000)  # somebody presses long, and slips
    mouse.move(x + 13, y + 14, steps=3)
    mouse.up()
    desk.level("change", "person")
    desk.expect_calm_server()
    selection = desk.regions()["change"]["selection"]
    assert selection["box"] is None and selection["taps"] == [[*CHANGE, True]]
    assert overlap(desk.mask(), TRUTH) > 0.85

    desk.press("undo")
    desk.expect_step("step_change")
    mouse.dblclick(x, y, delay=40)
    desk.expect_step("step_match_found")
    desk.level("change", "person")
    desk.expect_calm_server()
    assert overlap(desk.mask(), TRUTH) > 0.85

    desk.tool("remove")
    x, y = desk.place(CAP)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 15, y + 10, steps=3)  # here too it is a tap, and no refused box
    mouse.up()
    desk.expect_taps(2)
    assert desk.taps()[1] == [*CAP, False]


def test_a_tap_does_not_replace_what_was_made_by_hand(desk: Visit, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(encode_png(np.where(TRUTH, 255, 0).astype(np.uint8)))
    desk.page.set_input_files("#iph-mask-file", mask)
    expect_note(desk, "note_mask_white")
    expect_active(desk, ".iph-role.iph-match")
    desk.expect_step("step_match_found")
    desk.tap(CHANGE)
    expect_note(desk, "note_mask_brush")
    desk.tap(MATCH)
    desk.level("match", "person")
    desk.expect_calm_server()
    assert desk.regions()["change"]["selection"]["mask"].startswith("brought-")

    desk.press("clear")
    desk.page.locator(".iph-photo .iph-role.iph-change").click()
    desk.press("clear")
    desk.expect_step("step_change")
    choose(desk)
    desk.tool("brush")
    desk.drag((310, 50), (350, 50))
    desk.expect_calm_server()
    desk.tool("pick")
    desk.tap((CHANGE[0], CHANGE[1] + 30))
    expect_note(desk, "note_painted")
    desk.expect_calm_server()
    selection = desk.regions()["change"]["selection"]
    assert len(selection["strokes"]) == 1 and selection["level"] == "person"


def test_the_edge_is_seen_while_it_is_moved(desk: Visit) -> None:
    choose(desk)
    desk.page.mouse.move(1, 1)
    desk.page.get_by_text(PAGE["edits_title"]).filter(visible=True).click()
    slider = desk.page.get_by_label(PAGE["grow_change"])
    slider.scroll_into_view_if_needed()
    track = slider.bounding_box()
    middle, y = track["x"] + track["width"] / 2, track["y"] + track["height"] / 2
    asked = desk.asked("/choose")

    def shown(share: float) -> np.ndarray:
        """What the stage shows with the slider dragged so far to the right, or to the left."""
        desk.page.mouse.move(middle + share * track["width"], y, steps=4)
        return desk.canvas().astype(int)

    def changed(one: np.ndarray, other: np.ndarray) -> int:
        return int(np.count_nonzero(np.abs(one - other).max(axis=1) > 20))

    desk.page.mouse.move(middle, y)
    desk.page.mouse.down()
    narrow, wide = shown(-0.45), shown(0.45)
    assert changed(narrow, wide) > 1500, "the edge was not drawn while it was moved"
    assert changed(shown(-0.45), narrow) == 0, "the way there counts"
    assert changed(shown(0.45), wide) == 0
    expect(slider).not_to_have_value("0")
    assert desk.asked("/choose") == asked, "the server was asked for what is only shown"
    desk.page.mouse.up()
    desk.expect_calm_server()
    grown = desk.regions()["change"]["selection"]["grow"]
    assert grown > 5 and slider.input_value() != "0"
    desk.press("undo")
    expect(slider).to_have_value("0")


def test_the_last_point_leaves_no_dead_end(desk: Visit) -> None:
    choose(desk)
    desk.tool("remove")
    desk.page.wait_for_timeout(NO_DOUBLE_CLICK)
    desk.tap(CHANGE)  # its point
    desk.expect_step("step_change")
    expect_active(desk, f".iph-tools button:has-text('{PAGE['tool_pick']}')")
    choose(desk)


def test_the_selection_is_shown_whole_after_a_result_from_near(desk: Visit) -> None:
    choose(desk)
    desk.press("harmonize")
    desk.expect_step("step_result")
    whole = desk.page.get_by_role("button", name=PAGE["zoom_whole"])
    desk.page.locator(".iph-photo .iph-stage").focus()
    desk.page.keyboard.press("+")
    expect(whole).to_be_visible()
    desk.expect_looks()
    desk.press("back")
    desk.expect_step("step_match_found")
    expect(whole).to_be_hidden()
    stage = desk.page.locator(".iph-photo .iph-stage")
    expect(stage).not_to_have_class(re.compile("iph-comparing"))
