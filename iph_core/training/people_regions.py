"""Teaching the people head to tell a person's mask from another thing's, by what SAM's embedding is
like inside it on average: logistic regression, solved by Newton's method.

Masks say more about who is a person than cells do: objects and backgrounds that are labeled in the
same photos are the other kind.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from iph_core.data.folder import LAST_PERSON, UNKNOWN
from iph_core.regions.people_head import CELLS
from iph_core.training.picker_data import Rows

STEP = 4  # Labels along a cell's side.
LEAST_CELLS = 10  # Of a region: smaller ones are left out.
WINDOWS, WINDOW_SIDES = 3, (6, 20)  # Of background in each photo, and their sides in cells.
LEAST_BACKGROUND = 30  # Cells of a window.
RIDGE, ITERATIONS = 0.03, 25

Vectors = NDArray[np.float64]


def fit_region(layer: nn.Linear, rows: Rows, pasted: NDArray[np.bool_], seed: int = 0) -> None:
    """Set `layer` (256 to 1) so that its logit tells people's masks from others.

    pasted: which rows are pasted groups, behind whom nobody knows what is background.
    """
    random = np.random.default_rng(seed)
    means: list[NDArray[np.float32]] = []
    people: list[bool] = []
    for row, is_pasted in zip(rows, pasted, strict=True):
        masks = regions_of(row["labels"], bool(is_pasted), random)
        if not masks:
            continue
        features = row["features"].astype(np.float32)
        means += [features[:, inside].mean(1) for inside, _ in masks]
        people += [is_person for _, is_person in masks]
    weight, bias = logistic(np.array(means, np.float64), np.array(people, bool))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight)[None])
        layer.bias.copy_(torch.tensor([bias]))


def regions_of(
    grid: NDArray[np.uint8], pasted: bool, random: np.random.Generator
) -> list[tuple[NDArray[np.bool_], bool]]:
    """(cells (64, 64), person or not) of what is labeled in a picture, and of some background."""
    cells = grid[STEP // 2 :: STEP, STEP // 2 :: STEP]
    found = []
    for value in np.unique(cells[(cells > 0) & (cells != UNKNOWN)]).tolist():
        inside = cells == value
        if np.count_nonzero(inside) >= LEAST_CELLS:
            found.append((inside, value <= LAST_PERSON))
    for _ in range(0 if pasted else WINDOWS):
        height, width = random.integers(*WINDOW_SIDES, 2)
        y, x = random.integers(CELLS - height), random.integers(CELLS - width)
        inside = np.zeros((CELLS, CELLS), bool)
        inside[y : y + height, x : x + width] = True
        inside &= cells == 0
        if np.count_nonzero(inside) >= LEAST_BACKGROUND:
            found.append((inside, False))
    return found


def logistic(vectors: Vectors, positive: NDArray[np.bool_]) -> tuple[Vectors, float]:
    """Weight and bias of a ridge logistic regression in which both kinds count the same."""
    mean, scale = vectors.mean(0), vectors.std(0) + 1e-6
    inputs = np.column_stack([(vectors - mean) / scale, np.ones(len(vectors))])
    wanted = positive.astype(np.float64)
    share = wanted.mean().clip(1e-6, 1 - 1e-6)
    counted = np.where(positive, 0.5 / share, 0.5 / (1 - share)) / len(vectors)
    solution = np.zeros(inputs.shape[1])
    for _ in range(ITERATIONS):
        chance = 1 / (1 + np.exp(-(inputs @ solution).clip(-30, 30)))
        slope = inputs.T @ (counted * (chance - wanted)) + RIDGE * solution
        bend = (inputs * (counted * chance * (1 - chance))[:, None]).T @ inputs
        solution -= np.linalg.solve(bend + RIDGE * np.eye(len(solution)), slope)
    weight = solution[:-1] / scale
    return weight, float(solution[-1] - mean @ weight)
