"""The real page with the real models in a real Chromium: from an upload to a file on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from iph_core.photo import encode_png, open_photo
from tests.browser.visit import Visit, fits

EXAMPLE = load_examples()["launch-pad"]
SIZES = [pytest.param(1280, 900, False, id="desktop"), pytest.param(390, 844, True, id="phone")]


@pytest.fixture
def composite(tmp_path: Path) -> Path:
    """A PNG, so that pixels can be compared bit by bit."""
    path = tmp_path / "our party.png"
    path.write_bytes(encode_png(open_photo(EXAMPLE.photo).pixels))
    return path


@pytest.fixture
def visit(page_at: Callable[..., Page], address: str) -> Callable[..., Visit]:
    def start(width: int = 1280, height: int = 900, touch: bool = False) -> Visit:
        return Visit(page_at(width, height, touch=touch), address, touch)

    return start


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_from_upload_to_file(
    visit: Callable[..., Visit],
    composite: Path,
    tmp_path: Path,
    width: int,
    height: int,
    touch: bool,
) -> None:
    here = visit(width, height, touch)
    here.upload(composite)

    here.tap(EXAMPLE.change)
    here.expect_step("step_match_found")
    assert here.role_status("change") == PAGE["role_person"]
    assert here.role_status("match") == PAGE["role_automatic"]
    for tag in ("change", "match"):
        expect(here.tag(tag)).to_be_visible()

    here.tap(EXAMPLE.match)
    here.expect_step("step_ready")
    assert here.role_status("match") == PAGE["role_person"]

    here.press("harmonize")
    here.expect_step("step_result")
    assert here.page.locator(".iph-summary b").inner_text()
    assert fits(here.page)

    here.expect_looks()
    drag_line_to_the_left(here)
    strength = here.page.get_by_label(PAGE["strength"])
    before = len(here.requests)
    full = here.canvas()
    strength.fill("0")
    none = here.canvas()
    strength.fill("50")
    half = here.canvas()
    assert len(here.requests) == before, "the strength slider asked the server"
    assert np.abs(full.astype(int) - none).max() > 10
    middle = (full.astype(int) + none) / 2
    assert np.abs(half - middle).max() <= 1.5

    with here.page.expect_download() as download:
        here.press("download")
    assert download.value.suggested_filename == "our_party-harmonized.png"
    saved = tmp_path / "result.png"
    download.value.save_as(saved)
    original, result = open_photo(composite).pixels, open_photo(saved).pixels
    assert result.shape == original.shape
    mask = chosen_mask(here)
    changed = (result != original).any(axis=2)
    assert changed.any(), "nothing changed"
    assert not changed[mask == 0].any(), "the background was touched"

    assert here.asked("/harmonize") == 1
    here.assert_calm()


def drag_line_to_the_left(here: Visit) -> None:
    """So that the whole stage shows "after"."""
    frame = here.page.locator(".iph-photo .iph-stage").bounding_box()
    y = frame["y"] + frame["height"] / 2
    grip = here.page.locator(".iph-photo .iph-grip").bounding_box()
    here.page.mouse.move(grip["x"] + grip["width"] / 2, y)
    here.page.mouse.down()
    here.page.mouse.move(frame["x"] + 1, y, steps=5)
    here.page.mouse.up()
    line = here.page.get_by_role("slider", name=PAGE["compare_label"])
    assert int(line.get_attribute("aria-valuenow")) <= 1


def chosen_mask(here: Visit) -> np.ndarray:
    """The mask of the person to change; the photo is smaller than a preview, so it is full size."""
    # Alpha that rounds to 0 in 8 bits may still have let a pixel change, so its rim is left out.
    return cv2.dilate(here.mask(), np.ones((3, 3), np.uint8))


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_example_is_one_tap_and_fits(
    visit: Callable[..., Visit], width: int, height: int, touch: bool
) -> None:
    here = visit(width, height, touch)
    expect(here.page.locator(".iph-example")).to_have_count(len(load_examples()))
    assert fits(here.page)
    here.page.locator(".iph-example").first.click()
    here.expect_step("step_change")
    assert fits(here.page)
    here.assert_calm()


def test_undo_refine_and_reload(visit: Callable[..., Visit], composite: Path) -> None:
    here = visit()
    here.upload(composite)
    here.tap(EXAMPLE.change)
    here.expect_step("step_match_found")
    undo = here.page.get_by_role("button", name=PAGE["undo"], exact=True)

    here.tap(EXAMPLE.match)
    here.expect_step("step_ready")
    here.tool("add")
    here.expect_step("step_refine")
    here.tap((EXAMPLE.match[0], EXAMPLE.match[1] + 100))
    expect(undo).to_be_enabled()
    here.expect_taps(2, "match")
    here.expect_calm_server()

    here.page.reload()
    expect(here.page.locator(".iph-photo .iph-step")).to_have_text(PAGE["step_ready"])
    assert len(here.taps("match")) == 2
    here.press("undo")
    here.expect_taps(1, "match")
    here.press("redo")
    here.expect_taps(2, "match")
    here.assert_calm()


def test_undo_goes_back_to_the_suggestion_and_to_nobody(
    visit: Callable[..., Visit], composite: Path
) -> None:
    here = visit()
    here.upload(composite)
    here.tap(EXAMPLE.change)
    here.expect_step("step_match_found")
    here.tap(EXAMPLE.match)
    here.expect_step("step_ready")
    here.press("undo")
    here.expect_step("step_match_found")
    here.press("undo")
    here.expect_step("step_change")
    here.expect_calm_server()
    assert here.regions() == {}
    here.assert_calm()


def test_keys_move_the_line_and_the_strength(visit: Callable[..., Visit], composite: Path) -> None:
    here = visit()
    here.upload(composite)
    here.tap(EXAMPLE.change)
    here.expect_step("step_match_found")
    here.press("harmonize")
    here.expect_step("step_result")
    line = here.page.get_by_role("slider", name=PAGE["compare_label"])
    start = int(line.get_attribute("aria-valuenow"))
    left, _, right, _ = here.regions()["change"]["box"]
    assert left < start / 100 * open_photo(composite).width < right
    line.focus()
    here.page.keyboard.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", str(start + 2))
    here.page.keyboard.press("Home")
    expect(line).to_have_attribute("aria-valuenow", "0")
    strength = here.page.get_by_role("slider", name=PAGE["strength"])
    strength.focus()
    here.page.keyboard.press("ArrowLeft")
    expect(strength).to_have_value("99")
    here.assert_calm()


def test_bad_file_is_one_sentence_and_costs_nothing(
    visit: Callable[..., Visit], composite: Path, tmp_path: Path
) -> None:
    here = visit()
    bad = tmp_path / "<img src=x onerror=alert(1)>.jpg"
    bad.write_text("not a picture")
    here.page.set_input_files("#iph-file", bad)
    error = here.page.get_by_role("alert")
    expect(error).to_be_visible()
    assert error.locator("span").inner_text().endswith(".")
    assert error.locator("img").count() == 0
    here.upload(composite)
    expect(error).to_be_hidden()


def drop(page: Page, file: Path) -> None:
    """Drop a file on the page's title."""
    sent = page.evaluate_handle(
        """({ name, bytes }) => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([new Uint8Array(bytes)], name));
            return dropped;
        }""",
        {"name": file.name, "bytes": list(file.read_bytes())},
    )
    page.dispatch_event("h1", "drop", {"dataTransfer": sent})


def test_files_may_be_dropped_anywhere(visit: Callable[..., Visit], composite: Path) -> None:
    here = visit()
    drop(here.page, composite)
    expect(here.page.locator(".iph-stage canvas").first).to_be_visible()
    first = here.photo()["id"]
    drop(here.page, composite)
    expect(here.page.locator(".iph-note")).to_contain_text(PAGE["note_drop"])
    assert here.photo()["id"] == first


def test_visitors_do_not_see_each_other(visit: Callable[..., Visit], composite: Path) -> None:
    first, second = visit(), visit()
    first.upload(composite)
    second.page.reload()
    expect(second.page.locator(".iph-drop")).to_be_visible()
    state = first.page.request.get(f"{first.address}/iph/state").json()
    preview = f"{first.address}/{state['photo']['preview']}"
    assert first.page.request.get(preview).status == 200
    assert second.page.request.get(preview).status == 404
