from __future__ import annotations

import numpy as np
import pytest
import torch

from iph_core.training.picker_cells import (
    BCE_WEIGHT,
    draw_cells,
    draw_sample,
    mask_losses,
    overlap,
    patches,
)


def square(first, last):
    mask = np.zeros((256, 256), bool)
    mask[first:last, first:last] = True
    return mask


@pytest.fixture
def random():
    return np.random.default_rng(3)


def test_all_cells_near_the_target_are_taken_and_the_sample_stands_for_the_rest(random):
    target, others = square(40, 80), square(40, 80) | square(160, 220)
    cells, weights = draw_cells(target, others, 900, random)
    assert len(set(cells.tolist())) == len(cells) == 900
    assert weights.sum() == pytest.approx(4096, rel=1e-5)
    near = {64 * row + column for row in range(8, 22) for column in range(8, 22)}
    taken = dict(zip(cells.tolist(), weights.tolist(), strict=True))
    assert near <= set(taken)
    assert all(taken[cell] == 1 for cell in near)
    rivals = [cell for cell in cells if 40 <= cell // 64 < 55 and 40 <= cell % 64 < 55]
    assert len(rivals) >= 100  # of 225; by chance it would be 40


@pytest.mark.parametrize("count", [40, 1500, 4096])
def test_there_are_always_as_many_cells_as_asked_for(count, random):
    for target in (square(0, 256), square(100, 101), square(20, 200)):
        cells, weights = draw_cells(target, target, count, random)
        assert len(set(cells.tolist())) == count
        assert weights.sum() == pytest.approx(4096, rel=1e-4)


def test_patches_are_the_cells_of_a_mask(random):
    mask = random.random((2, 256, 256)) < 0.5
    cells = np.array([[0, 65], [4095, 130]])
    parts = patches(mask, cells)
    np.testing.assert_array_equal(parts[0, 1], mask[0, 4:8, 4:8])
    np.testing.assert_array_equal(parts[1, 0], mask[1, 252:, 252:])
    np.testing.assert_array_equal(parts[1, 1], mask[1, 8:12, 8:12])


def test_a_sample_measures_what_all_cells_would(random):
    target = square(30, 90)
    guess = square(60, 120)
    whole = np.count_nonzero(target & guess) / np.count_nonzero(target | guess)
    found = []
    for _ in range(20):
        sample = draw_sample(target[None], target[None], 700, random)
        counted = np.broadcast_to(sample.weights[..., None, None], (1, 700, 4, 4))
        parts = [torch.from_numpy(patches(mask[None], sample.cells)) for mask in (guess, target)]
        found.append(overlap(*parts, torch.from_numpy(counted.copy())).item())
    assert np.mean(found) == pytest.approx(whole, abs=0.01)


def test_losses_by_hand():
    """One cell of sixteen pixels, half of it inside, four pixels unknown."""
    target = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    target[..., :2] = True
    counted = torch.ones(1, 1, 4, 4)
    counted[:, :, 3] = 0
    right = mask_losses(torch.where(target, 30.0, -30.0), target, counted)
    assert right["bce"] == pytest.approx(0, abs=1e-6)
    assert right["dice"] == pytest.approx(0, abs=1e-6)
    unsure = mask_losses(torch.zeros(1, 1, 4, 4), target, counted)
    assert unsure["bce"] == pytest.approx(BCE_WEIGHT * np.log(2), rel=1e-5)  # room is all 12
    assert unsure["dice"] == pytest.approx(1 - 7 / 13, rel=1e-5)


def test_errors_around_small_people_count_as_those_around_large_ones():
    """A miss of the same share of the person costs the same, whatever the person's size."""
    losses = []
    for side in (8, 32):
        target = np.zeros((1, 4096, 4, 4), bool)
        target.reshape(1, -1)[0, : side * side] = True
        logits = np.full(target.shape, -20.0, np.float32)
        logits.reshape(1, -1)[0, side * side // 2 : side * side] = 20
        weights = torch.ones(target.shape)
        losses.append(
            mask_losses(torch.from_numpy(logits), torch.from_numpy(target), weights)["bce"]
        )
    small, large = losses
    # 64 of 65,536 pixels lie below the least area, 0.1 % against 1 %.
    assert large == pytest.approx(BCE_WEIGHT * 20 * 512 / (4 * 1024), rel=1e-3)
    assert small == pytest.approx(BCE_WEIGHT * 20 * 32 / (4 * 655.36), rel=1e-3)
