from __future__ import annotations

import numpy as np
import pytest
import skimage.color
import skimage.data
from scipy.interpolate import RegularGridInterpolator

from iph_core.adjustment import (
    LIMITS,
    AdjustedMap,
    Adjustment,
    lab_to_xyz,
    preview_lut,
    xyz_to_lab,
)
from iph_core.color_map import ColorMap
from iph_core.description import Change, describe_change, mean_lightness
from iph_core.errors import InputError
from iph_core.photo.space import SRGB, SRGB_CURVE, RGBSpace

IDENTITY = ColorMap.identity()
GRAY = np.full((1, 3), 0.46633)  # L* = 50 in sRGB

# Display P3's primaries as D50-adapted XYZ, in columns, with sRGB's curve.
P3 = RGBSpace(
    (SRGB_CURVE,) * 3,
    ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407)),
)


def some_map() -> ColorMap:
    change = np.random.default_rng(0).normal(0, 0.05, (11, 3))
    return ColorMap(IDENTITY.coefficients + change)


def lab_of(rgb):
    """sRGB in [0, 1] (N, 3) -> CIELAB by another library (D65, as sRGB is)."""
    return skimage.color.rgb2lab(rgb[None])[0]


# The operations, each against the truth


@pytest.mark.parametrize("stops", [-1.5, 0.5])
def test_exposure_is_a_factor_on_linear_light(stops):
    colors = np.random.default_rng(1).uniform(0.1, 0.5, (50, 3))
    mapped = AdjustedMap(IDENTITY, Adjustment(exposure=stops)).values(colors)
    ratio = SRGB.to_linear(mapped) / SRGB.to_linear(colors)
    assert np.abs(ratio - 2**stops).max() < 1e-5


@pytest.mark.parametrize(("warmth", "tint"), [(8, 0), (-8, 0), (0, 6), (0, -6), (5, -3)])
def test_white_balance_moves_a_mid_gray_by_what_it_says(warmth, tint):
    mapped = AdjustedMap(IDENTITY, Adjustment(warmth=warmth, tint=tint)).values(GRAY)
    assert lab_of(mapped)[0] == pytest.approx((50, tint, warmth), abs=0.3)


def test_white_balance_is_a_von_kries_scaling():
    """Black stays black, and two lights one after the other are one light."""
    warmer = AdjustedMap(IDENTITY, Adjustment(warmth=10))
    assert np.abs(warmer.values(np.zeros((1, 3)))).max() < 1e-9
    back = np.linalg.inv(warmer.light)
    colors = np.random.default_rng(2).uniform(0, 1, (20, 3))
    linear = SRGB.to_linear(warmer.values(colors)) @ back.T
    assert np.abs(SRGB.from_linear(linear) - colors).max() < 1e-9


def test_contrast_scales_lightness_about_the_pivot():
    colors = np.random.default_rng(3).uniform(0.3, 0.6, (50, 3))
    mapped = AdjustedMap(IDENTITY, Adjustment(contrast=1.3), pivot=40).values(colors)
    before, after = lab_of(colors), lab_of(mapped)
    assert np.abs(after[:, 0] - (40 + 1.3 * (before[:, 0] - 40))).max() < 0.05
    assert np.abs(after[:, 1:] - before[:, 1:]).max() < 0.05


def test_the_pivot_moves_with_the_exposure():
    mapped = AdjustedMap(IDENTITY, Adjustment(exposure=0.7, contrast=2.0)).values(GRAY)
    exposed = AdjustedMap(IDENTITY, Adjustment(exposure=0.7)).values(GRAY)
    assert np.abs(mapped - exposed).max() < 1e-5


