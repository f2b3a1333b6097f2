"""Soft edges: how much of each pixel near an outline belongs to the region, and in which color.

Alpha is solved on a band around the outline, at a bounded size, from two things: the color lines
(color_lines.py) and how far each color lies on the way from what is surely outside nearby to what
is surely inside. Then it is carried to full size by the photo's own pixels, as the fast guided
filter does (He and Sun, arXiv:1505.00996).

Where neither can tell, because inside and outside have the same colors, alpha stays the feathered
mask that it started from: a soft edge in the wrong place is better than a ragged one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.photo.size import within
from iph_core.regions.box import mask_box
from iph_core.regions.color_lines import ColorLines, Plane, linear
from iph_core.regions.foreground import foreground
from iph_core.regions.working_size import Picture, Window, shrunk, tiles, unit

Mask = NDArray[np.float32]
BoolMask = NDArray[np.bool_]
Colors = NDArray[np.float32]

PICK_SIDE = 512
"""Long side at which the edge of a pick is solved."""

CUT_SIDE = 1000
"""The same for a cut-out, which is looked at more closely and waited for once."""

STEPS = 30
TOLERANCE = 5e-4
PRIOR = 0.005  # Weight of the feathered mask at its edge, against 1 for the color lines ...
PRIOR_AWAY = 10.0  # ... and how many times more, far from that edge.
PRIOR_REACH = 4.0  # Pixels from the edge within which that grows.
BY_COLOR = 0.1  # Weight of what the colors nearby say where they are clearly apart ...
APART = 0.02  # ... which is this squared distance, in [0, 1] per channel ...
PATTERN = 2.0  # How much of the variance of either side counts against that distance.
LEAST_KNOWN = 1e-8  # Weight of the known pixels nearby below which there are none.
NOTHING_KNOWN = np.float32(100)
UNLIKE = 0.01  # ... and how far, squared, a pixel may be from any mixture of them.
NEARBY = (6.0, 18.0)  # Sigmas in pixels of the band's size; the wide one where the near is empty.
UNSTABLE = (0.2, 0.5)  # Mean of 4 alpha (1 - alpha): from where to where alpha is given up ...
UNSTABLE_REACH = 4.0  # ... averaged over this sigma, in pixels ...
TOLD_APART = 0.06  # ... unless the colors differ by about this, squared: that is hair.
HAZE = 0.03  # Alphas this near to 0 or 1 are that.

SOFT = (0.02, 0.98)
WIDE_EDGE = 3.0  # Pixels: a mask whose edge is wider on average is taken to be an alpha.
CUT_REACH = 0.01  # Of the long side of a hard mask's box: how far its edge may be wrong ...
LEAST_REACH = 5.0  # ... and at least so many pixels.


def cut_out(pixels: Picture, mask: Mask) -> tuple[Picture, Mask]:
    """A region taken out of its photo: colors that hold nothing of what was behind, and alpha.

    pixels: uint8 or uint16 HWC. mask: bool or float HW in [0, 1]. A hard edge is refined along the
    photo; one that is soft already (as picks are) is taken as the alpha that it is.

    Returns colors (like pixels; black where alpha is 0) and alpha, float32 HW in [0, 1].
    """
    mask = mask.astype(np.float32)
    if not mask.any():
        return np.zeros_like(pixels), mask
    alpha = mask if is_soft(mask) else refine(pixels, mask, _trimap(mask), CUT_SIDE)
    return foreground(pixels, alpha), alpha


def is_soft(mask: Mask) -> bool:
    """Whether the edge of a mask is so wide that it was made with care."""
    soft = np.count_nonzero((mask > SOFT[0]) & (mask < SOFT[1]))
    inside = (mask >= 0.5).astype(np.uint8)
    outline = np.count_nonzero(inside != cv2.erode(inside, np.ones((3, 3), np.uint8)))
    return bool(soft > WIDE_EDGE * outline)


def _trimap(mask: Mask) -> Mask:
    """1 and 0 where a hard mask is surely right, 0.5 near its edge; at most CUT_SIDE large."""
    inside = shrunk(mask, within(mask.shape[::-1], CUT_SIDE)) >= 0.5
    x0, y0, x1, y1 = mask_box(inside)
    reach = max(CUT_REACH * max(x1 - x0, y1 - y0), LEAST_REACH)
    return banded(inside, reach, reach)


def banded(inside: BoolMask, inward: float, outward: float) -> Mask:
    """The trimap of a mask: 0.5 within `inward` and `outward` pixels of its edge, else 1 or 0."""
    solid = inside.astype(np.uint8)
    within = cv2.distanceTransform(np.pad(solid, 1, mode="edge"), cv2.DIST_L2, 5)[1:-1, 1:-1]
    beyond = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    known = np.where(inside, within > inward, beyond > outward)
    return np.where(known, inside, 0.5).astype(np.float32)


def refine(pixels: Picture, mask: Mask, trimap: Mask, side: int = PICK_SIDE) -> Mask:
    """The mask with its edge along that of the photo.

    pixels: uint8 or uint16 HWC. mask: float32 HW in [0, 1], feathered, roughly the region.
    trimap: float32, the whole photo at any size; strictly between 0 and 1 = to be found out.
    side: the long side at which it is solved; the bounds of memory and time follow from it.

    Returns float32 HW in [0, 1]; where the trimap is 0 or 1 and around it, as the mask.
    """
    rough = _Rough.of(pixels, mask, trimap, side)
    if rough is None:
        return mask
    lines = ColorLines(rough.picture)
    start, weight = _start(rough)
    solved = lines.solve(start, weight, rough.free, STEPS, TOLERANCE)
    slopes, offset = lines.fitted(_stable(solved, rough))
    three = np.ones((3, 3), np.uint8)
    inner_band = cv2.erode(rough.free.astype(np.float32), three)
    share = np.asarray(cv2.blur(inner_band, (3, 3)), np.float32)
    alpha = mask.copy()
    inner = alpha[rough.window]
    for here, planes, near in tiles(pixels[rough.window], [*slopes, offset, share], share > 0):
        found = linear(planes[:3], near) + planes[3]
        found = np.clip((found - HAZE) / (1 - 2 * HAZE), 0, 1)
        inner[here] += planes[4] * (found - inner[here])
    return alpha


@dataclass(frozen=True)
class _Rough:
    """The part of a photo around a band, in small. picture: in [0, 1]. window: in the photo."""

    picture: Colors
    mask: Mask
    trimap: Mask
    window: Window

    @property
    def free(self) -> BoolMask:
        return (self.trimap > 0) & (self.trimap < 1)

    @cached_property
    def colors(self) -> tuple[Colors, Colors, Plane]:
        """What is surely outside near each pixel, the way from there to what is inside, and how far
        apart the two are: the way's square, less where they are patterned as strongly."""
        outside, spread_outside = _nearby(self.picture, self.trimap <= 0)
        inside, spread_inside = _nearby(self.picture, self.trimap >= 1)
        way = inside - outside
        apart = (way**2).sum(axis=-1)
        pattern = PATTERN * (spread_outside + spread_inside)
        return outside, way, apart**3 / (apart**2 + pattern**2 + 1e-9)

    @classmethod
    def of(cls, pixels: Picture, mask: Mask, trimap: Mask, side: int) -> _Rough | None:
        """None where nothing is to be found out."""
        x0, y0, x1, y1 = mask_box((trimap > 0) & (trimap < 1))
        if x0 == x1:
            return None
        tall, wide = mask.shape[0] / trimap.shape[0], mask.shape[1] / trimap.shape[1]
        margin = 8 + 0.02 * max(x1 - x0, y1 - y0)
        part = (
            slice(int(max(0, y0 - margin)), int(y1 + margin)),
            slice(int(max(0, x0 - margin)), int(x1 + margin)),
        )
        coarse = trimap[part]
        window = (
            slice(int(part[0].start * tall), int((part[0].start + coarse.shape[0]) * tall)),
            slice(int(part[1].start * wide), int((part[1].start + coarse.shape[1]) * wide)),
        )
        seen, feathered = pixels[window], mask[window]
        size = within(feathered.shape[::-1], side)
        return cls(
            unit(shrunk(seen, size), seen.dtype),
            shrunk(feathered, size),
            np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_NEAREST), np.float32),
            window,
        )


