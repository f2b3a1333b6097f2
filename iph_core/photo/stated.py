"""Color spaces that a file names without bringing their profile.

Cameras mark Adobe RGB in EXIF (DCF 2.0, 3.3.2); HEIF (nclx) and PNG (cICP) name primaries and
transfer by the numbers of ITU-T H.273. Read as sRGB such photos would be too pale, and so the
profile stands beside the pixels from here on.
"""

from __future__ import annotations

import struct

from PIL import Image

from iph_core.errors import InputError
from iph_core.photo.matrix_profile import matrix_profile
from iph_core.photo.metadata import says_adobe_rgb
from iph_core.photo.source import SourceFile
from iph_core.photo.space import ADOBE_RGB, DISPLAY_P3

P3_PRIMARIES = 12
HDR_TRANSFERS = (16, 18)  # PQ and HLG

GRAY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")
PNG_START, CHUNK_FRAME = 8, 12  # the signature; a chunk's length, name and checksum


def refuse_hdr(image: Image.Image, file: SourceFile) -> None:
    """Raise InputError for light as HDR stores it: read as SDR its colors would be wrong."""
    if _coding(image, file)[1] in HDR_TRANSFERS:
        raise InputError(f"{file.name} is an HDR photo (PQ or HLG): convert it to SDR first.")


def stated_profile(image: Image.Image, exif: Image.Exif, file: SourceFile) -> bytes | None:
    """The profile of the space that an opened file without one names; None = sRGB, or gray."""
    if image.mode in GRAY_MODES:
        return None
    if _coding(image, file)[0] == P3_PRIMARIES:
        return matrix_profile("Display P3", DISPLAY_P3)
    if file.format == "JPEG" and says_adobe_rgb(exif, file.name):
        return matrix_profile("Compatible with Adobe RGB (1998)", ADOBE_RGB)
    return None


def _coding(image: Image.Image, file: SourceFile) -> tuple[int, int]:
    """Primaries and transfer as H.273 numbers them; zeros where the file says none."""
    if file.format == "HEIF":
        nclx = image.info.get("nclx_profile") or {}
        return nclx.get("color_primaries", 0), nclx.get("transfer_characteristics", 0)
    if file.format == "PNG":
        chunk = _png_chunk(file.data, b"cICP")
        return (chunk[0], chunk[1]) if len(chunk) >= 2 else (0, 0)
    return 0, 0


def _png_chunk(data: bytes, name: bytes) -> bytes:
    """What a chunk in front of a PNG file's pixels holds; nothing where it is not there."""
    start = PNG_START
    while start + CHUNK_FRAME <= len(data):
        length, kind = struct.unpack_from(">L4s", data, start)
        if kind == name:
            return data[start + 8 : start + 8 + length]
        if kind == b"IDAT":
            break
        start += CHUNK_FRAME + length
    return b""