GRAYS = np.array([[0, 0, 0], [20, 0, 0], [40, 0, 0], [60, 0, 0], [100, 0, 0]], np.float64)


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        # About 40: u = 20 and 60 give 20 (1 + h / 2) and 60 (1 + 3 h / 4); v = 40 and 20 likewise.
        ({"highlights": 0.4}, (0, 20, 40, 64, 118)),
        ({"highlights": -1}, (0, 20, 40, 50, 55)),
        ({"shadows": 0.6}, (16, 26, 40, 60, 100)),
        ({"shadows": -0.3}, (-8, 17, 40, 60, 100)),
        ({"highlights": -0.4, "shadows": 0.6, "contrast": 0.5}, (26, 32, 40, 48.667, 62.8)),
    ],
)
def test_highlights_and_shadows_move_their_side_of_the_pivot(move, expected):
    colors = SRGB.from_linear(lab_to_xyz(GRAYS)[:, 1:2].repeat(3, 1))
    mapped = AdjustedMap(IDENTITY, Adjustment(**move), pivot=40).values(colors)
    lightness = xyz_to_lab(SRGB.to_linear(mapped)[:, 1:2] * (0.95047, 1, 1.08883))[:, 0]
    assert lightness == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("ends", [(-1, 1), (1, -1), (-1, -1), (1, 1)])
def test_no_highlights_or_shadows_turn_the_order_of_lightness(ends):
    highlights, shadows = ends
    ramp = np.linspace(0, 1, 256)[:, None].repeat(3, 1)
    moved = Adjustment(highlights=highlights, shadows=shadows)
    mapped = AdjustedMap(IDENTITY, moved, pivot=35).values(ramp)
    assert np.diff(mapped[:, 1]).min() > 0


@pytest.mark.parametrize("factor", [0, 0.5, 1.4])
def test_saturation_scales_chroma(factor):
    colors = np.random.default_rng(4).uniform(0.4, 0.6, (50, 3))
    mapped = AdjustedMap(IDENTITY, Adjustment(saturation=factor)).values(colors)
    before, after = lab_of(colors), lab_of(mapped)
    assert np.abs(after[:, 1:] - factor * before[:, 1:]).max() < 0.15
    assert np.abs(after[:, 0] - before[:, 0]).max() < 0.1


def test_lab_agrees_with_another_library():
    xyz = np.random.default_rng(5).uniform(0, 1, (200, 3)) * (0.95, 1, 1.09)
    xyz[:20] *= 1e-3  # the straight part near black
    lab = xyz_to_lab(xyz)
    assert np.abs(lab - skimage.color.xyz2lab(xyz[None])[0]).max() < 0.02
    assert np.abs(lab_to_xyz(lab) - xyz).max() < 1e-12


# On top of a map


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_map_first_then_the_adjustment(dtype):
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(6).integers(0, top, (30, 40, 3), dtype, endpoint=True)
    moved = Adjustment(0.3, 4, -2, 1.1, 1.2)
    both = AdjustedMap(some_map(), moved)
    first = some_map().values(pixels.reshape(-1, 3) / top)
    expected = AdjustedMap(IDENTITY, moved).values(first).clip(0, 1).reshape(pixels.shape) * top
    mapped = both.apply(pixels)
    assert mapped.dtype == dtype
    assert np.abs(mapped - expected).max() < 0.5 + top * 2e-5


def test_nothing_is_lost_between_map_and_adjustment():
    """What the map takes beyond white comes back when the exposure is lowered."""
    brighter = ColorMap(IDENTITY.coefficients * 1.2)
    white = np.array([[0.95, 0.95, 0.95]])
    darker = AdjustedMap(brighter, Adjustment(exposure=-1)).values(white)
    assert darker[0, 0] == pytest.approx(SRGB.from_linear(SRGB.to_linear(white * 1.2) / 2)[0, 0])


# Reading the sliders out of a picture


@pytest.fixture(scope="module")
def person():
    """A person in a real photo, and where: in soft light, so that no move clips."""
    photo = (skimage.data.astronaut() * 0.5 + 40).astype(np.uint8)
    inside = np.zeros(photo.shape[:2], np.float32)
    inside[:, 60:340] = 1
    return photo, inside


