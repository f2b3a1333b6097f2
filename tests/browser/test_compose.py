"""From two photos to a harmonized composite, in a real Chromium: tap, place, done, harmonize."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.examples_shipped import load_examples
from demo.texts import PAGE, SHARE
from iph_core.compose import Cutout
from iph_core.photo import encode_png, open_mask, open_photo, save_mask
from tests.browser.visit import Visit, fits, served, touch, until

ROOT = Path(__file__).parents[2]
EXAMPLES = load_examples()
SCENE, PERSON = EXAMPLES["pioneers"], EXAMPLES["visitor"]
SIZES = [pytest.param(1280, 900, False, id="desktop"), pytest.param(390, 844, True, id="phone")]
FULL_CANVAS = """() => new Promise((done) => {
    const read = () => done(document.querySelector(".iph-place canvas").toDataURL("image/png"));
    requestAnimationFrame(() => requestAnimationFrame(read));
})"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page, with a data folder of its own."""
    with served(tmp_path_factory.mktemp("data")) as address:
        yield address


@dataclass
class Composing(Visit):
    """A visit at which taps are counted."""

    count: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        expect(self.page.locator(".iph-status")).to_be_hidden()

    def press(self, key: str) -> None:
        self.count += 1
        super().press(key)

    def bring(self, which: str, *paths: Path) -> None:
        """Choose files; counted as one tap, the choosing itself is the system's."""
        self.count += 1
        self.page.set_input_files(f"#iph-{which}-file", list(paths))

    def tap_stage(self, stage: Locator, size: tuple[int, int], point: tuple[float, float]) -> None:
        self.count += 1
        stage.scroll_into_view_if_needed()
        frame = stage.bounding_box()
        x = frame["x"] + point[0] / size[0] * frame["width"]
        y = frame["y"] + point[1] / size[1] * frame["height"]
        (self.page.touchscreen.tap if self.touch else self.page.mouse.click)(x, y)

    @property
    def picking(self) -> Locator:
        return self.page.locator(".iph-photo .iph-stage")

    @property
    def placing(self) -> Locator:
        return self.page.locator(".iph-place")

    def expect_placing(self, key: str = "step_place") -> None:
        expect(self.page.locator(".iph-placing .iph-step")).to_have_text(PAGE[key])

    def composition(self) -> dict:
        answer = self.page.request.get(f"{self.address}/iph/composition").json()
        return answer["composition"]

    def saved_look(self, before: dict) -> dict:
        """The look that came after another one, once the server was told and has answered."""

        def is_saved() -> bool:
            expect(self.placing).to_have_attribute("data-saved", "true")
            return self.composition()["look"] != before

        until(is_saved)
        expect(self.placing).to_have_attribute("data-saved", "true")
        return self.composition()["look"]

    def fetch(self, path: str) -> bytes:
        return self.page.request.get(f"{self.address}/{path}").body()


@pytest.fixture
def visit(page_at: Callable[..., Page], address: str) -> Callable[..., Composing]:
    def start(width: int = 1280, height: int = 900, touch: bool = False) -> Composing:
        return Composing(page_at(width, height, touch=touch), address, touch)

    return start


def drag(here: Composing, start: Locator, by: tuple[float, float], at: tuple[float, float]) -> None:
    """Drag from a point of an element (shares of its size) by CSS pixels."""
    here.count += 1
    start.scroll_into_view_if_needed()
    frame = start.bounding_box()
    x, y = frame["x"] + at[0] * frame["width"], frame["y"] + at[1] * frame["height"]
    if not here.touch:
        here.page.mouse.move(x, y)
        here.page.mouse.down()
        here.page.mouse.move(x + by[0], y + by[1], steps=8)
        here.page.mouse.up()
        return
    fingers(here, [[(x + by[0] * i / 8, y + by[1] * i / 8)] for i in range(9)])


def fingers(here: Composing, frames: list[list[tuple[float, float]]]) -> None:
    """Fingers that go down at the first frame, move through the others and lift."""
    devtools = here.devtools()
    touch(devtools, "touchStart", *frames[0])
    for frame in frames[1:]:
        touch(devtools, "touchMove", *frame)
    touch(devtools, "touchEnd")


