"""A photo and a mask as the network sees them, and what it says as a map of the photo's colors."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from iph_core.color_map import ColorMap
from iph_core.photo import Photo
from iph_core.regions.mask import SQUARE_SIDE
from iph_core.regions.working_size import to_square

NETWORK_SIDE = SQUARE_SIDE
"""Pictures are scaled to a square of this side for the network (the paper's 256 x 256)."""

INSIDE = 0.5
"""A pixel of the network counts where the mask covers more of it than this."""

SMALLEST_GUIDE = 12
"""Network pixels of the reference that must be left beside the foreground."""

GRAY = 2
"""Levels of 255 between the channels of a gray picture: some conversions leave that much."""


@dataclass(frozen=True)
class NetworkView:
    """A photo at the network's size: in sRGB (uint8), in its own colors, a mask, and what of the
    mask the network reads."""

    picture: np.ndarray
    native: np.ndarray
    mask: np.ndarray
    read: np.ndarray


def at_network_size(photo: Photo) -> tuple[np.ndarray, np.ndarray]:
    """The photo at the network's size, in sRGB and in its own colors."""
    # Of few pixels, each keeps its own color.
    native = to_square(photo.pixels, NETWORK_SIDE, cv2.INTER_AREA)
    return photo.to_srgb(native), native


def is_gray(picture: np.ndarray) -> bool:
    """Whether a picture uint8 HWC has no colors, of which a network might make some."""
    return int(np.ptp(picture, axis=2).max()) <= GRAY


def visible(guide: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The guide without the foreground and the band around it, as 0 and 1."""
    import torch

    from iph_core.network.masks import visible_guide

    planes = [
        torch.from_numpy((plane > INSIDE).astype(np.float32))[None, None] for plane in (guide, mask)
    ]
    return visible_guide(*planes)[0, 0].numpy()


def rest(view: NetworkView) -> np.ndarray:
    """The whole background as a guide, float32 0 and 1."""
    return visible(np.ones_like(view.mask), view.mask)


def levels_between(view: NetworkView, recolored: np.ndarray) -> int:
    """How far what the network reads was changed, in levels of 255 (root mean square).

    recolored: float32 HWC in [0, 1], what the network made of the view.
    """
    inside = view.read > INSIDE
    change = 255 * recolored[inside] - view.picture[inside]
    return round(float(np.sqrt(np.mean(change**2))))


def fit(photo: Photo, view: NetworkView, recolored: np.ndarray) -> ColorMap:
    """The color map from what was read of the foreground to what the network made of it, in the
    photo's own colors.

    Fitting in the photo's profile and depth lets the full-size pixels be mapped as they are; adding
    the change to them keeps what the network could not see: the colors outside sRGB and the low
    bits.
    """
    inside = view.read > INSIDE
    # The network blends by its mask; the map wants the whole change.
    share = np.where(inside, view.read, 1)[..., None]
    whole = view.picture + (recolored * 255 - view.picture) / share
    after = photo.from_srgb(np.rint(whole).clip(0, 255).astype(np.uint8))
    change = after.astype(np.float64) - photo.from_srgb(view.picture)
    scale = float(np.iinfo(photo.pixels.dtype).max)
    return ColorMap.fit(view.native[inside] / scale, (view.native + change)[inside] / scale)
