"""A soft shadow on the ground: dark under the soles, a faint pool around, and one cast if wanted.

It is made from the cut-out's silhouette alone, at a small size (a shadow holds no detail), so that
the page draws the very picture that is enlarged into the full-size composite.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isfinite, radians, sin

import cv2
import numpy as np

from iph_core.compose.cutout import Cutout
from iph_core.compose.placement import Placement
from iph_core.errors import InputError
from iph_core.regions.box import mask_box

SIDE = 384
"""Long side of the silhouette that shadows are computed from, pixels."""

# Depths at full strength, and lengths as parts of the person's height.
CONTACT_DEPTH, POOL_DEPTH, CAST_DEPTH = 0.85, 0.55, 0.65
SOLE = 0.02  # thickness of the lower rim that touches the ground
FEET = 0.12  # height above the lowest point within which a rim may be a sole
CONTACT_BLUR, POOL_BLUR = (0.025, 0.012), (0.08, 0.03)  # across, along the height
POOL_FLATNESS = 0.08  # how flat the silhouette lies in the pool
CAST_FLATNESS = 0.5  # how much shorter than wide the ground is seen
LEAST_ALONG = 0.14
CAST_BLUR = (0.006, 0.05)  # at the feet, at the head
CAST_FADING = 0.6  # how much of the depth is lost from the feet to the head
BANDS = 6  # of height, each with a blur of its own
MARGIN = 0.2
LEAST_DEPTH = 1 / 512  # less is no change in 8 bits


@dataclass(frozen=True)
class Shadow:
    """strength: 0 to 1. direction: where the shadow is cast, degrees clockwise from the right
    (0 right, 90 toward the viewer, 180 left, 270 away); None = only under the feet.
    length: of the cast shadow against the person's height, 0 to 3.
    Raises InputError for numbers out of range.
    """

    strength: float = 0.7
    direction: float | None = None
    length: float = 0.6

    def __post_init__(self) -> None:
        if not (0 <= self.strength <= 1 and 0 <= self.length <= 3):
            raise InputError("A shadow's strength lies in 0 to 1 and its length in 0 to 3.")
        if self.direction is not None and not isfinite(self.direction):
            raise InputError("A shadow's direction is a number of degrees.")


@dataclass(frozen=True, eq=False)
class ShadowPicture:
    """depth: float32 HW in [0, 1], how much darker the ground is. box: (x0, y0, x1, y1) that the
    picture covers, from the cut-out's center, in pixels of the cut-out, upright as the scene is."""

    depth: np.ndarray
    box: tuple[float, float, float, float]


def shadow_picture(
    cutout: Cutout, shadow: Shadow, rotation: float = 0.0, flip: bool = False
) -> ShadowPicture:
    """The shadow of a cut-out turned and flipped as in `Placement`; its size does not matter."""
    figure, origin, scale = _figure(cutout, rotation, flip, shadow)
    _, top, _, bottom = mask_box(figure > 0.5)
    if top == bottom:
        return ShadowPicture(np.zeros((1, 1), np.float32), (0, 0, 1, 1))
    ground, height = float(bottom), float(bottom - top)
    light = 1 - CONTACT_DEPTH * shadow.strength * _contact(figure, ground, height)
    light *= 1 - POOL_DEPTH * shadow.strength * _pool(figure, ground, height)
    if shadow.direction is not None and shadow.length > 0:
        light *= 1 - CAST_DEPTH * shadow.strength * _cast(figure, ground, height, shadow)
    depth = np.where(light > 1 - LEAST_DEPTH, 0, 1 - light).astype(np.float32)
    x0, y0 = (-offset / scale for offset in origin)
    rows, columns = depth.shape
    return ShadowPicture(depth, (x0, y0, x0 + columns / scale, y0 + rows / scale))


