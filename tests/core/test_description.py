from __future__ import annotations

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from iph_core.description import Change, describe_change

NOTHING = Change(exposure=0, warmth=0, tint=0, contrast=1, saturation=1)
EVERYWHERE = np.ones((40, 50), np.float32)


def to_linear(encoded):
    """IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def to_encoded(linear):
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def levels(encoded):
    assert encoded.min() >= 0
    assert encoded.max() <= 1
    return np.rint(encoded * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def lab():
    """CIELAB of muted colors, with room for every change below inside sRGB."""
    rng = np.random.default_rng(3)
    values = rng.uniform((40, -12, -12), (60, 12, 12), (40, 50, 3))
    return values - values.mean((0, 1)) + np.array([50, 3, 3])


def change_in_lab(lab, change):
    return describe_change(levels(lab2rgb(lab)), levels(lab2rgb(change(lab))), EVERYWHERE)


def test_one_stop_in_linear_light_is_an_exposure_of_one():
    before = np.random.default_rng(1).uniform(0.2, 0.6, (40, 50, 3))
    after = to_encoded(to_linear(before) * 2)
    change = describe_change(levels(before), levels(after), EVERYWHERE)
    assert change.exposure == pytest.approx(1, abs=0.01)
    back = describe_change(levels(after), levels(before), EVERYWHERE)
    assert back.exposure == pytest.approx(-1, abs=0.01)


@pytest.mark.parametrize("shift", [-6, 6])
def test_warmth_is_the_shift_of_b(lab, shift):
    change = change_in_lab(lab, lambda colors: colors + np.array([0, 0, shift]))
    assert change.warmth == pytest.approx(shift, abs=0.15)
    assert change.tint == pytest.approx(0, abs=0.15)
    assert change.exposure == pytest.approx(0, abs=0.01)
    assert change.contrast == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("shift", [-6, 6])
def test_tint_is_the_shift_of_a(lab, shift):
    change = change_in_lab(lab, lambda colors: colors + np.array([0, shift, 0]))
    assert change.tint == pytest.approx(shift, abs=0.15)
    assert change.warmth == pytest.approx(0, abs=0.15)


def test_contrast_is_the_ratio_of_the_spread_of_lightness(lab):
    """The spread is measured with 1 added on both sides, so that a flat region has a ratio."""
    change = change_in_lab(lab, lambda colors: (colors - (50, 0, 0)) * (1.5, 1, 1) + (50, 0, 0))
    spread = lab[..., 0].std()
    assert change.contrast == pytest.approx((1.5 * spread + 1) / (spread + 1), abs=0.01)
    assert change.saturation == pytest.approx(1, abs=0.02)


def test_saturation_is_the_ratio_of_the_mean_chroma(lab):
    change = change_in_lab(lab, lambda colors: colors * (1, 0.5, 0.5))
    chroma = np.hypot(lab[..., 1], lab[..., 2]).mean()
    assert change.saturation == pytest.approx((0.5 * chroma + 1) / (chroma + 1), abs=0.01)
    assert change.contrast == pytest.approx(1, abs=0.01)


def test_warmth_agrees_with_another_library_on_any_colors():
    rng = np.random.default_rng(9)
    before, after = rng.integers(0, 256, (2, 40, 50, 3), dtype=np.uint8)
    shift = (rgb2lab(after) - rgb2lab(before)).mean((0, 1))
    change = describe_change(before, after, EVERYWHERE)
    assert (change.tint, change.warmth) == pytest.approx(tuple(shift[1:]), abs=0.05)


def test_only_the_region_counts():
    before = np.full((40, 50, 3), 100, np.uint8)
    after = before.copy()
    after[:, 25:] = 250
    inside = np.zeros((40, 50), np.float32)
    inside[:, :25] = 1
    assert describe_change(before, after, inside) == NOTHING
    assert describe_change(before, after, 1 - inside).exposure > 2


def test_a_region_that_is_soft_everywhere_still_counts():
    before = np.full((40, 50, 3), 100, np.uint8)
    inside = np.zeros((40, 50), np.float32)
    inside[3, 4] = 0.2
    assert describe_change(before, before + 20, inside).exposure > 0.3


def test_black_and_flat_regions_have_finite_numbers():
    black = np.zeros((40, 50, 3), np.uint8)
    for after in (black, black + 255):
        change = describe_change(black, after, EVERYWHERE)
        assert all(np.isfinite(value) for value in change.as_dict().values())


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (
            {},
            "Almost nothing changed. Nothing else inside the outline? Then it may match already.",
        ),
        (
            {"exposure": 0.05, "warmth": -0.9},
            "Almost nothing changed. Nothing else inside the outline? Then it may match already.",
        ),
        ({"exposure": 1}, "Brighter."),
        ({"exposure": -0.1}, "A little darker."),
        ({"warmth": 2, "saturation": 0.5}, "A little warmer, less color."),
        ({"warmth": -9, "tint": 9, "contrast": 1.5}, "Cooler, more magenta, more contrast."),
        (
            {"tint": -1.5, "contrast": 0.9, "saturation": 1.1},
            "A little greener, a little less contrast, a little more color.",
        ),
    ],
)
def test_words(numbers, words):
    assert Change(**{**NOTHING.as_dict(), **numbers}).words() == words


def test_as_dict_names_every_number():
    assert Change(0.123456, 1, 2, 3, 4).as_dict() == {
        "exposure": 0.1235,
        "warmth": 1,
        "tint": 2,
        "contrast": 3,
        "saturation": 4,
    }
