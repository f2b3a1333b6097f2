"""What a result gives to keep: adjusted, alone with alpha, as a table, as a page."""

from __future__ import annotations

import os
import re

import cv2
import numpy as np
import pytest
import skimage.data
import tifffile
from PIL import Image
from scipy.interpolate import RegularGridInterpolator

from iph_core.adjustment import Adjustment
from iph_core.color_map import ColorMap
from iph_core.description import ALMOST_NOTHING, ALREADY_MATCHED
from iph_core.errors import InputError
from iph_core.photo import open_mask, open_photo, photo_from_array
from iph_core.photo.xmp import COMPOSITE
from iph_core.pipeline import Scene
from iph_core.regions.mask import Region
from iph_core.result import Result
from tests.core.conftest import person_mask, warmer_map

MOVED = Adjustment(exposure=0.4, warmth=5, contrast=1.1)


def result_of(pixels: np.ndarray, color_map: ColorMap | None = None) -> Result:
    photo = photo_from_array(pixels, "us.jpg")
    color_map = color_map or ColorMap.identity()
    return Result(photo, Region(person_mask()), color_map, None, "background")


@pytest.fixture(scope="module")
def soft() -> np.ndarray:
    return (skimage.data.astronaut() * 0.5 + 40).astype(np.uint8)


@pytest.fixture
def result(soft) -> Result:
    return result_of(soft, warmer_map())


