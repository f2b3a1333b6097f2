from __future__ import annotations

import math

import numpy as np
import pytest

from iph_core.compose import Placement
from iph_core.errors import InputError


def moved(placement, point, size=(4, 2)):
    return placement.matrix(size) @ (*point, 1)


def test_the_center_lies_where_the_placement_says():
    for placement in (Placement(7, 5), Placement(7, 5, 3, 40), Placement(7, 5, 0.2, 200, True)):
        np.testing.assert_allclose(moved(placement, (2, 1)), (7, 5), atol=1e-12)


@pytest.mark.parametrize(
    ("placement", "expected"),
    [
        (Placement(10, 10), (12, 9)),
        (Placement(10, 10, 2), (14, 8)),
        (Placement(10, 10, 1, 90), (11, 12)),
        (Placement(10, 10, 1, 180), (8, 11)),
        (Placement(10, 10, 1, -90), (9, 8)),
        (Placement(10, 10, 1, 0, True), (8, 9)),
        (Placement(10, 10, 1, 90, True), (11, 8)),
    ],
)
def test_where_the_upper_right_corner_goes_by_hand(placement, expected):
    assert tuple(moved(placement, (4, 0))) == expected


def test_a_turn_is_clockwise_as_seen():
    x, y = moved(Placement(0, 0, 1, 30), (3, 1))  # one pixel to the right of the center
    np.testing.assert_allclose((x, y), (math.cos(math.pi / 6), 0.5))


def test_the_box_holds_the_corners():
    assert Placement(10, 10, 2).box((4, 2)) == (6, 8, 14, 12)
    assert Placement(10, 10, 2, 90).box((4, 2)) == (8, 6, 12, 14)
    diagonal = 3 / math.sqrt(2)
    np.testing.assert_allclose(
        Placement(0, 0, 1, 45, True).box((4, 2)), [-diagonal, -diagonal, diagonal, diagonal]
    )


@pytest.mark.parametrize(
    "numbers", [(math.nan, 0, 1), (0, math.inf, 1), (0, 0, 0), (0, 0, 101), (0, 0, 1, math.nan)]
)
def test_senseless_numbers_are_refused(numbers):
    with pytest.raises(InputError):
        Placement(*numbers)
