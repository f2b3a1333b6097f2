"""What others take for the same photo: Pillow, color-matcher, OpenCV.

Pillow's 3D LUT goes over the whole photo: the floor for carrying a change of colors to full size.
color-matcher and OpenCV's Poisson blending get the foreground's box, as a user would cut it out.
"""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from iph_core.benchmark.clock import Clock
from iph_core.pixel_map import PixelMap

PILLOW = "Pillow Color3DLUT, whole photo"
POISSON = "OpenCV seamlessClone, box"
TRANSFERS = ("hm", "reinhard", "mvgd", "mkl", "hm-mvgd-hm", "hm-mkl-hm")
MISSING = (
    "color-matcher is not installed, so its rows are left out:"
    " `pip install color-matcher` (requirements-extras.txt)."
)


def pillow_lut(clock: Clock, pixels: NDArray[np.uint8], color_map: PixelMap) -> None:
    """Time Pillow's lookup of the same change in a table of 33 steps a side."""
    picture = Image.fromarray(pixels)
    table = ImageFilter.Color3DLUT(33, color_map.to_lut().ravel().tolist())
    clock.step(PILLOW, lambda: picture.filter(table))


def seamless_clone(
    clock: Clock, pixels: NDArray[np.uint8], mask: NDArray[np.float32], box: tuple[int, ...]
) -> None:
    """Time Poisson blending of the foreground into the photo it stands in."""
    x0, y0, x1, y1 = box
    patch = np.ascontiguousarray(pixels[y0:y1, x0:x1])
    # The solver wants its mask off the patch's border.
    hard = (mask[y0:y1, x0:x1] > 0.5).astype(np.uint8) * 255
    hard[[0, -1]] = 0
    hard[:, [0, -1]] = 0
    middle = ((x0 + x1) // 2, (y0 + y1) // 2)
    clock.step(POISSON, lambda: cv2.seamlessClone(patch, pixels, hard, middle, cv2.NORMAL_CLONE))


def color_transfers(
    clock: Clock, source: NDArray[np.uint8], target: NDArray[np.uint8]
) -> str | None:
    """Time color-matcher's transfers from one picture to another; a sentence where it is absent."""
    try:
        from color_matcher import ColorMatcher
    except ImportError:
        return MISSING
    matcher = ColorMatcher()
    for method in TRANSFERS:
        transfer = partial(matcher.transfer, src=source, ref=target, method=method)
        clock.step(f"color-matcher {method}, box", transfer)
    return None
