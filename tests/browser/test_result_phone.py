"""The result on phones, in a real Chromium: room for buttons, fingers that scroll and pinch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from demo.texts import PAGE
from iph_core.photo import encode_png
from tests.browser.party import CHANGE, PHOTO
from tests.browser.visit import Point, Visit, touch

WIDTH, HEIGHT = 390, 664  # Safari with its bars
BUTTONS = ".iph-holds button, .iph-zooms button"


def harmonized(page: Page, address: str, photo: Path, tapped: Point) -> Visit:
    here = Visit(page, address, touch=True)
    here.upload(photo)
    here.tap(tapped)
    here.expect_calm_server()
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()
    here.page.evaluate("scrollTo(0, 0)")
    return here


def portrait(folder: Path, across: int, down: int) -> tuple[Path, Point]:
    """The person to change with what is around, so large that "100 %" is of use."""
    height, whole = PHOTO.shape[:2]
    width = round(height * across / down)
    left = min(max(0, round(CHANGE[0] - width / 2)), whole - width)
    cut = PHOTO[:, left : left + width].repeat(3, axis=0).repeat(3, axis=1)
    path = folder / f"portrait-{across}-{down}.png"
    path.write_bytes(encode_png(np.ascontiguousarray(cut)))
    return path, ((CHANGE[0] - left) * 3, CHANGE[1] * 3)


def overlapping(page: Page) -> list[list[str]]:
    """Pairs of buttons on the photo that lie on each other, and those that reach out of it."""
    return page.evaluate(
        """(buttons) => {
            const stage = document.querySelector(".iph-photo .iph-stage");
            const shown = [...stage.querySelectorAll(buttons)].filter((it) => it.offsetParent);
            const box = (it) => it.getBoundingClientRect();
            const meet = (a, b) =>
                a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
            const { left, right } = box(stage);
            const out = shown.filter((it) => box(it).left < left || box(it).right > right);
            const on = shown.flatMap((a, i) =>
                shown.slice(i + 1).filter((b) => meet(box(a), box(b))).map((b) => [a, b]));
            return [...out.map((it) => [it]), ...on].map((all) => all.map((it) => it.textContent));
        }""",
        BUTTONS,
    )


@pytest.mark.parametrize(("across", "down"), [(3, 4), (2, 3), (9, 16)])
def test_buttons_on_a_portrait_find_room(
    page_at: Callable[..., Page], address: str, tmp_path: Path, across: int, down: int
) -> None:
    photo, tapped = portrait(tmp_path, across, down)
    here = harmonized(page_at(WIDTH, HEIGHT, touch=True), address, photo, tapped)
    assert overlapping(here.page) == []
    here.page.get_by_role("button", name=PAGE["full_size"]).click()
    shown = here.page.locator(".iph-photo .iph-stage").locator(BUTTONS).filter(visible=True)
    expect(shown).to_have_count(4)
    assert overlapping(here.page) == []
    here.assert_calm()


def line_of(here: Visit) -> Locator:
    return here.page.get_by_role("slider", name=PAGE["compare_label"])


def test_the_line_follows_no_finger_that_scrolls_or_pinches(
    page_at: Callable[..., Page], address: str, photo: Path
) -> None:
    here = harmonized(page_at(WIDTH, HEIGHT, touch=True), address, photo, CHANGE)
    line, devtools = line_of(here), here.devtools()
    start = line.get_attribute("aria-valuenow")
    height, width = PHOTO.shape[:2]
    at = here.place
    far = (width * 0.1, height * 0.5)
    here.finger(far, (width * 0.14, height * 0.1))
    here.page.wait_for_function("scrollY > 0")
    expect(line).to_have_attribute("aria-valuenow", start)

    here.page.evaluate("scrollTo(0, 0)")
    left, right = at(far), at((width * 0.5, height * 0.5))
    touch(devtools, "touchStart", left)
    touch(devtools, "touchStart", left, right)
    for step in (10, 20, 30):
        touch(devtools, "touchMove", (left[0] - step, left[1]), (right[0] + step, right[1]))
    touch(devtools, "touchEnd")
    expect(here.page.locator(".iph-photo .iph-stage.iph-enlarged")).to_be_visible()
    expect(line).to_have_attribute("aria-valuenow", start)
    here.assert_calm()


def test_the_line_follows_a_finger_sideways_and_a_tap(
    page_at: Callable[..., Page], address: str, photo: Path
) -> None:
    here = harmonized(page_at(WIDTH, HEIGHT, touch=True), address, photo, CHANGE)
    line, devtools = line_of(here), here.devtools()
    height, width = PHOTO.shape[:2]
    here.tap((width * 0.25, height * 0.4))
    expect(line).to_have_attribute("aria-valuenow", "25")
    here.page.wait_for_timeout(400)  # else the next were a double tap
    here.finger((width * 0.6, height * 0.4), (width * 0.8, height * 0.45))
    expect(line).to_have_attribute("aria-valuenow", "80")

    x, y = here.place((width * 0.3, height * 0.4))
    touch(devtools, "touchStart", (x, y))
    expect(line).to_have_attribute("aria-valuenow", "80")  # it may yet scroll
    touch(devtools, "touchEnd")
    expect(line).to_have_attribute("aria-valuenow", "30")
    here.assert_calm()
