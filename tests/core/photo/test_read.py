from __future__ import annotations

import hashlib
import io
import logging
import os
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from iph_core.errors import InputError
from iph_core.photo import MAX_BYTES, MAX_PIXELS, open_photo

# An upright 3 x 2 picture with six different grays, and how each EXIF orientation stores it
# (EXIF 2.3, 4.6.4 A: which side of the scene row 0 and column 0 of the file show).
UPRIGHT = [[10, 60, 110], [160, 210, 250]]
STORED = {
    1: [[10, 60, 110], [160, 210, 250]],
    2: [[110, 60, 10], [250, 210, 160]],
    3: [[250, 210, 160], [110, 60, 10]],
    4: [[160, 210, 250], [10, 60, 110]],
    5: [[10, 160], [60, 210], [110, 250]],
    6: [[110, 250], [60, 210], [10, 160]],
    7: [[250, 110], [210, 60], [160, 10]],
    8: [[160, 10], [210, 60], [250, 110]],
}
ORIENTATION, MAKE, ARTIST, GPS, CAMERA = 274, 271, 315, 34853, 34665
DATE_TAKEN, MAKER_NOTE, SUB_SECOND = 36867, 37500, 37521


def encoded(pixels, format: str, mode: str | None = None, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels), mode).save(buffer, format, **options)
    return buffer.getvalue()


def rgb(gray) -> np.ndarray:
    return np.repeat(np.array(gray, np.uint8)[..., None], 3, axis=2)


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


def png(header: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    data = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", header), *chunks):
        data += struct.pack(">L", len(body)) + kind + body
        data += struct.pack(">L", zlib.crc32(kind + body))
    return data


# --- orientation -------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_every_orientation_comes_upright(format, orientation):
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(rgb(STORED[orientation]), format, exif=oriented(orientation), **options)
    photo = open_photo(data)
    assert photo.pixels.tolist() == rgb(UPRIGHT).tolist()
    assert photo.size == (3, 2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright_at_16_bits(orientation):
    stored = rgb(STORED[orientation]).astype(np.uint16) * 257 + 3
    tags = [(ORIENTATION, "H", 1, orientation, False)]
    tiff = io.BytesIO()
    tifffile.imwrite(tiff, stored, photometric="rgb", extratags=tags)
    expected = (rgb(UPRIGHT).astype(np.uint16) * 257 + 3).tolist()
    assert open_photo(tiff.getvalue()).pixels.tolist() == expected

    _, plain = cv2.imencode(".png", stored)
    exif = oriented(orientation).tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">L", len(exif)) + b"eXIf" + exif
    chunk += struct.pack(">L", zlib.crc32(b"eXIf" + exif))
    data = plain.tobytes()
    photo = open_photo(data[:33] + chunk + data[33:])
    assert photo.pixels.tolist() == expected
    assert photo.exif is None


def test_a_jpeg_turned_by_exif_agrees_with_opencv(tmp_path):
    blocks = np.kron(np.array(UPRIGHT, np.uint8), np.ones((16, 16), np.uint8))
    path = tmp_path / "turned.jpg"
    Image.fromarray(blocks).convert("RGB").save(path, exif=oriented(6), quality=95)
    independent = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    photo = open_photo(path)
    assert photo.size == (32, 48)
    assert np.abs(photo.pixels.astype(int) - independent).max() <= 1


def test_a_turned_heif_comes_upright_once():
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:32, :32] = 250
    photo = open_photo(encoded(picture, "HEIF", exif=oriented(6).tobytes(), quality=95))
    assert photo.size == (64, 96)
    assert photo.pixels[8, -8].min() > 230
    assert photo.pixels[8, 8].max() < 20


# --- metadata ----------------------------------------------------------------------------------


