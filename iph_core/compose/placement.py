"""Where a cut-out lies in the scene; demo/web/src/compose/transform.ts has the same matrix."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from iph_core.errors import InputError

SCALES = (0.001, 100.0)


@dataclass(frozen=True)
class Placement:
    """How a cut-out of w x h pixels is laid over a scene.

    x, y: where the cut-out's center lies, in pixels of the upright scene; it may lie outside.
        The corner of the first pixel is (0, 0), its center (0.5, 0.5).
    scale: scene pixels a pixel of the cut-out takes, 0.001 to 100.
    rotation: degrees, clockwise as seen. flip: mirrored left to right before it is turned.
    Raises InputError for numbers out of range.
    """

    x: float
    y: float
    scale: float = 1.0
    rotation: float = 0.0
    flip: bool = False

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (self.x, self.y, self.scale, self.rotation))):
            raise InputError("A placement needs numbers: where, how large and how far turned.")
        if not SCALES[0] <= self.scale <= SCALES[1]:
            raise InputError(f"The scale must lie between {SCALES[0]:g} and {SCALES[1]:g}.")

    def matrix(self, size: tuple[int, int]) -> np.ndarray:
        """float64 (2, 3): from a point (u, v) of a cut-out of `size` (w, h) to the scene.

        |X|   |x|           |cos r  -sin r| |f  0| |u - w/2|
        |Y| = |y| + scale * |sin r   cos r| |0  1| |v - h/2|      f = -1 if flipped, else 1
        """
        cosine, sine = _turn(self.rotation)
        mirror = -1.0 if self.flip else 1.0
        linear = self.scale * np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
        offset = np.array([self.x, self.y]) - linear @ (np.array(size, np.float64) / 2)
        return np.hstack([linear, offset[:, None]])

    def box(self, size: tuple[int, int]) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) around the placed cut-out of `size` (w, h), in scene pixels."""
        width, height = size
        corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        placed = self.matrix(size) @ corners
        (x0, y0), (x1, y1) = placed.min(axis=1), placed.max(axis=1)
        return float(x0), float(y0), float(x1), float(y1)


def _turn(degrees: float) -> tuple[float, float]:
    """Cosine and sine; exact for quarter turns, so that they move pixels and mix none."""
    quarter, rest = divmod(degrees % 360, 90)
    if rest == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(quarter) % 4]
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
