"""What people set of a result, taken back and done again, in a real Chromium."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Locator, expect

from demo.texts import PAGE
from tests.browser.party import choose
from tests.browser.test_result import harmonize, show_only
from tests.browser.visit import Visit, until


def drag(slider: Locator, share: float) -> None:
    """Take the thumb with the mouse and let it go at a share of the slider's length, which moves
    past what lies between."""
    slider.scroll_into_view_if_needed()
    low, high, now = slider.evaluate("it => [it.min, it.max, it.value].map(Number)")
    box, mouse = slider.bounding_box(), slider.page.mouse
    y = box["y"] + box["height"] / 2
    mouse.move(box["x"] + 9 + (now - low) / (high - low) * (box["width"] - 18), y)
    mouse.down()
    mouse.move(box["x"] + share * box["width"], y, steps=5)
    mouse.up()


def test_gestures_are_taken_back_and_done_again(desk: Visit) -> None:
    choose(desk)
    harmonize(desk)
    page = desk.page
    undo, redo = (
        page.locator(".iph-result").get_by_role("button", name=PAGE[key], exact=True)
        for key in ("undo", "redo")
    )
    strength, exposure = (page.get_by_label(PAGE[key]) for key in ("strength", "slider_exposure"))
    expect(undo).to_be_disabled()
    expect(redo).to_be_disabled()
    seen = [(strength.input_value(), exposure.input_value(), show_only(desk, "after"))]

    def saw() -> None:
        seen.append((strength.input_value(), exposure.input_value(), desk.canvas().astype(int)))
        assert np.abs(seen[-1][2] - seen[-2][2]).max() > 3, "nothing changed"

    def expect_seen(step: int) -> None:
        expect(strength).to_have_value(seen[step][0])
        expect(exposure).to_have_value(seen[step][1])
        until(lambda: nearest(desk.canvas().astype(int)) == step)

    def nearest(shown: np.ndarray) -> int:
        """Of all that was seen: what the server made anew comes through another JPEG at first."""
        return int(np.argmin([np.abs(shown - canvas).mean() for _, _, canvas in seen]))

    for share in (0.7, 0.2):
        drag(strength, share)
        saw()
    exposure.focus()
    for _ in range(12):
        exposure.press("ArrowRight")
    saw()
    for step in (2, 1):
        desk.press("undo")
        expect_seen(step)
    page.keyboard.press("Control+z")
    expect_seen(0)
    expect(undo).to_be_disabled()
    desk.press("redo")
    expect_seen(1)
    page.keyboard.press("Control+Shift+z")
    expect_seen(2)
    page.keyboard.press("Control+y")
    expect_seen(3)
    expect(redo).to_be_disabled()

    # Another look, and following it closely, are steps too.
    looks = page.locator(".iph-look")
    chosen = looks.locator("xpath=self::*[@aria-pressed='true']")
    first = chosen.get_attribute("data-key")
    page.locator('.iph-look[aria-pressed="false"]').first.click()
    desk.expect_quiet()
    saw()
    page.get_by_label(PAGE["transfer"]).fill("60")
    page.wait_for_timeout(400)  # It rests first.
    desk.expect_quiet()
    saw()
    for step in (4, 3):
        desk.press("undo")
        desk.expect_quiet()
        expect_seen(step)
    expect(chosen).to_have_attribute("data-key", first)
    for step in (4, 5):
        desk.press("redo")
        desk.expect_quiet()
        expect_seen(step)
    expect(page.get_by_label(PAGE["transfer"])).to_have_value("60")
    desk.assert_calm()
