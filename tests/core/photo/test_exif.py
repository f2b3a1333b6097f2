"""What the EXIF block of a result says: each byte of the photo's texts, and the resolution."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from iph_core.photo import encode_png, open_photo, save_photo

SUFFIXES = (".jpg", ".png", ".tif", ".webp")
CAMERA, PLACE = 34665, 34853
DESCRIPTION, MODEL, SOFTWARE, ARTIST, COPYRIGHT = 270, 272, 305, 315, 33432
OWNER, LENS = 42032, 42036
AREA = 18  # GPSMapDatum: a text
X_RESOLUTION, Y_RESOLUTION, UNIT = 282, 283, 296

TEXTS = {
    DESCRIPTION: "Zwei Männer".encode(),
    ARTIST: "Jürgen".encode(),
    COPYRIGHT: "© Jürgen".encode(),
    MODEL: "Größe".encode("latin-1"),  # as older programs wrote
    SOFTWARE: b"A program 1.0",
}
CAMERA_TEXTS = {OWNER: "Søren Œ".encode(), LENS: "35 mm ƒ/2".encode()}


def photo_with_texts() -> bytes:
    """A JPEG whose texts are stored byte by byte: Pillow writes a placeholder of their length."""
    exif = Image.Exif()
    texts = TEXTS | CAMERA_TEXTS | {AREA: "Köln".encode()}
    places = {tag: chr(65 + i) * len(text) for i, (tag, text) in enumerate(texts.items())}
    for tag in TEXTS:
        exif[tag] = places[tag]
    exif.get_ifd(CAMERA).update({tag: places[tag] for tag in CAMERA_TEXTS})
    exif.get_ifd(PLACE)[AREA] = places[AREA]
    block = exif.tobytes()
    for tag, text in texts.items():
        assert block.count(places[tag].encode() + b"\0") == 1
        block = block.replace(places[tag].encode() + b"\0", text + b"\0")
    return jpeg(exif=block)


def jpeg(**options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((16, 24, 3), 90, np.uint8)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_texts_keep_their_bytes_through_two_files(tmp_path, suffix):
    first, second = tmp_path / f"first{suffix}", tmp_path / f"second{suffix}"
    save_photo(open_photo(photo_with_texts(), keep_place=True), first)
    save_photo(open_photo(first, keep_place=True), second)
    for path in (first, second):
        data = path.read_bytes()
        with Image.open(path) as image:
            image.load()
            exif = image.getexif()
            camera, place = exif.get_ifd(CAMERA), exif.get_ifd(PLACE)
            # Pillow gives a text (a tag of type ASCII) as one character for each byte.
            assert {tag: exif[tag].encode("latin-1") for tag in TEXTS} == TEXTS
            assert {t: camera[t].encode("latin-1") for t in CAMERA_TEXTS} == CAMERA_TEXTS
            assert place[AREA].encode("latin-1") == "Köln".encode()
        for text in (*TEXTS.values(), *CAMERA_TEXTS.values()):
            assert data.count(text + b"\0") == 1 + (text == TEXTS[ARTIST])  # in COPYRIGHT as well


def test_another_reader_of_tiff_sees_the_texts(tmp_path):
    path = tmp_path / "out.tif"
    save_photo(open_photo(photo_with_texts()), path)
    with tifffile.TiffFile(path) as file:
        tags = file.pages[0].tags
        assert tags[COPYRIGHT].value == "© Jürgen"
        assert tags[SOFTWARE].value == "A program 1.0"
        assert tags["ExifTag"].value["LensModel"] == "35 mm ƒ/2"
        assert {tags[tag].dtype for tag in TEXTS} == {tifffile.DATATYPE.ASCII}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("jfif_unit", "unit"), [(1, 2), (2, 3)])  # per inch, per cm
def test_the_resolution_of_a_jpeg_without_exif_stays(tmp_path, suffix, jfif_unit, unit):
    data = bytearray(jpeg(dpi=(300, 150)))
    assert data[6:11] == b"JFIF\0"
    data[13] = jfif_unit
    path = tmp_path / f"out{suffix}"
    save_photo(open_photo(bytes(data)), path)
    with Image.open(path) as image:
        image.load()
        exif = image.getexif()
        assert (exif[X_RESOLUTION], exif[Y_RESOLUTION], exif[UNIT]) == (300, 150, unit)


def test_exif_goes_before_the_jfif_header_and_nothing_is_made_up():
    exif = Image.Exif()
    exif[X_RESOLUTION], exif[Y_RESOLUTION], exif[UNIT] = 72.0, 72.0, 2
    kept = Image.Exif()
    kept.load(open_photo(jpeg(dpi=(300, 300), exif=exif.tobytes())).exif)
    assert kept[X_RESOLUTION] == 72
    assert open_photo(jpeg()).exif is None


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dots", [72, 300])
def test_the_resolution_of_a_png_stays(tmp_path, suffix, dots):
    buffer = io.BytesIO()
    Image.new("RGB", (24, 16)).save(buffer, "PNG", dpi=(dots, 150))
    path = tmp_path / f"out{suffix}"
    save_photo(open_photo(buffer.getvalue()), path)
    with Image.open(path) as image:
        image.load()
        exif = image.getexif()
    assert (exif[X_RESOLUTION], exif[Y_RESOLUTION], exif[UNIT]) == (dots, 150, 2)


@pytest.mark.parametrize(
    ("resolution", "unit", "meter"),
    [
        ((300.0, 150.0), 2, (11811, 5906)),
        ((40.0, 20.0), 3, (4000, 2000)),
        ((1.0, 1.0), 1, None),
        ((0.0, 300.0), 2, None),
    ],
)
def test_png_says_the_resolution_as_its_readers_expect_it(resolution, unit, meter):
    exif = Image.Exif()
    exif[X_RESOLUTION], exif[Y_RESOLUTION], exif[UNIT] = *resolution, unit
    data = encode_png(np.zeros((4, 4, 3), np.uint8), exif=exif.tobytes())
    start = data.find(b"pHYs")
    found = None if start < 0 else struct.unpack(">LLB", data[start + 4 : start + 13])
    assert found == (meter and (*meter, 1))
    assert start < data.index(b"IDAT")
    Image.open(io.BytesIO(data)).load()