def _start(rough: _Rough) -> tuple[Plane, Plane]:
    """What alpha is before the color lines are asked, and how much that weighs at each pixel."""
    outside, way, apart = rough.colors
    by_color = ((rough.picture - outside) * way).sum(axis=-1) / ((way**2).sum(axis=-1) + 1e-3)
    by_color = np.clip(by_color, 0, 1)
    rest = rough.picture - outside - by_color[..., None] * way
    trust = BY_COLOR * apart / (apart + APART) * np.exp(-(rest**2).sum(axis=-1) / UNLIKE)
    away = (2 * cv2.GaussianBlur(rough.mask, (0, 0), PRIOR_REACH) - 1) ** 2
    feathered = np.float32(PRIOR) * (1 + PRIOR_AWAY * away + APART / (apart + 1e-3))
    weight = trust + feathered
    start = (feathered * rough.mask + trust * by_color) / weight
    known = np.where(rough.free, start, np.rint(rough.trimap))
    return known.astype(np.float32), weight.astype(np.float32)


def _stable(alpha: Plane, rough: _Rough) -> Plane:
    """Alpha, save where it hangs in the middle over a wide place for want of different colors.

    There the mask comes back that it started from.
    """
    _, _, apart = rough.colors
    level = np.clip(alpha, 0, 1)
    halfway = cv2.GaussianBlur(4 * level * (1 - level), (0, 0), UNSTABLE_REACH)
    lost = np.asarray(halfway, np.float32) * (TOLD_APART / (apart + TOLD_APART))
    share = np.clip((lost - UNSTABLE[0]) / (UNSTABLE[1] - UNSTABLE[0]), 0, 1)
    return np.where(rough.free, alpha + share * (rough.mask - alpha), alpha).astype(np.float32)


def _nearby(picture: Colors, where: BoolMask) -> tuple[Colors, Plane]:
    """Mean color of the pixels `where` around each pixel, and their variance (of all
    channels); where there are none, a variance that says that nothing is known."""
    known = where.astype(np.float32)
    square = (picture**2).sum(axis=-1, keepdims=True)
    values = np.concatenate((picture, square), axis=-1) * known[..., None]
    total, weight = np.zeros_like(values), np.full(known.shape, 1e-12, np.float32)
    for sigma, importance in zip(NEARBY, (1.0, 1e-3), strict=True):
        total += importance * cv2.GaussianBlur(values, (0, 0), sigma)
        weight += importance * cv2.GaussianBlur(known, (0, 0), sigma)
    total /= weight[..., None]
    mean = total[..., :3]
    spread = np.maximum(total[..., 3] - (mean**2).sum(axis=-1), 0)
    return mean, np.where(weight > LEAST_KNOWN, spread, NOTHING_KNOWN).astype(np.float32)
