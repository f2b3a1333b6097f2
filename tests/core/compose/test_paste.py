"""Compositing against values by hand and against a slow reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from iph_core.compose import Cutout, Placement, Shadow, compose
from iph_core.errors import InputError
from iph_core.photo import photo_from_array

RANDOM = np.random.default_rng(7)


def noise(height, width, dtype=np.uint8):
    return RANDOM.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype, endpoint=True)


def opaque(colors):
    return Cutout(colors, np.ones(colors.shape[:2], np.float32))


def disc(side, color, dtype=np.uint8):
    y, x = np.mgrid[:side, :side] + 0.5
    alpha = np.clip(0.46 * side - np.hypot(x - side / 2, y - side / 2) + 0.5, 0, 1)
    return Cutout(np.full((side, side, 3), color, dtype), alpha.astype(np.float32))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_identity_reproduces_the_cutout_and_leaves_the_rest(dtype):
    scene, colors = noise(20, 30, dtype), noise(8, 6, dtype)
    photo, mask = compose(photo_from_array(scene), opaque(colors), Placement(10 + 3, 5 + 4))
    expected = scene.copy()
    expected[5:13, 10:16] = colors
    np.testing.assert_array_equal(photo.pixels, expected)
    inside = np.zeros((20, 30), np.float32)
    inside[5:13, 10:16] = 1
    np.testing.assert_array_equal(mask, inside)


@pytest.mark.parametrize(
    ("placement", "moved"),
    [
        (Placement(13, 9, flip=True), lambda a: a[:, ::-1]),
        (Placement(14, 8, rotation=90), lambda a: np.rot90(a, -1)),
        (Placement(13, 9, rotation=180), lambda a: a[::-1, ::-1]),
        (Placement(14, 8, rotation=270), lambda a: np.rot90(a)),
        (Placement(14, 8, rotation=-90), lambda a: np.rot90(a)),
        (Placement(14, 8, rotation=90, flip=True), lambda a: np.rot90(a[:, ::-1], -1)),
    ],
)
def test_flips_and_quarter_turns_are_exact(placement, moved):
    scene, colors = noise(20, 30), noise(8, 6)
    alpha = RANDOM.integers(0, 2, (8, 6)).astype(np.float32)
    photo, mask = compose(photo_from_array(scene), Cutout(colors, alpha), placement)
    expected, part = scene.copy(), moved(alpha) > 0
    height, width = part.shape
    y, x = round(placement.y - height / 2), round(placement.x - width / 2)
    expected[y : y + height, x : x + width][part] = moved(colors)[part]
    np.testing.assert_array_equal(photo.pixels, expected)
    np.testing.assert_array_equal(mask[y : y + height, x : x + width], moved(alpha))
    assert mask.sum() == alpha.sum()


def test_half_transparent_by_hand():
    scene = photo_from_array(np.full((1, 1, 3), 100, np.uint8))
    cutout = Cutout(np.full((1, 1, 3), 200, np.uint8), np.full((1, 1), 0.25, np.float32))
    photo, mask = compose(scene, cutout, Placement(0.5, 0.5))
    assert photo.pixels.tolist() == [[[125, 125, 125]]]
    assert mask.tolist() == [[0.25]]


def test_half_a_pixel_to_the_right_covers_two_halves():
    scene = photo_from_array(np.zeros((1, 4, 3), np.uint8))
    cutout = opaque(np.full((1, 1, 3), 255, np.uint8))
    _, mask = compose(scene, cutout, Placement(2, 0.5))
    assert mask[0, 1] == mask[0, 2]
    assert mask[0, 1] == pytest.approx(0.5, abs=0.1)


def test_a_third_of_the_size_is_the_mean_of_nine():
    colors = noise(9, 6)
    photo, _ = compose(
        photo_from_array(np.zeros((3, 2, 3), np.uint8)), opaque(colors), Placement(1, 1.5, 1 / 3)
    )
    means = colors.reshape(3, 3, 2, 3, 3).mean(axis=(1, 3))
    assert np.abs(photo.pixels - means).max() <= 0.51


@pytest.mark.parametrize("scale", [0.05, 0.13, 0.4, 0.83])
def test_fine_patterns_do_not_alias(scale):
    """A checkerboard of single pixels becomes gray; stripes would show a pattern of their own."""
    y, x = np.mgrid[:400, :400]
    board = np.repeat(((x + y) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2)
    scene = photo_from_array(np.full((400, 400, 3), 128, np.uint8))
    photo, mask = compose(scene, opaque(board), Placement(200.3, 200.7, scale, 10))
    inner = photo.pixels[mask >= 1].astype(float)
    assert abs(inner.mean() - 127.5) < 2
    assert inner.std() < 60 * scale + 2


@pytest.mark.parametrize("color", [(255, 255, 255), (0, 0, 0), (250, 120, 5)])
@pytest.mark.parametrize(("scale", "rotation"), [(0.21, 0), (0.77, 33), (1, 12), (3.4, 71)])
def test_edges_have_no_fringe(color, scale, rotation):
    """One plain color over its own color changes nothing, whatever the edge does."""
    scene = photo_from_array(np.full((200, 200, 3), color, np.uint8))
    cutout = disc(50, color)
    cutout.colors[cutout.alpha == 0] = 77  # what is transparent must not bleed in
    photo, mask = compose(scene, cutout, Placement(101.3, 98.6, scale, rotation))
    np.testing.assert_array_equal(photo.pixels, scene.pixels)
    assert mask.sum() == pytest.approx(cutout.alpha.sum() * scale**2, rel=0.02)
    assert mask.min() >= 0 and mask.max() == 1


def test_what_is_mixed_is_what_the_mask_says():
    """Over black, a white cut-out leaves its mask as the picture."""
    scene = photo_from_array(np.zeros((120, 120, 3), np.uint16))
    photo, mask = compose(scene, disc(80, 65535, np.uint16), Placement(57.2, 61.9, 0.7, 25))
    assert np.abs(photo.pixels[..., 1] - mask * 65535.0).max() <= 0.51


def test_the_center_of_mass_lies_at_the_placement():
    scene = photo_from_array(np.zeros((160, 160, 3), np.uint8))
    for scale, rotation in ((0.3, 0), (0.55, 40), (1.7, 250)):
        _, mask = compose(scene, disc(60, 9), Placement(70.37, 81.61, scale, rotation))
        y, x = np.mgrid[:160, :160] + 0.5
        np.testing.assert_allclose((mask * x).sum() / mask.sum(), 70.37, atol=0.05)
        np.testing.assert_allclose((mask * y).sum() / mask.sum(), 81.61, atol=0.05)


def test_who_stands_before_stays():
    scene, colors = noise(10, 10), noise(4, 4)
    behind = np.zeros((10, 10), np.float32)
    behind[:, :5] = 1
    behind[:, 5] = 0.5
    photo, mask = compose(photo_from_array(scene), opaque(colors), Placement(5, 5), behind)
    expected, inside = scene.astype(float), np.zeros((10, 10))
    expected[3:7, 6:7], inside[3:7, 6:7] = colors[:, 3:], 1
    expected[3:7, 5], inside[3:7, 5] = (scene[3:7, 5].astype(float) + colors[:, 2]) / 2, 0.5
    assert np.abs(photo.pixels - expected).max() <= 0.5
    np.testing.assert_array_equal(mask, inside)


def test_clean_colors_of_who_stands_before_are_used():
    """A half-covered pixel of theirs holds half of ours, not half of the old background."""
    scene = np.zeros((1, 3, 3), np.uint8)
    scene[0, 1] = 60  # half of their 100 and half of a background of 20
    front = Cutout(np.full((1, 3, 3), 100, np.uint8), np.array([[0, 0.5, 0]], np.float32))
    photo, mask = compose(
        photo_from_array(scene), opaque(np.full((1, 3, 3), 200, np.uint8)), Placement(1.5, 0.5),
        front,
    )  # fmt: skip
    assert photo.pixels[0, :, 0].tolist() == [200, 150, 200]
    assert mask.tolist() == [[1, 0.5, 1]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_hidden_colors_of_a_clear_scene_do_not_mix_in(dtype):
    top = np.iinfo(dtype).max
    red, blue = np.full((4, 4, 3), (top, 0, 0), dtype), np.full((4, 4, 3), (0, 0, top), dtype)
    scene = replace(photo_from_array(red), alpha=np.zeros((4, 4), dtype))
    layer = Cutout(blue[:2, :2], np.full((2, 2), 0.5, np.float32))
    made, mask = compose(scene, layer, Placement(1, 1))
    np.testing.assert_array_equal(made.pixels[:2, :2], blue[:2, :2])
    np.testing.assert_array_equal(made.alpha[:2, :2], round(top * 0.5))
    np.testing.assert_array_equal(made.pixels[mask == 0], red[mask == 0])
    assert not made.alpha[mask == 0].any()


def test_over_a_scene_that_is_partly_clear_with_someone_in_front():
    """Against "over" of premultiplied colors: the scene below, the layer, the scene in front."""
    scene = replace(
        photo_from_array(noise(20, 20)), alpha=RANDOM.integers(0, 256, (20, 20), np.uint8)
    )
    scene.alpha[:, 4] = 0
    colors, alpha = noise(20, 20), RANDOM.random((20, 20), np.float32)
    front = RANDOM.random((20, 20), np.float32)
    front[:, 4:8] = 1
    made, _ = compose(scene, Cutout(colors, alpha), Placement(10, 10), front)
    own, a, f = ((p / top)[..., None] for p, top in ((scene.alpha, 255), (alpha, 1), (front, 1)))
    total = own * (1 - a * (1 - f)) + a * (1 - f)
    expected = scene.pixels * own * (1 - a * (1 - f)) + colors * a * (1 - f)
    seen = total[..., 0] > 0
    assert np.abs(made.pixels - expected / np.maximum(total, 1e-9))[seen].max() <= 0.51
    assert np.abs(made.alpha - 255 * total[..., 0]).max() <= 0.51
    np.testing.assert_array_equal(made.pixels[~seen], scene.pixels[~seen])
    assert (~seen).any()


def test_a_part_may_lie_outside():
    scene, colors = noise(6, 6), noise(4, 4)
    photo, mask = compose(photo_from_array(scene), opaque(colors), Placement(0, 5))
    np.testing.assert_array_equal(photo.pixels[3:6, :2], colors[:3, 2:])
    np.testing.assert_array_equal(photo.pixels[:, 2:], scene[:, 2:])
    assert mask.sum() == 6


@pytest.mark.parametrize("placement", [Placement(-50, 3), Placement(3, 3, 0.001)])
def test_nothing_visible_is_refused(placement):
    cutout = Cutout(noise(4, 4), np.full((4, 4), 1, np.float32))
    with pytest.raises(InputError, match="another place"):
        compose(photo_from_array(noise(6, 6)), cutout, placement, np.ones((6, 6)))


def test_behind_must_fit():
    with pytest.raises(InputError, match="scene's size"):
        compose(
            photo_from_array(noise(6, 6)), opaque(noise(2, 2)), Placement(3, 3), np.ones((2, 2))
        )


def test_the_scene_stays_what_it_was():
    photo = replace(
        photo_from_array(noise(6, 6), "party.jpg"), exif=b"Exif", alpha=np.zeros((6, 6), np.uint8)
    )
    before = photo.pixels.copy()
    made, mask = compose(photo, opaque(noise(2, 2)), Placement(3, 3), shadow=Shadow())
    np.testing.assert_array_equal(photo.pixels, before)
    assert (made.name, made.exif, made.profile) == ("party.jpg", b"Exif", None)
    assert made.content_id != photo.content_id
    np.testing.assert_array_equal(made.alpha, mask * 255)


def test_a_shadow_darkens_the_ground_and_no_one_else():
    scene = photo_from_array(np.full((200, 200, 3), 200, np.uint8))
    person = opaque(np.full((100, 30, 3), 150, np.uint8))
    behind = np.zeros((200, 200), np.float32)
    behind[:, 120:] = 1
    plain, mask = compose(scene, person, Placement(100, 110), behind)
    made, same = compose(scene, person, Placement(100, 110), behind, Shadow())
    np.testing.assert_array_equal(mask, same)
    np.testing.assert_array_equal(made.pixels[mask == 1], plain.pixels[mask == 1])
    np.testing.assert_array_equal(made.pixels[:, 120:], 200)
    assert made.pixels[161, 100, 0] < 170, "no shadow under the feet"
    assert (made.pixels[:130] == plain.pixels[:130]).all(), "a shadow in the air"
