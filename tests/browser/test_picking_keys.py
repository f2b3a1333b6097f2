"""Picking with keys, alone and beside the mouse, in a real Chromium."""

from __future__ import annotations

from playwright.sync_api import expect

from demo.texts import PAGE
from tests.browser.party import (
    CHANGE,
    HEIGHT,
    TRUTH,
    WIDTH,
    choose,
    overlap,
)
from tests.browser.visit import Visit, until


def test_keys_alone(desk: Visit) -> None:
    desk.page.locator(".iph-photo .iph-stage").evaluate("stage => stage.focus()")
    frame = desk.page.locator(".iph-photo .iph-stage").bounding_box()
    steps = [
        (target / full * side - side / 2) / 14
        for target, full, side in (
            (CHANGE[0], WIDTH, frame["width"]),
            (CHANGE[1], HEIGHT, frame["height"]),
        )
    ]
    for count, (forth, back) in zip(
        steps, [("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp")], strict=True
    ):
        for _ in range(round(abs(count))):
            desk.page.keyboard.press(forth if count > 0 else back)
    desk.page.keyboard.press("Enter")
    desk.level("change", "person")
    desk.expect_calm_server()
    assert overlap(desk.mask(), TRUTH) > 0.85
    said = desk.page.locator(".iph-unseen[role=status]").first
    expect(said).to_contain_text(PAGE["level_person"])

    desk.page.keyboard.press("Shift+ArrowRight")
    desk.page.keyboard.press("+")
    expect(desk.page.get_by_role("button", name=PAGE["zoom_whole"])).to_be_visible()
    desk.page.keyboard.press("0")
    expect(desk.page.get_by_role("button", name=PAGE["zoom_whole"])).to_be_hidden()
    desk.page.keyboard.press("Control+z")
    desk.expect_step("step_change")
    desk.page.keyboard.press("Control+y")
    desk.level("change", "person")
    desk.page.keyboard.press("Shift+Tab")
    desk.page.keyboard.press("Delete")
    desk.expect_step("step_background")
    desk.page.locator(".iph-photo .iph-role.iph-change").press("Enter")
    desk.page.keyboard.press("Delete")
    desk.expect_step("step_change")
    desk.expect_calm_server()
    assert desk.regions() == {}


def test_a_box_and_the_brush_by_keys(desk: Visit) -> None:
    desk.page.locator(".iph-photo .iph-stage").evaluate("stage => stage.focus()")
    press = desk.page.keyboard.press
    for _ in range(6):
        press("ArrowLeft")
    press("b")
    for _ in range(8):
        press("ArrowRight")
        press("ArrowDown")
    press("Escape")
    press("Enter")  # a tap again
    desk.expect_taps(1)
    press("Control+z")
    press("b")
    for _ in range(8):
        press("ArrowRight")
        press("ArrowUp")
    press("b")
    until(lambda: desk.regions().get("change", {}).get("selection", {}).get("box"))
    left, top, right, bottom = desk.regions()["change"]["selection"]["box"]
    assert right - left > 20 and bottom - top > 20

    desk.tool("brush")
    desk.page.locator(".iph-photo .iph-stage").evaluate("stage => stage.focus()")
    press("Shift+Enter")
    desk.expect_calm_server()
    (dab,) = desk.regions()["change"]["selection"]["strokes"]
    assert dab["erase"] and len(dab["points"]) == 2


def test_a_drag_while_points_are_added_keeps_who_is_chosen(desk: Visit) -> None:
    choose(desk)
    before = desk.regions()["change"]["selection"]
    desk.tool("add")
    desk.drag((20, 20), (120, 90))
    expect(desk.page.locator(".iph-note span")).to_have_text(PAGE["note_box_pick"])
    desk.expect_calm_server()
    assert desk.regions()["change"]["selection"] == before


def test_shift_names_whom_it_takes_from(desk: Visit) -> None:
    choose(desk)
    desk.page.keyboard.down("Shift")
    desk.hover(CHANGE)
    expect(desk.tag("change", hovered=True)).to_have_text(PAGE["tag_change"])
    expect(desk.tag("match", hovered=True)).to_be_hidden()
    desk.page.keyboard.up("Shift")
