"""Color spaces that a file names without a profile: Adobe RGB, Display P3; HDR is refused."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from iph_core.errors import InputError
from iph_core.photo import open_photo, save_photo
from iph_core.photo.space import space_of
from tests.core.photo.conftest import P3_TO_XYZ_D50, SRGB_TO_XYZ_D50, srgb_encoded

CAMERA, INTEROP, COLOR_SPACE = 34665, 40965, 40961
P3, BT_2020 = 12, 9
SRGB_CURVE, PQ, HLG = 13, 16, 18

# Adobe RGB (1998), 4.3.4.1: primaries against D65; Bradford-adapted to D50 (Lindbloom).
ADOBE_TO_XYZ_D50 = np.array(
    [
        [0.6097559, 0.2052401, 0.1492240],
        [0.3111242, 0.6256560, 0.0632197],
        [0.0194811, 0.0608902, 0.7448387],
    ]
)


def adobe_in_srgb(pixels):
    """By the book: gamma 2.19921875, levels of 255."""
    return in_srgb((pixels / 255) ** (563 / 256), ADOBE_TO_XYZ_D50)


def p3_in_srgb(pixels):
    encoded = pixels / 255
    curved = ((encoded + 0.055) / 1.055) ** 2.4
    return in_srgb(np.where(encoded <= 0.04045, encoded / 12.92, curved), P3_TO_XYZ_D50)


def in_srgb(linear, to_xyz):
    return srgb_encoded(linear @ to_xyz.T @ np.linalg.inv(SRGB_TO_XYZ_D50).T) * 255


def jpeg(pixels, color_space=65535, index="R03", **options):
    exif = Image.Exif()
    exif.get_ifd(CAMERA)[COLOR_SPACE] = color_space
    if index:
        exif.get_ifd(CAMERA)[INTEROP] = {1: index, 2: b"0100"}
    buffer = io.BytesIO()
    image = Image.fromarray(pixels)
    image.save(buffer, "JPEG", quality=100, subsampling=0, exif=exif.tobytes(), **options)
    return buffer.getvalue()


def heif(pixels, primaries, transfer):
    picture = pillow_heif.from_bytes("RGB", pixels.shape[1::-1], pixels.tobytes())
    buffer = io.BytesIO()
    said = {"color_primaries": primaries, "transfer_characteristics": transfer}
    picture.save(buffer, quality=-1, chroma=444, matrix_coefficients=0, **said)
    return buffer.getvalue()


def png(pixels, primaries, transfer, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **options)
    data, body = buffer.getvalue(), bytes([primaries, transfer, 0, 1])
    chunk = struct.pack(">L", 4) + b"cICP" + body + struct.pack(">L", zlib.crc32(b"cICP" + body))
    return data[:33] + chunk + data[33:]


WIDE = {
    "JPEG in Adobe RGB": (jpeg, adobe_in_srgb),
    "HEIF in P3": (lambda pixels: heif(pixels, P3, SRGB_CURVE), p3_in_srgb),
    "PNG in P3": (lambda pixels: png(pixels, P3, SRGB_CURVE), p3_in_srgb),
}


@pytest.mark.parametrize("kind", WIDE)
def test_the_space_that_is_named_is_read_and_its_profile_written(colors, kind, tmp_path):
    encode, in_srgb = WIDE[kind]
    photo = open_photo(encode(colors))
    shown = photo.srgb()
    assert np.abs(shown - in_srgb(photo.pixels)).max() < 2
    assert np.abs(shown.astype(int) - photo.pixels).max() > 8
    kept = ((shown > 0) & (shown < 255)).all(axis=2)  # What sRGB holds comes back as it was.
    assert np.abs(photo.from_srgb(shown).astype(int) - photo.pixels)[kept].max() <= 2
    save_photo(photo, tmp_path / "out.jpg")
    assert open_photo(tmp_path / "out.jpg").profile == photo.profile


@pytest.mark.parametrize(("kind", "name"), [("JPEG in Adobe RGB", "Adobe"), ("PNG in P3", "P3")])
def test_the_profile_says_what_it_is_and_holds_formulas(colors, kind, name):
    encode, in_srgb = WIDE[kind]
    profile = open_photo(encode(colors)).profile
    assert len(profile) == struct.unpack(">L", profile[:4])[0]
    read = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
    assert name in read.profile_description
    assert (read.xcolor_space.strip(), read.version) == ("RGB", pytest.approx(4.3))
    expected = in_srgb(colors)
    inside = ((expected > 0) & (expected < 255)).all(axis=2)
    converted = space_of(profile).converted(colors / 255, space_of(None)) * 255
    assert np.abs(converted - expected)[inside].max() < 0.3
    assert not space_of(profile).curves[0].table


def test_what_names_no_wide_space_is_srgb(colors, p3_profile):
    gray = colors[..., 0]
    inks = np.zeros((16, 16, 4), np.uint8)
    for data in (
        jpeg(colors, color_space=1),
        jpeg(colors, index="R98"),
        jpeg(colors, index=None),
        jpeg(gray),
        heif(colors, 1, SRGB_CURVE),
        png(colors, 1, SRGB_CURVE),
        png(gray, P3, SRGB_CURVE),
    ):
        assert open_photo(data).profile is None
    cmyk = io.BytesIO()
    Image.fromarray(inks, "CMYK").save(cmyk, "JPEG")
    assert open_photo(cmyk.getvalue()).profile is None
    assert open_photo(jpeg(colors, icc_profile=p3_profile)).profile == p3_profile


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("encode", [heif, png])
def test_hdr_is_refused_in_one_sentence(colors, encode, transfer):
    with pytest.raises(InputError) as caught:
        open_photo(encode(colors, BT_2020, transfer), name="sunset")
    assert str(caught.value) == "sunset is an HDR photo (PQ or HLG): convert it to SDR first."


def test_a_png_whose_chunks_are_cut_short(colors):
    whole = png(colors, P3, SRGB_CURVE)
    for end in (34, 38, 42, 44):
        with pytest.raises(InputError):
            open_photo(whole[:end])
