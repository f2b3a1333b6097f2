from __future__ import annotations

import numpy as np
import pytest

from iph_core.compose import Cutout, first_placement

SIZE = (1200, 800)


def cutout(width=200, height=500, cut_off=False):
    return Cutout(
        np.zeros((height, width, 3), np.uint8), np.ones((height, width), np.float32), None, cut_off
    )


def box_of(placed, person):
    return placed.box(person.size)


def test_alone_it_stands_in_the_middle_on_the_ground():
    person = cutout()
    x0, y0, x1, y1 = box_of(first_placement(person, SIZE), person)
    assert (x0 + x1) / 2 == 600
    assert 0.9 * 800 < y1 <= 800
    assert 0.5 * 800 < y1 - y0 < 0.75 * 800


def test_beside_others_it_is_as_tall_and_its_feet_as_low():
    person = cutout()
    other = (300, 200, 480, 700)
    x0, y0, x1, y1 = box_of(first_placement(person, SIZE, [other]), person)
    assert (y0, y1) == pytest.approx((200, 700))
    assert x0 > 480
    assert x1 <= 1200


def test_it_goes_where_there_is_more_room():
    person = cutout()
    placed = first_placement(person, SIZE, [(800, 200, 980, 700)])
    assert box_of(placed, person)[2] < 800


def test_it_stands_in_the_gap_where_nobody_is_hidden():
    person = cutout(100, 500)
    others = [(0, 200, 300, 700), (900, 200, 1200, 700), (320, 250, 600, 700)]
    x0, _, x1, _ = box_of(first_placement(person, SIZE, others), person)
    assert x0 >= 600
    assert x1 <= 900


def test_without_feet_it_rises_from_the_lower_border():
    person = cutout(cut_off=True)
    placed = first_placement(person, SIZE, [(300, 200, 480, 700)])
    assert box_of(placed, person)[3] == pytest.approx(800)


@pytest.mark.parametrize("box", [(0, 0, 1200, 800), (100, 700, 140, 760), (100, 300, 700, 600)])
def test_what_can_be_no_standing_person_gives_no_size(box):
    placed, alone = first_placement(cutout(), SIZE, [box]), first_placement(cutout(), SIZE)
    assert (placed.y, placed.scale) == (alone.y, alone.scale)


def test_a_tiny_cutout_in_a_huge_scene_has_a_place_too():
    tiny = cutout(20, 20)
    assert first_placement(tiny, (4000, 6000)).scale == 100


def test_it_never_starts_outside():
    wide = cutout(900, 300)
    x0, _, x1, _ = box_of(first_placement(wide, (400, 800), [(150, 100, 300, 700)]), wide)
    assert x0 >= 0
    assert x1 <= 400
