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
            np.testing.assert_allclose(prompt.box, true_box(prompt.target), atol=20)


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


def test_taps_keep_to_the_middle(random):
    inside = np.zeros((256, 256), bool)
    inside[100:141, 50:91] = True
    taps = np.array([draw_tap(inside, random) for _ in range(300)]) / 4
    np.testing.assert_allclose(taps.mean(0), (70.5, 120.5), atol=2)
    # Squared distances of a square: the deviation is 0.32 of half its side.
    np.testing.assert_allclose(taps.std(0), 0.32 * 20.5, rtol=0.2)


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
        assert batch.candidate == (3 if batch.boxes is None else 0)
        if batch.targets is not None:
            assert batch.targets.shape == (4, 256, 256)
        shapes.add((batch.points.shape[1], batch.boxes is None))
    assert shapes == {(1, True), (2, True), (1, False), (0, False)}
