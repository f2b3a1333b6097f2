"""The sliders that people move on top of a color map: read out of it, and applied to it.

The order, for colors in any RGB space whose curves and primaries are known (photo/space.py):

1. White balance in linear light: a von Kries scaling of Bradford's cone responses that takes the
   gray of the pivot's lightness to a* = tint, b* = warmth, its luminance unchanged.
2. Exposure: linear light times 2^EV.
3. Contrast: L* -> pivot + contrast (L* - pivot), where the pivot moves along with the exposure.
4. Highlights: of a lightness u above that pivot, u (1 + highlights u / (u + BEND)). Shadows: of one
   v below it, v (1 - shadows v / (v + BEND)). So each is a contrast of one side that leaves the
   pivot's surroundings, and black or white moves along: mist has no black. For values from -1 to
   1 the order of lightness stays.
5. Saturation: a* and b* times saturation.

Steps 1 and 2 are one 3 x 3 matrix in linear RGB. CIELAB is CIE 15's, under D65, as `Change`
measures it. The pivot is the mean lightness of what is adjusted: so warmth is the shift of its mean
b*, and contrast leaves its brightness. A change is read out as the other five; highlights and
shadows stand at 0 then.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np

from iph_core.color_map import ColorMap
from iph_core.description import RATIOS, Change
from iph_core.errors import InputError
from iph_core.photo.space import SRGB, RGBSpace
from iph_core.pixel_map import PixelMap, grid

LIMITS = {
    "exposure": (-4.0, 4.0),
    "warmth": (-40.0, 40.0),
    "tint": (-40.0, 40.0),
    "contrast": (0.25, 4.0),
    "saturation": (0.0, 4.0),
    "highlights": (-1.0, 1.0),
    "shadows": (-1.0, 1.0),
}
"""Lowest and highest value of each slider."""

MID_GRAY = 50.0

BEND = 20.0
"""L* away from the pivot at which highlights and shadows have half their effect."""

PIVOTS = (20.0, 90.0)
"""Below, a slider would have to move colors far beyond what it says; above, they clip."""

WHITE = np.array([0.95047, 1.0, 1.08883])
"""D65 (ASTM E308, as sRGB has it)."""

BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

WHITE_D50 = np.array([0.9642, 1.0, 0.8249])
"""Of the profile connection space (ICC.1:2022, 7.2.16)."""

D50_TO_D65 = (
    np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ WHITE) / (BRADFORD @ WHITE_D50)) @ BRADFORD
)


@dataclass(frozen=True)
class Adjustment:
    """What the sliders say, in the units of `description.Change`.

    exposure: stops (EV) of linear light; warmth, tint: shift of CIELAB b* and a* of a gray
    (positive: warmer, more magenta); contrast, saturation: factors on the differences of L* and on
    the chroma, 1 = as it is; highlights, shadows: how much what is lighter and what is darker than
    the mean is lightened, 0 = as it is. Raises InputError outside `LIMITS`.
    """

    exposure: float = 0.0
    warmth: float = 0.0
    tint: float = 0.0
    contrast: float = 1.0
    saturation: float = 1.0
    highlights: float = 0.0
    shadows: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = LIMITS[name]
            if not low <= value <= high:
                raise InputError(f"{name.capitalize()} must lie between {low:g} and {high:g}.")

    @classmethod
    def of(cls, change: Change) -> Adjustment:
        """Where the sliders stand after a change, as `Result.change` measures it."""
        return cls(**{name: _limited(name, value) for name, value in asdict(change).items()})

    def beyond(self, standing: Adjustment) -> Adjustment:
        """What is to be added where the sliders stand at `standing` and are moved to this."""
        start, end = asdict(standing), asdict(self)
        moved = {
            name: at / max(start[name], 1e-3) if name in RATIOS else at - start[name]
            for name, at in end.items()
        }
        return Adjustment(**{name: _limited(name, value) for name, value in moved.items()})

    @property
    def tone(self) -> tuple[float, float, float, float]:
        """What is not white balance and exposure."""
        return self.contrast, self.highlights, self.shadows, self.saturation

    @property
    def is_identity(self) -> bool:
        return self == Adjustment()

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class AdjustedMap(PixelMap):
    """A color map, then an adjustment; colors between the two are not clipped.

    space: of the pixels that will be mapped. pivot: the mean lightness L* of what is adjusted,
    within `PIVOTS`.
    """

    color_map: ColorMap
    adjustment: Adjustment
    space: RGBSpace = SRGB
    pivot: float = MID_GRAY

    def values(self, rgb: np.ndarray) -> np.ndarray:
        """Float colors (N, 3) in [0, 1] mapped, of the same dtype and not clipped."""
        linear = self.space.to_linear(self.color_map.values(rgb)) @ self.light.T.astype(rgb.dtype)
        if self.adjustment.tone != Adjustment().tone:
            linear = self._toned(linear)
        return self.space.from_linear(linear)

    @cached_property
    def light(self) -> np.ndarray:
        """float64 (3, 3): white balance and exposure, on linear RGB."""
        adjustment = self.adjustment
        gray = np.array([[self.pivot, 0, 0]], np.float64)
        shifted = np.array([[self.pivot, adjustment.tint, adjustment.warmth]], np.float64)
        cones = (lab_to_xyz(shifted) @ BRADFORD.T) / (lab_to_xyz(gray) @ BRADFORD.T)
        balance = np.linalg.inv(BRADFORD) @ np.diag(cones[0]) @ BRADFORD
        to_xyz = D50_TO_D65 @ self.space.matrix
        return 2**adjustment.exposure * np.linalg.inv(to_xyz) @ balance @ to_xyz

    @property
    def moved_pivot(self) -> float:
        """The pivot's lightness after the exposure."""
        gray = lab_to_xyz(np.array([[self.pivot, 0, 0]], np.float64)) * 2**self.adjustment.exposure
        return float(xyz_to_lab(gray)[0, 0])

    def _toned(self, linear: np.ndarray) -> np.ndarray:
        to_xyz = D50_TO_D65 @ self.space.matrix
        lab = xyz_to_lab(linear @ to_xyz.T.astype(linear.dtype))
        contrast, highlights, shadows, saturation = self.adjustment.tone
        away = contrast * (lab[:, 0] - self.moved_pivot)
        size = np.abs(away)
        away *= 1 + np.where(away > 0, highlights, -shadows) * size / (size + BEND)
        lab[:, 0] = self.moved_pivot + away
        lab[:, 1:] *= saturation
        return lab_to_xyz(lab) @ np.linalg.inv(to_xyz).T.astype(linear.dtype)


