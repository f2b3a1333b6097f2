"""What the channels of 16-bit files are: gray or color, transparency or something else.

The same picture with 8 bits says what is right."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from iph_core.photo import open_mask, open_photo

GRAY, GRAY_WITH_ALPHA = 0, 4  # color types of PNG


def png(values: np.ndarray, kind: int, **chunks: bytes) -> bytes:
    """uint8 or uint16 values, HW or HWC, as a PNG with chunks in front of the pixels."""
    height, width = values.shape[:2]
    wide = values.astype(values.dtype.newbyteorder(">"))
    rows = b"".join(b"\0" + row.tobytes() for row in wide)
    header = struct.pack(">LLBBBBB", width, height, 8 * values.itemsize, kind, 0, 0, 0)
    before = [(name.encode(), body) for name, body in chunks.items()]
    data = b"\x89PNG\r\n\x1a\n"
    parts = [(b"IHDR", header), *before, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    for name, body in parts:
        data += struct.pack(">L", len(body)) + name + body
        data += struct.pack(">L", zlib.crc32(name + body))
    return data


def tiff(values: np.ndarray, **options) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, photometric="rgb", **options)
    return buffer.getvalue()


@pytest.fixture
def tones() -> np.ndarray:
    """uint8 HW2: gray and alpha, without the dark where a linear profile is steep."""
    return np.random.default_rng(4).integers(20, 256, (5, 7, 2), dtype=np.uint8)


def test_a_gray_profile_is_applied_beside_alpha(tones, gray_profile):
    profile = b"gray\0\0" + zlib.compress(gray_profile)
    photos = {
        dtype: open_photo(png(tones.astype(dtype) * scale, GRAY_WITH_ALPHA, iCCP=profile))
        for dtype, scale in ((np.uint8, np.uint8(1)), (np.uint16, np.uint16(257)))
    }
    shallow, deep = photos[np.uint8], photos[np.uint16]
    assert np.abs(shallow.pixels[..., 0].astype(int) - tones[..., 0]).max() > 40
    assert deep.pixels.dtype == np.uint16
    assert np.abs(deep.pixels / 257 - shallow.pixels).max() <= 1
    assert np.array_equal(deep.alpha, shallow.alpha.astype(np.uint16) * 257)
    assert deep.profile is None


def test_gray_with_alpha_keeps_every_bit():
    values = np.random.default_rng(6).integers(0, 65536, (5, 7, 2), dtype=np.uint16)
    data = png(values, GRAY_WITH_ALPHA)
    photo = open_photo(data)
    assert np.array_equal(photo.pixels, np.repeat(values[..., :1], 3, axis=2))
    assert np.array_equal(photo.alpha, values[..., 1])
    assert np.abs(open_mask(data, (7, 5)) - values[..., 1] / 65535).max() < 1e-6


def test_one_gray_that_is_transparent(tones):
    gray = tones[..., 0]
    gray[1, 2:4] = clear = 100
    gray[gray == 101] = 102
    for values in (gray, gray.astype(np.uint16) * 257):
        top = np.iinfo(values.dtype).max
        stored = struct.pack(">H", clear * (top // 255))
        photo = open_photo(png(values, GRAY, tRNS=stored))
        assert np.array_equal(photo.alpha, np.where(gray == clear, 0, top))
        assert np.array_equal(photo.pixels, np.repeat(values[..., None], 3, axis=2))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_saved_selection_is_no_transparency(dtype):
    top = np.iinfo(dtype).max
    values = np.random.default_rng(8).integers(0, top, (4, 6, 4), dtype, endpoint=True)
    photo = open_photo(tiff(values, extrasamples=["unspecified"]))
    assert photo.alpha is None
    assert np.array_equal(photo.pixels, values[..., :3])
    photo = open_photo(tiff(values, extrasamples=["unassalpha"]))
    assert np.array_equal(photo.alpha, values[..., 3])
    assert np.array_equal(photo.pixels, values[..., :3])


def test_the_png_made_here_is_one(tones):
    with Image.open(io.BytesIO(png(tones, GRAY_WITH_ALPHA))) as image:
        assert np.array_equal(np.asarray(image), tones)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_an_animation_is_told_of(format, caplog):
    frames = [Image.new("RGB", (6, 4), color) for color in ("red", "blue")]
    for others, said in ((frames[1:], ["us is animated: its first picture is taken."]), ([], [])):
        buffer = io.BytesIO()
        frames[0].save(buffer, format, save_all=True, append_images=others)
        caplog.clear()
        open_photo(buffer.getvalue(), name="us")
        assert caplog.messages == said


@pytest.mark.parametrize(
    ("kinds", "told"), [([0], True), ([1, 1], False), ([1, 0], True), ([], False)]
)
def test_further_pages_are_told_of(kinds, told, caplog):
    """Smaller versions of the first picture (1) are none."""
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        file.write(np.full((4, 6, 3), 9, np.uint8), photometric="rgb")
        for kind in kinds:
            file.write(np.zeros((2, 3, 3), np.uint8), photometric="rgb", subfiletype=kind)
    assert (open_photo(buffer.getvalue(), name="us").pixels == 9).all()
    assert caplog.messages == ["us has several pages: the first one is taken."] * told


def test_a_tiff_that_is_read_well_says_nothing(capfd):
    values = np.full((4, 6, 3), 40_000, np.uint16)
    data = tiff(values, description="Us")  # tifffile writes another one, and so the tags twice
    assert np.array_equal(open_photo(data).pixels, values)
    assert capfd.readouterr() == ("", "")
