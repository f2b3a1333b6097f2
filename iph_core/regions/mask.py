"""From SAM's small logits to a soft mask of the photo's full size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.regions.box import mask_box
from iph_core.regions.matting import banded, refine
from iph_core.regions.sam import FRAME_SIDE, LOGITS_SIDE, Size, frame_size, to_frame
from iph_core.regions.working_size import Picture, to_square

EDGE_WIDTH = 2.0  # Pixels from outside to inside in a photo of one megapixel ...
LEAST_EDGE_WIDTH = 1.5  # ... growing with the photo's side, and at least this.
SMOOTHING = 2.0  # Half a pixel of the logits, in pixels of the 1024 frame.
SMALL_HOLE = 0.02  # Of the region's area: pinholes close, the gap between arm and body stays.
SMALL_ISLAND = 0.1  # Of the largest piece's area.

# The band in which matting decides, in pixels of the 1024 frame, 4 of which are one of the logits.
INWARD, OUTWARD = 8.0, 10.0
MOST_INWARD, MOST_OUTWARD = 9.0, 14.0  # Where the logits hesitate.
HESITANT = 1.5
GAP = FRAME_SIDE // LOGITS_SIDE
TAPPED = 4  # Radius around a tap that stays on the side that it asks for.

SQUARE_SIDE = 256  # What networks that recolor see.
SURE = 1.0  # SAM's logits from here on: inside at the stricter threshold of its stability score.
NARROW = 5  # Pixels of the square: what is less sure and narrower is the region's own edge.
LEAST_READ = 0.3  # Of a region's area: where less of it is sure, all of it is read.

OUTLINE_TOLERANCE = 0.75  # Pixels of the drawing.

Mask = NDArray[np.float32]
BoolMask = NDArray[np.bool_]
Points = NDArray[np.float32]
NO_POINTS = np.zeros((0, 2), np.float32)


@dataclass(frozen=True)
class Region:
    """A part of a photo.

    mask: float32 HW in [0, 1] at the photo's full size, 1 = inside.
    sure: bool (SQUARE_SIDE, SQUARE_SIDE), where of the photo, scaled to a square, whoever picked it
        was sure (`sure_of`); None = everywhere.
    """

    mask: NDArray[np.float32]
    sure: BoolMask | None = None

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """(x0, y0, x1, y1) around every pixel above 0, the far edges exclusive; zeros if none."""
        return mask_box(self.mask)

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value of the mask, looked for once."""
        return float(self.mask.min()), float(self.mask.max())

    @cached_property
    def square(self) -> NDArray[np.float32]:
        """The mask averaged down to a square of `SQUARE_SIDE` x `SQUARE_SIDE`, float32."""
        return to_square(np.asarray(self.mask, np.float32), SQUARE_SIDE, cv2.INTER_AREA)

    @cached_property
    def read(self) -> NDArray[np.float32]:
        """What of `square` tells the region's colors: a pick takes in pieces of what lies beside
        it, mostly where it is not sure, and those are right already, however wrong the rest is."""
        if self.sure is None:
            return self.square
        surely = np.where(self.sure, self.square, np.float32(0))
        return surely if surely.sum() >= LEAST_READ * self.square.sum() else self.square

    @cached_property
    def share(self) -> float:
        """The part of the photo's area that the region takes, in [0, 1]."""
        return float(self.mask.mean(dtype=np.float64))

    def outline(self, drawn_width: int | None = None) -> list[NDArray[np.int32]]:
        """Polygons around the region, as `outline` gives them."""
        return outline(self.mask, drawn_width)


def sure_of(logits: NDArray[np.float32], size: Size) -> BoolMask:
    """The square (SQUARE_SIDE, SQUARE_SIDE) that a photo of `size` (width, height) is scaled to,
    without the pieces of the mask of which SAM is not sure; its edge is no such piece.

    logits: float32 (256, 256), the padding right and below included. Measured on taps in everyday
    photos (docs/experiments.md).
    """
    side = (SQUARE_SIDE, SQUARE_SIDE)
    scaled = cv2.resize(content(logits, size), side, interpolation=cv2.INTER_LINEAR)
    unsure = ((scaled > 0) & (scaled < SURE)).astype(np.uint8)
    pieces = cv2.morphologyEx(unsure, cv2.MORPH_OPEN, np.ones((NARROW, NARROW), np.uint8))
    return np.asarray(pieces == 0)


