"""Which cells of a picture a loss looks at, and the losses there.

Most of a picture is far from the person who is meant and says little: all cells near the person are
taken, and a sample of the others that stands for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from iph_core.training.picker_decoder import PATCH, SIDE

NEAR = 2  # Cells around the target that are all taken.
NEAR_SHARE, RIVAL_SHARE = 0.75, 0.12  # At most, of the cells: near ones; other people and objects.
BCE_WEIGHT = 1.5
AREAS = 4.0  # Errors are averaged over this many of the target's areas, so that small people count.
LEAST_AREA = 0.01  # Of the picture.

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Sample:
    """Cells of P prompts.

    cells: int64 (P, S). weights: float32 (P, S), for how many cells each stands.
    """

    cells: NDArray[np.int64]
    weights: NDArray[np.float32]


def draw_sample(targets: Mask, others: Mask, count: int, random: np.random.Generator) -> Sample:
    """`count` cells for each of the targets (P, 256, 256); `others` are all labeled regions."""
    drawn = [draw_cells(*pair, count, random) for pair in zip(targets, others, strict=True)]
    return Sample(np.stack([cells for cells, _ in drawn]), np.stack([part for _, part in drawn]))


def draw_cells(
    target: Mask, others: Mask, count: int, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Cells near the target, some of the other regions and some of the rest, with their weights."""
    window = np.ones((2 * NEAR + 1, 2 * NEAR + 1), np.uint8)
    near = cv2.dilate(any_inside(target).astype(np.uint8), window).ravel() > 0
    rival = any_inside(others).ravel() & ~near
    groups = [np.flatnonzero(near), np.flatnonzero(rival), np.flatnonzero(~near & ~rival)]
    sizes = [min(len(groups[0]), round(NEAR_SHARE * count))]
    sizes.append(min(len(groups[1]), round(RIVAL_SHARE * count)))
    sizes.append(min(len(groups[2]), count - sum(sizes)))
    sizes[0] = min(len(groups[0]), count - sizes[1] - sizes[2])
    sizes[1] = count - sizes[0] - sizes[2]
    cells, weights = [], []
    for group, size in zip(groups, sizes, strict=True):
        if size:
            cells.append(random.choice(group, size, replace=False))
            weights.append(np.full(size, len(group) / size, np.float32))
    return np.concatenate(cells), np.concatenate(weights)


def any_inside(mask: Mask) -> Mask:
    """The cells (64, 64) that hold a pixel of the mask (256, 256)."""
    return np.asarray(mask.reshape(SIDE, PATCH, SIDE, PATCH).any((1, 3)))


def patches(masks: Mask, cells: NDArray[np.int64]) -> Mask:
    """The part of masks (P, 256, 256) in their cells (P, S): (P, S, 4, 4)."""
    count = len(masks)
    tiles = masks.reshape(count, SIDE, PATCH, SIDE, PATCH).transpose(0, 1, 3, 2, 4)
    tiles = tiles.reshape(count, SIDE * SIDE, PATCH, PATCH)
    return np.take_along_axis(tiles, cells[..., None, None], 1)


def mask_losses(logits: Tensor, target: Tensor, counted: Tensor) -> dict[str, Tensor]:
    """Binary cross-entropy and dice (Milletari et al. 2016) of patches (P, S, 4, 4).

    counted: float, how many pixels each stands for; 0 where nobody knows.
    """
    wanted = target.to(logits.dtype)
    errors = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    area = (wanted * counted).sum((1, 2, 3))
    everything = counted.sum((1, 2, 3)).clamp_min(1)
    room = torch.minimum(AREAS * torch.maximum(area, LEAST_AREA * everything), everything)
    entropy = (errors * counted).sum((1, 2, 3)) / room
    inside = logits.sigmoid() * counted
    both = (inside * wanted).sum((1, 2, 3))
    dice = 1 - (2 * both + 1) / (inside.sum((1, 2, 3)) + area + 1)
    return {"bce": BCE_WEIGHT * entropy.mean(), "dice": dice.mean()}


def overlap(masks: Tensor, target: Tensor, counted: Tensor) -> Tensor:
    """IoU (P,) of boolean patches (P, S, 4, 4)."""
    both = ((masks & target) * counted).sum((1, 2, 3))
    either = ((masks | target) * counted).sum((1, 2, 3))
    return both / either.clamp_min(1)
