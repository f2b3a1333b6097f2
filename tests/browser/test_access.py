"""Large enough for a finger, never covered where the focus is, told in the visitor's own colors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from iph_core.photo import encode_png
from tests.browser.party import choose
from tests.browser.visit import Visit

FINGER = 44  # CSS pixels

TOO_SMALL = """(least) =>
    [...document.querySelectorAll(".iph :is(button, select, summary, input[type=range], a)")]
        .filter((it) => it.checkVisibility() && it.getBoundingClientRect().width)
        .map((it) => [it, it.getBoundingClientRect()])
        .filter(([, { width, height }]) => Math.min(width, height) < least - 0.5)
        .map(([it, { width, height }]) => `${it.className} ${it.textContent} ${width} x ${height}`)
"""
COVERED = """() => {
    const it = document.activeElement;
    const { left, right, top, bottom } = it.getBoundingClientRect();
    const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return it.contains(there) || there?.contains(it) ? null : it.outerHTML;
}"""
BACKGROUND = "it => getComputedStyle(it).backgroundColor"


def unfold(page: Page) -> None:
    for summary in page.locator(".iph details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()


def result_of_example(here: Visit) -> None:
    here.start_with(load_examples()["launch-pad"])
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()


def test_what_a_finger_takes_is_large_enough(page_at: Callable[..., Page], address: str) -> None:
    here = Visit(page_at(390, 844, touch=True), address, touch=True)
    expect(here.page.locator(".iph-example").first).to_be_visible()
    assert here.page.evaluate(TOO_SMALL, FINGER) == []
    here.start_with(load_examples()["launch-pad"])
    unfold(here.page)
    assert here.page.evaluate(TOO_SMALL, FINGER) == []
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()
    unfold(here.page)
    assert here.page.evaluate(TOO_SMALL, FINGER) == []
    here.assert_calm()


def test_nothing_covers_what_has_the_focus(page_at: Callable[..., Page], address: str) -> None:
    """The photo above and the button below stay where they are; the page scrolls between them."""
    here = Visit(page_at(390, 844), address)
    result_of_example(here)
    for step in ("step_result", "step_match_found"):
        here.expect_step(step)
        unfold(here.page)
        here.page.locator(".iph-photo .iph-stage").focus()
        for way in ["Tab"] * 25 + ["Shift+Tab"] * 15:
            here.page.keyboard.press(way)
            assert here.page.evaluate(COVERED) is None
        if step == "step_result":
            here.press("back")


def test_what_is_chosen_is_told_in_colors_of_ones_own(desk: Visit) -> None:
    desk.page.emulate_media(forced_colors="active")
    roles = desk.page.locator(".iph-photo .iph-roles")
    change, match = (roles.locator(f".iph-{role}") for role in ("change", "match"))
    expect(change).to_have_attribute("aria-pressed", "true")
    assert change.evaluate(BACKGROUND) != match.evaluate(BACKGROUND)
    choose(desk)
    expect(match).to_have_attribute("aria-pressed", "true")
    assert change.evaluate(BACKGROUND) != match.evaluate(BACKGROUND)
    desk.page.emulate_media(forced_colors="none")


def test_who_was_found_is_said(
    page_at: Callable[..., Page], address: str, photo: Path, tmp_path: Path
) -> None:
    here = Visit(page_at(1280, 900), address)
    said = here.page.locator(".iph-frame .iph-unseen[role=status]").first
    here.upload(photo)
    expect(said).to_contain_text(PAGE["spoken_people"].format(count=2))
    here.press("start_over")
    empty = tmp_path / "sand.png"
    empty.write_bytes(encode_png(np.full((200, 300, 3), (180, 160, 120), np.uint8)))
    here.upload(empty)
    expect(said).to_contain_text(PAGE["spoken_nobody"])
    here.assert_calm()


def test_a_file_that_is_saved_is_said(page_at: Callable[..., Page], address: str) -> None:
    here = Visit(page_at(1280, 900), address)
    result_of_example(here)
    said = here.page.locator(".iph-frame .iph-unseen[role=status]").first
    with here.page.expect_download():
        here.press("download")
    expect(said).to_contain_text(PAGE["spoken_saved"])
