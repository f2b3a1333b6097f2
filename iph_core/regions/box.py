"""Where in a picture a mask lies."""

from __future__ import annotations

import numpy as np

Box = tuple[int, int, int, int]


def mask_box(mask: np.ndarray) -> Box:
    """(x0, y0, x1, y1) around every pixel above 0 of a mask HW, bool or number, the far edges
    exclusive; zeros if none."""
    touched = mask > 0
    columns, rows = np.flatnonzero(touched.any(axis=0)), np.flatnonzero(touched.any(axis=1))
    if not columns.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