def full_exif() -> Image.Exif:
    exif = oriented(6)
    exif[MAKE] = "Camera works"
    exif[ARTIST] = "A. Painter"
    exif.get_ifd(CAMERA).update(
        {DATE_TAKEN: "2026:01:02 03:04:05", MAKER_NOTE: b"48.8 N", SUB_SECOND: "77"}
    )
    exif.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    return exif


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_is_kept_without_place_and_orientation(format):
    data = encoded(np.zeros((20, 30, 3), np.uint8), format, exif=full_exif().tobytes())
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(GPS)  # the test's file does hold it
    kept = Image.Exif()
    kept.load(open_photo(data).exif)
    assert kept[MAKE] == "Camera works"
    assert kept[ARTIST] == "A. Painter"
    assert kept.get_ifd(CAMERA)[DATE_TAKEN] == "2026:01:02 03:04:05"
    assert ORIENTATION not in kept
    assert GPS not in kept
    assert not kept.get_ifd(GPS)
    assert MAKER_NOTE not in kept.get_ifd(CAMERA)


def test_a_tiff_keeps_none_of_its_own_layout_as_exif():
    data = encoded(np.zeros((4, 5, 3), np.uint8), "TIFF")
    assert open_photo(data).exif is None


def test_a_photo_with_broken_exif_still_opens(caplog):
    data = encoded(rgb(UPRIGHT), "PNG", exif=b"Exif\0\0XX*\0\1\2\3\4garbage")
    with caplog.at_level(logging.WARNING):
        photo = open_photo(data)
    assert photo.pixels.tolist() == rgb(UPRIGHT).tolist()
    assert photo.exif is None


# --- kinds of pictures -------------------------------------------------------------------------


def test_name_and_content_id(tmp_path):
    path = tmp_path / "two.png"
    path.write_bytes(encoded(rgb(UPRIGHT), "PNG"))
    photo = open_photo(str(path))
    assert photo.name == "two.png"
    assert photo.content_id == hashlib.sha256(path.read_bytes()).hexdigest()
    assert open_photo(path.read_bytes(), name="upload.png").name == "upload.png"


def test_16_bit_png_keeps_every_bit(deep_colors):
    _, data = cv2.imencode(".png", cv2.cvtColor(deep_colors, cv2.COLOR_RGB2BGR))
    photo = open_photo(data.tobytes())
    assert photo.pixels.dtype == np.uint16
    assert np.array_equal(photo.pixels, deep_colors)


@pytest.mark.parametrize(
    "options", [{}, {"byteorder": ">"}, {"compression": "zlib", "predictor": True}]
)
def test_16_bit_tiff_keeps_every_bit(deep_colors, options):
    data = io.BytesIO()
    tifffile.imwrite(data, deep_colors, photometric="rgb", **options)
    assert np.array_equal(open_photo(data.getvalue()).pixels, deep_colors)


def test_16_bit_alpha_and_gray(deep_colors):
    alpha = deep_colors[..., 0][::-1]
    _, data = cv2.imencode(".png", np.dstack([deep_colors[..., ::-1], alpha]))
    photo = open_photo(data.tobytes())
    assert np.array_equal(photo.pixels, deep_colors)
    assert np.array_equal(photo.alpha, alpha)

    gray = deep_colors[..., 1]
    for photometric, expected in (("minisblack", gray), ("miniswhite", 65535 - gray)):
        tiff = io.BytesIO()
        tifffile.imwrite(tiff, gray, photometric=photometric)
        pixels = open_photo(tiff.getvalue()).pixels
        assert np.array_equal(pixels, np.repeat(expected[..., None], 3, axis=2))


def test_gray_palette_and_bilevel_become_rgb(colors):
    gray = colors[..., 0]
    assert np.array_equal(open_photo(encoded(gray, "PNG")).pixels, np.dstack([gray] * 3))

    indices = Image.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    indices.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    buffer = io.BytesIO()
    indices.save(buffer, "PNG", transparency=bytes([255, 128, 0]))
    photo = open_photo(buffer.getvalue())
    assert photo.pixels.tolist() == [[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [0, 255, 0]]]
    assert photo.alpha.tolist() == [[255, 128], [0, 128]]

    bilevel = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    buffer = io.BytesIO()
    bilevel.save(buffer, "PNG")
    assert open_photo(buffer.getvalue()).pixels.tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_alpha_is_kept(colors):
    alpha = np.arange(colors.shape[0] * colors.shape[1], dtype=np.uint16).astype(np.uint8)
    alpha = alpha.reshape(colors.shape[:2])
    photo = open_photo(encoded(np.dstack([colors, alpha]), "PNG"))
    assert np.array_equal(photo.pixels, colors)
    assert np.array_equal(photo.alpha, alpha)
    assert open_photo(encoded(colors, "PNG")).alpha is None


