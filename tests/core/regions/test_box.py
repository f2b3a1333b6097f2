from __future__ import annotations

import numpy as np
import pytest

from iph_core.regions.box import mask_box


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_the_far_edges_are_exclusive(dtype):
    mask = np.zeros((6, 9), dtype)
    mask[2, 3] = mask[4, 7] = 1
    assert mask_box(mask) == (3, 2, 8, 5)
    assert mask_box(np.ones((6, 9), dtype)) == (0, 0, 9, 6)


def test_the_faintest_pixel_counts_and_none_is_zeros():
    mask = np.zeros((6, 9), np.float32)
    assert mask_box(mask) == (0, 0, 0, 0)
    mask[5, 8] = 1e-6
    assert mask_box(mask) == (8, 5, 9, 6)
