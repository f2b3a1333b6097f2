from __future__ import annotations

import numpy as np
import pytest
import skimage.data
import skimage.transform

from iph_core.photo import Photo, photo_from_array


def photo_in(profile: bytes | None, pixels: np.ndarray) -> Photo:
    return Photo(pixels, None, profile, None, "photo", "0" * 64)


def test_display_p3_becomes_srgb_by_the_formulas(colors, p3_profile, p3_in_srgb):
    measured = photo_in(p3_profile, colors).srgb()
    assert np.abs(measured - p3_in_srgb(colors)).max() <= 1.5
    assert np.abs(measured.astype(int) - colors).max() > 5  # the profile does matter


def test_to_srgb_and_back_returns_the_colors(colors, p3_profile, p3_in_srgb):
    expected = p3_in_srgb(colors)
    both_hold = ((expected > 1) & (expected < 254)).all(axis=-1)
    photo = photo_in(p3_profile, colors)
    back = photo.from_srgb(photo.to_srgb(colors))
    assert both_hold.mean() > 0.9
    assert np.abs(back.astype(int) - colors)[both_hold].max() <= 2


def test_16_bits_become_8_for_the_model_and_16_again(colors):
    photo = photo_in(None, colors.astype(np.uint16) * 257 + 100)
    assert np.array_equal(photo.srgb(), colors)
    back = photo.from_srgb(colors)
    assert back.dtype == np.uint16
    assert np.array_equal(back, colors.astype(np.uint16) * 257)


def test_16_bits_are_rounded_to_the_nearest():
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)
    expected = np.floor(ramp / 257 + 0.5).astype(np.uint8)
    assert np.array_equal(photo_in(None, ramp).srgb(), expected)


def test_a_large_photo_is_converted_in_strips_alike(p3_profile):
    pixels = np.random.default_rng(0).integers(0, 256, (1500, 1000, 3), dtype=np.uint8)
    whole = photo_in(p3_profile, pixels).srgb()
    part = photo_in(p3_profile, pixels[1030:1070]).srgb()
    assert np.array_equal(whole[1030:1070], part)


def test_a_preview_averages_areas():
    photo = photo_from_array(skimage.data.astronaut())
    preview = photo.srgb(max_side=128)
    expected = skimage.transform.downscale_local_mean(photo.pixels, (4, 4, 1))
    assert preview.shape == (128, 128, 3)
    assert np.abs(preview - expected).max() <= 0.51


def test_the_size_of_a_preview():
    photo = photo_from_array(np.zeros((300, 1000, 3), np.uint8))
    assert photo.size == (1000, 300)
    assert photo.srgb(500).shape == (150, 500, 3)
    assert photo.srgb(2000).shape == (300, 1000, 3)
    thin = photo_from_array(np.zeros((1, 1000, 3), np.uint8))
    assert thin.srgb(10).shape == (1, 10, 3)


def test_with_pixels(colors, p3_profile):
    photo = photo_in(p3_profile, colors)
    other = photo.with_pixels(255 - colors)
    assert np.array_equal(other.pixels, 255 - colors)
    assert other.profile == p3_profile
    assert other.name == photo.name
    assert other.content_id != photo.content_id
    with pytest.raises(ValueError, match="uint16"):
        photo.with_pixels(colors.astype(np.uint16))
    with pytest.raises(ValueError, match="must be"):
        photo.with_pixels(colors[1:])


def test_arrays_that_are_photos(colors):
    assert photo_from_array(colors).content_id == photo_from_array(colors.copy()).content_id
    assert photo_from_array(colors).content_id != photo_from_array(255 - colors).content_id
    for wrong in (colors[..., 0], colors / 255, colors[:0], np.dstack([colors, colors])):
        with pytest.raises(ValueError, match="A photo must be"):
            photo_from_array(wrong)
