"""EXIF: which way is up, and what of it goes into the result."""

from __future__ import annotations

import logging
import struct

import numpy as np
from PIL import Image
from PIL.ExifTags import IFD, Base

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

ENCODING_ERRORS = (ValueError, TypeError, KeyError, OverflowError, AttributeError, struct.error)


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


def kept_exif(
    exif: Image.Exif, size: tuple[int, int], name: str, keep_place: bool = False
) -> bytes | None:
    """The EXIF block that goes into the result, for an upright picture of `size` (w, h)."""
    kept = Image.Exif()
    try:
        for tag in KEPT_TAGS:
            if tag in exif:
                kept[tag] = exif[tag]
        camera = {
            tag: value
            for tag, value in exif.get_ifd(IFD.Exif).items()
            if tag not in DROPPED_CAMERA_TAGS
        }
        for tag, length in zip((Base.ExifImageWidth, Base.ExifImageHeight), size, strict=True):
            if tag in camera:
                camera[tag] = length
        if camera:
            kept.get_ifd(IFD.Exif).update(camera)
        place = exif.get_ifd(IFD.GPSInfo) if keep_place else {}
        if place:
            kept.get_ifd(IFD.GPSInfo).update(place)
        return kept.tobytes() if camera or place or len(kept) else None
    except (*ENCODING_ERRORS, SyntaxError, OSError) as error:
        logger.warning("The EXIF data of %s cannot be kept: %s", name, error)
        return None
