"""EXIF: which way is up, and what of it goes into the result."""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base, Interop

logger = logging.getLogger(__name__)

# A list of what may stay is safer than one of what must go: a TIFF's own layout tags, the place
# (GPS), the thumbnail of the unchanged photo and the address of sub-blocks are all left out.
KEPT_TAGS = (
    Base.ImageDescription,
    Base.Make,
    Base.Model,
    Base.XResolution,
    Base.YResolution,
    Base.ResolutionUnit,
    Base.Software,
    Base.DateTime,
    Base.Artist,
    Base.Copyright,
)

# Maker's notes may hold the place in a form of their own, and break when they are moved; the
# components' order is that of the old file's encoding.
DROPPED_CAMERA_TAGS = (Base.MakerNote, IFD.Interop, IFD.GPSInfo, Base.ComponentsConfiguration)

# The units of a JFIF header's resolution (JFIF 1.02: dots per inch, per cm) -> those of EXIF.
INCH, CENTIMETER = 2, 3
JFIF_UNITS = {1: INCH, 2: CENTIMETER}
PER_METER = {INCH: 1 / 0.0254, CENTIMETER: 100}
LARGEST_PHYS = 2**31 - 1

# How cameras mark Adobe RGB (DCF 2.0): no color space that EXIF knows, and this kind of file.
UNCALIBRATED, OPTION_FILE = 65535, "R03"

ENCODING_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError, struct.error)


class StoredText(str):
    """Text of a tag that is written with the bytes that it was read from.

    Pillow reads each byte of a text as one character (latin-1) and writes ASCII with question
    marks, which spoils the UTF-8 that most programs write. Bytes in the place of text would be
    kept, but under another type of tag.
    """

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """The bytes of the file, whichever encoding is asked for."""
        return super().encode("latin-1", "replace")


def as_stored(value: Any) -> Any:
    """A tag's value as Pillow read it, made so that text is written byte by byte as it was."""
    return StoredText(value) if isinstance(value, str) else value


def all_as_stored(values: Mapping[int, Any]) -> dict[int, Any]:
    """`as_stored` for each tag of a block."""
    return {tag: as_stored(value) for tag, value in values.items()}


def upright(channels: np.ndarray, orientation: int) -> np.ndarray:
    """HW or HWC turned as EXIF's orientation (1 to 8) asks; any other value changes nothing."""
    turns = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a),
    }
    turn = turns.get(orientation)
    return np.ascontiguousarray(turn(channels) if turn else channels)


def read_exif(image: Image.Image, name: str) -> Image.Exif:
    """The EXIF block of a loaded image; empty, with a warning in the log, where it is broken."""
    try:
        return image.getexif()
    except (*ENCODING_ERRORS, SyntaxError, OSError) as error:
        logger.warning("The EXIF data of %s cannot be read and is left out: %s", name, error)
        return Image.Exif()


def add_resolution(exif: Image.Exif, image: Image.Image) -> None:
    """Note the resolution of a JPEG's JFIF header, or of a PNG's pHYs chunk, where EXIF has none.

    Every format that we write holds EXIF, and only these hold the others.
    """
    info = image.info
    unit, density = JFIF_UNITS.get(info.get("jfif_unit", 0)), info.get("jfif_density", (0, 0))
    if image.format == "PNG" and "dpi" in info:
        # Whole pixels a meter: 300 dots an inch come as 299.9994, and 72 as 72.009.
        unit, density = INCH, tuple(round(value, 1) for value in info["dpi"])
    if unit is None or not all(density) or Base.XResolution in exif:
        return
    exif[Base.XResolution], exif[Base.YResolution] = density
    exif[Base.ResolutionUnit] = unit


def pixels_per_meter(block: bytes) -> tuple[int, int] | None:
    """The resolution that an EXIF block of ours states, across and down, as PNG wants it (pHYs)."""
    exif = Image.Exif()
    exif.load(block)
    meter = PER_METER.get(exif.get(Base.ResolutionUnit, INCH), 0)
    across, down = (meter * float(exif.get(tag, 0)) for tag in (Base.XResolution, Base.YResolution))
    if not (0 < across <= LARGEST_PHYS and 0 < down <= LARGEST_PHYS):
        return None
    return round(across), round(down)


def says_adobe_rgb(exif: Image.Exif, name: str) -> bool:
    """Whether a camera says that its photo is in Adobe RGB."""
    try:
        if exif.get_ifd(IFD.Exif).get(Base.ColorSpace) != UNCALIBRATED:
            return False
        return exif.get_ifd(IFD.Interop).get(Interop.InteropIndex) == OPTION_FILE
    except KeyError:  # So Pillow says that there is no such block.
        return False
    except (*ENCODING_ERRORS, SyntaxError, OSError) as error:
        logger.warning("The color space of %s cannot be read: %s", name, error)
        return False


def kept_exif(
    exif: Image.Exif, size: tuple[int, int], name: str, keep_place: bool = False
) -> bytes | None:
    """The EXIF block that goes into the result, for an upright picture of `size` (w, h)."""
    kept = Image.Exif()
    try:
        for tag in KEPT_TAGS:
            if tag in exif:
                kept[tag] = as_stored(exif[tag])
        camera = {
            tag: value
            for tag, value in exif.get_ifd(IFD.Exif).items()
            if tag not in DROPPED_CAMERA_TAGS
        }
        for tag, length in zip((Base.ExifImageWidth, Base.ExifImageHeight), size, strict=True):
            if tag in camera:
                camera[tag] = length
        if camera:
            kept.get_ifd(IFD.Exif).update(all_as_stored(camera))
        place = exif.get_ifd(IFD.GPSInfo) if keep_place else {}
        if place:
            kept.get_ifd(IFD.GPSInfo).update(all_as_stored(place))
        return kept.tobytes() if camera or place or len(kept) else None
    except (*ENCODING_ERRORS, SyntaxError, OSError) as error:
        logger.warning("The EXIF data of %s cannot be kept: %s", name, error)
        return None
