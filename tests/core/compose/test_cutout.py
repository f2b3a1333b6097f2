from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms

from iph_core.compose import Cutout, Placement, compose
from iph_core.errors import InputError
from iph_core.photo import open_photo, photo_from_array

RANDOM = np.random.default_rng(3)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def linear_profile():
    """A profile whose curve is a straight line: middle gray is 188 in sRGB and 128 here."""
    from iph_core.photo.profile import color_space

    profile = swapped_curve(SRGB)
    assert color_space(profile) == "RGB"
    return profile


def swapped_curve(profile):
    """The profile with each tone curve replaced by an empty `curv`, which ICC.1 reads as linear."""
    data = bytearray(profile)
    count = int.from_bytes(data[128:132], "big")
    for entry in range(count):
        at = 132 + 12 * entry
        if bytes(data[at : at + 4]) in (b"rTRC", b"gTRC", b"bTRC"):
            start = int.from_bytes(data[at + 4 : at + 8], "big")
            data[start : start + 12] = b"curv" + bytes(8)
            data[at + 8 : at + 12] = (12).to_bytes(4, "big")
    return bytes(data)


def photo_with_alpha(dtype=np.uint8):
    top = np.iinfo(dtype).max
    colors = RANDOM.integers(0, top, (12, 10, 3), dtype, endpoint=True)
    alpha = np.zeros((12, 10), dtype)
    alpha[2:7, 3:9] = RANDOM.integers(1, top, (5, 6), dtype, endpoint=True)
    return replace(photo_from_array(colors), alpha=alpha)


def test_what_is_transparent_around_is_cropped():
    photo = photo_with_alpha()
    cutout = Cutout.from_alpha(photo)
    assert cutout.size == (6, 5)
    np.testing.assert_array_equal(cutout.colors, photo.pixels[2:7, 3:9])
    np.testing.assert_array_equal(cutout.alpha, photo.alpha[2:7, 3:9].astype(np.float32) / 255)
    assert not cutout.cut_off


def test_who_reaches_the_lower_border_is_cut_off():
    photo = photo_with_alpha()
    photo.alpha[-1, 4:6] = 255
    assert not Cutout.from_alpha(photo).cut_off, "feet, not a border that cuts"
    photo.alpha[-1, 4:7] = 255
    assert Cutout.from_alpha(photo).cut_off


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_png_gives_the_same_cutout_back(dtype):
    cutout = replace(Cutout.from_alpha(photo_with_alpha(dtype)), profile=SRGB)
    again = Cutout.from_alpha(open_photo(cutout.to_png()))
    np.testing.assert_array_equal(again.colors, cutout.colors)
    np.testing.assert_array_equal(again.alpha, cutout.alpha)
    assert again.colors.dtype == dtype
    assert again.profile == SRGB


def test_depths_convert_without_loss():
    eight, sixteen = photo_with_alpha(), photo_with_alpha(np.uint16)
    up = Cutout.from_alpha(eight).colors_for(sixteen)
    assert up.dtype == np.uint16
    np.testing.assert_array_equal(up, eight.pixels[2:7, 3:9].astype(np.uint16) * 257)
    down = Cutout.from_alpha(sixteen).colors_for(eight)
    assert down.dtype == np.uint8
    np.testing.assert_array_equal(down, np.rint(sixteen.pixels[2:7, 3:9] / 257))


def test_the_same_profile_leaves_every_bit():
    photo = replace(photo_with_alpha(np.uint16), profile=SRGB)
    scene = replace(photo_from_array(np.zeros((3, 3, 3), np.uint16)), profile=SRGB)
    np.testing.assert_array_equal(
        Cutout.from_alpha(photo).colors_for(scene), photo.pixels[2:7, 3:9]
    )


def test_colors_come_in_the_profile_of_the_scene():
    gray = np.full((4, 4, 3), 188, np.uint8)
    photo = replace(photo_from_array(gray), alpha=np.full((4, 4), 255, np.uint8))
    scene = replace(photo_from_array(gray), profile=linear_profile())
    assert np.abs(Cutout.from_alpha(photo).colors_for(scene).astype(int) - 128).max() <= 1
    back = replace(Cutout.from_alpha(photo), profile=scene.profile, colors=gray - np.uint8(60))
    assert np.abs(back.colors_for(photo).astype(int) - 188).max() <= 1


