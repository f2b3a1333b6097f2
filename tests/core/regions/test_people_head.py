"""What the head's answer means in a photo."""

from __future__ import annotations

import numpy as np
import pytest

from iph_core.regions.people_head import people_map

LOW = -9.0


@pytest.fixture
def answer():
    """Somebody around cell (row 10, column 20); somebody less sure."""
    answer = np.full((6, 64, 64), LOW, np.float32)
    answer[0, 10, 20], answer[0, 10, 21] = 2.0, 1.0
    answer[0, 30, 40] = 0.0
    return answer


def test_cells_are_scaled_to_the_photo_and_the_padding_is_left_out(answer):
    seen = people_map(answer, (2048, 1024))
    assert seen.center.shape == (32, 64)
    assert seen.scale == 32
    assert seen.sightings(0.6, 9)[0].point == (20.5 * 32, 10.5 * 32)


def test_sightings_are_the_peaks_the_highest_first(answer):
    seen = people_map(answer, (1024, 1024))
    first, second = seen.sightings(0.3, 9)
    assert first.point == (20.5 * 16, 10.5 * 16)
    assert first.score == pytest.approx(1 / (1 + np.exp(-2)), rel=1e-5)
    assert second.point == (40.5 * 16, 30.5 * 16)
    assert len(seen.sightings(0.3, 1)) == 1
    assert len(seen.sightings(0.6, 9)) == 1
