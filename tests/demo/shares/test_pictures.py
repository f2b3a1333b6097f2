from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from demo.shares.pictures import Pictures, card, make_pictures

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE = TERMS + "composite"
PACKET = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:ext="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 dc:creator="Somebody" ext:DigitalSourceType="{type}"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture(scope="module")
def made() -> Pictures:
    photo = astronaut()
    return make_pictures(photo, np.clip(photo.astype(int) + 20, 0, 255).astype(np.uint8))


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["JPEG"])
    image.load()
    return image


def test_pictures_are_those_that_came_in(made: Pictures) -> None:
    assert (made.width, made.height) == (512, 512)
    before = np.asarray(opened(made.before), float)
    assert np.abs(before - astronaut()).mean() < 2
    lighter = np.asarray(opened(made.after), float).mean() - before.mean()
    assert 15 < lighter < 20  # some channels were at 255 already
    assert made.size == len(made.before) + len(made.after) + len(made.preview)


@pytest.mark.parametrize(
    ("columns", "divider"), [((60, 80), 70), ((0, 100), 50), ((0, 4), 10), ((98, 100), 90)]
)
def test_line_starts_in_the_middle_of_what_changed(columns: tuple, divider: int) -> None:
    before = np.full((50, 100, 3), 100, np.uint8)
    after = before.copy()
    after[10:40, slice(*columns)] += 30
    assert abs(make_pictures(before, after).divider - divider) <= 1
    assert make_pictures(before, before).divider == 50


def test_metadata_is_the_source_type_alone(made: Pictures) -> None:
    for content in made.files().values():
        image = opened(content)
        assert set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"} == {"xmp"}
        assert SOURCE_TYPE.encode() in image.info["xmp"]
        assert not image.getexif()
        # Segments in front of the picture: JFIF and one XMP.
        assert [marker for marker, _ in image.applist] == ["APP0", "APP1"]


def test_generated_parts_are_still_said_and_the_name_is_not() -> None:
    packet = PACKET.format(type=TERMS + "trainedAlgorithmicMedia").encode()
    photo = astronaut()
    said = opened(make_pictures(photo, photo, packet).after).info["xmp"]
    assert f"{TERMS}compositeSynthetic<".encode() in said
    assert b"Somebody" not in said


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="needs exiftool")
def test_exiftool_reads_the_source_type(made: Pictures, tmp_path: Path) -> None:
    path = tmp_path / "after.jpg"
    path.write_bytes(made.after)
    command = ["exiftool", "-s", "-s", "-s", "-n", "-XMP-iptcExt:DigitalSourceType", path]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == SOURCE_TYPE
    warnings = subprocess.run(["exiftool", "-warning", path], capture_output=True, text=True)
    assert warnings.stdout == ""


@pytest.mark.parametrize("size", [(1600, 1067), (1067, 1600), (1600, 100), (3, 1600), (40, 30)])
def test_card_holds_the_whole_picture_in_the_shape_of_messengers(size: tuple[int, int]) -> None:
    """A white picture: its own area stays white, as large as fits; around it is dimmed."""
    width, height = size
    shown = card(np.full((height, width, 3), 255, np.uint8))
    assert shown.shape == (630, 1200, 3) and shown.dtype == np.uint8
    white = (shown == 255).all(axis=2)
    rows, columns = white.any(axis=1).sum(), white.any(axis=0).sum()
    scale = min(1200 / width, 630 / height)
    assert (columns, rows) == (max(1, round(width * scale)), max(1, round(height * scale)))
    assert shown[~white].max(initial=0) <= 150


def test_preview_is_small_enough_for_messengers(made: Pictures) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1067, 1600, 3), np.uint8)
    assert len(make_pictures(noise, noise).preview) < 600_000
    assert len(made.preview) < 200_000
