"""What the numbers of a photo mean: its tone curves and primaries, read from the ICC profile.

LittleCMS converts whole pictures at 8 bits (profile.py). Color changes that are defined in light
need the formulas themselves, at every depth; matrix profiles (ICC.1:2022, 8.3.3), which all cameras
and phones write, hold them in a few numbers.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

logger = logging.getLogger(__name__)

# sRGB's primaries as D50-adapted XYZ, one column each for red, green, blue: the values of the
# profile that the ICC publishes.
SRGB_TO_XYZ = (
    (0.4360747, 0.3850649, 0.1430804),
    (0.2225045, 0.7168786, 0.0606169),
    (0.0139322, 0.0971045, 0.7141733),
)
# The same of Adobe RGB (1998) and of Display P3, as the profiles of Adobe and Apple hold them.
ADOBE_RGB_TO_XYZ = (
    (0.60974, 0.20528, 0.14919),
    (0.31111, 0.62567, 0.06322),
    (0.01947, 0.06087, 0.74457),
)
DISPLAY_P3_TO_XYZ = (
    (0.51512, 0.29198, 0.15710),
    (0.24120, 0.69225, 0.06657),
    (-0.00105, 0.04189, 0.78407),
)

# What every curve is tried on: beyond 1 too, where colors may go between two steps.
TRIED = np.linspace(0, 2, 9, dtype=np.float32)[:, None].repeat(3, axis=1)


@dataclass(frozen=True)
class Curve:
    """encoded -> linear: (a x + b)^g + e from d on, c x + f below (ICC.1:2022, 10.18); or a table.

    The formula goes on outside [0, 1], and negative values mirror positive ones, so that nothing
    is lost between two steps; a table ends at 0 and 1.
    """

    g: float = 1.0
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0
    table: tuple[float, ...] = ()

    def to_linear(self, encoded: np.ndarray) -> np.ndarray:
        """Encoded values as linear light, of the same shape and dtype."""
        if self.table:
            return np.interp(encoded, self._axis(), self.table).astype(encoded.dtype)
        size = np.abs(encoded)
        curved = np.maximum(self.a * size + self.b, 0) ** self.g + self.e
        return np.copysign(np.where(size >= self.d, curved, self.c * size + self.f), encoded)

    def from_linear(self, linear: np.ndarray) -> np.ndarray:
        """The inverse of `to_linear`."""
        if self.table:
            return np.interp(linear, self.table, self._axis()).astype(linear.dtype)
        size = np.abs(linear)
        curved = (np.maximum(size - self.e, 0) ** (1 / self.g) - self.b) / self.a
        knee = max(self.a * self.d + self.b, 0) ** self.g + self.e
        straight = (size - self.f) / self.c if self.c else np.zeros_like(size)
        return np.copysign(np.where(size >= knee, curved, straight), linear)

    def _axis(self) -> np.ndarray:
        return np.linspace(0, 1, len(self.table))


SRGB_CURVE = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@dataclass(frozen=True)
class RGBSpace:
    """An RGB space: a curve a channel, and the matrix from linear RGB to XYZ under D50."""

    curves: tuple[Curve, Curve, Curve]
    to_xyz: tuple[tuple[float, float, float], ...]

    @property
    def matrix(self) -> np.ndarray:
        """float64 (3, 3): linear RGB -> XYZ (D50)."""
        return np.array(self.to_xyz)

    def to_linear(self, rgb: np.ndarray) -> np.ndarray:
        """Encoded RGB float (..., 3) as linear light."""
        return np.stack([c.to_linear(rgb[..., i]) for i, c in enumerate(self.curves)], -1)

    def from_linear(self, rgb: np.ndarray) -> np.ndarray:
        """Linear RGB float (..., 3) as encoded values."""
        return np.stack([c.from_linear(rgb[..., i]) for i, c in enumerate(self.curves)], -1)

    def converted(self, rgb: np.ndarray, other: RGBSpace) -> np.ndarray:
        """Encoded RGB float (..., 3) of this space as encoded RGB of another, not clipped."""
        if other == self:
            return rgb
        matrix = (np.linalg.inv(other.matrix) @ self.matrix).astype(rgb.dtype)
        return other.from_linear(self.to_linear(rgb) @ matrix.T)


SRGB = RGBSpace((SRGB_CURVE,) * 3, SRGB_TO_XYZ)
ADOBE_RGB = RGBSpace((Curve(563 / 256),) * 3, ADOBE_RGB_TO_XYZ)
DISPLAY_P3 = RGBSpace((SRGB_CURVE,) * 3, DISPLAY_P3_TO_XYZ)


@lru_cache(maxsize=16)
def space_of(profile: bytes | None) -> RGBSpace:
    """The space of an RGB profile; sRGB for None, and, with a warning, for a profile of tables or
    with damaged curves."""
    if profile is None:
        return SRGB
    tags = _tags(profile)
    try:
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
        columns = [_fixed(tags[name][8:20]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        matrix = np.array(columns, np.float64).T
        np.linalg.inv(matrix)
        space = RGBSpace((curves[0], curves[1], curves[2]), tuple(map(tuple, matrix.tolist())))
        _try_out(space)
    except (LookupError, ValueError, ArithmeticError, struct.error, np.linalg.LinAlgError):
        logger.warning("The color profile is not a matrix: adjustments take its colors as sRGB.")
        return SRGB
    return space


def _try_out(space: RGBSpace) -> None:
    """ValueError or ArithmeticError where the curves do not lead there and back (gamma 0)."""
    with np.errstate(all="ignore"):
        linear = space.to_linear(TRIED)
        back = space.from_linear(linear)
    if not (np.isfinite(linear).all() and np.isfinite(back).all()):
        raise ValueError("a curve that gives no numbers")


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">L", profile, 128)
    tags = {}
    for entry in range(132, 132 + 12 * min(count, (len(profile) - 132) // 12), 12):
        name, start, length = struct.unpack_from(">4sLL", profile, entry)
        tags[name] = profile[start : start + length]
    return tags


def _fixed(data: bytes) -> list[float]:
    """s15Fixed16 numbers."""
    return [value / 65536 for value in struct.unpack(f">{len(data) // 4}l", data)]


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack_from(">L", tag, 8)
    if count == 0:
        return Curve()
    levels = struct.unpack_from(f">{count}H", tag, 12)
    if count == 1:
        return Curve(g=levels[0] / 256)
    table = np.array(levels) / 65535
    # A table must rise, or it has no inverse.
    return Curve(table=tuple(np.maximum.accumulate(table + np.arange(count) * 1e-9).tolist()))


def _parametric(tag: bytes) -> Curve:
    (kind,) = struct.unpack_from(">H", tag, 8)
    p = _fixed(tag[12 : 12 + 4 * (1, 3, 4, 5, 7)[min(kind, 4)]])
    if kind == 0:
        return Curve(g=p[0])
    if kind in (1, 2):  # a constant below the knee at -b/a
        offset = p[3] if kind == 2 else 0.0
        return Curve(p[0], p[1], p[2], 0.0, -p[2] / p[1], offset, offset)
    if kind == 3:
        return Curve(p[0], p[1], p[2], p[3], p[4])
    if kind == 4:
        return Curve(p[0], p[1], p[2], p[3], p[4], p[5], p[6])
    raise ValueError("not a curve")