def test_cmyk_without_profile_becomes_rgb():
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 1] = inks[..., 2] = 255  # magenta and yellow: red
    photo = open_photo(encoded(inks, "JPEG", mode="CMYK", quality=95))
    assert np.abs(photo.pixels.astype(int) - [255, 0, 0]).max() <= 3
    assert photo.profile is None


def test_cmyk_goes_through_its_profile(ink_profile, linear_in_srgb):
    inks = np.zeros((3, 8, 4), np.uint8)
    inks[1, :, 0] = 255  # cyan, which this profile prints as nothing
    inks[2, :, 3] = 128
    data = encoded(inks, "TIFF", mode="CMYK", icc_profile=ink_profile)
    lightness = 100 * (1 - 128 / 255)
    gray = linear_in_srgb(((lightness + 16) / 116) ** 3) * 255  # CIE 15, L* to Y
    photo = open_photo(data)
    assert photo.profile is None
    assert photo.pixels[:2].min() >= 254
    assert np.abs(photo.pixels[2] - gray).max() <= 2


def test_the_first_frame_of_an_animation(colors):
    frames = [Image.fromarray(colors), Image.fromarray(255 - colors)]
    for format in ("PNG", "WEBP", "TIFF"):
        options = {"lossless": True} if format == "WEBP" else {}
        buffer = io.BytesIO()
        frames[0].save(buffer, format, save_all=True, append_images=frames[1:], **options)
        assert np.array_equal(open_photo(buffer.getvalue()).pixels, colors), format


def test_a_gray_profile_is_applied(gray_profile, linear_in_srgb):
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535)):
        gray = np.linspace(0, top, 64).round().astype(dtype).reshape(8, 8)
        _, plain = cv2.imencode(".png", gray)
        data = plain.tobytes()
        body = b"gray\0\0" + zlib.compress(gray_profile)
        chunk = struct.pack(">L", len(body)) + b"iCCP" + body
        chunk += struct.pack(">L", zlib.crc32(b"iCCP" + body))
        photo = open_photo(data[:33] + chunk + data[33:])
        expected = linear_in_srgb(gray / top) * 255
        assert photo.profile is None
        # Linear gray is steep in the dark: 256 levels of it are what the profile is read at.
        bright = gray > top // 32
        difference = np.abs(photo.pixels[..., 0] * (255 / top) - expected)
        assert difference[bright].max() < 1.5


def test_a_broken_or_foreign_profile_is_said_and_left_out(colors, gray_profile, caplog):
    for profile in (b"not a profile at all", gray_profile):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            photo = open_photo(encoded(colors, "PNG", icc_profile=profile), name="odd.png")
        assert photo.profile is None
        assert np.array_equal(photo.pixels, colors)
        assert "odd.png" in caplog.text


def test_a_good_profile_is_kept(colors, p3_profile):
    for format in ("PNG", "JPEG", "TIFF", "WEBP"):
        photo = open_photo(encoded(colors, format, icc_profile=p3_profile))
        assert photo.profile == p3_profile, format


def test_an_srgb_profile_changes_nothing(colors):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = open_photo(encoded(colors, "PNG", icc_profile=profile))
    assert np.abs(photo.srgb().astype(int) - colors).max() <= 1


# --- what cannot be read -----------------------------------------------------------------------


def refusal(source, **limits) -> str:
    with pytest.raises(InputError) as caught:
        open_photo(source, **limits)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return message


def test_missing_folder_empty_and_odd_paths(tmp_path):
    assert "nothing.jpg" in refusal(tmp_path / "nothing.jpg")
    assert "not a file" in refusal(tmp_path)
    assert "not a path" in refusal("a\0b.jpg")
    assert "cannot be read" in refusal("x" * 5000 + ".jpg")
    empty = tmp_path / "empty.png"
    empty.touch()
    assert "empty.png is empty" in refusal(empty)
    fifo = tmp_path / "pipe.png"
    os.mkfifo(fifo)
    assert "not a file" in refusal(fifo)