def around(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the edge, wherever it is drawn, does not reach: inside and outside."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41))
    return cv2.erode(mask, disk) == 1, cv2.dilate(mask, disk) == 0


# Adjusted


def test_no_adjustment_changes_nothing(result):
    assert np.array_equal(result.pixels(0.7, Adjustment()), result.pixels(0.7))


def test_the_background_stays_bit_by_bit(result, soft):
    outside = result.foreground.mask == 0
    adjusted = result.pixels(1.0, MOVED)
    assert np.array_equal(adjusted[outside], soft[outside])
    assert np.abs(adjusted.astype(int) - result.pixels())[~outside].mean() > 3


@pytest.mark.parametrize(
    "move",
    [{"exposure": 0.5}, {"warmth": 6.0}, {"tint": -5.0}, {"contrast": 1.2}, {"saturation": 0.7}],
    ids=str,
)
def test_a_slider_that_is_moved_stands_where_it_was_moved_to(result, move):
    standing = Adjustment.of(result.change())
    wanted = Adjustment(**(standing.as_dict() | {}))
    ((name, value),) = move.items()
    factor = name in ("contrast", "saturation")
    new = getattr(standing, name) * value if factor else getattr(standing, name) + value
    wanted = Adjustment(**(standing.as_dict() | {name: new}))
    read = Adjustment.of(result.change(1.0, wanted.beyond(standing)))
    went = getattr(read, name) - getattr(standing, name)
    assert went == pytest.approx(new - getattr(standing, name), rel=0.2)


@pytest.mark.parametrize(("level", "pivot"), [(0, 20), (119, 50), (255, 90)])
def test_contrast_turns_about_the_foregrounds_lightness_away_from_the_ends(level, pivot):
    assert result_of(np.full((512, 512, 3), level, np.uint8)).pivot() == pytest.approx(
        pivot, abs=0.2
    )


def test_save_preview_cut_out_and_table_agree(result, tmp_path):
    pixels = result.pixels(0.8, MOVED)
    result.save(tmp_path / "out.png", 0.8, MOVED)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out.png")), pixels)
    assert np.array_equal(result.preview(0.8, 1280, MOVED), pixels)
    deep, _ = around(result.foreground.mask)
    assert np.array_equal(result.cutout(0.8, MOVED).pixels[deep], pixels[deep])
    inside = result.foreground.mask == 1
    table = result.preview_lut(33, 0.8, MOVED)
    axis = np.linspace(0, 1, 33)
    before = result.photo.pixels[inside] / 255
    looked_up = RegularGridInterpolator((axis,) * 3, table)(before[:, ::-1]) * 255
    assert np.abs(looked_up - pixels[inside]).max() < 1.5


def test_sixteen_bits_stay_sixteen_bits_when_adjusted(soft, tmp_path):
    deep = soft.astype(np.uint16) * 257 + 100
    deep_result = result_of(deep, warmer_map())
    deep_result.save(tmp_path / "out.tiff", 1.0, MOVED)
    out = tifffile.imread(tmp_path / "out.tiff")
    assert out.dtype == np.uint16
    assert len(np.unique(out & 0xFF)) > 200
    plain = result_of(soft, warmer_map()).pixels(1.0, MOVED)
    assert np.abs(out / 257 - plain).max() < 1.5


# In words


def test_it_already_matched():
    untouched = result_of(skimage.data.astronaut())
    assert untouched.summary() == ALREADY_MATCHED
    assert untouched.summary(1.0, Adjustment()) == ALREADY_MATCHED
    assert untouched.summary(1.0, Adjustment(exposure=1)).startswith("Brighter")


def test_a_change_that_is_taken_back_did_not_already_match(soft):
    brighter = result_of(soft, ColorMap(ColorMap.identity().coefficients * 1.15))
    assert brighter.summary() != ALREADY_MATCHED
    assert brighter.summary(0.0) == ALMOST_NOTHING
    back = Adjustment(exposure=0).beyond(Adjustment(exposure=brighter.change().exposure))
    assert abs(brighter.change(1.0, back).exposure) < 0.03


# Two references


def test_two_references_are_blended(redder, half_red, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    mine, hers = scene.region(left), scene.region(right)
    other = np.zeros_like(right)
    other[:15, :60] = 1
    one = scene.harmonize(mine, hers)
    both = scene.harmonize(mine, hers, second=scene.region(other), blend=0.3)
    assert both.blend.share == 0.3
    assert np.array_equal(both.pixels(), one.pixels())  # this network says the same of everyone
    with pytest.raises(InputError, match="blend must lie between 0 and 1"):
        scene.harmonize(mine, hers, second=hers, blend=1.5)
    with pytest.raises(InputError, match="one reference only"):
        one.at_blend(0.5)


def test_the_blend_of_maps_is_the_fit_of_the_blend():
    rng = np.random.default_rng(2)
    source = rng.random((500, 3))
    targets = rng.random((2, 500, 3))
    maps = [ColorMap.fit(source, target) for target in targets]
    whole = ColorMap.fit(source, 0.7 * targets[0] + 0.3 * targets[1])
    assert np.abs(maps[0].blended(maps[1], 0.3).coefficients - whole.coefficients).max() < 1e-9


def test_the_blend_goes_from_one_to_the_other(models, examples):
    photo = open_photo(examples / "visitor.jpg")
    width, height = photo.size
    mask = open_mask(examples / "visitor-mask.png", photo.size)
    halves = np.zeros((2, height, width), np.float32)
    halves[0, : height // 4], halves[1, height // 2 :, : width // 3] = 1, 1
    scene = Scene(photo, models)
    mine, first, second = scene.region(mask), Region(halves[0]), Region(halves[1])
    both = scene.harmonize(mine, first, second=second)
    assert np.array_equal(both.at_blend(0).pixels(), scene.harmonize(mine, first).pixels())
    assert np.array_equal(both.at_blend(1).pixels(), scene.harmonize(mine, second).pixels())
    mean = (both.at_blend(0).pixels().astype(float) + both.at_blend(1).pixels()) / 2
    # Near the gamut's border a cell of the LUT has clipped corners, so a few pixels differ more.
    assert np.quantile(np.abs(both.pixels() - mean)[mask == 1], 0.98) <= 1.01


# Keep it


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_foreground_alone(soft, tmp_path, suffix, depth):
    pixels = soft.astype(depth) * (257 if depth == np.uint16 else 1)
    whole = result_of(pixels, warmer_map())
    path = tmp_path / f"me.{suffix}"
    whole.save_cutout(path)
    again = open_photo(path)
    top = np.iinfo(again.pixels.dtype).max
    deep, far = around(whole.foreground.mask)
    assert again.pixels.dtype == (np.uint8 if suffix == "webp" else depth)
    assert again.alpha[deep].min() == top
    assert again.alpha[far].max() == 0
    if suffix != "webp":  # which is not without loss
        assert not again.pixels[again.alpha == 0].any()
        assert np.array_equal(again.pixels[deep], whole.pixels()[deep])
    assert COMPOSITE.encode() in again.xmp


def test_the_foreground_over_the_photo_is_the_result(result, soft, tmp_path):
    """Straight alpha, composited by another program (Pillow)."""
    result.save_cutout(tmp_path / "me.png")
    layer = Image.open(tmp_path / "me.png")
    over = Image.alpha_composite(Image.fromarray(soft).convert("RGBA"), layer).convert("RGB")
    difference = np.abs(np.asarray(over).astype(int) - result.pixels())
    deep, far = around(result.foreground.mask)
    assert difference[deep | far].max() <= 1
    assert difference.mean() < 0.5


def test_what_was_transparent_stays_transparent(soft):
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:300] = 0
    photo = photo_from_array(soft)
    object.__setattr__(photo, "alpha", alpha)
    whole = Result(photo, Region(person_mask()), ColorMap.identity(), None, "background")
    assert whole.cutout().alpha[:300].max() == 0
    assert whole.cutout().alpha[300:].max() == 255


def test_the_mask(result, tmp_path):
    result.save_mask(tmp_path / "mask.png")
    again = open_mask(tmp_path / "mask.png", (512, 512))
    assert np.abs(again - result.foreground.mask).max() < 0.003


def read_cube(text: str) -> tuple[np.ndarray, dict[str, str]]:
    """Adobe Cube LUT Specification 1.0, read as it is written there: red changes fastest."""
    words: dict[str, str] = {}
    rows = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        first, _, rest = line.partition(" ")
        if first[0].isalpha():
            words[first] = rest
        else:
            rows.append(line)
    size = int(words["LUT_3D_SIZE"])
    return np.loadtxt(rows).reshape(size, size, size, 3), words


@pytest.mark.parametrize(("size", "moved"), [(17, MOVED), (33, None), (33, MOVED), (65, MOVED)])
def test_the_cube_file_gives_the_same_pixels(result, tmp_path, size, moved):
    result.save_cube(tmp_path / "us.cube", 0.9, moved, size)
    table, words = read_cube((tmp_path / "us.cube").read_text(encoding="ascii"))
    assert words["TITLE"] == '"us"'
    assert (words["DOMAIN_MIN"], words["DOMAIN_MAX"]) == ("0 0 0", "1 1 1")
    assert len(table) == size
    inside = result.foreground.mask == 1
    axis = np.linspace(0, 1, size)
    before = result.photo.pixels[inside] / 255
    looked_up = RegularGridInterpolator((axis,) * 3, table)(before[:, ::-1]).clip(0, 1) * 255
    assert np.abs(looked_up - result.pixels(0.9, moved)[inside]).max() < (0.9 if size > 17 else 2)


def test_files_are_named_as_what_they_are(result, tmp_path):
    for save, name, words in (
        (result.save_cutout, "me.jpg", "JPEG has no transparency"),
        (result.save_cube, "us.txt", ".cube"),
        (result.save_html, "us.png", ".html"),
        (result.save_mask, "us.jpg", ".png"),
        (result.save, "us.gif", "choose one of"),
    ):
        with pytest.raises(InputError, match=words):
            save(tmp_path / name)
    with pytest.raises(InputError, match="2 to 129"):
        result.save_cube(tmp_path / "us.cube", size=1)
    assert not list(tmp_path.iterdir())


def test_a_title_that_is_not_utf_8(result, tmp_path):
    name = os.fsdecode(b"caf\xe9 & us")  # On Linux: with a surrogate.
    result.save_html(tmp_path / "us.html", title=name)
    page = (tmp_path / "us.html").read_bytes().decode("utf-8")
    assert re.search("<title>caf. &amp; us</title>", page)


def test_every_result_says_that_it_is_a_composite(result, tmp_path):
    for suffix in ("png", "jpg", "tif", "webp"):
        result.save(tmp_path / f"out.{suffix}")
        assert COMPOSITE.encode() in (tmp_path / f"out.{suffix}").read_bytes()
