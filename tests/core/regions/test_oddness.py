from __future__ import annotations

import numpy as np
import pytest

from iph_core.regions.oddness import distance, oddness


@pytest.fixture
def crowd():
    """Noise in the same few colors everywhere, and two regions in it."""
    rng = np.random.default_rng(2)
    palette = rng.integers(40, 200, (12, 3))
    view = palette[rng.integers(12, size=(256, 256))].astype(np.uint8)
    left, right = np.zeros((256, 256), bool), np.zeros((256, 256), bool)
    left[100:200, 20:70], right[100:200, 170:220] = True, True
    return view, left, right


def test_who_is_recolored_is_odd(crowd):
    view, left, right = crowd
    plain = oddness(view, [left, right])
    assert max(plain) < 0.05
    view = view.copy()
    view[left] = np.clip(view[left] * (1.4, 0.9, 0.5), 0, 255)
    changed = oddness(view, [left, right])
    assert changed[0] > 0.3
    assert changed[1] < 0.1


def test_a_view_of_another_size_is_scaled(crowd):
    view, left, right = crowd
    view = view.copy()
    view[left] = (250, 0, 0)
    large = np.kron(view, np.ones((3, 3, 1), np.uint8))
    np.testing.assert_allclose(
        oddness(large, [left, right]), oddness(view, [left, right]), atol=0.02
    )


def test_distance_by_hand():
    colors = np.zeros((40, 40, 3), np.float32)
    region = np.zeros((40, 40), bool)
    region[10:30, 10:30] = True
    colors[region] = (3, 4, 0)
    assert distance(colors, region) == pytest.approx(5)


def test_nothing_to_compare_with_is_not_odd():
    view = np.zeros((20, 20, 3), np.uint8)
    assert oddness(view, [np.ones((20, 20), bool)]) == [0]
    assert oddness(view, []) == []