def full_size_mask(
    logits: NDArray[np.float32],
    size: Size,
    inside: Points = NO_POINTS,
    outside: Points = NO_POINTS,
    pixels: Picture | None = None,
) -> Mask:
    """The soft mask that SAM's logits mean in a photo of `size` (width, height).

    logits: float32 (256, 256), above 0 = inside, the padding right and below included.
    inside, outside: (N, 2) x, y in pixels of the photo, where the person tapped: a piece that
        holds an `inside` point is kept however small, a hole that holds an `outside` one is left.
    pixels: the photo, uint8 or uint16 HWC, along whose edges the mask's is refined (matting.py);
        None = the feathered mask, which is cheap, for what is shown in small.

    Returns float32 HW in [0, 1]: exactly 1 deep inside and exactly 0 outside, between them an edge
    as soft as photos of this size have; small holes are filled and stray islands dropped.
    """
    framed = frame_logits(logits, size)
    within, beyond = to_frame(inside, size), to_frame(outside, size)
    binary = fill_holes(drop_islands(to_border(framed > 0), within), beyond)
    if pixels is None or not binary.any():
        return soft_upscale(binary, size)
    trimap = unknown_band(binary, framed)
    for points, value in ((within, 1), (beyond, 0)):
        binary, trimap = obeying(binary, trimap, points, value)
    return refine(pixels, soft_upscale(binary, size), trimap)


def refined(mask: Mask, pixels: Picture) -> Mask:
    """A feathered mask of the photo's size, float32 HW in [0, 1], with its edge drawn along the
    photo's. pixels: uint8 or uint16 HWC.

    As `full_size_mask` draws it with `pixels`, for when the logits are gone.
    """
    small = cv2.resize(mask, frame_size((mask.shape[1], mask.shape[0])))
    inside = small >= 0.5
    return refine(pixels, mask, banded(inside, INWARD, OUTWARD)) if inside.any() else mask


def unknown_band(binary: BoolMask, logits: NDArray[np.float32]) -> Mask:
    """The trimap of a mask of SAM's frame: 1 or 0 where it is sure, 0.5 where matting decides.

    The band is as wide as the logits' grid is coarse, wider outward, where hair is, and wider still
    where the logits hesitate.
    """
    trimap = banded(binary, INWARD, OUTWARD)
    hesitant = banded(binary, MOST_INWARD, MOST_OUTWARD) == 0.5
    trimap[hesitant & (np.abs(logits) < HESITANT)] = 0.5
    return trimap


def obeying(binary: BoolMask, trimap: Mask, points: Points, value: int) -> tuple[BoolMask, Mask]:
    """Both with `value` around those points that lie in the band: what was tapped is sure."""
    solid, sure = binary.astype(np.uint8), trimap.copy()
    in_band = trimap == 0.5
    height, width = trimap.shape
    for x, y in np.rint(points).astype(int).tolist():
        if in_band[min(max(y, 0), height - 1), min(max(x, 0), width - 1)]:
            cv2.circle(solid, (x, y), TAPPED, value, -1)
            cv2.circle(sure, (x, y), TAPPED, float(value), -1)
    return solid > 0, sure


