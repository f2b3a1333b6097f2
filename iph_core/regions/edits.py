"""What people change on a mask by hand: its edge moved out or in, and strokes of a brush."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.errors import InputError
from iph_core.regions.box import mask_box
from iph_core.regions.mask import Mask, Region

LEVELS = 8
"""Heights at which a soft edge is moved; between them it is exact to one part in sixteen."""

BRUSH_EDGE = 1.5
"""Pixels from inside to outside of a stroke."""

EXACT = cv2.DIST_MASK_PRECISE
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Stroke:
    """A line drawn with a round brush.

    points: ((x, y), ...) in pixels of the photo, one or more. radius: pixels, above 0.
    erase: takes away what it touches, else adds it.
    """

    points: tuple[tuple[float, float], ...]
    radius: float
    erase: bool = False

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError("A stroke needs at least one point.")
        if not self.radius > 0:
            raise ValueError(f"The radius of a stroke is above 0, not {self.radius}.")


def edited(region: Region, grow: float = 0.0, strokes: Sequence[Stroke] = ()) -> Region:
    """The region with its edge moved outward by `grow` pixels (inward below 0), then painted.

    Raises InputError when nothing is left of it.
    """
    if not grow and not strokes:
        return region
    mask = paint(moved_edge(region.mask, grow), strokes)
    if mask.max() < 0.5:
        raise InputError("Nothing is left of the selection: shrink or erase less of it.")
    return Region(mask, _sure_after(region, mask))


def _sure_after(region: Region, mask: Mask) -> NDArray[np.bool_] | None:
    """What people add by hand they are sure of."""
    if region.sure is None:
        return None
    added: NDArray[np.bool_] = Region(mask).square > region.square
    return region.sure | added


def moved_edge(mask: Mask, pixels: float) -> Mask:
    """A mask (float32 HW in [0, 1]) whose edge lies `pixels` further out, or in below 0.

    A soft edge stays as soft as it is: this is the gray dilation by a disk (Serra 1982), which
    dilates what lies above each height alone, so it is done by the distance to it. Where the mask
    meets the border of the photo, it goes on behind it and does not shrink.
    """
    if not pixels or not mask.any():
        return mask
    moved = mask.copy()
    window = _around(mask, max(pixels, 0))
    if pixels > 0:
        moved[window] = np.maximum(mask[window], _dilated(mask[window], pixels))
    else:
        moved[window] = np.minimum(mask[window], 1 - _dilated(1 - mask[window], -pixels))
    return moved


def _around(mask: Mask, reach: float) -> Window:
    """The box of a mask, `reach` and a little larger on each side."""
    x0, y0, x1, y1 = mask_box(mask)
    margin = int(np.ceil(reach)) + 2
    return slice(max(0, y0 - margin), y1 + margin), slice(max(0, x0 - margin), x1 + margin)


def _dilated(mask: Mask, pixels: float) -> Mask:
    heights = (np.arange(LEVELS) + 0.5) / LEVELS
    reached = np.zeros_like(mask)
    for height in heights:
        reached += _reach(mask >= height, pixels)
    return np.asarray(reached / LEVELS, np.float32)


def _reach(inside: NDArray[np.bool_], pixels: float) -> NDArray[np.float32]:
    """1 where `inside` is at most `pixels` away, falling to 0 within one pixel of that."""
    if not inside.any():
        return np.zeros(inside.shape, np.float32)
    distance = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, EXACT)
    return np.clip(pixels + 0.5 - np.asarray(distance, np.float32), 0, 1)


def paint(mask: Mask, strokes: Sequence[Stroke]) -> Mask:
    """A mask (float32 HW in [0, 1]) with the strokes drawn on it, one after the other."""
    if not strokes:
        return mask
    painted = mask.copy()
    size = (mask.shape[1], mask.shape[0])
    for stroke in strokes:
        window = _window(stroke, size)
        touched = _touched(stroke, window)
        part = painted[window]
        if stroke.erase:
            part *= 1 - touched
        else:
            part += touched * (1 - part)
    return painted


def _window(stroke: Stroke, size: tuple[int, int]) -> Window:
    """The part of a photo of `size` (width, height) that a stroke can touch."""
    reach = stroke.radius + BRUSH_EDGE
    columns, rows = np.array(stroke.points).T
    (left, right), (top, bottom) = [
        (
            int(np.clip(np.floor(places.min() - reach), 0, end)),
            int(np.clip(np.ceil(places.max() + reach) + 1, 0, end)),
        )
        for places, end in ((columns, size[0]), (rows, size[1]))
    ]
    return slice(top, bottom), slice(left, right)


def _touched(stroke: Stroke, window: Window) -> NDArray[np.float32]:
    """How much of each pixel of the window a stroke covers, float32 in [0, 1].

    The brush covers what is at most `radius` away from the pixels that its line passes.
    """
    rows, columns = window
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    if 0 in shape:
        return np.zeros(shape, np.float32)
    # A border as wide as the brush, so that what is drawn beside the photo still reaches into it.
    border = int(np.ceil(stroke.radius)) + 2
    beside = np.ones((shape[0] + 2 * border, shape[1] + 2 * border), np.uint8)
    origin = np.array([columns.start - border, rows.start - border])
    # The last point twice, so that a single one is drawn too.
    points = np.array([*stroke.points, stroke.points[-1]])
    line = (np.floor(points) - origin).astype(np.int32)
    cv2.polylines(beside, [line.reshape(-1, 1, 2)], isClosed=False, color=0, thickness=1)
    distance = cv2.distanceTransform(beside, cv2.DIST_L2, EXACT)
    inner = np.asarray(distance, np.float32)[border:-border, border:-border]
    return np.clip((stroke.radius - inner) / BRUSH_EDGE + 0.5, 0, 1)
