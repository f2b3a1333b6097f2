"""The measurement of boxes measures what it says; no time is checked."""

from __future__ import annotations

import pytest

from iph_core.benchmark.boxes import ellipse, measure
from iph_core.regions.box import mask_box


@pytest.mark.parametrize("share", [0.01, 0.2, 0.6])
def test_the_ellipse_fills_a_box_of_its_share(share):
    x0, y0, x1, y1 = mask_box(ellipse((1000, 1500), share))
    assert x0 <= 5 and y0 <= 5
    assert (x1 - x0) * (y1 - y0) == pytest.approx(share * 1000 * 1500, rel=0.03)


def test_every_step_takes_some_time(redder):
    assert all(seconds >= 0 for seconds in measure(redder, 0.05, 0.2))