def pinch(here: Composing, apart: float, degrees: float) -> None:
    """Two fingers in the middle of the stage, from 80 px apart to `apart` times as far, turned."""
    frame = here.placing.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    frames = []
    for share in np.linspace(0, 1, 12):
        half = 40 * (1 + (apart - 1) * share)
        turn = np.radians(degrees * share)
        dx, dy = half * np.cos(turn), half * np.sin(turn)
        frames.append([(x - dx, y - dy), (x + dx, y + dy)])
    fingers(here, frames)


def start_placing(here: Composing) -> None:
    here.press("compose_way")
    here.bring("both", SCENE.photo, PERSON.photo)
    here.expect_step("step_cut")
    here.tap_stage(here.picking, open_photo(PERSON.photo).size, PERSON.change)
    here.expect_step("step_cut_chosen")
    here.press("compose_place_them")
    here.expect_placing()


@pytest.mark.parametrize(("width", "height", "touch"), SIZES)
def test_from_two_photos_to_a_link_and_its_end(
    visit: Callable[..., Composing], browser: Browser, width: int, height: int, touch: bool
) -> None:
    here = visit(width, height, touch)
    start_placing(here)
    size = open_photo(SCENE.photo).size
    first = here.composition()["look"]
    pixels = size[0] / here.placing.bounding_box()["width"]

    center = (first["x"] / size[0], first["y"] / size[1])
    drag(here, here.placing, (-36, 24), center)
    look = here.saved_look(first)
    assert look["x"] == pytest.approx(first["x"] - 36 * pixels, abs=pixels)
    assert look["y"] == pytest.approx(first["y"] + 24 * pixels, abs=pixels)
    assert look["scale"] == first["scale"]

    handle = here.page.locator(".iph-handle-size")
    box = handle.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    drag(here, handle, (-30, -30), (0.5, 0.5))
    smaller = here.saved_look(look)
    assert smaller["scale"] < 0.97 * look["scale"]
    assert (smaller["x"], smaller["y"]) == pytest.approx((look["x"], look["y"]))
    here.press("compose_flip")
    here.press("compose_shadow_below")
    assert here.saved_look(smaller)["flip"]
    here.expect_placing()

    seen = picture_of(here.page.evaluate(FULL_CANVAS))
    assert fits(here.page)
    here.press("compose_done")
    here.expect_step("step_match_found")
    assert_same_place(here, seen, size)

    here.press("harmonize")
    here.expect_step("step_result")
    assert here.page.locator(".iph-summary b").inner_text()
    assert here.count <= 12

    here.press("share")
    here.press("share_make")
    link = here.page.get_by_label(PAGE["share_link"])
    expect(link).to_have_count(1)
    print(f"taps from the start page to the link: {here.count}")
    assert fits(here.page)
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        opened_by_somebody_else(context.new_page(), here, link.input_value())
    here.assert_calm()


def opened_by_somebody_else(page: Page, here: Composing, url: str) -> None:
    """Without a session: the pictures are there, and gone once the maker deletes."""
    assert page.context.cookies() == []
    assert page.goto(url).status == 200
    expect(page.get_by_role("slider", name=SHARE["line"])).to_be_visible()
    assert page.evaluate("[...document.images].every((it) => it.naturalWidth > 0)")
    assert fits(page)
    shown = open_photo(page.request.get(f"{url}/before.jpg").body())
    scene = open_photo(SCENE.photo)
    assert shown.width / shown.height == pytest.approx(scene.width / scene.height, rel=0.01)
    here.press("share_delete")
    expect(here.page.get_by_label(PAGE["share_link"])).to_have_count(0)
    assert page.goto(url).status == 404
    assert page.request.get(f"{url}/after.jpg").status == 404


def picture_of(data_url: str) -> np.ndarray:
    """RGB pixels of a data URL."""
    import base64

    return open_photo(base64.b64decode(data_url.split(",", 1)[1])).pixels


