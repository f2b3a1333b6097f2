"""What people see of their photo while the line is slow, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE
from tests.browser.visit import Visit, until

EXAMPLE = load_examples()["pioneers"]
SIZES = [pytest.param(1280, 900, False, id="desktop"), pytest.param(390, 844, True, id="phone")]
QUARTER_TURN = 6  # EXIF: its top is on the right
LARGE = (".onnx", "/embedding")
CORNER_ALPHA = """() => document.querySelector(".iph-photo .iph-stage canvas")
    .getContext("2d").getImageData(5, 5, 1, 1).data[3]"""


def hold_preview(page: Page) -> list[Route]:
    held: list[Route] = []
    page.route("**/preview-*.jpg", lambda route: held.append(route))
    return held


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
@pytest.mark.parametrize("turned", [False, True], ids=["upright", "turned"])
def test_the_photo_is_seen_before_it_is_back_from_the_server(
    page_at: Callable[..., Page],
    address: str,
    tmp_path: Path,
    turned: bool,
    width: int,
    height: int,
    touch: bool,
) -> None:
    photo, path = Image.open(EXAMPLE.photo).convert("RGB"), tmp_path / "photo.jpg"
    exif = Image.Exif()
    if turned:
        exif[0x0112] = QUARTER_TURN
        photo.transpose(Image.Transpose.ROTATE_90).save(path, quality=95, exif=exif)
    else:
        photo.save(path, quality=95)
    here = Visit(page_at(width, height, touch=touch), address, touch)
    held = hold_preview(here.page)
    here.upload(path)
    until(lambda: here.page.evaluate("1") and len(held) == 1)
    expected = cv2.resize(np.asarray(photo), (240, 160), interpolation=cv2.INTER_AREA)
    assert distance(here, expected) < 3
    assert not any(here.asked(part) for part in LARGE)

    here.tap(EXAMPLE.change)
    here.expect_step("step_match_found")
    assert not any(here.asked(part) for part in LARGE)
    held[0].continue_()
    here.wait_for_decoder()
    assert all(here.asked(part) for part in LARGE)
    here.assert_calm()


def distance(here: Visit, expected: np.ndarray) -> float:
    """Of what the stage shows, on average, in levels."""
    return float(np.abs(here.canvas().astype(int) - expected.reshape(-1, 3)).mean())


def test_what_cannot_be_shown_yet_is_no_black_box_and_nothing_to_tap(
    page_at: Callable[..., Page], address: str, tmp_path: Path
) -> None:
    path = tmp_path / "photo.tif"  # Chromium reads none.
    Image.open(EXAMPLE.photo).convert("RGB").save(path)
    page = page_at(390, 844)
    held = hold_preview(page)
    here = Visit(page, address)
    page.set_input_files("#iph-file", path)
    here.expect_step("step_loading")
    assert page.evaluate(CORNER_ALPHA) == 0
    assert not any(here.asked(part) for part in LARGE)
    error = page.locator(".iph-error")
    expect(error).to_be_hidden()

    held[0].abort()
    here.wait_for_decoder()  # a picture that is late keeps nothing else waiting
    for tries in range(2, 6):
        until(lambda tries=tries: page.evaluate("1") and len(held) == tries)
        held[-1].abort()
    expect(error).to_contain_text(PAGE["error_preview"])
    until(lambda: page.evaluate("1") and len(held) == 6)
    held[-1].continue_()
    here.expect_step("step_change")
    expect(error).to_be_hidden()
    assert page.evaluate(CORNER_ALPHA) == 255
