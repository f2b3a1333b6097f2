"""The exported page, opened from disk with the network off."""

from __future__ import annotations

import io

import numpy as np
import pytest
import skimage.data
from PIL import Image

from iph_core.export.html import comparison_page

BEFORE = skimage.data.astronaut()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "us.html"
    page = comparison_page(BEFORE, 255 - BEFORE, "Anna & Ben", "Much darker.")
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(params=[(1280, 900, False), (390, 844, True)], ids=["desktop", "phone"])
def page(request, page_at, file):
    width, height, touch = request.param
    page = page_at(width, height, touch=touch)
    page.context.set_offline(True)
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text))
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: page.problems.append(request.url[:60]))
    page.goto(file.as_uri())
    page.problems = [p for p in page.problems if not p.startswith(("file:", "data:"))]
    return page


def at(page):
    return page.locator(".stage").evaluate("e => e.style.getPropertyValue('--at')")


def test_it_opens_and_nothing_is_wider_than_the_screen(page):
    assert page.title() == "Anna & Ben"
    assert page.locator("img").evaluate_all("all => all.every(i => i.naturalWidth === 512)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.problems == []


def test_arrow_keys_move_the_line(page):
    slider = page.get_by_role("slider", name="Show before or after")
    slider.focus()
    start = int(slider.input_value())
    assert at(page) == f"{start}%"
    page.keyboard.press("ArrowRight")
    assert at(page) == f"{start + 1}%"
    assert slider.get_attribute("aria-valuetext") == f"Before {start + 1} %, After {99 - start} %"
    page.keyboard.press("Home")
    assert at(page) == "0%"


def test_the_picture_follows_the_pointer(page):
    box = page.locator(".stage").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.5, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=4)
    page.mouse.up()
    assert at(page) == "80%"
    page.mouse.move(box["x"] + box["width"] * 0.1, y)
    assert at(page) == "80%"
    assert page.get_by_role("slider").input_value() == "80"


def test_left_is_before_and_right_is_after(page):

    shot = Image.open(io.BytesIO(page.locator(".stage").screenshot())).convert("RGB")
    size = shot.size
    truth = [
        np.asarray(Image.fromarray(p).resize(size, Image.Resampling.BILINEAR)).astype(int)
        for p in (BEFORE, 255 - BEFORE)
    ]
    shown = np.asarray(shot).astype(int)
    rows = slice(size[1] // 3, 2 * size[1] // 3)
    line = round(size[0] * float(at(page).rstrip("%")) / 100)
    left, right = slice(10, line - 10), slice(line + 10, size[0] - 10)
    assert np.abs(shown - truth[0])[rows, left].mean() < 6
    assert np.abs(shown - truth[1])[rows, right].mean() < 6


def test_a_finger_moves_the_line(page):
    if not page.evaluate("navigator.maxTouchPoints"):
        pytest.skip("a screen without touch")
    box = page.locator(".stage").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.25, box["y"] + 100)
    assert at(page) == "25%"