def assert_same_place(here: Composing, seen: np.ndarray, size: tuple[int, int]) -> None:
    """What the canvas showed is what the composite holds, to a pixel of the preview."""
    photo = here.photo()
    made = open_photo(here.fetch(photo["preview"])).pixels
    scene = open_photo(SCENE.photo).srgb(max(made.shape[:2]))
    shape = (seen.shape[1], seen.shape[0])
    made, scene = (
        cv2.resize(each, shape, interpolation=cv2.INTER_AREA).astype(np.float32)
        for each in (made, scene)
    )
    mask = open_mask(here.fetch(photo["regions"]["change"]["mask"]), tuple(photo["preview_size"]))
    inside = cv2.resize(mask, shape, interpolation=cv2.INTER_AREA) > 0.5
    assert np.abs(made - seen)[inside].mean() < 4, "the person looks different"
    gray = [cv2.cvtColor(each.astype(np.float32), cv2.COLOR_RGB2GRAY) for each in (seen, made)]
    rows, columns = np.nonzero(inside)
    part = np.s_[max(0, rows.min() - 8) : rows.max() + 8, max(0, columns.min() - 8) : columns.max()]
    (dx, dy), _ = cv2.phaseCorrelate(
        *(np.ascontiguousarray(each[part] - scene[..., 1][part]) for each in gray)
    )
    assert abs(dx) < 1 and abs(dy) < 1, f"shifted by {dx:.2f}, {dy:.2f} pixels of the preview"
    changed = np.abs(made - scene).max(axis=2) > 24
    spread = cv2.dilate(inside.astype(np.uint8), np.ones((61, 61), np.uint8)) > 0
    assert not (changed & ~spread).any(), "something far from the person changed"


def test_two_fingers_size_and_turn(visit: Callable[..., Composing]) -> None:
    here = visit(390, 844, True)
    start_placing(here)
    here.placing.scroll_into_view_if_needed()
    before = here.composition()["look"]
    pinch(here, 1.5, 30)
    after = here.saved_look(before)
    assert after["scale"] / before["scale"] == pytest.approx(1.5, rel=0.05)
    assert after["rotation"] - before["rotation"] == pytest.approx(30, abs=2)
    for key in ("compose_flip", "compose_done", "compose_behind", "compose_shadow_left"):
        box = here.page.get_by_role("button", name=PAGE[key], exact=True).bounding_box()
        assert box["height"] >= 44, key
    here.assert_calm()


def test_keys_move_size_turn_and_flip(visit: Callable[..., Composing]) -> None:
    here = visit()
    start_placing(here)
    before = here.composition()["look"]
    here.placing.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "]", ".", ".", "f"):
        here.page.keyboard.press(key)
    after = here.saved_look(before)
    width = open_photo(SCENE.photo).width
    assert after["x"] - before["x"] == pytest.approx(0.02 * width)
    assert after["y"] - before["y"] == pytest.approx(-0.01 * width)
    assert after["scale"] / before["scale"] == pytest.approx(1.04)
    assert (after["rotation"], after["flip"]) == (pytest.approx(4), True)
    expect(here.page.locator(".iph-placing [aria-live=polite]")).to_contain_text("percent")
    turn = here.page.get_by_role("slider", name=PAGE["compose_turn"])
    turn.focus()
    here.page.keyboard.press("ArrowLeft")
    turned = here.saved_look(after)
    assert turned["rotation"] == pytest.approx(3)
    here.placing.hover()
    here.page.mouse.wheel(0, -200)
    assert here.saved_look(turned)["scale"] > 1.2 * after["scale"]
    here.assert_calm()


