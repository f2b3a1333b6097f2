"""Write files: PNG and TIFF through OpenCV (16 bits), JPEG and WebP through Pillow."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import stat
import struct
import uuid
import zlib
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL.ExifTags import IFD
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from iph_core.errors import InputError, UnwritableFileError
from iph_core.photo.depth import to_8_bits
from iph_core.photo.metadata import all_as_stored, as_stored, pixels_per_meter
from iph_core.photo.photo import Photo
from iph_core.photo.xmp import source_type_alone

logger = logging.getLogger(__name__)

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WebP",
}
LONGEST_SIDE = {"JPEG": 65500, "WebP": 16383}  # libjpeg's, below the 65535 of the format
LONGEST_JPEG_EXIF = 65533
LONGEST_JPEG_XMP = 65504  # the segment's length less its own two bytes and the name in front

# From this quality on, JPEG keeps the full resolution of color.
FULL_COLOR_QUALITY = 90

# Smaller than LZW, which makes noisy 16-bit photos larger than they are.
TIFF_DEFLATE = (cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_ADOBE_DEFLATE)

ANYONE_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
EXIF_PREFIX = b"Exif\0\0"
PNG_HEADER_END = 33  # signature and IHDR; iCCP must stand right behind
STRIP_OFFSETS, EXTRA_SAMPLES, XMP, ICC_PROFILE = 273, 338, 700, 34675
UNASSOCIATED_ALPHA = 2
METER = 1  # the unit of pHYs
BYTE, LONG, UNDEFINED = 1, 4, 7  # types of TIFF values


def save_photo(photo: Photo, path: str | Path, *, quality: int = 95) -> None:
    """Write a photo in the format of the path's suffix: .png .jpg .jpeg .tif .tiff .webp.

    The file appears complete or not at all. Profile, EXIF and XMP are kept; 16 bits stay 16 in PNG
    and TIFF and become 8 elsewhere. JPEG has no transparency: alpha is left out there and the
    pixels stay as they are. `quality` (1 to 100) is for JPEG and WebP.
    Raises InputError for an unknown suffix, a quality out of range, a picture too large for its
    format and a folder that cannot be written.
    """
    write_file(path, encode_photo(photo, Path(path).suffix, quality=quality))


def save_mask(mask: np.ndarray, path: str | Path) -> None:
    """Write a bool or float HW mask in [0, 1] as an 8-bit gray PNG, 255 inside."""
    check_mask_name(path)
    values = np.rint(np.clip(np.asarray(mask, np.float32), 0, 1) * 255).astype(np.uint8)
    write_file(path, encode_png(values))


def check_mask_name(path: str | Path) -> None:
    """InputError for a file that cannot be a mask's; before the work, so that none is lost."""
    if Path(path).suffix.lower() != ".png":
        raise InputError(f"A mask is saved as PNG: let {Path(path).name} end in .png.")


def format_of(suffix: str) -> str:
    """The format that a suffix names; InputError where photos are not saved as such."""
    format = FORMATS.get(suffix.lower())
    if format is None:
        raise InputError(
            f"Cannot save a photo as {suffix or 'a file without suffix'!r}: "
            f"choose one of {', '.join(FORMATS)}."
        )
    return format


def check_size(size: tuple[int, int], suffix: str) -> None:
    """Raise InputError where a picture of `size` (w, h) is too large for the format of `suffix`."""
    format = format_of(suffix)
    longest = LONGEST_SIDE.get(format)
    if longest and max(size) > longest:
        raise InputError(f"{format} holds at most {longest} pixels a side: save as PNG or TIFF.")


def check_quality(quality: int) -> None:
    """Raise InputError for a quality of JPEG and WebP outside 1 to 100."""
    if not 1 <= quality <= 100:
        raise InputError(f"Quality must lie between 1 and 100, not {quality}.")


def encode_photo(photo: Photo, suffix: str, *, quality: int = 95) -> bytes:
    """The bytes of the file that `save_photo` would write for `suffix` (".png", ".jpg" ...)."""
    format = format_of(suffix)
    check_quality(quality)
    check_size(photo.size, suffix)
    if format == "PNG":
        return encode_png(photo.pixels, photo.alpha, photo.profile, photo.exif, photo.xmp)
    if format == "TIFF":
        return _encode_tiff(photo)
    if format == "WebP":
        return _encode_webp(photo, quality)
    return encode_jpeg(to_8_bits(photo.pixels), quality, photo.profile, photo.exif, photo.xmp)


def encode_png(
    pixels: np.ndarray,
    alpha: np.ndarray | None = None,
    profile: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> bytes:
    """PNG of uint8 or uint16 pixels, HWC RGB or HW gray, with alpha (HW) where it is given."""
    encoded = _through_opencv(".png", pixels, alpha)
    chunks = b""
    if profile:
        chunks += _png_chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(profile))
    if exif:
        chunks += _png_chunk(b"eXIf", exif.removeprefix(EXIF_PREFIX))
        if resolution := pixels_per_meter(exif):
            chunks += _png_chunk(b"pHYs", struct.pack(">LLB", *resolution, METER))
    if xmp:
        # Keyword, not compressed, no language, no translated keyword (PNG, 11.3.3.4).
        chunks += _png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    return encoded[:PNG_HEADER_END] + chunks + encoded[PNG_HEADER_END:]


