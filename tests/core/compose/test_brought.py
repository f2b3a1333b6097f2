from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from iph_core.compose import Brought, Pair, sort_out, what_is
from iph_core.photo import encode_jpeg, open_photo, photo_from_array

EXAMPLES = Path(__file__).parents[3] / "demo" / "examples"
NAMES = ("pioneers", "visitor", "launch-pad")


def pair_of(first, second):
    return sort_out(what_is(first), what_is(second), first.size == second.size)


def gray(mask):
    return photo_from_array(np.repeat((mask * 255).astype(np.uint8)[..., None], 3, axis=2))


@pytest.fixture
def person():
    mask = np.zeros((120, 200), np.float32)
    cv2.ellipse(mask, (100, 80), (40, 70), 0, 0, 360, 1, -1, cv2.LINE_AA)
    return mask


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_and_its_mask_from_disk(name):
    photo, mask = open_photo(EXAMPLES / f"{name}.jpg"), open_photo(EXAMPLES / f"{name}-mask.png")
    assert what_is(photo) == Brought("photo")
    assert what_is(mask) == Brought("mask")
    assert pair_of(photo, mask) == Pair("composite", 0, 1)
    assert pair_of(mask, photo) == Pair("composite", 1, 0)


def test_a_swapped_mask_is_noticed(person):
    assert what_is(gray(person)) == Brought("mask")
    assert what_is(gray(1 - person)) == Brought("mask", swapped=True)
    photo = photo_from_array(np.random.default_rng(0).integers(0, 255, (120, 200, 3), np.uint8))
    assert pair_of(photo, gray(1 - person)) == Pair("composite", 0, 1, swapped=True)


def test_a_large_person_is_not_taken_for_a_swapped_mask():
    mask = np.zeros((100, 100))
    mask[15:, 10:90] = 1
    assert what_is(gray(mask)) == Brought("mask")


def test_a_mask_saved_as_jpeg_is_one(person):
    pixels = np.repeat((person * 255).astype(np.uint8)[..., None], 3, axis=2)
    assert what_is(open_photo(encode_jpeg(pixels, 80))) == Brought("mask")


def test_labels_0_and_1_are_a_mask(person):
    labels = np.repeat((person > 0.5).astype(np.uint8)[..., None], 3, axis=2)
    assert what_is(photo_from_array(labels)) == Brought("mask")


def test_sixteen_bits_too(person):
    deep = np.repeat((person * 65535).astype(np.uint16)[..., None], 3, axis=2)
    assert what_is(photo_from_array(deep)) == Brought("mask")


@pytest.mark.parametrize("value", [0, 255, 128])
def test_one_plain_color_is_no_mask(value):
    assert what_is(photo_from_array(np.full((50, 50, 3), value, np.uint8))) == Brought("photo")


def test_a_gray_photo_is_no_mask():
    photo = open_photo(EXAMPLES / "pioneers.jpg")
    one = cv2.cvtColor(photo.pixels, cv2.COLOR_RGB2GRAY)
    assert what_is(photo_from_array(np.dstack([one] * 3))) == Brought("photo")


def with_alpha(alpha):
    pixels = np.full((*alpha.shape, 3), 120, np.uint8)
    return replace(photo_from_array(pixels), alpha=(alpha * 255).astype(np.uint8))


def test_alpha_makes_a_cutout_only_where_it_cuts(person):
    corners = np.ones((120, 200))
    corners[:3, :3] = corners[-3:, -3:] = 0
    assert what_is(with_alpha(person)) == Brought("cutout")
    assert what_is(with_alpha(np.ones((120, 200)))) == Brought("photo")
    assert what_is(with_alpha(corners)) == Brought("photo")


def test_a_cutout_is_the_person_in_either_order(person):
    photo = open_photo(EXAMPLES / "pioneers.jpg")
    assert pair_of(photo, with_alpha(person)) == Pair("photos", 0, 1)
    assert pair_of(with_alpha(person), photo) == Pair("photos", 1, 0)


def test_two_photos_keep_their_order(person):
    one, two = (open_photo(EXAMPLES / f"{name}.jpg") for name in NAMES[:2])
    assert pair_of(one, two) == Pair("photos", 0, 1)
    assert pair_of(one, gray(person)) == Pair("photos", 0, 1)  # a mask of another size
