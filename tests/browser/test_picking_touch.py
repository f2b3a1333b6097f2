"""Picking people with fingers, 390 pixels wide, in a real Chromium; one server, one photo."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import expect

from demo.texts import PAGE
from tests.browser.party import (
    CAP,
    CHANGE,
    HEIGHT,
    TRUTH,
    WIDTH,
    choose,
    expect_tools_to_stay,
    overlap,
    with_tips,
)
from tests.browser.visit import Visit, double_tap, fits, touch


def test_finger_taps_cycles_and_refines(phone: Visit) -> None:
    choose(phone)
    assert overlap(phone.mask(), TRUTH) > 0.85
    phone.page.wait_for_timeout(350)  # else it were a double tap
    phone.tap(CHANGE)
    phone.level("change", "part")
    phone.press("undo")
    phone.level("change", "person")
    phone.tool("remove")
    phone.tap(CAP)
    phone.expect_calm_server()
    assert [adds for _, _, adds in phone.taps()] == [True, False]
    phone.page.wait_for_timeout(350)
    phone.tap(CAP)
    phone.expect_calm_server()
    assert len(phone.taps()) == 1
    assert fits(phone.page)


def test_a_finger_may_rest_while_it_taps(phone: Visit) -> None:
    phone.finger(CHANGE, rest=1200)
    phone.level("change", "person")
    phone.expect_calm_server()
    assert overlap(phone.mask(), TRUTH) > 0.85


def test_finger_holds_for_a_box_and_scrolls_otherwise(phone: Visit) -> None:
    x, y = WIDTH / 2, HEIGHT * 0.9
    phone.finger((x, y), (x, y - 120))  # at once: the page scrolls
    phone.page.wait_for_function("scrollY > 0")
    phone.expect_calm_server()
    assert phone.regions() == {}
    phone.page.evaluate("window.scrollTo(0, 0)")
    rows, columns = np.nonzero(TRUTH)
    phone.drag((columns.min(), rows.min()), (columns.max() - 2, rows.max() - 2))
    phone.expect_step("step_match_found")
    phone.expect_calm_server()
    assert phone.regions()["change"]["selection"]["box"] is not None
    assert overlap(phone.mask(), TRUTH) > 0.85


def test_two_fingers_and_double_taps_zoom(phone: Visit) -> None:
    whole = phone.page.get_by_role("button", name=PAGE["zoom_whole"])
    x, y = phone.place((WIDTH / 2, HEIGHT / 2))
    devtools = phone.devtools()
    touch(devtools, "touchStart", (x - 20, y), (x + 20, y))
    for spread in (30, 40, 50, 60):
        touch(devtools, "touchMove", (x - spread, y), (x + spread, y))
    touch(devtools, "touchEnd")
    expect(whole).to_be_visible()
    assert phone.regions() == {}
    whole.click()
    expect(whole).to_be_hidden()
    double_tap(devtools, (x, y))
    expect(whole).to_be_visible()
    phone.expect_calm_server()
    assert phone.regions() == {}, "the first tap of a double tap stayed"


def test_finger_paints(phone: Visit) -> None:
    choose(phone)
    phone.tool("brush")
    far = (WIDTH * 0.5, HEIGHT * 0.12)
    phone.finger(far, (far[0] + 40, far[1]))
    phone.expect_calm_server()
    assert phone.mask()[int(far[1]), int(far[0]) + 20] == 255


def test_tools_stay_under_the_finger(phone: Visit) -> None:
    choose(phone)
    expect_tools_to_stay(phone)


def test_a_finger_on_a_tips_cross_closes_or_paints(phone: Visit) -> None:
    with_tips(phone, "tip_again", "tip_zoomed")
    choose(phone)
    tip = phone.page.locator(".iph-tip")
    expect(tip.locator("span")).to_have_text(PAGE["tip_again"])
    tip.get_by_role("button").tap()
    expect(tip).to_be_hidden()
    phone.tool("brush")
    phone.press("zoom_in")
    expect(tip.locator("span")).to_have_text(PAGE["tip_zoomed"])
    scrolled = phone.page.evaluate("scrollY")
    frame = tip.get_by_role("button").bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    devtools = phone.devtools()
    touch(devtools, "touchStart", (x, y))
    for step in range(1, 6):
        touch(devtools, "touchMove", (x, y - 12 * step))
    expect(tip).to_be_hidden()
    touch(devtools, "touchEnd")
    phone.expect_calm_server()
    (stroke,) = phone.regions()["change"]["selection"]["strokes"]
    assert len(stroke["points"]) >= 8, "the stroke was cut short"
    assert phone.page.evaluate("scrollY") == scrolled