MOVES = [
    {"exposure": 0.5}, {"exposure": -0.7}, {"warmth": 6}, {"warmth": -6}, {"tint": 5},
    {"tint": -5}, {"contrast": 1.2}, {"contrast": 0.8}, {"saturation": 1.3}, {"saturation": 0.6},
]  # fmt: skip


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_one_slider_moved_is_read_out_again(person, move):
    """Within a fifth: colors turn a little less or more than the gray that a shift is named by."""
    photo, inside = person
    pivot = mean_lightness(photo, inside)
    after = AdjustedMap(IDENTITY, Adjustment(**move), pivot=pivot).apply(photo)
    read = Adjustment.of(describe_change(photo, after, inside))
    ((name, value),) = move.items()
    rest = 1 if name in ("contrast", "saturation") else 0
    assert (getattr(read, name) - rest) == pytest.approx(value - rest, rel=0.2)


@pytest.mark.parametrize("move", [{"warmth": 6}, {"tint": 5}], ids=str)
def test_white_balance_leaves_the_brightness(person, move):
    photo, inside = person
    after = AdjustedMap(IDENTITY, Adjustment(**move)).apply(photo)
    assert abs(describe_change(photo, after, inside).exposure) < 0.02


def test_a_wide_gamut_photo_is_moved_by_the_same(person):
    """The same visible picture in two spaces, the same sliders: the same visible result."""
    photo, _ = person
    srgb = photo[::8, ::8].reshape(-1, 3) / 255
    moved = Adjustment(0.3, 5, -2, 1.1, 1.2, -0.4, 0.3)
    plain = AdjustedMap(IDENTITY, moved).values(srgb)
    wide = AdjustedMap(IDENTITY, moved, P3).values(SRGB.converted(srgb, P3))
    assert np.abs(P3.converted(wide, SRGB) - plain).max() < 2e-3


# Sliders


def test_of_a_change_and_beyond_it():
    standing = Adjustment.of(Change(-0.5, 3, 1, 1.2, 0.8))
    assert standing == Adjustment(-0.5, 3, 1, 1.2, 0.8)
    assert standing.beyond(standing).is_identity
    moved = Adjustment(0.1, 3, 1, 1.2, 1.0).beyond(standing)
    assert moved.as_dict() == pytest.approx(
        {"exposure": 0.6, "warmth": 0, "tint": 0, "contrast": 1, "saturation": 1.25}
        | {"highlights": 0, "shadows": 0}
    )
    assert Adjustment(shadows=0.3).beyond(standing).shadows == pytest.approx(0.3)


def test_readings_beyond_the_limits_stand_at_the_limit():
    assert Adjustment.of(Change(9, -99, 0, 30, 0)) == Adjustment(4, -40, 0, 4, 0)
    assert Adjustment(saturation=1).beyond(Adjustment(saturation=0)).saturation == 4


@pytest.mark.parametrize("name", LIMITS)
def test_values_outside_the_limits_are_refused(name):
    low, high = LIMITS[name]
    for value in (low - 0.01, high + 0.01, float("nan")):
        with pytest.raises(InputError, match=f"{name.capitalize()} must lie between"):
            Adjustment(**{name: value})


# Tables


@pytest.mark.parametrize("size", [17, 33])
def test_the_preview_table_gives_the_preview(size):
    both = AdjustedMap(some_map(), Adjustment(0.2, 4, -2, 1.1, 1.1))
    table = preview_lut(both, SRGB, size)
    assert table.dtype == np.float32
    assert table.min() >= 0
    assert table.max() <= 1
    axis = np.linspace(0, 1, size)
    photo = skimage.data.astronaut()[::4, ::4].reshape(-1, 3)
    looked_up = RegularGridInterpolator((axis,) * 3, table)(photo[:, ::-1] / 255)
    difference = np.abs(looked_up * 255 - both.apply(photo))
    assert difference.mean() < 0.5
    assert np.percentile(difference, 99) < (3 if size == 17 else 1.6)


def test_the_preview_table_of_a_wide_gamut_photo():
    moved = AdjustedMap(IDENTITY, Adjustment(0.2, 4, -2, 1.1, 1.1), P3)
    table = preview_lut(moved, P3, 33)
    same = preview_lut(AdjustedMap(IDENTITY, Adjustment(0.2, 4, -2, 1.1, 1.1)), SRGB, 33)
    assert np.abs(table - same).max() < 5e-3