def shadow_at(
    cutout: Cutout, placement: Placement, shadow: Shadow, size: tuple[int, int]
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """The depth (float32 HW) of a placed cut-out's shadow in a scene of `size` (w, h), and where
    its first pixel lies (x, y); None where it falls outside."""
    picture = shadow_picture(cutout, shadow, placement.rotation, placement.flip)
    left, top, right, bottom = (edge * placement.scale for edge in picture.box)
    x0, y0 = max(0, int(placement.x + left)), max(0, int(placement.y + top))
    x1, y1 = min(size[0], int(placement.x + right) + 1), min(size[1], int(placement.y + bottom) + 1)
    if x0 >= x1 or y0 >= y1:
        return None
    rows, columns = picture.depth.shape
    across, down = (right - left) / columns, (bottom - top) / rows
    # From centers of the small picture's pixels to centers of the scene's.
    matrix = np.array(
        [
            [across, 0, placement.x + left - x0 + across / 2 - 0.5],
            [0, down, placement.y + top - y0 + down / 2 - 0.5],
        ]
    )
    depth = cv2.warpAffine(picture.depth, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    return depth, (x0, y0)


def _figure(
    cutout: Cutout, rotation: float, flip: bool, shadow: Shadow
) -> tuple[np.ndarray, tuple[float, float], float]:
    """The silhouette, `SIDE` long and turned, with room around for its shadow; where the cut-out's
    center lies in it (x, y); and its pixels a pixel of the cut-out."""
    width, height = cutout.size
    scale = SIDE / max(width, height)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    alpha = cv2.resize(cutout.alpha, small, interpolation=kind)
    x0, y0, x1, y1 = Placement(0, 0, 1, rotation, flip).box(small)
    reach = MARGIN + (0 if shadow.direction is None else shadow.length)
    pad = int(np.ceil(reach * max(y1 - y0, 8)))
    center = (pad - x0, pad - y0)
    size = (int(np.ceil(x1 - x0)) + 2 * pad, int(np.ceil(y1 - y0)) + 2 * pad)
    matrix = Placement(*center, 1, rotation, flip).matrix(small)
    matrix[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    return cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR), center, scale


def _contact(figure: np.ndarray, ground: float, height: float) -> np.ndarray:
    """Under the soles: the figure's lower rim near the ground, blurred along it."""
    thickness = max(1, round(SOLE * height))
    below = np.zeros_like(figure)
    below[:-thickness] = figure[thickness:]
    rim = np.maximum(figure - below, 0) * _nearness(figure, ground, FEET * height)
    return (2.5 * _blurred(rim, CONTACT_BLUR, height)).clip(0, 1)


def _pool(figure: np.ndarray, ground: float, height: float) -> np.ndarray:
    """Around the feet: what the whole figure takes of the sky's light, flat on the ground."""
    matrix = np.array([[1, 0, 0], [0, POOL_FLATNESS, ground * (1 - POOL_FLATNESS)]])
    weighted = figure * _nearness(figure, ground, 0.7 * height)
    flat = _warped(weighted, matrix)
    return (2 * _blurred(flat, POOL_BLUR, height)).clip(0, 1)


def _cast(figure: np.ndarray, ground: float, height: float, shadow: Shadow) -> np.ndarray:
    """The silhouette laid on the ground; softer and fainter the higher what casts it.

    A point t heights above the ground falls at ground + t * length * (cos d, sin d * flatness).
    """
    turn = radians(shadow.direction or 0)
    across = shadow.length * cos(turn)
    along = shadow.length * sin(turn) * CAST_FLATNESS
    if abs(along) < LEAST_ALONG * shadow.length:  # a body has depth, and its shadow is no line
        along = -LEAST_ALONG * shadow.length
    matrix = np.array([[1, -across, across * ground], [0, -along, (1 + along) * ground]])
    flatness = min(1.0, 0.15 + abs(along))  # the blur lies on the ground as well
    above = ((ground - np.arange(figure.shape[0]) - 0.5) / height).clip(0, 1)
    cast = np.zeros_like(figure)
    for band in range(BANDS):
        middle = (band + 0.5) / BANDS
        share = (1.5 - np.abs(above - middle) * BANDS).clip(0, 1) * (above > 0)
        blur = CAST_BLUR[0] + (CAST_BLUR[1] - CAST_BLUR[0]) * middle
        laid = _warped(figure * share[:, None].astype(np.float32), matrix)
        faded = (1 - CAST_FADING * middle) * _blurred(laid, (blur, blur * flatness), height)
        cast = np.maximum(cast, faded)
    return cast


def _nearness(figure: np.ndarray, ground: float, reach: float) -> np.ndarray:
    """1 at the ground, falling to 0 at `reach` above it; float32 (rows, 1)."""
    above = ground - np.arange(figure.shape[0]) - 0.5
    return (1 - above / reach).clip(0, 1).astype(np.float32)[:, None]


def _warped(figure: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Through a matrix that flattens: averaged over what falls together, not sampled from it."""
    rows, columns = figure.shape
    steep = max(1.0, 1 / max(abs(float(matrix[1, 1])), 0.02))
    smooth = cv2.blur(figure, (1, max(1, round(steep))))
    return cv2.warpAffine(smooth, matrix, (columns, rows), flags=cv2.INTER_LINEAR)


def _blurred(values: np.ndarray, blur: tuple[float, float], height: float) -> np.ndarray:
    across, along = (max(0.4, part * height) for part in blur)
    return cv2.GaussianBlur(values, (0, 0), across, sigmaY=along)
