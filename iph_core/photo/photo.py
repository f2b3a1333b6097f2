"""A photo in memory: upright pixels with all that its file said beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from iph_core.photo.depth import from_8_bits, to_8_bits
from iph_core.photo.profile import profile_to_srgb, srgb_to_profile
from iph_core.photo.size import within
from iph_core.photo.space import RGBSpace, space_of
from iph_core.photo.xmp import as_composite


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as it was in its file, turned upright. Its arrays are not to be written to.

    pixels: uint8 or uint16 HWC RGB, in the colors of `profile`.
    alpha: HW of the same dtype, 0 = transparent; None where the file has none.
    profile: ICC profile of the pixels; None = sRGB.
    exif: EXIF block without orientation (already applied), place, thumbnail and maker's notes.
    name: file name, for messages.
    content_id: SHA-256 in hex of the file's bytes, or of the pixels where there is no file.
    xmp: XMP packet with what tells of the picture and its making, without the place.
    path: the file it was read from; None where it came as bytes.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None
    exif: bytes | None
    name: str
    content_id: str
    xmp: bytes | None = None
    path: Path | None = None

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    @property
    def space(self) -> RGBSpace:
        """What the numbers in `pixels` mean."""
        return space_of(self.profile)

    def srgb(self, max_side: int | None = None) -> np.ndarray:
        """uint8 HWC in sRGB, its long side at most `max_side` pixels (never enlarged).

        Averages over areas first and converts the colors of the small picture, so that a preview
        of a 50-megapixel photo takes no more memory than the preview. May be `pixels` itself.
        """
        return self.to_srgb(_shrunk(self.pixels, max_side))

    def to_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 HWC sRGB, from uint8 or uint16 HWC pixels in this photo's own colors."""
        return profile_to_srgb(to_8_bits(pixels), self.profile)

    def from_srgb(self, pixels: np.ndarray) -> np.ndarray:
        """uint8 HWC sRGB pixels in this photo's own colors and dtype."""
        return from_8_bits(srgb_to_profile(pixels, self.profile), self.pixels.dtype)

    def with_pixels(self, pixels: np.ndarray) -> Photo:
        """This photo with other pixels of the same shape and dtype, and an id of their own."""
        if pixels.shape != self.pixels.shape or pixels.dtype != self.pixels.dtype:
            raise ValueError(
                f"The pixels must be {self.pixels.dtype} {self.pixels.shape}, "
                f"got {pixels.dtype} {pixels.shape}."
            )
        return replace(self, pixels=pixels, content_id=_hash_of(pixels), path=None)

    def as_composite(self) -> Photo:
        """This photo with metadata that says that it is a composite (IPTC digital source type)."""
        return replace(self, xmp=as_composite(self.xmp))


def photo_from_array(rgb: np.ndarray, name: str = "array") -> Photo:
    """A photo from uint8 or uint16 HWC sRGB pixels. Raises ValueError for any other array."""
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype not in (np.uint8, np.uint16) or not rgb.size:
        raise ValueError(
            f"A photo must be a uint8 or uint16 array (height, width, 3), got {rgb.dtype} "
            f"{rgb.shape}."
        )
    pixels = np.ascontiguousarray(rgb)
    return Photo(pixels, None, None, None, name, _hash_of(pixels))


def _shrunk(pixels: np.ndarray, max_side: int | None) -> np.ndarray:
    if max_side is None or max(pixels.shape[:2]) <= max_side:
        return pixels
    size = within(pixels.shape[1::-1], max_side)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _hash_of(pixels: np.ndarray) -> str:
    digest = hashlib.sha256(f"{pixels.dtype} {pixels.shape}".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()