def encode_jpeg(
    pixels: np.ndarray,
    quality: int = 90,
    profile: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> bytes:
    """JPEG of uint8 pixels, HWC RGB or HW gray."""
    if exif and len(exif) > LONGEST_JPEG_EXIF:
        logger.warning("The EXIF data is too long for a JPEG file and is left out.")
        exif = None
    if xmp and len(xmp) > LONGEST_JPEG_XMP:
        logger.warning("The XMP data is too long for a JPEG file: its source type alone is kept.")
        xmp = source_type_alone(xmp)
    subsampling = 0 if quality >= FULL_COLOR_QUALITY else 2
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        buffer,
        "JPEG",
        quality=quality,
        subsampling=subsampling,
        icc_profile=profile,
        exif=exif or b"",
        xmp=xmp or b"",
    )
    return buffer.getvalue()


def _encode_webp(photo: Photo, quality: int) -> bytes:
    pixels = to_8_bits(photo.pixels)
    if photo.alpha is not None:
        pixels = np.dstack([pixels, to_8_bits(photo.alpha)])
    buffer = io.BytesIO()
    # exact: keep the colors of transparent pixels.
    Image.fromarray(pixels).save(
        buffer,
        "WEBP",
        quality=quality,
        exact=True,
        icc_profile=photo.profile or b"",
        exif=photo.exif or b"",
        xmp=photo.xmp or b"",
    )
    return buffer.getvalue()


def _encode_tiff(photo: Photo) -> bytes:
    """OpenCV's TIFF with its directory written anew, so that profile and metadata stand in it."""
    encoded = _through_opencv(".tiff", photo.pixels, photo.alpha, TIFF_DEFLATE)
    directory = _tiff_directory(encoded)
    if photo.exif:
        _add_exif(directory, photo.exif)
    if photo.profile:
        directory.tagtype[ICC_PROFILE] = UNDEFINED
        directory[ICC_PROFILE] = photo.profile
    if photo.xmp:
        directory.tagtype[XMP] = BYTE
        directory[XMP] = photo.xmp
    if photo.alpha is not None:
        directory[EXTRA_SAMPLES] = (UNASSOCIATED_ALPHA,)
    # The new directory stands in front; `tobytes` moves the offsets of the pixel strips, which
    # count from the start of `encoded`, behind it.
    order = "<" if encoded[:2] == b"II" else ">"
    return encoded[:4] + struct.pack(order + "L", 8) + directory.tobytes(8) + encoded


def _tiff_directory(encoded: bytes) -> ImageFileDirectory_v2:
    old = ImageFileDirectory_v2(encoded[:8])
    stream = io.BytesIO(encoded)
    stream.seek(old.next)
    old.load(stream)
    directory = ImageFileDirectory_v2(encoded[:8])
    for tag, value in old.items():
        directory.tagtype[tag] = old.tagtype[tag]
        directory[tag] = value
    directory.tagtype[STRIP_OFFSETS] = LONG  # 16 bits would not hold the moved offsets
    return directory


def _add_exif(directory: ImageFileDirectory_v2, block: bytes) -> None:
    exif = Image.Exif()
    exif.load(block)
    blocks = (IFD.Exif, IFD.GPSInfo)
    for tag, value in exif.items():
        if tag not in blocks:
            directory[tag] = as_stored(value)
    for tag in blocks:
        if block_values := exif.get_ifd(tag):
            directory[tag] = all_as_stored(block_values)


def _through_opencv(
    suffix: str, pixels: np.ndarray, alpha: np.ndarray | None, options: tuple[int, ...] = ()
) -> bytes:
    if pixels.ndim == 2:
        ordered = pixels
    elif alpha is None:
        ordered = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    else:
        red, green, blue = cv2.split(pixels)
        ordered = cv2.merge([blue, green, red, alpha])
    _, encoded = cv2.imencode(suffix, ordered, options)
    return encoded.tobytes()


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">L", len(body)) + kind + body + struct.pack(">L", checksum)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing; UnwritableFileError where that
    fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(
            f"The folder {folder} cannot be made ({error.strerror}): choose another."
        ) from None


def permissions(path: str | Path) -> int | None:
    """Those of a file that may be replaced; None where there is none yet.

    Raises UnwritableFileError for one that is write-protected.
    """
    target = Path(path)
    if not target.is_file():
        return None
    mode = stat.S_IMODE(target.stat().st_mode)
    if not mode & ANYONE_WRITES:
        raise UnwritableFileError(
            f"{path} is write-protected: choose another name, or allow writing to it."
        )
    return mode


def write_file(path: str | Path, data: bytes) -> None:
    """Write beside the target first, so that no one ever sees half a file.

    A file that is there already keeps its permissions. Raises UnwritableFileError for one that is
    write-protected and for a folder that cannot be written.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        mode = permissions(path)
        temporary.write_bytes(data)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, target)
    except OSError as error:
        raise UnwritableFileError(
            f"{path} cannot be written ({error.strerror}): choose another folder or name."
        ) from None
    finally:  # Also where somebody presses Ctrl-C.
        with contextlib.suppress(OSError):
            temporary.unlink()
