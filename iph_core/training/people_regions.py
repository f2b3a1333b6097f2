"""Teaching the people head to tell a person's mask from another thing's, by what SAM's embedding
and the trunk see inside it on average: logistic regression, solved by Newton's method.

Masks say more about who is a person than cells do: objects and backgrounds that are labeled in the
same photos are the other kind.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from iph_core.data.folder import LAST_PERSON, UNKNOWN
from iph_core.regions.likeness import description, trunk_features
from iph_core.regions.sam import Embedding
from iph_core.training.picker_data import PASTED, Picture, Rows, without_padding
from iph_core.trunk.network import Trunk

LEAST_AREA = 160  # Pixels of the grid: smaller regions are left out.
WINDOWS, WINDOW_SIDES = 3, (24, 80)  # Of background in each photo, and their sides in the grid.
LEAST_BACKGROUND = 480  # Pixels of a window.
RIDGE, ITERATIONS = 0.1, 25

Vectors = NDArray[np.float64]


def fit_region(
    layer: nn.Linear, pictures: Sequence[Picture], rows: Rows, trunk: Trunk, seed: int = 0
) -> None:
    """Set `layer` (WIDTH of a description to 1) so that its logit tells people's masks from others.

    rows: of the pictures, in their order.
    """
    random = np.random.default_rng(seed)
    described: list[NDArray[np.float32]] = []
    people: list[bool] = []
    for picture, row in zip(pictures, rows, strict=True):
        # Behind pasted groups nobody knows what is background.
        masks = regions_of(row["labels"], picture.source == PASTED, random)
        if not masks:
            continue
        rgb, _ = picture.make()
        embedding = Embedding(row["features"].astype(np.float32)[None], rgb.shape[1::-1])
        seen = trunk_features(trunk, rgb)
        for inside, is_person in masks:
            vector = description(embedding, seen, inside)
            if vector is not None:
                described.append(vector)
                people.append(is_person)
    weight, bias = logistic(np.array(described, np.float64), np.array(people, bool))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight)[None])
        layer.bias.copy_(torch.tensor([bias]))


def regions_of(
    labels: NDArray[np.uint8], pasted: bool, random: np.random.Generator
) -> list[tuple[NDArray[np.bool_], bool]]:
    """(mask, person or not) of what is labeled in a picture, and of some background.

    labels: (256, 256), in SAM's grid of logits. Masks are in the part of it that shows the picture.
    pasted: whether nobody knows what is background.
    """
    grid = without_padding(labels)
    found = []
    for value in np.unique(grid[(grid > 0) & (grid != UNKNOWN)]).tolist():
        inside = grid == value
        if np.count_nonzero(inside) >= LEAST_AREA:
            found.append((inside, value <= LAST_PERSON))
    for _ in range(0 if pasted else WINDOWS):
        inside = window(grid.shape, random) & (grid == 0)
        if np.count_nonzero(inside) >= LEAST_BACKGROUND:
            found.append((inside, False))
    return found


def window(shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.bool_]:
    """A random rectangle in a mask of a shape."""
    height, width = (int(side) for side in random.integers(*WINDOW_SIDES, 2))
    y = int(random.integers(max(1, shape[0] - height)))
    x = int(random.integers(max(1, shape[1] - width)))
    inside = np.zeros(shape, np.bool_)
    inside[y : y + height, x : x + width] = True
    return inside


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
