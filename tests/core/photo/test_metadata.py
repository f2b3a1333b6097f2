"""What a photo's metadata becomes, asked of another program: exiftool.

Without exiftool these tests are skipped, or fail where CI is set; test_xmp.py checks the same
statements in Python.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from iph_core.photo import open_photo, save_photo

SUFFIXES = ("jpg", "png", "tif", "webp")
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/composite"

PLACE = (
    "-GPSLatitude=48.2", "-GPSLatitudeRef=N", "-GPSLongitude=16.3", "-GPSLongitudeRef=E",
    "-XMP-exif:GPSLatitude=48.2", "-XMP-exif:GPSLongitude=16.3",
    "-XMP-exif:GPSAreaInformation=Nowhereville", "-XMP-photoshop:City=Nowhereville",
    "-XMP-photoshop:Country=Nowhereville", "-XMP-iptcCore:Location=Nowhereville",
    "-XMP-iptcExt:LocationShownCity=Nowhereville", "-XMP-dc:Coverage=Nowhereville",
    "-XMP-iptcExt:LocationCreatedCity=Nowhereville",
)  # fmt: skip
OLD_PLACE = ("-IPTC:City=Nowhereville", "-IPTC:Sub-location=Nowhereville")
CAPTURE = (
    "-DateTimeOriginal=2026:06:01 14:00:00", "-OffsetTimeOriginal=+02:00", "-Make=Camera works",
    "-Model=C-9", "-LensModel=35mm F2", "-ISO=400", "-FNumber=2.8", "-ExposureTime=1/125",
    "-XMP-dc:Creator=Ann", "-XMP-xmp:Rating=4", "-XMP-dc:Rights=Ann's",
)  # fmt: skip
HARMFUL = ("-Orientation=6", "-XMP-tiff:Orientation=6", "-XMP-crs:Exposure2012=+1.0")
OLD_CAPTION = ("-IPTC:By-line=Bob", "-IPTC:Caption-Abstract=Two of us", "-IPTC:Keywords=wedding")


@pytest.fixture(scope="module")
def exiftool():
    path = shutil.which("exiftool")
    if path is None:
        missing = "These tests need exiftool (on Debian: apt-get install libimage-exiftool-perl)."
        pytest.skip(missing)

    def run(*words):
        done = subprocess.run([path, *map(str, words)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def traveled(exiftool, tmp_path_factory):
    """Photos of each format whose metadata says far too much, upright 60 x 40."""
    folder = tmp_path_factory.mktemp("traveled")
    pixels = np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels[::4, ::4]).save(folder / "thumbnail.jpg")
    files = {}
    for suffix in SUFFIXES:
        files[suffix] = folder / f"photo.{suffix}"
        Image.fromarray(pixels).save(files[suffix])
        more = (*OLD_PLACE, *OLD_CAPTION) if suffix in ("jpg", "tif") else ()
        if suffix == "jpg":
            more += (f"-ThumbnailImage<={folder / 'thumbnail.jpg'}",)
        words = (*PLACE, *CAPTURE, *HARMFUL, *more)
        exiftool("-q", "-m", "-n", "-overwrite_original", *words, files[suffix])
    return files


def tags(exiftool, path):
    """Everything that exiftool finds: {"Group:Name": value}."""
    (found,) = json.loads(exiftool("-j", "-G1", "-a", "-struct", path))
    own = ("ExifTool:", "System:", "File:", "Composite:", "SourceFile")
    return {name: value for name, value in found.items() if not name.startswith(own)}


WAYS = [("jpg", suffix) for suffix in SUFFIXES] + [(s, s) for s in SUFFIXES[1:]]


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def written(request, traveled, exiftool, tmp_path_factory):
    """What exiftool reads in a file of one format that was made of a photo of another."""
    source, suffix = request.param
    path = tmp_path_factory.mktemp("written") / f"out.{suffix}"
    save_photo(open_photo(traveled[source]).as_composite(), path)
    return source, path, tags(exiftool, path)


def test_the_photos_do_say_where(exiftool, traveled):
    for path in traveled.values():
        found = tags(exiftool, path)
        assert any("GPSLatitude" in name for name in found)
        assert "Nowhereville" in str(found)
    assert "IFD1:ThumbnailImage" in tags(exiftool, traveled["jpg"])


def test_the_place_is_gone_from_everywhere(written):
    _, path, found = written
    assert not [name for name in found if "GPS" in name or "Location" in name or "City" in name]
    assert "Nowhereville" not in str(found)
    assert b"Nowhereville" not in path.read_bytes()


def test_what_would_spoil_the_result_is_gone(written):
    _, _, found = written
    assert not [name for name in found if "Thumbnail" in name or "crs" in name]
    assert "XMP-tiff:Orientation" not in found
    assert found.get("IFD0:Orientation", "Horizontal (normal)") == "Horizontal (normal)"


def test_what_a_photographer_wants_stays(written):
    source, _, found = written
    assert found["ExifIFD:DateTimeOriginal"] == "2026:06:01 14:00:00"
    assert found["ExifIFD:OffsetTimeOriginal"] == "+02:00"
    assert (found["IFD0:Make"], found["IFD0:Model"]) == ("Camera works", "C-9")
    assert found["ExifIFD:LensModel"] == "35mm F2"
    assert (found["ExifIFD:ISO"], found["ExifIFD:FNumber"]) == (400, 2.8)
    assert found["ExifIFD:ExposureTime"] == "1/125"
    assert found["XMP-dc:Creator"] == ["Ann"]  # XMP before the older block
    assert found["XMP-xmp:Rating"] == 4
    assert found["XMP-dc:Rights"] == "Ann's"
    if source in ("jpg", "tif"):
        assert found["XMP-dc:Description"] == "Two of us"
        assert found["XMP-dc:Subject"] == ["wedding"]


def test_it_says_that_it_is_a_composite(written):
    _, _, found = written
    assert found["XMP-iptcExt:DigitalSourceType"] == COMPOSITE


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_place_stays_where_it_is_wanted(exiftool, traveled, tmp_path, suffix):
    path = tmp_path / f"out.{suffix}"
    save_photo(open_photo(traveled["jpg"], keep_place=True), path)
    found = tags(exiftool, path)
    assert found["GPS:GPSLatitude"].startswith("48 deg 12'")
    assert found["XMP-exif:GPSAreaInformation"] == "Nowhereville"
    assert found["XMP-photoshop:City"] == "Nowhereville"
    assert found["XMP-iptcExt:LocationCreated"] == [{"City": "Nowhereville"}]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_texts_stay_utf_8(exiftool, tmp_path, suffix):
    source, path = tmp_path / "photo.jpg", tmp_path / f"out.{suffix}"
    Image.fromarray(np.full((16, 24, 3), 90, np.uint8)).save(source)
    words = {
        "IFD0:ImageDescription": "Zwei Männer", "IFD0:Artist": "Jürgen",
        "IFD0:Copyright": "© Jürgen", "IFD0:Software": "A program",
        "ExifIFD:LensModel": "35 mm ƒ/2", "ExifIFD:OwnerName": "Søren",
    }  # fmt: skip
    utf_8 = ("-charset", "exif=utf8")
    sets = [f"-{name}={text}" for name, text in words.items()]
    exiftool("-q", "-overwrite_original", *utf_8, *sets, source)
    save_photo(open_photo(source), path)
    (found,) = json.loads(exiftool("-j", "-G1", "-a", *utf_8, path))
    assert {name: found.get(name) for name in words} == words
    assert "Non-standard format" not in exiftool("-validate", "-warning", "-a", path)
