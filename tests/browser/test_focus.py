"""Keys alone, from an example to a result and back: the focus is never lost, and what happened is
said."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from tests.browser.visit import Visit

EXAMPLE = load_examples()["launch-pad"]
STEP = 14  # CSS pixels, src/keys.ts


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until something has the focus; from the body, that would begin at the top."""
    for _ in range(60):
        if target.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
        expect(page.locator("body")).not_to_be_focused()
    raise AssertionError("Tab does not lead there")


def press(here: Visit, key: str) -> None:
    button = here.page.get_by_role("button", name=PAGE[key], exact=True)
    tab_to(here.page, button.filter(visible=True))
    here.page.keyboard.press("Enter")


def tap_by_keys(here: Visit, point: tuple[float, float]) -> None:
    """With the crosshair, which begins in the middle of the photo."""
    photo = here.photo()
    frame = here.page.locator(".iph-photo .iph-stage").bounding_box()
    scale = frame["width"] / photo["width"]
    across, down = point[0] - photo["width"] / 2, point[1] - photo["height"] / 2
    for away, forth, back in ((across, "ArrowRight", "ArrowLeft"), (down, "ArrowDown", "ArrowUp")):
        for _ in range(round(abs(away) * scale / STEP)):
            here.page.keyboard.press(forth if away > 0 else back)
    here.page.keyboard.press("Enter")


def test_the_focus_is_never_lost(page_at: Callable[..., Page], address: str) -> None:
    here = Visit(page_at(1280, 900), address)
    page = here.page
    stage, summary = page.locator(".iph-photo .iph-stage"), page.locator(".iph-summary")
    said = page.locator(".iph-frame .iph-unseen[role=status]").first
    expect(page.locator(".iph-example").first).to_be_visible()

    tab_to(page, page.locator(".iph-example", has_text=PAGE[f"example_{EXAMPLE.name}"]))
    page.keyboard.press("Enter")
    here.expect_step("step_change")
    expect(stage).to_be_focused()
    tap_by_keys(here, EXAMPLE.change)
    here.expect_step("step_match_found")
    here.expect_calm_server()

    press(here, "harmonize")
    page.keyboard.press("Enter")  # once more, while it works
    here.expect_step("step_result")
    expect(summary).to_be_focused()
    expect(said).to_have_text(here.photo()["result"]["summary"])
    here.expect_looks()
    assert here.asked("/harmonize") == 1

    scene = page.get_by_role("button", name=PAGE["look_background_label"])
    tab_to(page, scene)
    page.keyboard.press("Enter")
    expect(scene).to_have_attribute("aria-pressed", "true")
    here.expect_looks()
    expect(scene).to_be_focused()
    expect(said).to_have_text(here.photo()["result"]["summary"])

    with page.expect_download():
        press(here, "download")
    download = page.get_by_role("button", name=PAGE["download"], exact=True)
    expect(download).to_have_attribute("aria-disabled", "false")
    expect(download).to_be_focused()

    press(here, "back")
    here.expect_step("step_background")
    expect(stage).to_be_focused()
    press(here, "harmonize")
    expect(summary).to_be_focused()
    press(here, "closer")
    here.expect_looks()
    expect(page.get_by_role("button", name=PAGE["closer"])).to_be_hidden()
    expect(summary).to_be_focused()

    press(here, "start_over")
    expect(page.locator(".iph-lead")).to_be_focused()
    here.assert_calm()


def test_a_step_taken_back_leaves_the_focus_where_it_is(
    page_at: Callable[..., Page], address: str
) -> None:
    here = Visit(page_at(1280, 900), address)
    here.start_with(EXAMPLE)
    press(here, "undo")
    here.expect_step("step_change")
    expect(here.page.get_by_role("button", name=PAGE["undo"], exact=True)).to_be_focused()


def test_fingers_stay_where_they_scrolled_to(page_at: Callable[..., Page], address: str) -> None:
    here = Visit(page_at(390, 844, touch=True), address, touch=True)
    here.start_with(EXAMPLE)
    harmonize = here.page.locator(".iph-go")
    harmonize.scroll_into_view_if_needed()
    before = here.page.evaluate("scrollY")
    harmonize.tap()
    here.expect_step("step_result")
    expect(here.page.locator(".iph-summary")).to_be_focused()
    highest = here.page.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert abs(here.page.evaluate("scrollY") - min(before, highest)) < 2