def content(logits: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """The part of the (256, 256) logits that lies in the photo, without the padding."""
    width, height = frame_size(size)
    step = FRAME_SIDE // LOGITS_SIDE
    return logits[: -(-height // step), : -(-width // step)]


def frame_logits(logits: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """The logits at the photo's size in SAM's frame (long side 1024), interpolated as SAM does."""
    width, height = frame_size(size)
    side = (FRAME_SIDE, FRAME_SIDE)
    enlarged = np.asarray(cv2.resize(logits, side, interpolation=cv2.INTER_LINEAR), np.float32)
    return enlarged[:height, :width]


def to_border(binary: BoolMask) -> BoolMask:
    """The mask, reaching the photo's border where it ends within a pixel of the logits' before."""
    reaching = binary.copy()
    for turned in (reaching, reaching[::-1], reaching.T, reaching.T[::-1]):
        turned[:GAP] |= turned[min(GAP, len(turned) - 1)]
    return reaching


def drop_islands(binary: BoolMask, inside: Points = NO_POINTS) -> BoolMask:
    """The pieces that hold a point of `inside` or are not small against the largest piece."""
    labels, stats = components(binary)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    areas[0] = 0.0  # What is outside everything.
    keep = areas >= max(SMALL_ISLAND * areas.max(), 1.0)
    keep[labels_at(labels, inside)] = True
    keep[0] = False
    return np.asarray(keep[labels])


def fill_holes(binary: BoolMask, outside: Points = NO_POINTS) -> BoolMask:
    """The mask with its small holes filled, save those that hold a point of `outside`."""
    around = np.pad(~binary, 1, constant_values=True)
    padded, stats = components(around, connectivity=4)
    labels = padded[1:-1, 1:-1]
    fill = stats[:, cv2.CC_STAT_AREA] < SMALL_HOLE * np.count_nonzero(binary)
    fill[labels_at(labels, outside)] = False
    fill[[0, padded[0, 0]]] = False  # 0 is the region itself, the corner's is what is around it.
    return np.asarray(binary | fill[labels])


def components(
    binary: BoolMask, connectivity: int = 8
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Each pixel's piece (0 = False), and OpenCV's statistics of each piece."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        binary.astype(np.uint8), connectivity=connectivity
    )
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def labels_at(labels: NDArray[np.int32], points: Points) -> NDArray[np.int32]:
    """The component's number under each point (x, y)."""
    height, width = labels.shape
    columns = np.clip(points[:, 0].astype(int), 0, width - 1)
    rows = np.clip(points[:, 1].astype(int), 0, height - 1)
    return labels[rows, columns]


def soft_upscale(binary: BoolMask, size: Size) -> Mask:
    """A mask of SAM's frame at the photo's full size, with a soft edge of the wanted width.

    A step blurred by a Gaussian rises by 1 / (sigma sqrt(2 pi)) a pixel where it crosses one half.
    Enlarged s times and stretched around one half by g, it rises by g / (s sigma sqrt(2 pi)); the
    edge is w pixels wide when that is 1 / w.
    """
    blurred = cv2.GaussianBlur(binary.astype(np.float32), (0, 0), SMOOTHING)
    mask = np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR), np.float32)
    enlarged = max(size) / FRAME_SIDE
    stretch = max(1.0, enlarged * SMOOTHING * float(np.sqrt(2 * np.pi)) / edge_width(size))
    mask -= 0.5
    mask *= stretch
    mask += 0.5
    return np.clip(mask, 0.0, 1.0, out=mask)


def edge_width(size: Size) -> float:
    """How many pixels an edge takes from outside to inside in a photo of `size`."""
    megapixels = size[0] * size[1] / 1e6
    return max(LEAST_EDGE_WIDTH, EDGE_WIDTH * float(np.sqrt(megapixels)))


def outline(mask: Mask, drawn_width: int | None = None) -> list[NDArray[np.int32]]:
    """Polygons around the region and its holes, for drawing.

    drawn_width: how many pixels wide the whole photo will be drawn (None = full size); the
        polygons have no more corners than that needs.

    Returns arrays int32 (N, 2) of x, y in pixels of the photo, largest first.
    """
    tolerance = OUTLINE_TOLERANCE * max(1.0, mask.shape[1] / (drawn_width or mask.shape[1]))
    inside = (mask >= 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    polygons = [cv2.approxPolyDP(contour, tolerance, True)[:, 0, :] for contour in contours]
    visible = [np.asarray(polygon, np.int32) for polygon in polygons if len(polygon) > 2]
    return sorted(visible, key=lambda polygon: -float(cv2.contourArea(polygon)))