@dataclass(frozen=True, eq=False)
class InSpace(PixelMap):
    """A map of one space's colors, for colors of another: previews are sRGB, photos may not be."""

    inner: PixelMap
    space: RGBSpace
    outer: RGBSpace = SRGB

    def values(self, rgb: np.ndarray) -> np.ndarray:
        """Float colors (N, 3) in [0, 1] mapped, of the same dtype and not clipped."""
        own = self.outer.converted(rgb, self.space)
        # Of a color that the photo's space does not hold, the nearest one's change is taken.
        held = np.clip(own, 0, 1)
        change = self.space.converted(self.inner.values(held), self.outer)
        return rgb + change - self.space.converted(held, self.outer)


def preview_lut(color_map: PixelMap, space: RGBSpace, size: int) -> np.ndarray:
    """The map as a table for sRGB previews: float32 (size, size, size, 3) in [0, 1].

    Axes blue, green, red, channel, as `PixelMap.to_lut`; clipped, for textures of bytes.
    """
    inner = color_map if space == SRGB else InSpace(color_map, space)
    values = inner.values(grid(size)).clip(0, 1)
    return values.astype(np.float32).reshape(size, size, size, 3)


def xyz_to_lab(xyz: np.ndarray) -> np.ndarray:
    """XYZ (N, 3) with Y = 1 for white (D65) -> L*, a*, b* (CIE 15:2018, 8.2.1)."""
    ratio = xyz / WHITE.astype(xyz.dtype)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (841 / 108) + 4 / 29)
    x, y, z = f[:, 0], f[:, 1], f[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def lab_to_xyz(lab: np.ndarray) -> np.ndarray:
    """The inverse of `xyz_to_lab`."""
    y = (lab[:, 0] + 16) / 116
    f = np.stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200], -1)
    ratio = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841))
    return ratio * WHITE.astype(lab.dtype)


def _limited(name: str, value: float) -> float:
    low, high = LIMITS[name]
    if math.isnan(value):
        raise InputError(f"{name.capitalize()} is not a number.")
    return min(max(value, low), high)
