from __future__ import annotations

import cv2
import numpy as np
import pytest

from iph_core.regions.mask import SQUARE_SIDE, Region
from iph_core.regions.working_size import to_square

SIDE = 64


def noise(height, width, dtype=np.uint8):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_what_shrinks_is_averaged_and_what_grows_interpolated(dtype):
    large, small = noise(200, 150, dtype), noise(30, 41, dtype)
    side = (SIDE, SIDE)
    averaged = cv2.resize(large, side, interpolation=cv2.INTER_AREA)
    assert np.array_equal(to_square(large, SIDE), averaged)
    for way in (cv2.INTER_LINEAR, cv2.INTER_AREA):
        interpolated = cv2.resize(small, side, interpolation=way)
        assert np.array_equal(to_square(small, SIDE, way), interpolated)
    assert to_square(large, SIDE).dtype == dtype


@pytest.mark.parametrize("turned", [False, True])
def test_a_strip_is_averaged_along_its_length(turned):
    values = np.random.default_rng(4).random((40, 40 * SIDE), np.float32)
    square = to_square(values.T if turned else values, SIDE)
    columns = values.reshape(40, SIDE, 40).mean((0, 2))
    assert np.abs((square.T if turned else square).mean(0) - columns).max() < 5e-3


def test_a_person_in_a_strip_keeps_their_share():
    mask = np.zeros((200, 10_000), np.float32)
    mask[50:200, 7010:7040] = 1
    region = Region(mask)
    assert region.square.shape == (SQUARE_SIDE, SQUARE_SIDE)
    assert region.square.mean() == pytest.approx(region.share, rel=0.02)
