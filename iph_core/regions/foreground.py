"""The colors that a region has by itself, without those of what shines through at its edge."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.photo.size import within
from iph_core.regions.box import mask_box
from iph_core.regions.working_size import Picture, Plane, shrunk, tiles, unit

WORKING_SIDE = 1000
FUSION = (90, 6)
"""Radii of the blurs, coarse and then fine, in pixels of the working size."""

Colors = NDArray[np.float32]


def foreground(pixels: Picture, alpha: Plane) -> Picture:
    """What is left of each pixel (uint8 or uint16 HWC) without its background.

    alpha: float32 HW in [0, 1]. Where it is 1 the pixels stay, where it is 0 the result is black.
    Between, by the fusion of blurs (Forte, "Approximate Fast Foreground Colour Estimation", ICIP
    2021) at a bounded size, carried to full size by the mixing equation.
    """
    result: Picture = np.zeros_like(pixels)
    np.copyto(result, pixels, where=alpha[..., None] > 0)
    soft = (alpha > 0) & (alpha < 1)
    if not soft.any():
        return result
    x0, y0, x1, y1 = mask_box(alpha)
    margin = max(4, int(0.03 * max(x1 - x0, y1 - y0)))
    window = (
        slice(max(0, y0 - margin), y1 + margin),
        slice(max(0, x0 - margin), x1 + margin),
    )
    part, share, inner = pixels[window], alpha[window], result[window]
    size = within(share.shape[::-1], WORKING_SIDE)
    inside, outside = _fused(unit(shrunk(part, size), part.dtype), shrunk(share, size))
    planes = [*np.moveaxis(inside, -1, 0), *np.moveaxis(outside, -1, 0)]
    edge = shrunk(soft[window].astype(np.float32), size) > 0
    for here, carried, near in tiles(part, planes, edge):
        own, behind = np.stack(carried[:3], axis=-1), np.stack(carried[3:], axis=-1)
        clean = _unmixed(np.stack(near, axis=-1), share[here][..., None], own, behind)
        levels = np.rint(clean * np.iinfo(pixels.dtype).max).astype(pixels.dtype)
        np.copyto(inner[here], levels, where=soft[window][here][..., None])
    return result


def _fused(picture: Colors, alpha: Plane) -> tuple[Colors, Colors]:
    """Colors inside and outside, near each pixel."""
    share = alpha[..., None]
    inside: Colors = picture
    outside: Colors = picture
    near: Colors = picture
    for radius in FUSION:
        side = (2 * radius + 1, 2 * radius + 1)
        weight = cv2.blur(alpha, side)[..., None]
        near = cv2.blur(inside * share, side) / (weight + 1e-5)
        outside = cv2.blur(outside * (1 - share), side) / (1 - weight + 1e-5)
        inside = near + share * (picture - share * near - (1 - share) * outside)
    return np.clip(near, 0, 1), np.clip(outside, 0, 1)


def _unmixed(picture: Colors, share: NDArray[np.float32], own: Colors, behind: Colors) -> Colors:
    """`own`, with what the mixture of the two leaves unexplained, as far as alpha says."""
    rest = picture - share * own - (1 - share) * behind
    return np.clip(own + share * rest, 0, 1)
