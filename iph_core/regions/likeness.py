"""How much a region is like a person.

SAM's embedding knows where things end, but hardly what they are; the trunk was taught to name
things. The mean of both in a region goes through a logistic regression.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from iph_core.regions.sam import LOGITS_SIDE, Embedding
from iph_core.trunk.network import FEATURES, STRIDE, Trunk

CELLS = 64
SIDE = 448  # Pixels of the view's long side that the trunk sees.
WIDTH = 256 + FEATURES  # Of a region's description.

Array = NDArray[np.float32]


def trunk_features(trunk: Trunk, view: NDArray[np.uint8]) -> Array:
    """What the trunk sees in a view (uint8 HWC sRGB): float32 (FEATURES, rows, columns)."""
    scale = SIDE / max(view.shape[:2]) / STRIDE
    rows, columns = (max(1, round(side * scale)) * STRIDE for side in view.shape[:2])
    fitted = cv2.resize(view, (columns, rows), interpolation=cv2.INTER_AREA)
    pictures = torch.from_numpy(fitted).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        seen = trunk(pictures)[0]
    return np.asarray(seen.numpy(), np.float32)


def description(embedding: Embedding, seen: Array, inside: NDArray[np.bool_]) -> Array | None:
    """The mean of SAM's embedding and of the trunk's features in a mask, float32 (WIDTH,).

    inside: bool, in the part of SAM's grid of logits that shows the photo. None where it fills no
    cell of the embedding.
    """
    grid = np.zeros((LOGITS_SIDE, LOGITS_SIDE), np.float32)
    grid[: inside.shape[0], : inside.shape[1]] = inside
    cells = cv2.resize(grid, (CELLS, CELLS), interpolation=cv2.INTER_AREA) > 0.5
    share = cv2.resize(inside.astype(np.float32), seen.shape[:0:-1], interpolation=cv2.INTER_AREA)
    if not cells.any() or share.sum() <= 0:
        return None
    named = (seen * share).sum((1, 2)) / share.sum()
    return np.concatenate([embedding.features[0][:, cells].mean(1), named]).astype(np.float32)


class Likeness:
    """The regression. weight: float32 (WIDTH,), of a description."""

    def __init__(self, trunk: Trunk, weight: Array, bias: float) -> None:
        self._trunk, self._weight, self._bias = trunk, weight, bias

    def see(self, view: NDArray[np.uint8]) -> Array:
        """The trunk's features of a photo's view, uint8 HWC sRGB."""
        return trunk_features(self._trunk, view)

    def of(self, embedding: Embedding, seen: Array, inside: NDArray[np.bool_]) -> float:
        """How surely a mask is a person's, in [0, 1]; 0 for one that fills no cell."""
        described = description(embedding, seen, inside)
        if described is None:
            return 0.0
        return float(1 / (1 + np.exp(-(described @ self._weight + self._bias))))
