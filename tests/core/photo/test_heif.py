"""Photos of phones: HEIF of 8 bits, and of 10, which stay more than 8."""

from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest

from iph_core.photo import open_photo, save_photo


def ten_bits(levels: np.ndarray) -> bytes:
    """A HEIF file of 10-bit levels HWC, without loss."""
    shifted = (levels << 6).astype(np.uint16)
    height, width = levels.shape[:2]
    picture = pillow_heif.from_bytes("RGB;16", (width, height), shifted.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, quality=-1, chroma=444, matrix_coefficients=0)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def levels() -> np.ndarray:
    ramp = np.linspace(0, 1023, 64 * 96).round().astype(np.uint16).reshape(64, 96)
    return np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])


def test_ten_bits_come_as_sixteen_and_white_is_white(levels):
    photo = open_photo(ten_bits(levels))
    assert photo.pixels.dtype == np.uint16
    assert np.abs(photo.pixels / 65535 - levels / 1023).max() < 1.5 / 1023
    assert photo.pixels.max() == 65535
    assert len(np.unique(photo.pixels[..., 0])) > 900


def test_they_are_saved_at_sixteen_bits(levels, tmp_path):
    photo = open_photo(ten_bits(levels))
    save_photo(photo, tmp_path / "out.tif")
    assert np.array_equal(open_photo(tmp_path / "out.tif").pixels, photo.pixels)


def test_eight_bits_stay_eight(colors):
    picture = pillow_heif.from_bytes("RGB", colors.shape[1::-1], colors.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, quality=-1, chroma=444, matrix_coefficients=0)
    photo = open_photo(buffer.getvalue())
    assert photo.pixels.dtype == np.uint8
    assert np.abs(photo.pixels.astype(int) - colors).max() <= 1
