from __future__ import annotations

import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.regions.edits import Stroke, edited, moved_edge, paint
from iph_core.regions.mask import Region


def disk(radius: float, side: int = 121, softness: float = 1.0) -> np.ndarray:
    """A disk in the middle whose edge falls from 1 to 0 over `softness` pixels."""
    rows, columns = np.mgrid[:side, :side] - side // 2
    away = np.hypot(rows, columns)
    return np.clip((radius - away) / softness + 0.5, 0, 1).astype(np.float32)


def iou(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a > 0.5, b > 0.5
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


@pytest.mark.parametrize("pixels", [1, 4, 10, 25, -1, -4, -10, -25])
def test_a_disk_moves_to_the_disk_of_the_other_radius(pixels):
    moved = moved_edge(disk(30), pixels)
    radius = np.sqrt(moved.sum() / np.pi)
    assert abs(radius - (30 + pixels)) < 0.75
    assert np.abs(moved - disk(30 + pixels, softness=4)).max() < 0.75  # a disk, nothing else


@pytest.mark.parametrize("pixels", [5, -5])
def test_a_soft_edge_stays_as_soft(pixels):
    moved = moved_edge(disk(30, softness=8), pixels)
    along = moved[60, 60:]
    between = (along > 0.1) & (along < 0.9)
    assert 5 <= between.sum() <= 9
    assert np.abs(moved - disk(30 + pixels, softness=8)).max() <= 0.2


def test_growing_goes_out_and_shrinking_goes_in():
    mask = disk(30, softness=6)
    assert (moved_edge(mask, 3) >= mask).all()
    assert (moved_edge(mask, -3) <= mask).all()


def test_no_pixels_change_nothing_and_an_empty_mask_stays_empty():
    mask = disk(30)
    assert moved_edge(mask, 0) is mask
    assert not moved_edge(np.zeros((8, 9), np.float32), 5).any()


def test_exactly_zero_and_one_stay_away_from_the_edge():
    grown = moved_edge(disk(30, softness=4), 10)
    assert set(np.unique(grown[60, :10])) == {0.0} and grown[60, 60] == 1
    assert grown.dtype == np.float32


def test_what_meets_the_border_of_the_photo_does_not_shrink_there():
    mask = np.zeros((40, 30), np.float32)
    mask[20:, 5:25] = 1
    shrunk = moved_edge(mask, -4)
    assert shrunk[39, 15] == 1 and shrunk[20, 15] == 0 and shrunk[30, 6] == 0


def test_a_full_mask_stays_full():
    full = np.ones((9, 12), np.float32)
    assert (moved_edge(full, 3) == 1).all() and (moved_edge(full, -3) == 1).all()


def test_a_dot_of_the_brush_is_a_disk():
    painted = paint(np.zeros((121, 121), np.float32), [Stroke(((60, 60),), 20)])
    assert iou(painted, disk(20)) > 0.97
    assert painted[60, 60] == 1 and painted[60, 90] == 0


def test_a_line_is_as_wide_as_the_brush():
    painted = paint(np.zeros((60, 100), np.float32), [Stroke(((20, 30), (80, 30)), 7)])
    across = painted[:, 50]
    assert abs(across.sum() - 15) <= 1  # seven pixels on each side of the line's own
    assert painted[30, 14] == 1 and painted[30, 11] == 0


def test_erasing_takes_away_and_later_strokes_win():
    add, erase = Stroke(((30, 30),), 10), Stroke(((30, 30),), 10, erase=True)
    empty = np.zeros((60, 60), np.float32)
    assert paint(empty, [add, erase]).max() < 0.3
    assert paint(empty, [erase, add])[30, 30] == 1


def test_strokes_change_nothing_elsewhere_and_not_the_mask_they_were_given():
    mask = disk(30, softness=6)
    before = mask.copy()
    painted = paint(mask, [Stroke(((10, 10),), 4)])
    assert np.array_equal(mask, before)
    assert np.array_equal(painted[20:, 20:], mask[20:, 20:])


def test_a_stroke_beside_the_photo_reaches_in():
    empty = np.zeros((50, 50), np.float32)
    painted = paint(empty, [Stroke(((-5, 25),), 10), Stroke(((500, 500),), 10)])
    assert painted[25, 0] == 1 and painted[25, 4] > 0.4 and not painted[:, 8:].any()


def test_a_large_brush_at_the_far_border_reaches_in():
    painted = paint(np.zeros((50, 50), np.float32), [Stroke(((60, -20), (60, 70)), 15)])
    assert (painted[:, 47:] == 1).all() and not painted[:, :43].any()


def test_edge_first_then_strokes():
    region = Region(disk(30))
    result = edited(region, grow=10, strokes=[Stroke(((60, 60),), 5, erase=True)])
    assert result.mask[60, 60] == 0 and result.mask[60, 98] == 1
    assert edited(region) is region


def test_nothing_left_is_said():
    with pytest.raises(InputError, match="Nothing is left"):
        edited(Region(disk(10)), grow=-20)


@pytest.mark.parametrize("points, radius", [((), 4), (((1, 1),), 0), (((1, 1),), float("nan"))])
def test_strokes_that_make_no_sense(points, radius):
    with pytest.raises(ValueError, match=r"stroke"):
        Stroke(points, radius)


def test_what_is_painted_is_sure():
    """A mask of the left half, of which the upper half is sure; then the lower right is painted."""
    mask, sure = np.zeros((256, 256), np.float32), np.zeros((256, 256), bool)
    mask[:, :128], sure[:128] = 1, True
    painted = edited(Region(mask, sure), strokes=[Stroke(((190, 190), (230, 190)), 20)])
    assert painted.read[190, 200] == 1
    assert painted.read[190, 60] == 0 and painted.mask[190, 60] == 1
    assert painted.read[60, 60] == 1 and painted.read[60, 200] == 0
    assert edited(Region(mask), grow=3).sure is None
