"""Foregrounds and masks that are just enough to be read, and those that are not."""

from __future__ import annotations

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.photo import photo_from_array
from iph_core.pipeline import Scene
from iph_core.regions.mask import Region
from tests.core.conftest import RED_LEVELS

RED = np.array([RED_LEVELS, 0, 0])


def a_box(size, box):
    mask = np.zeros(size[::-1], np.float32)
    x0, y0, x1, y1 = box
    mask[y0:y1, x0:x1] = 1
    return mask


def test_a_foreground_of_few_pixels(redder):
    pixels = np.random.default_rng(6).integers(60, 180, (400, 1200, 3), dtype=np.uint8)
    mask = a_box((1200, 400), (300, 200, 303, 210))
    match = Region(a_box((1200, 400), (700, 100, 1100, 300)))
    result = Scene(photo_from_array(pixels), redder).harmonize(Region(mask), match)
    assert np.array_equal(result.pixels()[mask == 0], pixels[mask == 0])
    # The whole change, though no pixel of the network is all inside.
    gray = np.full((1, 3), 120, np.uint8)
    assert np.abs(result.color_map.apply(gray)[0].astype(int) - gray - RED).max() <= 1


@pytest.mark.parametrize("box", [(300, 200, 303, 201), (300, 0, 302, 400), (300, 200, 301, 201)])
def test_a_foreground_too_small_to_be_read_is_refused(redder, box):
    photo = photo_from_array(np.full((400, 1200, 3), 90, np.uint8))
    match = Region(a_box((1200, 400), (700, 100, 1100, 300)))
    with pytest.raises(InputError, match="foreground is too small: choose a larger one"):
        Scene(photo, redder).harmonize(Region(a_box((1200, 400), box)), match)


@pytest.mark.parametrize("value", [2 / 255, 38 / 255, 0.5])
def test_a_faint_mask_is_refused(redder, noise, left, right, value):
    """As palettes of labels come out, whose first colors are dark."""
    scene = Scene(photo_from_array(noise), redder)
    faint = scene.region(left * np.float32(value))
    with pytest.raises(InputError, match="mask is faint: paint the inside white"):
        scene.harmonize(faint, Region(right))
    with pytest.raises(InputError, match="mask is faint"):
        scene.harmonize(Region(left), Region(right * np.float32(value)))


def test_a_person_in_a_strip_of_a_photo(redder):
    """One side shorter than what the network sees, the other much longer."""
    pixels = np.random.default_rng(7).integers(60, 180, (240, 6000, 3), dtype=np.uint8)
    scene = Scene(photo_from_array(pixels), redder)
    person, match = (
        a_box((6000, 240), box) for box in ((3002, 20, 3022, 220), (200, 0, 2000, 240))
    )
    result = scene.harmonize(Region(person), Region(match)).pixels()
    assert np.all(result[person == 1].astype(int) - pixels[person == 1] == RED)
