"""A region as the page draws it: a small mask picture, its outline, a place to point at it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

LEAST_AREA = 12  # pixels of the preview
THUMBNAIL = 144  # pixels, shown at half that
AROUND = 0.12  # of a region's height and width is shown around it
FADED, PALE = 0.4, 128  # what is left of what lies outside a region, and what it fades to


def small_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A mask (float or bool HW in [0, 1]) at preview size (width, height), uint8 HW."""
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.round(small.clip(0, 1) * 255).astype(np.uint8)


def outline(region: Any, drawn_width: int) -> list[list[int]]:
    """Closed polygons around a region, each [x, y, x, y, ...] in pixels of the photo.

    Specks and holes that would be smaller than a fingertip's print on the page are left out.
    """
    pixel = region.mask.shape[1] / drawn_width
    return [
        polygon.ravel().tolist()
        for polygon in region.outline(drawn_width)
        if cv2.contourArea(polygon) >= LEAST_AREA * pixel**2
    ]


def anchor(small: np.ndarray, width: int) -> list[float]:
    """The point [x, y] deepest inside a mask, in pixels of a photo of this width.

    small: uint8 HW, as `small_mask` gives it.
    """
    inside = np.pad((small > 127).astype(np.uint8), 1)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    scale = width / small.shape[1]
    return [round((float(column) + 0.5) * scale, 1), round((float(row) + 0.5) * scale, 1)]


def thumbnail(
    preview: np.ndarray, box: tuple[float, float, float, float], pixels: int = THUMBNAIL
) -> np.ndarray:
    """A square picture of what is in a box: uint8 (pixels, pixels, 3), of a mask (pixels, pixels).

    preview: uint8 HWC, or a mask as HW. box: (x0, y0, x1, y1) in shares of its width and height.
    Of what is taller than wide, the upper part is shown: people are known by their faces.
    """
    height, width = preview.shape[:2]
    x0, y0, x1, y1 = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    side = min(max(x1 - x0, min(y1 - y0, 1.4 * (x1 - x0))) * (1 + 2 * AROUND), width, height)
    left = np.clip((x0 + x1 - side) / 2, 0, width - side)
    top = np.clip(y0 - AROUND * side / 2, 0, height - side)
    # Pixel centers: column c of the thumbnail shows left + (c + 0.5) * side / pixels - 0.5.
    step = side / pixels
    place = np.array([[step, 0, left + step / 2 - 0.5], [0, step, top + step / 2 - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    blurred = cv2.blur(preview, (round(step), round(step))) if step >= 2 else preview
    size = (pixels, pixels)
    cut = cv2.warpAffine(blurred, place, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def faded_around(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """A picture (uint8 HWC) in which one sees what is meant: the rest is faded, uint8 HWC.

    inside: uint8 HW, 255 where nothing fades.
    """
    share = np.maximum(inside.astype(np.float32) / 255, FADED)[..., None]
    return np.round(picture * share + PALE * (1 - share)).astype(np.uint8)


def seen_in(
    preview: np.ndarray, mask: np.ndarray, box: tuple[float, float, float, float]
) -> np.ndarray:
    """A thumbnail of a region, the rest of it faded: uint8 HWC.

    preview: uint8 HWC of any size. mask: float or bool HW in [0, 1] of the photo's size; box: the
    region's, in pixels of the photo.
    """
    height, width = mask.shape
    x0, y0, x1, y1 = box
    shares = (x0 / width, y0 / height, x1 / width, y1 / height)
    inside = thumbnail(small_mask(mask, (preview.shape[1], preview.shape[0])), shares)
    return faded_around(thumbnail(preview, shares), inside)
