"""Open photos and masks from files and uploads."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np

from iph_core.errors import InputError
from iph_core.photo.decode import Decoded, decode
from iph_core.photo.photo import Photo
from iph_core.photo.profile import gray_to_srgb, usable_rgb_profile
from iph_core.photo.source import MAX_BYTES, MAX_PIXELS, read_source


def open_photo(
    source: str | Path | bytes,
    *,
    name: str | None = None,
    max_pixels: int = MAX_PIXELS,
    max_bytes: int = MAX_BYTES,
    keep_place: bool = False,
) -> Photo:
    """Read a JPEG, PNG, WebP, TIFF or HEIF photo from a path or from the bytes of a file.

    The pixels come upright, 8 or 16 bits as in the file, RGB in the file's own profile. Gray
    becomes RGB and CMYK becomes sRGB; their profiles are applied and dropped. A color space that
    is named without a profile (Adobe RGB, Display P3) gets one. `name` is what messages call a
    photo given as bytes. Where the photo was taken is left out of the metadata, and so of
    everything that is written, unless `keep_place` is set.
    Raises InputError for anything that cannot be read, is damaged, HDR, or over a limit.
    """
    file = read_source(source, name, max_bytes)
    decoded = decode(file, max_pixels, keep_place)
    pixels, profile = _rgb(decoded, file.name)
    content_id = hashlib.sha256(file.data).hexdigest()
    path = None if isinstance(source, bytes) else Path(source)
    return Photo(
        pixels, decoded.alpha, profile, decoded.exif, file.name, content_id, decoded.xmp, path
    )


def _rgb(decoded: Decoded, name: str) -> tuple[np.ndarray, bytes | None]:
    if decoded.color.ndim == 3:
        return decoded.color, usable_rgb_profile(decoded.profile, name)
    gray = gray_to_srgb(decoded.color, decoded.profile, name)
    return cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), None


def open_mask(
    source: str | Path | bytes, size: tuple[int, int], *, name: str | None = None
) -> np.ndarray:
    """Read a mask for a photo of `size` (w, h) as float32 HW in [0, 1], 1 = inside.

    A picture with transparency gives its alpha channel, unless that is the same everywhere; any
    other picture gives its luma (Rec. 601). A mask whose largest value is 1 holds the labels 0
    and 1, as data sets have them. Raises InputError for another size and for an empty mask, and
    as `open_photo` does.
    """
    file = read_source(source, name or "the mask" if isinstance(source, bytes) else name, MAX_BYTES)
    decoded = decode(file, MAX_PIXELS)
    values = _mask_values(decoded)
    height, width = values.shape
    if (width, height) != tuple(size):
        raise InputError(
            f"The mask is {width}x{height} but the photo is {size[0]}x{size[1]}: "
            "bring a mask of the photo's size."
        )
    top = int(values.max())
    if top == 0:
        raise InputError("The mask is empty: paint the inside white and the outside black.")
    full = 1 if top == 1 else np.iinfo(values.dtype).max
    return values.astype(np.float32) / np.float32(full)


def open_label_map(source: str | Path | bytes) -> np.ndarray:
    """Read an 8-bit gray picture whose values are labels: uint8 HW, the values as in the file.

    Raises InputError for any other picture, and as `open_photo` does.
    """
    file = read_source(source, None, MAX_BYTES)
    values = decode(file, MAX_PIXELS).color
    if values.ndim != 2 or values.dtype != np.uint8:
        raise InputError(
            f"{file.name} is not an 8-bit gray picture: labels need one value a pixel."
        )
    return values


def _mask_values(decoded: Decoded) -> np.ndarray:
    if decoded.alpha is not None and decoded.alpha.min() != decoded.alpha.max():
        return decoded.alpha
    if decoded.color.ndim == 2:
        return decoded.color
    return cv2.cvtColor(decoded.color, cv2.COLOR_RGB2GRAY)