def test_sixteen_bits_stay_smooth_through_profiles():
    ramp = np.repeat(np.linspace(20000, 22000, 64).astype(np.uint16)[None, :, None], 3, axis=2)
    photo = replace(photo_from_array(ramp), alpha=np.full((1, 64), 65535, np.uint16))
    scene = replace(photo_from_array(ramp), profile=SRGB)
    converted = Cutout.from_alpha(photo).colors_for(scene)
    assert len(np.unique(converted[0, :, 0])) > 32
    assert np.abs(converted.astype(int) - ramp).max() < 2 * 257


def test_nothing_to_cut_is_refused():
    photo = photo_with_alpha()
    with pytest.raises(InputError, match="no transparency"):
        Cutout.from_alpha(replace(photo, alpha=None))
    with pytest.raises(InputError, match="Nothing is left"):
        Cutout.from_alpha(replace(photo, alpha=np.zeros((12, 10), np.uint8)))
    with pytest.raises(InputError, match="same size"):
        Cutout.from_mask(photo, np.ones((3, 3), bool))


def test_a_mask_cuts_with_clean_colors():
    scene = np.full((60, 60, 3), (20, 40, 200), np.uint8)  # a red disc before blue
    y, x = np.mgrid[:60, :60]
    soft = np.clip(20.5 - np.hypot(x - 30, y - 30), 0, 1).astype(np.float32)
    red = np.array((210, 30, 20))
    pixels = np.rint(scene * (1 - soft[..., None]) + red * soft[..., None]).astype(np.uint8)
    cutout = Cutout.from_mask(photo_from_array(pixels), soft)
    solid = cutout.alpha > 0.3
    assert np.abs(cutout.colors[solid].astype(int) - red).max() <= 40, "blue is left in the edge"
    assert abs(float(cutout.alpha.sum()) / float(soft.sum()) - 1) < 0.1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_is_clear_in_the_photo_stays_clear(dtype):
    """A photo whose background was erased: its hidden colors must not come back."""
    top = np.iinfo(dtype).max
    pixels = np.full((40, 40, 3), (top, 0, 0), dtype)  # hidden red
    pixels[10:30, 12:28] = top // 2
    alpha = np.zeros((40, 40), dtype)
    alpha[10:30, 12:28] = top
    alpha[10:30, 12] = top // 3
    photo = replace(photo_from_array(pixels), alpha=alpha)
    mask = np.zeros((40, 40), np.float32)
    mask[4:36, 4:36] = 1
    cut = Cutout.from_mask(photo, mask)
    assert cut.size == (16, 20)
    np.testing.assert_allclose(cut.alpha, alpha[10:30, 12:28] / top, atol=1e-6)
    scene = photo_from_array(np.zeros((40, 40, 3), dtype))
    composite, visible = compose(scene, cut, Placement(20, 20))
    assert not composite.pixels[visible == 0].any()
    assert not ((composite.pixels[..., 0] > 0) & (composite.pixels[..., 1] == 0)).any()
    with pytest.raises(InputError, match="Nothing is left"):
        Cutout.from_mask(photo, np.pad(np.ones((8, 40), bool), ((0, 32), (0, 0))))


def test_specks_apart_from_the_person_go():
    """A speck below the feet would lower them, and lie in the scene as dirt."""
    rng = np.random.default_rng(5)
    photo = photo_from_array(rng.integers(1, 256, (300, 200, 3), np.uint8))
    mask = np.zeros((300, 200), np.float32)
    mask[40:200, 60:140] = 1
    mask[210:230, 90:120] = 0.5  # a piece of its own, as a hand behind something
    mask[250:252, 100:102] = 1
    mask[10, 20] = 0.3
    mask[190:210, 30:50] = np.linspace(0, 1, 400).reshape(20, 20)  # soft: taken as an alpha
    soft = np.tile(np.linspace(0, 1, 30, dtype=np.float32), (160, 1))
    mask[40:200, 30:60] = np.maximum(mask[40:200, 30:60], soft)
    cut = Cutout.from_mask(photo, mask)
    assert cut.size[1] == 230 - 40, "from the head to the lowest piece that is no speck"
    kept = mask.copy()
    kept[250:252, 100:102] = kept[10, 20] = 0
    rows, columns = np.nonzero(kept >= 1 / 510)
    expected = kept[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert np.array_equal(cut.alpha, np.where(expected < 1 / 510, 0, expected))


def test_files_of_others_are_read():
    image = Image.fromarray(
        np.dstack([np.full((6, 6, 3), 90, np.uint8), np.eye(6) * 255]).astype("u1")
    )
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    cutout = Cutout.from_alpha(open_photo(buffer.getvalue()))
    np.testing.assert_array_equal(cutout.alpha, np.eye(6, dtype=np.float32))
