"""How little the colors of a region fit the rest of its photo.

Whoever was there when the photo was taken shares light, camera and editing with the rest of it, so
that colors like theirs are found there: on other people, on the ground, on walls. A pasted person
brings colors from elsewhere. So the distance from a region's colors to the nearest ones of the rest
tells who was pasted; it ranks better than differences of mean, contrast or white do
(docs/training.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

RIM = 2  # Pixels on both sides of a region's edge that are not looked at: colors mix there.
SAMPLES, OTHERS = 200, 600  # Colors of the region, and of the rest.
FAR = 12.0  # CIELAB units at which the oddness is 0.63.

BoolMap = NDArray[np.bool_]
Colors = NDArray[np.float32]


def oddness(view: NDArray[np.uint8], regions: Sequence[BoolMap]) -> list[float]:
    """How little each region's colors fit the rest of the photo, in [0, 1]; 0 where nothing is
    left to compare with.

    view: uint8 HWC sRGB, the photo. regions: bool, in the part of SAM's grid that shows it.
    """
    if not regions:
        return []
    rows, columns = regions[0].shape
    small = cv2.resize(view, (columns, rows), interpolation=cv2.INTER_AREA)
    colors = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    return [1 - float(np.exp(-distance(colors, region) / FAR)) for region in regions]


def distance(colors: Colors, region: BoolMap) -> float:
    """Mean distance from a region's colors to the nearest one of the rest, in CIELAB."""
    window = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    inside = cv2.erode(region.astype(np.uint8), window) > 0
    outside = cv2.dilate(region.astype(np.uint8), window) == 0
    own, others = sample(colors[inside], SAMPLES), sample(colors[outside], OTHERS)
    if not len(own) or not len(others):
        return 0.0
    return float(np.linalg.norm(own[:, None] - others[None], axis=-1).min(1).mean())


def sample(colors: Colors, count: int) -> Colors:
    """At most `count` of the colors, the same ones every time."""
    if len(colors) <= count:
        return colors
    return colors[np.random.default_rng(0).choice(len(colors), count, replace=False)]
