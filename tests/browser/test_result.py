"""The result in a real Chromium: looked at, adjusted, kept, shared; by mouse and by finger."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE, SHARE
from iph_core.photo import open_mask, open_photo
from tests.browser.visit import Visit, fits, served, until

EXAMPLE = load_examples()["launch-pad"]
SIZES = [pytest.param(1280, 900, False, id="desktop"), pytest.param(390, 844, True, id="phone")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page with a data folder of its own, for what is shared."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture
def harmonized(page_at: Callable[..., Page], server: str) -> Callable[..., Visit]:
    """An example, tapped and harmonized, with the looks of all references there."""

    def start(width: int = 1280, height: int = 900, touch: bool = False) -> Visit:
        here = Visit(page_at(width, height, touch=touch), server, touch)
        here.start_with(EXAMPLE)
        harmonize(here)
        return here

    return start


def harmonize(here: Visit) -> None:
    here.expect_calm_server()
    here.press("harmonize")
    here.expect_step("step_result")
    here.expect_looks()


def show_only(here: Visit, side: str) -> np.ndarray:
    """Move the line away by keys; what the stage shows then."""
    line = here.page.get_by_role("slider", name=PAGE["compare_label"])
    line.press("Home" if side == "after" else "End")
    return here.canvas().astype(int)


def open_fold(here: Visit, key: str) -> None:
    fold = here.page.locator("details", has=here.page.get_by_text(PAGE[key], exact=True)).last
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()


def test_the_look_is_followed_more_closely(harmonized: Callable[..., Visit]) -> None:
    here = harmonized()
    before = show_only(here, "after")
    slider = here.page.get_by_role("slider", name=PAGE["transfer"])
    expect(slider).to_have_value("0")
    for _ in range(3):  # each step begins where the last one ended, answered or not
        slider.press("ArrowRight")
    expect(slider).to_have_value("15")
    until(lambda: (here.photo()["result"] or {}).get("transfer") == 0.15)
    slider.press("End")
    until(lambda: (here.photo()["result"] or {}).get("transfer") == 1)
    here.expect_looks()
    expect(slider).to_have_value("100")
    until(lambda: np.abs(show_only(here, "after") - before).max() > 20)
    here.assert_calm()


def test_who_finds_it_too_little_follows_the_look_by_one_tap(
    harmonized: Callable[..., Visit],
) -> None:
    here = harmonized()
    slider = here.page.get_by_role("slider", name=PAGE["transfer"])
    # Moved and taken back in one go: no change for the browser, and the slider goes on telling.
    with here.page.expect_response("**/transfer"):
        slider.evaluate("node => node.dispatchEvent(new Event('input'))")
    here.press("closer")
    until(lambda: (here.photo()["result"] or {}).get("transfer") == 0.6)
    here.expect_looks()
    expect(slider).to_have_value("60")
    closer = here.page.get_by_role("button", name=PAGE["closer"])
    expect(closer).to_be_hidden()
    slider.press("Home")
    expect(closer).to_be_visible()
    here.assert_calm()


def saved(here: Visit, key: str, folder: Path) -> Path:
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name=PAGE[key]).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def small(pixels: np.ndarray) -> np.ndarray:
    return cv2.resize(pixels, (240, 160), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(int)


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_from_result_to_link_and_files(
    harmonized: Callable[..., Visit],
    browser: Browser,
    tmp_path: Path,
    width: int,
    height: int,
    touch: bool,
) -> None:
    here = harmonized(width, height, touch)
    page = here.page
    assert fits(page)
    words = page.locator(".iph-summary b")
    assert words.inner_text() == here.photo()["result"]["summary"]

    # Another reference, by eye
    first = show_only(here, "after")
    scene = page.get_by_role("button", name=PAGE["look_background_label"])
    scene.tap() if touch else scene.click()
    expect(scene).to_have_attribute("aria-pressed", "true")
    here.expect_step("step_result")
    here.expect_looks()
    assert here.photo()["background"]
    matched = here.canvas().astype(int)
    assert np.abs(matched - first).max() > 1, "another reference changed nothing"

    # A slider: other pixels, no request
    open_fold(here, "adjust_title")
    asked = len(here.requests)
    page.get_by_label(PAGE["slider_warmth"]).fill("25")
    page.get_by_label(PAGE["slider_exposure"]).fill("0.5")
    page.get_by_label(PAGE["strength"]).fill("80")
    warmer = here.canvas().astype(int)
    assert np.abs(warmer - matched).max() > 20
    assert len(here.requests) == asked, "a slider asked the server"
    expect(words).to_contain_text(PAGE["word_warmth_up"])

    # Files hold what is shown
    open_fold(here, "formats_more")
    jpeg = saved(here, "format_jpeg", tmp_path)
    assert jpeg.name == "launch-pad-harmonized.jpg"
    kept = open_photo(jpeg).pixels
    assert kept.shape[:2] == (here.photo()["height"], here.photo()["width"])
    away = stage_against(here, jpeg)  # two JPEGs: the file, and what the stage starts from
    assert np.median(away) <= 1 and away.mean() < 1.5 and np.percentile(away, 99) <= 8
    page_file = saved(here, "format_html", tmp_path)
    opens_without_network(browser, page_file)

    # Share, see it without a session, delete
    page.get_by_role("button", name=PAGE["share"], exact=True).click()
    page.get_by_label(PAGE["share_caption"]).fill("At the pad")
    here.press("share_make")
    link = page.get_by_label(PAGE["share_link"])
    expect(link).to_have_count(1)
    url = link.input_value()
    expect(page.get_by_alt_text(PAGE["share_code_alt"])).to_be_visible()
    assert fits(page)
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        visitor = context.new_page()
        assert visitor.goto(url).status == 200
        expect(visitor.get_by_role("heading", level=1)).to_have_text("At the pad")
        answer = visitor.request.get(f"{url}/after.jpg")
        shared = cv2.imdecode(np.frombuffer(answer.body(), np.uint8), cv2.IMREAD_COLOR_RGB)
        assert np.abs(small(shared) - warmer).mean() < 1.5, "the sliders are not in what is shared"
        here.press("share_delete")
        expect(link).to_have_count(0)
        assert visitor.goto(url).status == 404
        expect(visitor.get_by_role("heading", level=1)).to_have_text(SHARE["gone_title"])
    here.assert_calm()


def opens_without_network(browser: Browser, path: Path) -> None:
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        slider = page.get_by_role("slider")
        slider.fill("20")
        sizes = page.evaluate("[...document.images].map((it) => it.complete && it.naturalWidth)")
        assert len(sizes) == 2 and all(size > 600 for size in sizes)
        assert page.evaluate("document.querySelector('.stage').style.getPropertyValue('--at')")
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_reset_brings_back_the_harmonized_look(harmonized: Callable[..., Visit]) -> None:
    here = harmonized()
    exposure = here.page.get_by_label(PAGE["slider_exposure"])
    start, shown = exposure.input_value(), show_only(here, "after")
    exposure.focus()
    for _ in range(10):
        exposure.press("ArrowRight")
    assert float(exposure.input_value()) == pytest.approx(float(start) + 0.2, abs=0.03)
    assert np.abs(here.canvas() - shown).max() > 3
    here.press("adjust_reset")
    assert exposure.input_value() == start
    assert np.array_equal(here.canvas(), shown)
    here.assert_calm()


def test_a_result_comes_back_as_it_was_left(harmonized: Callable[..., Visit]) -> None:
    here = harmonized()
    strength = here.page.get_by_label(PAGE["strength"])
    strength.fill("60")
    exposure = here.page.get_by_label(PAGE["slider_exposure"])
    exposure.press("ArrowRight")
    left = strength.input_value(), exposure.input_value()
    here.press("back")
    here.press("harmonize")
    here.expect_step("step_result")
    assert (strength.input_value(), exposure.input_value()) == left
    here.page.reload()
    here.expect_step("step_result")
    expect(strength).to_have_value(left[0])
    expect(exposure).to_have_value(left[1])
    here.press("back")
    here.page.locator(".iph-photo .iph-role.iph-match").click()
    here.press("chip_background")  # another reference, another result: it begins anew
    here.press("harmonize")
    here.expect_step("step_result")
    expect(strength).to_have_value("100")
    here.assert_calm()


BOTH_AT_STAGE_SIZE = """async (address) => {
    const canvas = document.querySelector(".iph-photo .iph-stage canvas");
    const scaled = document.createElement("canvas");
    [scaled.width, scaled.height] = [canvas.width, canvas.height];
    const context = scaled.getContext("2d");
    const file = await createImageBitmap(await (await fetch(address)).blob());
    context.imageSmoothingQuality = "high"; // as src/painter.ts
    context.drawImage(file, 0, 0, scaled.width, scaled.height);
    return [canvas, scaled].map((it) => it.toDataURL("image/png").split(",")[1]);
}"""


def stage_against(here: Visit, file: Path) -> np.ndarray:
    """How far the stage is from a file, in levels, HWC at the stage's size.

    The browser makes the file as small as the stage, so that nothing is left of the way of scaling.
    """
    here.page.route("**/file.png", lambda route: route.fulfill(body=file.read_bytes()))
    both = here.page.evaluate(BOTH_AT_STAGE_SIZE, f"{here.address}/file.png")
    stage, scaled = (open_photo(base64.b64decode(png)).pixels.astype(int) for png in both)
    return np.abs(stage - scaled)


def test_stage_shows_what_the_server_makes(
    harmonized: Callable[..., Visit], tmp_path: Path
) -> None:
    """What is left between the two is the preview's JPEG: as much of it lies outside the person,
    where nothing is recolored, as inside. A smaller picture of both (`small`) differs twice as
    much, because two programs make it; before that was known, limits here were loose.

    The photo is no larger than its preview, so the file on disk is what the page had to show.
    Pixel by pixel, without JPEG, the two are compared by tests/demo/test_result_colors.py."""
    here = harmonized()
    here.page.get_by_label(PAGE["slider_contrast"]).fill("1.1")
    here.page.get_by_label(PAGE["slider_highlights"]).fill("-0.3")
    here.page.get_by_label(PAGE["slider_shadows"]).fill("0.2")
    here.page.get_by_label(PAGE["slider_saturation"]).fill("0.4")
    show_only(here, "after")
    away = stage_against(here, saved(here, "download", tmp_path))
    height, width = away.shape[:2]
    mask = open_mask(EXAMPLE.mask, open_photo(EXAMPLE.photo).size)
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    inside, outside = away[mask > 0.99], away[mask < 0.01]
    for part in (inside, outside):
        assert np.median(part) <= 1 and part.mean() < 0.8 and np.percentile(part, 99) <= 4
    assert inside.mean() < 2 * outside.mean()


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_hold_shows_before(
    harmonized: Callable[..., Visit], width: int, height: int, touch: bool
) -> None:
    here = harmonized(width, height, touch)
    before = show_only(here, "before")
    after = show_only(here, "after")
    assert np.abs(after - before).max() > 10
    hold = here.page.get_by_role("button", name=PAGE["hold"])
    box = hold.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    if touch:
        devtools = here.devtools()
        point = [{"x": x, "y": y, "id": 0}]
        devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": point})
        here.page.wait_for_function("document.querySelector('.iph-hold').ariaPressed === 'true'")
        assert np.array_equal(here.canvas(), before)
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        here.page.wait_for_function("document.querySelector('.iph-hold').ariaPressed === 'false'")
    else:
        here.page.mouse.move(x, y)
        here.page.mouse.down()
        assert np.array_equal(here.canvas(), before)
        here.page.mouse.up()
    assert np.array_equal(here.canvas(), after)
    here.page.keyboard.down("b")
    assert np.array_equal(here.canvas(), before)
    here.page.keyboard.up("b")
    assert np.array_equal(here.canvas(), after)
    here.assert_calm()


def test_full_size_shows_the_pixels_of_the_photo(
    page_at: Callable[..., Page], server: str, tmp_path: Path
) -> None:
    """A photo larger than its preview, at 100 %: the canvas holds its own pixels, not the
    preview's."""
    pixels = cv2.resize(open_photo(EXAMPLE.photo).pixels, None, fx=2, fy=2)
    rng = np.random.default_rng(0)
    grain = rng.integers(-30, 31, pixels.shape[:2])[..., None]  # a preview has none left
    large = np.clip(pixels + grain, 0, 255).astype(np.uint8)
    path = tmp_path / "large.jpg"
    cv2.imwrite(str(path), large[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 96])
    here = Visit(page_at(1280, 900), server)
    here.upload(path)
    here.tap((EXAMPLE.change[0] * 2, EXAMPLE.change[1] * 2))
    here.expect_step("step_match_found")
    harmonize(here)
    show_only(here, "before")
    with here.page.expect_response(lambda answer: "/part/before.jpg" in answer.url):
        here.page.get_by_role("button", name=PAGE["full_size"]).click()
    here.page.wait_for_function(
        """async () => {
            const canvas = document.querySelector(".iph-photo .iph-stage canvas");
            const [x, y] = [canvas.width / 2 - 40, canvas.height / 2 - 40];
            const { data } = canvas.getContext("2d").getImageData(x, y, 80, 80);
            let rough = 0;
            for (let i = 0; i < data.length - 4; i += 4)
                rough += Math.abs(data[i + 1] - data[i + 5]);
            return rough / 6400 > 14;
        }"""
    )
    # The wheel moves an enlarged photo, 0 shows everything again.
    stage = here.page.locator(".iph-photo .iph-stage")
    expect(stage).to_have_class(re.compile("iph-enlarged"))
    enlarged = here.canvas()
    stage.hover(position={"x": 30, "y": 200})
    here.page.mouse.wheel(-200, -200)
    until(lambda: not np.array_equal(here.canvas(), enlarged))
    stage.press("0")
    expect(stage).not_to_have_class(re.compile("iph-enlarged"))
    here.assert_calm()


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_the_photo_stays_in_view_beside_every_slider(
    harmonized: Callable[..., Visit], width: int, height: int, touch: bool
) -> None:
    here = harmonized(width, height, touch)
    open_fold(here, "adjust_title")
    here.page.get_by_role("button", name=PAGE["adjust_reset"]).scroll_into_view_if_needed()
    assert here.page.evaluate("scrollY") > 100
    stage = here.page.locator(".iph-photo .iph-stage").bounding_box()
    assert stage["y"] >= 0 and stage["y"] + stage["height"] <= height
    if touch:  # what comes next is in reach before anything is scrolled
        here.page.evaluate("scrollTo(0, 0)")
        here.press("back")
        here.page.evaluate("scrollTo(0, 0)")
        harmonize = here.page.locator(".iph-go").bounding_box()
        assert harmonize["y"] + harmonize["height"] <= height


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_targets_are_large_and_named(
    harmonized: Callable[..., Visit], width: int, height: int, touch: bool
) -> None:
    here = harmonized(width, height, touch)
    for key in ("adjust_title", "formats_more"):
        open_fold(here, key)
    here.page.get_by_role("button", name=PAGE["share"], exact=True).click()
    too_small = here.page.evaluate(
        """() => [...document.querySelectorAll(
                ".iph-result button, .iph-result summary, .iph-result input, .iph-holds button"
            )]
            .filter((it) => it.offsetParent)
            .map((it) => [it.textContent || it.id, it.getBoundingClientRect()])
            .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
            .map(([name]) => name)"""
    )
    assert too_small == []
    unnamed = here.page.evaluate(
        """() => [...document.querySelectorAll(".iph-result input, .iph-result button")]
            .filter((it) => !(it.textContent || it.labels?.length || it.ariaLabel))
            .map((it) => it.outerHTML)"""
    )
    assert unnamed == []
    assert fits(here.page)
