"""A region as the page draws it: a small mask picture and its outline."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

LEAST_AREA = 12  # pixels of the preview


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
