"""A result as a small JSON file beside the photo: what was done to it, to be done again.

It holds the foreground's mask, the color map, strength and sliders, so nothing is picked or asked
of a network again: the same photo gives the same pixels, with any weights and without any. The
photo itself is not in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from iph_core.adjustment import Adjustment
from iph_core.color_map import TERMS, ColorMap
from iph_core.errors import InputError, UnreadableFileError
from iph_core.photo import Photo
from iph_core.pixel_map import Box
from iph_core.regions.mask import Region
from iph_core.result import Result

FORMAT = "iph-sidecar"
VERSION = 1
LARGEST = 1e6
"""A coefficient of a color map; what networks make stays far below."""


@dataclass(frozen=True)
class Edit:
    """A result with where its strength, in [0, 1], and its sliders stood.

    is_same_photo: whether the photo is the very file that the edit was made on, or another one of
    its size and profile.
    """

    result: Result
    strength: float
    adjustment: Adjustment
    is_same_photo: bool


def sidecar(result: Result, strength: float, adjustment: Adjustment | None) -> str:
    """The text of the sidecar of a result as it stands, JSON.

    foreground: `box` (x0, y0, x1, y1; far edges exclusive) and the mask in it: float32, little
    end first, row by row, deflated (zlib, RFC 1950) and in Base64. color_map: as
    `ColorMap.to_dict`, for the photo's own colors.
    """
    photo = result.photo
    x0, y0, x1, y1 = result.foreground.box
    inside = result.foreground.mask[y0:y1, x0:x1].clip(0, 1).astype("<f4")
    tells = {
        "format": FORMAT,
        "version": VERSION,
        "photo": {
            "name": photo.name,
            "size": list(photo.size),
            "sha256": photo.content_id,
            "profile": _profile(photo),
        },
        "foreground": {
            "box": [x0, y0, x1, y1],
            "mask": base64.b64encode(zlib.compress(inside.tobytes(), 9)).decode("ascii"),
        },
        "color_map": result.color_map.to_dict(),
        "reference": result.reference_kind,
        "strength": strength,
        "adjustment": (adjustment or Adjustment()).as_dict(),
        "summary": result.summary(strength, adjustment),
    }
    return json.dumps(tells, indent=1) + "\n"


def open_sidecar(path: str | Path, photo: Photo) -> Edit:
    """What a sidecar tells, for its photo or another of the same size and profile.

    Raises InputError for a file that is no sidecar, is damaged or of a later version, and for a
    photo of another size or profile.
    """
    name = Path(path).name
    tells = _read(Path(path))
    try:
        _check_photo(name, tells["photo"], photo)
        return _edit(tells, photo)
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError, zlib.error) as error:
        raise InputError(f"{name} is damaged: save it again from the result.") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        tells = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UnreadableFileError(
            f"{file} cannot be read ({error.strerror}): check the path."
        ) from None
    except (ValueError, RecursionError):  # also for numbers of thousands of digits
        tells = None
    if not isinstance(tells, dict) or tells.get("format") != FORMAT:
        raise InputError(
            f"{file.name} is not a sidecar: give the .json file that was saved with a result."
        )
    if tells.get("version") != VERSION:
        raise InputError(f"{file.name} is of a later version: update this program to read it.")
    return tells


def _edit(tells: dict[str, Any], photo: Photo) -> Edit:
    strength = float(tells["strength"])
    if not 0 <= strength <= 1:
        raise ValueError(f"The strength is {strength}.")
    region = Region(_mask(tells["foreground"], photo))
    color_map, kind = _color_map(tells["color_map"]), str(tells["reference"])
    result = Result(photo, region, color_map, None, kind)
    same = tells["photo"]["sha256"] == photo.content_id
    return Edit(result, strength, Adjustment(**tells["adjustment"]), same)


def _check_photo(name: str, made_for: dict[str, Any], photo: Photo) -> None:
    width, height = made_for["size"]
    if (width, height) != photo.size:
        raise InputError(
            f"{name} is for a photo of {width}x{height} pixels, {photo.name} has"
            f" {photo.width}x{photo.height}: give the photo that it was saved with."
        )
    if made_for["profile"] != _profile(photo):
        raise InputError(
            f"{name} is for a photo in another color profile than that of {photo.name}: give the"
            " photo that it was saved with."
        )


def _profile(photo: Photo) -> str:
    """What tells one color profile from another."""
    return hashlib.sha256(photo.profile).hexdigest() if photo.profile else "sRGB"


def _mask(tells: dict[str, Any], photo: Photo) -> np.ndarray:
    """The mask, float32 HW, of a file that may hold anything; ValueError for what it cannot be."""
    x0, y0, x1, y1 = box = _box(tells["box"])
    if not (0 <= x0 < x1 <= photo.width and 0 <= y0 < y1 <= photo.height):
        raise ValueError(f"The box {box} is not in the photo.")
    size = (x1 - x0) * (y1 - y0) * 4
    unpacked = zlib.decompressobj().decompress(base64.b64decode(tells["mask"], validate=True), size)
    inside = np.frombuffer(unpacked, "<f4").reshape(y1 - y0, x1 - x0)
    if not (inside.min() >= 0 and inside.max() <= 1):
        raise ValueError("The mask leaves 0 to 1.")
    mask = np.zeros((photo.height, photo.width), np.float32)
    mask[y0:y1, x0:x1] = inside
    return mask


def _box(corners: list[Any]) -> Box:
    x0, y0, x1, y1 = corners
    if not all(isinstance(corner, int) for corner in corners):
        raise ValueError(f"The corners {corners} are no pixels.")
    return x0, y0, x1, y1


def _color_map(tells: dict[str, Any]) -> ColorMap:
    if tells["terms"] != list(TERMS):
        raise ValueError(f"The terms {tells['terms']} are not those of a color map.")
    coefficients = np.array(tells["coefficients"], np.float64)
    if not np.abs(coefficients).max() <= LARGEST:
        raise ValueError("No color map has such coefficients.")
    return ColorMap(coefficients)