def test_another_kind_of_file_with_a_picture_suffix(tmp_path):
    page = tmp_path / "page.jpg"
    page.write_text("<html><script>alert(1)</script></html>")
    assert "page.jpg is not a picture" in refusal(page)
    assert "not a picture" in refusal(encoded(rgb(UPRIGHT), "GIF"))
    assert "not a picture" in refusal(encoded(rgb(UPRIGHT), "BMP"))
    # The bytes decide, not the suffix.
    png_as_jpg = tmp_path / "really.jpg"
    png_as_jpg.write_bytes(encoded(rgb(UPRIGHT), "PNG"))
    assert open_photo(png_as_jpg).size == (3, 2)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_truncated_file(deep_colors, format):
    whole = encoded((deep_colors >> 8).astype(np.uint8), format)
    message = refusal(whole[: len(whole) // 2], name="cut")
    assert message.startswith("cut is damaged")


def test_a_truncated_16_bit_file(deep_colors):
    _, data = cv2.imencode(".png", deep_colors)
    assert "damaged" in refusal(data.tobytes()[: len(data) // 2])


def test_the_pixel_limit_holds_before_decoding():
    rgb8 = bytes([8, 2, 0, 0, 0])
    for side in (10_001, 30_000, 2**31 - 1):
        bomb = png(struct.pack(">LL", side, side) + rgb8, (b"IDAT", zlib.compress(b"")))
        assert "100 megapixels" in refusal(bomb)
    small = encoded(np.zeros((10, 20, 3), np.uint8), "PNG")
    assert "0.000199 megapixels" in refusal(small, max_pixels=199)
    assert open_photo(small, max_pixels=200).size == (20, 10)


def test_the_byte_limit(tmp_path):
    data = encoded(rgb(UPRIGHT), "PNG")
    assert "limit is 5e-05 MB" in refusal(data, max_bytes=50)
    sparse = tmp_path / "huge.png"
    with sparse.open("wb") as file:
        file.truncate(1_001_000_000)
    assert "1001 MB" in refusal(sparse)
    assert "limit is 1000 MB" in refusal(sparse)


def test_the_byte_limit_has_room_for_the_pixel_limit():
    assert 4 * np.uint16().nbytes * MAX_PIXELS < MAX_BYTES


def test_kinds_of_tiff_that_are_not_read(deep_colors):
    def tiff(pixels, **options) -> bytes:
        data = io.BytesIO()
        tifffile.imwrite(data, pixels, **options)
        return data.getvalue()

    floats = deep_colors.astype(np.float32) / 65535
    assert "8 or 16 bits" in refusal(tiff(floats, photometric="rgb"))
    assert "8 or 16 bits" in refusal(tiff(floats[..., 0], photometric="minisblack"))
    planes = np.moveaxis(deep_colors, -1, 0)
    assert "plain RGB" in refusal(tiff(planes, photometric="rgb", planarconfig="separate"))
    plain_ycbcr = io.BytesIO()
    Image.new("RGB", (9, 7)).convert("YCbCr").save(plain_ycbcr, "TIFF")
    assert "holds YCbCr values" in refusal(plain_ycbcr.getvalue())
    raw = tiff(deep_colors[..., 0], extratags=[(50706, "B", 4, b"\1\4\0\0", False)])
    assert "camera raw" in refusal(raw)


def test_damaged_bytes_give_a_sentence_or_a_photo(colors, p3_profile):
    random = np.random.default_rng(3)
    exif = full_exif()
    for format in ("JPEG", "PNG", "TIFF", "WEBP"):
        whole = bytearray(encoded(colors, format, icc_profile=p3_profile, exif=exif))
        for _ in range(60):
            broken = bytearray(whole)
            for place in random.integers(4, len(whole), 4):
                broken[place] = random.integers(256)
            try:
                photo = open_photo(bytes(broken), max_pixels=1_000_000)
            except InputError:
                continue
            assert photo.pixels.dtype in (np.uint8, np.uint16)
            assert photo.srgb().dtype == np.uint8
