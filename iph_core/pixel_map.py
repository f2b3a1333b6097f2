"""A change of colors: one color in, one color out, wherever the pixel lies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np

from iph_core.errors import InputError

Box = tuple[int, int, int, int]

LUT_SIZE = 33
LUT_SIZES = (2, 129)

# Pixels worked on at once: bounds the memory that a large photo takes beside its pixels. What is
# made of so many stays in the processor's cache, and is too little for numpy's linear algebra to
# wake other threads for, which costs more than it gains where other work runs beside.
CHUNK_PIXELS = 1 << 13

# Of the mask, looked at together: a few rows of a large photo.
ROWS_PIXELS = 1 << 17


class PixelMap(ABC):
    """Takes encoded RGB to encoded RGB; how, a subclass says in `values`."""

    @abstractmethod
    def values(self, rgb: np.ndarray) -> np.ndarray:
        """Float colors (N, 3) in [0, 1] mapped, of the same dtype and not clipped."""

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Map pixels (..., 3): uint8, uint16 or float in [0, 1]; the same shape and dtype, clipped.

        Integers are rounded to the nearest level.
        """
        flat = pixels.reshape(-1, 3)
        mapped = np.empty_like(flat)
        for part in parts(len(flat)):
            mapped[part] = self._apply_to_part(flat[part])
        return mapped.reshape(pixels.shape)

    def _apply_to_part(self, pixels: np.ndarray) -> np.ndarray:
        # float32 holds every 16-bit level with 8 bits to spare.
        working = np.float64 if pixels.dtype == np.float64 else np.float32
        if not np.issubdtype(pixels.dtype, np.integer):
            return np.clip(self.values(pixels.astype(working)), 0, 1)
        top = working(np.iinfo(pixels.dtype).max)
        # Channel by channel in memory, which is how maps work fastest.
        values = self.values((pixels.T.astype(working) / top).T)
        np.clip(values, 0, 1, out=values)
        values *= top
        return np.rint(values, out=values)

    def to_lut(self, size: int = LUT_SIZE) -> np.ndarray:
        """The map on a grid over the color cube: float32 (size, size, size, 3).

        Axes: blue, green, red, channel, so that red runs fastest in memory, as Pillow and .cube
        files want it. Not clipped: clipping after the interpolation is exact, before it is not.
        Raises InputError for a size outside 2 to 129.
        """
        values = self.values(grid(size))
        return values.astype(np.float32).reshape(size, size, size, 3)

    def to_cube(self, title: str, size: int = LUT_SIZE) -> str:
        """The text of a .cube file (Adobe Cube LUT Specification 1.0), for encoded RGB in the
        photo's own profile: the values that an editor works on when the photo is open in it."""
        name = "".join(c for c in title if c.isprintable() and c != '"')
        head = f'TITLE "{name}"\nLUT_3D_SIZE {size}\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n'
        rows = (f"{r:.6f} {g:.6f} {b:.6f}\n" for r, g, b in self.to_lut(size).reshape(-1, 3))
        return head + "".join(rows)


def grid(size: int) -> np.ndarray:
    """The colors of a LUT's grid: float64 (size^3, 3), red fastest. InputError for odd sizes."""
    least, most = LUT_SIZES
    if not least <= size <= most:
        raise InputError(f"A color table has {least} to {most} steps a side, not {size}: take 33.")
    axis = np.linspace(0, 1, size)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack((red, green, blue), axis=-1).reshape(-1, 3)


def apply_inside(
    pixels: np.ndarray, mask: np.ndarray, color_map: PixelMap, box: Box | None = None
) -> np.ndarray:
    """New pixels, mapped as far as the mask says: pixels + mask * (map(pixels) - pixels).

    pixels: uint8 or uint16 HWC. mask: bool or float HW in [0, 1]. box: (x0, y0, x1, y1) around
    every pixel of the mask above 0, where that is known: nothing outside of it is looked at.
    Where the mask is 0 every pixel stays bit-identical. Works in strips of a few rows, each no
    wider than the mask is there, so that time goes with what the mask covers and memory beside the
    result stays small. The map itself is used: in strips that fit the processor's cache a
    polynomial is faster than looking colors up in a 3D LUT.
    """
    if pixels.shape[:2] != mask.shape:
        raise ValueError(f"The mask is {mask.shape} but the pixels are {pixels.shape}.")
    result = pixels.copy()
    for strip in strips(mask, box):
        result[strip] = _blended(pixels[strip], color_map, mask[strip])
    return result


def strips(mask: np.ndarray, box: Box | None = None) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of boxes that hold every pixel of a mask HW above 0: one box for every few
    rows, as narrow as the mask is there. box: where to look, all of the mask by default."""
    height, width = mask.shape
    left, first, right, last = box or (0, 0, width, height)
    rows = max(1, ROWS_PIXELS // max(1, width))
    for top in range(first, last, rows):
        part = mask[top : min(top + rows, last), left:right]
        columns = np.flatnonzero(part.any(axis=0))
        if columns.size:
            across = slice(left + int(columns[0]), left + int(columns[-1]) + 1)
            yield slice(top, top + len(part)), across


def _blended(pixels: np.ndarray, color_map: PixelMap, mask: np.ndarray) -> np.ndarray:
    mapped = color_map.apply(pixels)
    if mask.min() == 1:
        return mapped
    change = mapped.astype(np.float32)
    change -= pixels
    change *= mask[..., None]
    change += pixels
    # A mask may lie beyond 0 and 1 by a rounding, and 16 bits have no room for that.
    np.clip(change, 0, np.iinfo(pixels.dtype).max, out=change)
    return np.rint(change, out=change).astype(pixels.dtype)


def parts(count: int) -> Iterator[slice]:
    """Slices that cut `count` pixels into chunks."""
    return (slice(start, start + CHUNK_PIXELS) for start in range(0, count, CHUNK_PIXELS))