def test_behind_back_and_reload(visit: Callable[..., Composing]) -> None:
    here = visit()
    start_placing(here)
    size = open_photo(SCENE.photo).size
    here.press("compose_behind")
    here.expect_placing("step_behind")
    here.tap_stage(here.placing, size, SCENE.match)
    expect(here.placing).not_to_have_class(re.compile("iph-busy"))
    here.press("compose_behind_done")
    assert here.composition()["behind"]["picture"]
    frame = here.placing.bounding_box()
    look = here.composition()["look"]
    shift = (SCENE.match[0] - look["x"]) / size[0] * frame["width"]
    drag(here, here.placing, (shift, 0), (look["x"] / size[0], look["y"] / size[1]))
    placed = here.saved_look(look)

    here.page.reload()
    here.expect_placing()
    assert here.composition()["look"] == placed
    here.press("compose_done")
    here.expect_step("step_match_found")
    photo = here.photo()
    mask = open_mask(here.fetch(photo["regions"]["change"]["mask"]), tuple(photo["preview_size"]))
    scale = photo["preview_size"][0] / size[0]
    x, y = (round(place * scale) for place in SCENE.match)
    assert mask[y, x] == 0, "who stands before is covered"
    assert mask.max() == 1

    here.press("compose_back_place")
    here.expect_placing()
    assert here.composition()["look"] == placed
    here.press("compose_back_cut")
    here.expect_step("step_cut_chosen")
    here.press("compose_back_photos")
    expect(here.page.locator(".iph-compose-start")).to_be_visible()
    expect(here.page.locator(".iph-compose-card img")).to_have_count(2)
    here.page.reload()
    expect(here.page.locator(".iph-compose-start")).to_be_visible()
    here.expect_quiet()
    here.press("compose_cancel")
    expect(here.page.locator(".iph-drop")).to_be_visible()
    here.page.reload()
    expect(here.page.locator(".iph-drop")).to_be_visible()
    here.assert_calm()


def test_a_reload_while_the_server_is_away_keeps_the_composite(
    visit: Callable[..., Composing],
) -> None:
    here = visit()
    start_placing(here)
    here.press("compose_done")
    here.expect_step("step_match_found")
    made = here.photo()["id"]
    here.page.route("**/iph/state", lambda route: route.fulfill(status=502), times=1)
    here.page.reload()
    here.expect_step("step_match_found")
    back = here.page.get_by_role("button", name=PAGE["compose_back_place"])
    expect(back).to_be_visible()
    assert here.composition()["result"] == made
    assert "DELETE" not in {request.method for request in here.requests}
    here.complaints[:] = [said for said in here.complaints if "of 502" not in said]
    here.assert_calm()


def test_a_cutout_goes_straight_to_placing(visit: Callable[..., Composing], tmp_path: Path) -> None:
    here = visit()
    person = open_photo(PERSON.photo)
    mask = open_mask(PERSON.photo.with_name("visitor-mask.png"), person.size)
    file = tmp_path / "me.png"
    file.write_bytes(Cutout.from_mask(person, mask).to_png())
    here.page.set_input_files("#iph-file", [file, file, file])
    expect(here.page.locator(".iph-error")).to_contain_text(PAGE["error_many_files"])
    here.page.set_input_files("#iph-file", file)
    expect(here.page.locator(".iph-compose-start")).to_be_visible()
    here.page.get_by_role("button", name=PAGE["compose_itself"]).click()
    expect(here.page.locator(".iph-stage canvas").first).to_be_visible()
    here.expect_quiet()
    here.page.get_by_role("button", name=PAGE["start_over"]).first.click()
    here.page.set_input_files("#iph-file", file)
    expect(here.page.locator(".iph-compose-start")).to_be_visible()
    here.bring("scene", SCENE.photo)
    here.expect_placing()
    here.assert_calm()


@pytest.mark.parametrize("swapped", [False, True])
def test_a_composite_with_its_mask_is_taken_as_such(
    visit: Callable[..., Composing], tmp_path: Path, swapped: bool
) -> None:
    here = visit()
    composite, masked = tmp_path / "party.png", tmp_path / "party-mask.png"
    photo = open_photo(PERSON.photo)
    mask = open_mask(PERSON.photo.with_name("visitor-mask.png"), photo.size)
    composite.write_bytes(encode_png(photo.pixels))
    save_mask(1 - mask if swapped else mask, masked)
    here.page.set_input_files("#iph-file", [masked, composite])
    here.expect_step("step_match_found")
    note = PAGE["note_swapped" if swapped else "note_mask_found"]
    expect(here.page.locator(".iph-note")).to_contain_text(note)
    known = here.photo()
    region = known["regions"]["change"]
    taken = open_mask(here.fetch(region["mask"]), tuple(known["preview_size"]))
    assert abs(float(taken.mean()) - float(mask.mean())) < 0.02
    here.assert_calm()
