from __future__ import annotations

import numpy as np
import pytest

from iph_core.training.picker_prompts import KINDS, draw, draw_batch, draw_tap, true_box


@pytest.fixture
def grid():
    """Two people side by side and an object below, in a wide picture."""
    grid = np.full((256, 256), 255, np.uint8)
    grid[:128] = 0
    grid[20:90, 40:80] = 1
    grid[20:90, 80:120] = 2
    grid[100:120, 150:220] = 101
    return grid


def at(grid, point):
    return grid[int(point[1] / 4), int(point[0] / 4)]


@pytest.fixture
def random():
    return np.random.default_rng(7)


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_are_true(kind, grid, random):
    for _ in range(40):
        prompt = draw(kind, grid, random)
        there = [at(grid, point) for point in prompt.points]
        assert all(value in (1, 2, 101) for value in there)
        assert len(prompt.labels) == len(prompt.points)
        if prompt.target is None:
            assert kind == "part"
            assert there[0] == there[1]
            continue
        inside = [at(prompt.target, point) for point in prompt.points]
        assert inside == [bool(label) for label in prompt.labels]
        assert not prompt.target[grid == 255].any()
        assert (prompt.box is not None) == ("box" in kind)
        if prompt.box is not None:
            x0, y0, x1, y1 = true_box(prompt.target)
            sides = np.array([x1 - x0, y1 - y0] * 2)
            assert np.all(abs(np.subtract(prompt.box, (x0, y0, x1, y1))) <= sides / 4)


def test_adding_is_of_the_same_or_of_somebody_else_as_well(grid, random):
    targets = [draw("add", grid, random).target for _ in range(60)]
    seen = {tuple(np.unique(grid[target]).tolist()) for target in targets}
    assert {(1,), (2,), (1, 2)} <= seen


def test_removing_somebody_alone_taps_the_background_near_by(random):
    grid = np.zeros((256, 256), np.uint8)
    grid[100:200, 100:140] = 1
    for _ in range(20):
        prompt = draw("remove", grid, random)
        x, y = prompt.points[1]
        assert at(grid, (x, y)) == 0
        assert 4 * 68 <= x <= 4 * 172
        assert 4 * 68 <= y <= 4 * 232


def test_people_are_tapped_more_often_than_objects(grid, random):
    objects = sum(draw("tap", grid, random).target[110, 180] for _ in range(400))
    assert 60 <= objects <= 140


def test_taps_go_into_the_middle_onto_the_head_and_to_the_rim(random):
    inside = np.zeros((256, 256), bool)
    inside[100:160, 50:90] = True
    taps = np.array([draw_tap(inside, random) for _ in range(600)]) / 4
    columns, rows = taps.T
    assert np.all(inside[rows.astype(int), columns.astype(int)])
    assert columns.mean() == pytest.approx(70, abs=1.5)
    head = np.mean(rows < 110)
    assert 0.2 < head < 0.4
    middle = np.mean((abs(columns - 70) < 10) & (abs(rows - 130) < 20))
    assert middle > 0.3
    rim = np.minimum.reduce([columns - 50, 90 - columns, rows - 100, 160 - rows])
    assert np.mean(rim < 3) > 0.1


def test_true_box_is_in_the_frame_with_exclusive_far_edges():
    inside = np.zeros((256, 256), bool)
    inside[3:5, 10:20] = True
    assert true_box(inside) == (40, 12, 80, 20)


def test_a_batch_is_of_one_kind(grid, random):
    shapes = set()
    for _ in range(60):
        batch = draw_batch([grid, grid[:, ::-1].copy()], 2, random)
        np.testing.assert_array_equal(batch.rows, [0, 0, 1, 1])
        assert len(batch.points) == len(batch.labels) == 4
        assert not batch.known[:, 128:].any()
        np.testing.assert_array_equal(batch.regions[0], (grid > 0) & (grid < 255))
        assert batch.candidate == (3 if batch.boxes is None else 0)
        if batch.targets is not None:
            assert batch.targets.shape == (4, 256, 256)
        shapes.add((batch.points.shape[1], batch.boxes is None))
    assert shapes == {(1, True), (2, True), (1, False), (0, False)}
