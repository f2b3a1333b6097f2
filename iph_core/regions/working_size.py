"""Work at a bounded size whose result is carried to a photo's full size, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

TILE = 96
"""Pixels of the small planes along a tile's side: what bounds the memory at full size."""

Picture = NDArray[np.uint8] | NDArray[np.uint16]
Plane = NDArray[np.float32]
Window = tuple[slice, slice]


def shrunk(values: NDArray, size: tuple[int, int]) -> Plane:
    """Values averaged down to `size` (width, height), float32; integers are rounded."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def to_square(values: NDArray, side: int, growing: int = cv2.INTER_LINEAR) -> NDArray:
    """HW or HWC scaled to `side` x `side`, of the same dtype: averaged along an axis that shrinks,
    interpolated as `growing` (OpenCV's) says along one that grows."""
    height, width = values.shape[:2]
    # In two steps: OpenCV averages over areas only where neither axis grows.
    averaged = cv2.resize(
        values, (min(width, side), min(height, side)), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(averaged, (side, side), interpolation=growing)


def unit(values: NDArray, dtype: np.dtype) -> Plane:
    """Levels of an integer dtype as float32 in [0, 1]."""
    return np.asarray(values.astype(np.float32) / np.float32(np.iinfo(dtype).max), np.float32)


def tiles(
    pixels: NDArray, planes: Sequence[Plane], where: NDArray[np.bool_]
) -> Iterator[tuple[Window, list[Plane], list[Plane]]]:
    """(where it lies, planes at full size, the pixels' channels in [0, 1]) for each tile.

    pixels: uint8 or uint16 HWC. planes, where: as small as one likes; tiles without a True pixel of
    `where` are left out.
    """
    tall, wide = pixels.shape[0] / where.shape[0], pixels.shape[1] / where.shape[1]
    for top in range(0, where.shape[0], TILE):
        for left in range(0, where.shape[1], TILE):
            small = where[top : top + TILE, left : left + TILE]
            if not small.any():
                continue
            bottom, right = top + small.shape[0], left + small.shape[1]
            # Rounded, so that the last tile ends with the photo.
            rows = slice(round(top * tall), round(bottom * tall))
            columns = slice(round(left * wide), round(right * wide))
            across, down = np.meshgrid(_positions(columns, wide), _positions(rows, tall))
            carried = [_carried(plane, across, down) for plane in planes]
            near = unit(pixels[rows, columns], pixels.dtype)
            yield (rows, columns), carried, [near[..., i] for i in range(near.shape[-1])]


def _positions(part: slice, scale: float) -> Plane:
    """Where the centers of full-size pixels lie in the small planes."""
    centers = np.arange(part.start, part.stop) + 0.5
    return np.asarray(centers / scale - 0.5, np.float32)


def _carried(plane: Plane, across: Plane, down: Plane) -> Plane:
    border = cv2.BORDER_REPLICATE
    carried = cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(carried, np.float32)
