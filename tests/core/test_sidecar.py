"""A sidecar: the same pixels again, read by others, and every way in which it can be wrong."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import ImageCms

from iph_core.adjustment import Adjustment
from iph_core.color_map import TERMS
from iph_core.errors import InputError
from iph_core.photo import Photo, photo_from_array
from iph_core.regions.mask import Region
from iph_core.result import Result
from iph_core.sidecar import open_sidecar
from tests.core.conftest import person_mask, warmer_map

MOVED = Adjustment(exposure=0.4, warmth=5, contrast=1.1)
STRENGTH = 0.7


def result_of(photo: Photo) -> Result:
    return Result(photo, Region(person_mask()), warmer_map(), None, "default")


@pytest.fixture(params=[np.uint8, np.uint16], ids=["8 bits", "16 bits"])
def photo(request) -> Photo:
    scale = 257 if request.param == np.uint16 else 1
    return photo_from_array(skimage.data.astronaut().astype(request.param) * scale, "us.tif")


@pytest.fixture
def saved(photo, tmp_path) -> Path:
    result_of(photo).save_sidecar(tmp_path / "us.json", STRENGTH, MOVED)
    return tmp_path / "us.json"


def test_the_same_pixels_again(photo, saved):
    before, edit = result_of(photo), open_sidecar(saved, photo)
    assert (edit.strength, edit.adjustment, edit.is_same_photo) == (STRENGTH, MOVED, True)
    again = edit.result.pixels(edit.strength, edit.adjustment)
    assert np.array_equal(again, before.pixels(STRENGTH, MOVED))
    assert not np.array_equal(again, photo.pixels)
    assert edit.result.reference_kind == "default"
    assert edit.result.summary(STRENGTH, MOVED) == before.summary(STRENGTH, MOVED)


def test_of_its_own_result_it_is_the_same_file(photo, saved, tmp_path):
    edit = open_sidecar(saved, photo)
    edit.result.save_sidecar(tmp_path / "again.json", edit.strength, edit.adjustment)
    assert (tmp_path / "again.json").read_text() == saved.read_text()


def test_the_mask_in_three_lines_of_another_program(saved):
    tells = json.loads(saved.read_text())["foreground"]
    x0, y0, x1, y1 = tells["box"]
    values = np.frombuffer(zlib.decompress(base64.b64decode(tells["mask"])), "<f4")
    mask = np.zeros((512, 512), np.float32)
    mask[y0:y1, x0:x1] = values.reshape(y1 - y0, x1 - x0)
    assert np.array_equal(mask, person_mask())


def test_another_file_of_the_same_size(photo, saved):
    other = photo_from_array(photo.pixels[:, ::-1], "other.tif")
    edit = open_sidecar(saved, other)
    assert not edit.is_same_photo
    assert np.array_equal(edit.result.pixels(), result_of(other).pixels())


def test_a_photo_of_another_size_or_profile(photo, saved):
    with pytest.raises(InputError, match=r"us\.json is for a photo of 512x512 pixels.* 500x512"):
        open_sidecar(saved, photo_from_array(photo.pixels[:, :500], "cut.png"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    with pytest.raises(InputError, match="another color profile"):
        open_sidecar(saved, replace(photo, profile=profile))


def test_the_suffix(photo, tmp_path):
    with pytest.raises(InputError, match=r"saved as \.json"):
        result_of(photo).save_sidecar(tmp_path / "us.txt")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"format": "x"}', b"\xff\xd8\xff", b"[" * 100_000, b"1" * 5000],
)
def test_what_is_no_sidecar(photo, tmp_path, content):
    file = tmp_path / "us.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"us\.json is not a sidecar"):
        open_sidecar(file, photo)


def test_no_file(photo, tmp_path):
    with pytest.raises(InputError, match="check the path"):
        open_sidecar(tmp_path / "none.json", photo)


def test_a_later_version(photo, saved):
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"version": 2}))
    with pytest.raises(InputError, match="later version: update"):
        open_sidecar(saved, photo)


def packed(values: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(values.astype("<f4").tobytes())).decode()


WHOLE = [0, 0, 512, 512]
WRONG = {
    "no mask": {"foreground": {"box": WHOLE}},
    "no text": {"foreground": {"box": WHOLE, "mask": 7}},
    "no Base64": {"foreground": {"box": WHOLE, "mask": "%%"}},
    "not deflated": {"foreground": {"box": WHOLE, "mask": "AAAA"}},
    "too short": {"foreground": {"box": WHOLE, "mask": packed(np.ones(9))}},
    "beyond 1": {"foreground": {"box": WHOLE, "mask": packed(np.full((512, 512), 1.5))}},
    "not a number": {"foreground": {"box": WHOLE, "mask": packed(np.full((512, 512), np.nan))}},
    "box beyond the photo": {"foreground": {"box": [0, 0, 513, 512], "mask": ""}},
    "box of three": {"foreground": {"box": [0, 0, 512], "mask": ""}},
    "box between pixels": {"foreground": {"box": [0, 0, 0.5, 512], "mask": ""}},
    "no map": {"color_map": None},
    "coefficients beyond all colors": {
        "color_map": {"terms": list(TERMS), "coefficients": [[1e300, 0, 0]] * len(TERMS)}
    },
    "other terms": {"color_map": {"terms": ["R"], "coefficients": [[1, 0, 0]]}},
    "no strength": {"strength": None},
    "strength beyond 1": {"strength": 2},
    "strength no number": {"strength": float("nan")},
    "strength beyond all numbers": {"strength": 10**400},
    "unknown slider": {"adjustment": {"sharpness": 1}},
    "slider of words": {"adjustment": {"exposure": "much"}},
    "no photo": {"photo": {}},
    "photo of words": {"photo": {"size": "large", "profile": "sRGB", "sha256": ""}},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_damaged(photo, saved, change):
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))
    with pytest.raises(InputError, match=r"us\.json is damaged: save it again"):
        open_sidecar(saved, photo)


def test_a_mask_that_unpacks_to_more_than_its_box_takes_no_more_memory(photo, saved):
    bomb = packed(np.ones(50_000_000))  # 200 MB in 200 kB
    change = {"foreground": {"box": [5, 6, 7, 8], "mask": bomb}}
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))
    mask = open_sidecar(saved, photo).result.foreground.mask
    assert mask.sum() == mask[6:8, 5:7].sum() == 4
