"""Whom to match, in a real Chromium: someone in another photo, all of it, a drawn box, the scene,
and two with a blend between them. The page's files are those that the library makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from iph_core import Reference, Region, Scene, open_photo
from iph_core.regions.picking import Tap
from tests.browser.test_result import SIZES, harmonize, open_fold, saved, show_only, small
from tests.browser.visit import Visit, fits

HERE, THERE = load_examples()["pioneers"], load_examples()["visitor"]
SHARE = 0.3


@cache
def scene(path: Path) -> Scene:
    return Scene(open_photo(path))


def picked(path: Path, selection: dict) -> Region:
    taps = [Tap(*tap) for tap in selection["taps"]]
    return scene(path).pick(taps, selection["box"], selection["level"])


def away(path: Path, expected: np.ndarray) -> int:
    """The largest difference of a file from the library's result, in levels."""
    return int(np.abs(open_photo(path).pixels.astype(int) - expected).max())


@pytest.fixture
def chosen(page_at: Callable[..., Page], address: str) -> Callable[..., Visit]:
    """An example whose person to change is tapped."""

    def start(width: int = 1280, height: int = 900, touch: bool = False) -> Visit:
        here = Visit(page_at(width, height, touch=touch), address, touch)
        here.start_with(HERE)
        return here

    return start


def me(here: Visit) -> Region:
    return picked(HERE.photo, here.regions()["change"]["selection"])


def tap_in_other(here: Visit, point: tuple[float, float]) -> None:
    """Tap the photo on the stage, which is not the one that the server goes on with."""
    width, height = open_photo(THERE.photo).size
    stage = here.page.locator(".iph-photo .iph-stage")
    stage.scroll_into_view_if_needed()
    frame = stage.bounding_box()
    x = frame["x"] + point[0] / width * frame["width"]
    y = frame["y"] + point[1] / height * frame["height"]
    (here.page.touchscreen.tap if here.touch else here.page.mouse.click)(x, y)


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_another_photo_and_a_blend_with_the_scene(
    chosen: Callable[..., Visit], tmp_path: Path, width: int, height: int, touch: bool
) -> None:
    here = chosen(width, height, touch)
    page = here.page
    host = here.photo()["id"]

    # There and back without choosing: nothing changed.
    page.set_input_files("#iph-other-file", THERE.photo)
    here.expect_step("step_lend")
    assert fits(page)
    here.press("lend_back")
    here.expect_step("step_match_found")

    # Someone there
    page.set_input_files("#iph-other-file", THERE.photo)
    here.expect_step("step_lend")
    tap_in_other(here, THERE.match)
    here.expect_step("step_lend_chosen")
    here.press("lend_take")
    here.expect_step("step_ready")
    assert here.role_status("match") == PAGE["role_other"]
    matched = here.photo()
    assert matched["id"] == host and not matched["other"]["whole"]
    harmonize(here)
    selection = here.photo()["other"]["selection"]
    reference = Reference(open_photo(THERE.photo), picked(THERE.photo, selection).mask)
    expected = scene(HERE.photo).harmonize(me(here), reference)
    assert away(saved(here, "download", tmp_path), expected.pixels()) == 0
    alone = show_only(here, "after")

    # Between them and the scene, at once
    open_fold(here, "blend_title")
    second = page.get_by_role("button", name=PAGE["blend_with_background"])
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    here.expect_looks()
    slider = page.get_by_label(PAGE["blend"], exact=True)
    expect(slider).to_have_value("50")
    asked = len(here.requests)
    slider.fill("0")
    assert np.abs(here.canvas().astype(int) - alone).max() <= 1, "nothing of the second is there"
    slider.fill(f"{100 * SHARE:.0f}")
    shown = here.canvas().astype(int)
    assert np.abs(shown - alone).max() > 1
    assert len(here.requests) == asked, "moving between two looks asked the server"
    assert fits(page)
    background = scene(HERE.photo).region(1 - me(here).mask)
    both = scene(HERE.photo).harmonize(me(here), reference, second=background, blend=SHARE)
    file = saved(here, "download", tmp_path)
    assert away(file, both.pixels()) == 0
    assert np.median(np.abs(small(open_photo(file).pixels) - shown)) <= 1

    # The first alone again, and the person of this photo as ever
    second.click()
    expect(slider).to_be_hidden()
    here.expect_looks()
    here.press("back")
    page.locator(".iph-chip[data-mask]").first.click()
    assert here.role_status("match") == PAGE["role_chosen"]
    here.expect_calm_server()
    assert here.photo()["other"] is None
    here.assert_calm()


def test_undo_goes_on_after_another_photo(chosen: Callable[..., Visit]) -> None:
    here = chosen()
    here.tap(HERE.match)
    here.expect_step("step_ready")
    here.expect_calm_server()
    mine = here.taps("match")

    def visit(way_back: str) -> None:
        here.page.set_input_files("#iph-other-file", THERE.photo)
        here.expect_step("step_lend")
        expect(here.page.get_by_role("button", name=PAGE["undo"], exact=True)).to_be_disabled()
        tap_in_other(here, THERE.match)
        here.expect_step("step_lend_chosen")
        here.press(way_back)
        here.expect_step("step_ready")

    # Nothing was chosen there: the last step is still the tap here.
    visit("lend_back")
    here.press("undo")
    here.expect_step("step_match_found")
    here.press("redo")
    here.expect_step("step_ready")
    here.expect_calm_server()
    assert here.taps("match") == mine

    # Choosing someone there is a step of its own.
    visit("lend_take")
    assert here.role_status("match") == PAGE["role_other"]
    add = here.page.locator(".iph-tools button", has_text=PAGE["tool_add"])
    expect(add.filter(visible=True)).to_be_enabled()  # it refines the person to change
    here.press("undo")
    here.level("match", "person")
    here.expect_calm_server()
    known = here.photo()
    assert known["other"] is None and known["regions"]["match"]["selection"]["taps"] == mine
    here.press("redo")
    here.expect_calm_server()
    assert here.role_status("match") == PAGE["role_other"]
    assert here.photo()["other"] is not None
    for step in ("step_ready", "step_match_found", "step_change"):
        here.press("undo")
        here.expect_step(step)
    here.expect_calm_server()
    assert here.regions() == {}
    here.assert_calm()


@pytest.mark.parametrize("kind", ["box", "background", "whole"])
def test_what_else_can_be_matched(chosen: Callable[..., Visit], tmp_path: Path, kind: str) -> None:
    here = chosen()
    if kind == "box":
        width, height = open_photo(HERE.photo).size
        here.drag((0.06 * width, 0.5 * height), (0.42 * width, 0.96 * height))
        here.expect_step("step_ready")
        here.expect_calm_server()
        selection = here.regions()["match"]["selection"]
        assert selection["box"] is not None and selection["taps"] == []
        reference = picked(HERE.photo, selection)
    elif kind == "background":
        here.press("chip_background")
        here.expect_step("step_background")
        reference = scene(HERE.photo).region(1 - me(here).mask)
    else:
        here.page.set_input_files("#iph-other-file", THERE.photo)
        here.expect_step("step_lend")
        here.press("lend_whole")
        here.expect_step("step_ready")
        photo = open_photo(THERE.photo)
        reference = Reference(photo, np.ones(photo.size[::-1], np.float32))
    harmonize(here)
    expected = scene(HERE.photo).harmonize(me(here), reference)
    assert away(saved(here, "download", tmp_path), expected.pixels()) == 0
    here.assert_calm()
