"""A person cut out of a photo: colors that hold nothing of what was behind, and alpha."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from iph_core.errors import InputError
from iph_core.photo import Photo, between_profiles, encode_png
from iph_core.photo.depth import from_8_bits, to_8_bits
from iph_core.regions.box import mask_box

EDGE = 2
"""Pixels from the photo's lower border within which a cut-out may be cut off by it ..."""

WIDE = 0.5
"""... where it is at least this wide there, against its whole width: feet are narrower."""

LEAST_ALPHA = 1 / 510
"""What is fainter is nothing in 8 bits, and does not count as visible."""

FAINT = 0.05
SPECK = 1 / 2000
"""Of the area of the largest piece: smaller pieces are dust that the edge left behind."""


@dataclass(frozen=True, eq=False)
class Cutout:
    """A cut-out, no larger than what is visible of it.

    colors: uint8 or uint16 HWC RGB, not premultiplied, in the colors of `profile`.
    alpha: float32 HW in [0, 1], 1 = opaque. profile: ICC profile; None = sRGB.
    cut_off: whether the photo's lower border cuts it off, so that it has no feet to stand on.
    corner: where its upper left corner lies in the photo that it was cut out of, (x, y) in pixels.
    """

    colors: np.ndarray
    alpha: np.ndarray
    profile: bytes | None = None
    cut_off: bool = False
    corner: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.colors.shape != (*self.alpha.shape, 3):
            raise ValueError(f"Colors {self.colors.shape} do not fit alpha {self.alpha.shape}.")

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.alpha.shape[1], self.alpha.shape[0]

    @classmethod
    def from_mask(cls, photo: Photo, mask: np.ndarray) -> Cutout:
        """Cut along a mask (bool or float HW in [0, 1]): its edge refined, its colors cleaned,
        specks that lie apart taken away, as they would widen the cut-out and lower its feet. What
        is transparent in the photo stays so.

        Raises InputError for an empty mask and for one of another size than the photo.
        """
        from iph_core.regions.matting import cut_out

        if mask.shape != photo.size[::-1]:
            raise InputError("The mask and the photo to cut from must have the same size.")
        colors, alpha = cut_out(photo.pixels, mask)
        if photo.alpha is not None:
            alpha = alpha * opacity(photo.alpha)
        alpha = without_specks(alpha)
        colors[alpha == 0] = 0  # nothing of the photo hides where it is clear
        return cls._cropped(colors, alpha, photo.profile)

    @classmethod
    def from_alpha(cls, photo: Photo) -> Cutout:
        """Take a picture with transparency as it is. Raises InputError where it has none."""
        if photo.alpha is None:
            raise InputError(f"{photo.name} has no transparency: say whom to cut out of it.")
        return cls._cropped(photo.pixels, opacity(photo.alpha), photo.profile)

    @classmethod
    def _cropped(cls, colors: np.ndarray, alpha: np.ndarray, profile: bytes | None) -> Cutout:
        alpha = np.where(alpha < LEAST_ALPHA, np.float32(0), alpha)
        x0, y0, x1, y1 = mask_box(alpha)
        if x0 == x1:
            raise InputError("Nothing is left of the cut-out: choose a larger part of the photo.")
        lowest = (alpha[-EDGE:] > 0.5).sum(axis=1).max()
        cut_off = bool(lowest >= WIDE * (x1 - x0))
        part = (slice(y0, y1), slice(x0, x1))
        colors = np.ascontiguousarray(colors[part])
        return cls(colors, alpha[part].copy(), profile, cut_off, (x0, y0))

    def colors_for(self, photo: Photo) -> np.ndarray:
        """The colors in another photo's profile and dtype; untouched where they are the same.

        Where the profiles differ, the conversion has 8 bits and 16-bit colors keep their low bits.
        """
        colors, dtype = self.colors, photo.pixels.dtype
        if self.profile == photo.profile:
            return to_8_bits(colors) if dtype == np.uint8 else from_8_or_16(colors)
        coarse = to_8_bits(colors)
        converted = between_profiles(coarse, self.profile, photo.profile)
        if dtype == np.uint8:
            return converted
        low = from_8_or_16(colors).astype(np.int32) - from_8_or_16(coarse)
        return (from_8_or_16(converted) + low).clip(0, 65535).astype(np.uint16)

    def to_png(self) -> bytes:
        """A PNG with alpha, in the cut-out's own depth and profile; `from_alpha` reads it."""
        top = np.iinfo(self.colors.dtype).max
        alpha = np.rint(self.alpha * np.float32(top)).astype(self.colors.dtype)
        return encode_png(self.colors, alpha, self.profile)


def opacity(alpha: np.ndarray) -> np.ndarray:
    """A photo's alpha (uint8 or uint16 HW) as float32 in [0, 1]."""
    return alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)


def from_8_or_16(values: np.ndarray) -> np.ndarray:
    """uint8 or uint16 values as uint16."""
    return values if values.dtype == np.uint16 else from_8_bits(values, np.dtype(np.uint16))


def without_specks(alpha: np.ndarray) -> np.ndarray:
    """Alpha (float32 HW in [0, 1]) without the pieces that are specks beside the largest one.

    What is fainter than FAINT joins no pieces, and stays only around those that do."""
    visible = (alpha >= FAINT).astype(np.uint8)
    _, pieces, sizes, _ = cv2.connectedComponentsWithStats(visible, connectivity=8)
    areas = sizes[:, cv2.CC_STAT_AREA]
    kept = areas >= SPECK * areas[1:].max(initial=0)
    kept[0] = False  # what is not visible
    around = cv2.dilate(kept[pieces].astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(around > 0, alpha, np.float32(0))
