"""Photos of which one side is shorter than the square that they are scaled to."""

from __future__ import annotations

import numpy as np
import pytest

from iph_core.data import triples
from iph_core.data.folder import Example
from iph_core.photo import encode_png, photo_from_array

SIDE = 64


@pytest.fixture(scope="module")
def strip() -> np.ndarray:
    """Black and white columns, one beside the other: gray from afar. uint8 (20, 1280, 3)."""
    return np.tile(np.uint8([[[0] * 3, [255] * 3]]), (20, 640, 1))


def test_they_are_averaged_for_banks_and_packs(strip, tmp_path):
    photo, labels = tmp_path / "photo.png", tmp_path / "labels.png"
    photo.write_bytes(encode_png(strip))
    labels.write_bytes(encode_png(np.ones(strip.shape[:2], np.uint8)))
    square, labeled = Example(photo, labels, "made", "train").read_square(SIDE)
    assert np.abs(square.astype(int) - 127.5).max() <= 1
    assert labeled.shape == (SIDE, SIDE)


def test_they_are_averaged_as_triples(strip):
    picture = triples._picture(photo_from_array(strip), SIDE)
    plane = triples._plane(strip[..., 0] / np.float32(255), SIDE)
    for scaled in (picture, plane):
        assert (scaled - 0.5).abs().max() < 0.01
