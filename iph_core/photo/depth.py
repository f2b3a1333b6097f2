"""Between 8 and 16 bits a channel."""

from __future__ import annotations

import cv2
import numpy as np

# 65535 / 255: the factor that takes white to white.
STEP = 257


def to_8_bits(values: np.ndarray) -> np.ndarray:
    """uint8 HW or HWC, from uint8 (returned as it is) or uint16 (rounded to the nearest)."""
    if values.dtype == np.uint8:
        return values
    return cv2.convertScaleAbs(values, alpha=1 / STEP)


def from_8_bits(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """uint8 values as `dtype`, uint8 or uint16: 255 becomes 65535."""
    if dtype == np.uint8:
        return values
    return values.astype(np.uint16) * np.uint16(STEP)
