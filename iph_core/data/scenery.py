"""Pieces of the scene as foregrounds: parts of what nobody labeled, alike in color and place.

Labels name people and things as a whole; what a person picks can also be half a wall or a patch of
sky, and a network that only ever saw whole things recolored does worse on those.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch

from iph_core.data.bank import Bank
from iph_core.data.folder import LAST_OBJECT

PIECES = 2
"""At most so many a photo."""
FIRST_PIECE = LAST_OBJECT + 2
SMALLEST_PIECE, LARGEST_PIECE = 0.015, 0.35
"""Shares of the picture."""

GRID = 32
CLUSTERS = (4, 8)
PLACE = (0.3, 1.0)
"""What place counts against color, drawn for each photo: large for round pieces."""
CHROMA = 1.5
SMOOTHING = 15
"""Side in pixels of the median filter that rounds the pieces' edges."""


def with_scenery(bank: Bank, seed: int = 0) -> Bank:
    """The bank with up to two pieces of each photo's unlabeled area as further regions, after
    its own; the same pieces for the same seed."""
    draws = np.random.default_rng(seed)
    labels = bank.labels.cpu().numpy().copy()
    rows = []
    for index, photo in enumerate(bank.photos):
        pixels = photo.permute(1, 2, 0).cpu().numpy()
        for number, piece in enumerate(scene_pieces(pixels, labels[index] == 0, draws)[:PIECES]):
            labels[index][piece] = FIRST_PIECE + number
            rows.append((index, FIRST_PIECE + number))
    pieces = torch.tensor(rows, dtype=bank.regions.dtype).reshape(-1, 2)
    return replace(
        bank,
        labels=torch.from_numpy(labels).to(bank.labels.device),
        regions=torch.cat((bank.regions, pieces.to(bank.regions.device))),
    )


def scene_pieces(
    photo: np.ndarray, free: np.ndarray, draws: np.random.Generator
) -> list[np.ndarray]:
    """Connected pieces, bool HW, of the area `free` (bool HW) of a photo uint8 HW3, shuffled."""
    clusters = _clusters(photo, draws)
    pieces = []
    for cluster in range(clusters.max() + 1):
        inside = ((clusters == cluster) & free).astype(np.uint8)
        _, numbers, statistics, _ = cv2.connectedComponentsWithStats(inside)
        shares = statistics[1:, cv2.CC_STAT_AREA] / free.size
        usable = np.flatnonzero((shares > SMALLEST_PIECE) & (shares < LARGEST_PIECE)) + 1
        pieces += [numbers == number for number in usable]
    return [pieces[index] for index in draws.permutation(len(pieces))]


def _clusters(photo: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """The number of each pixel's cluster, uint8 HW: k-means over CIELAB color and place."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float32) / 255
    color = cv2.resize(lab, (GRID, GRID), interpolation=cv2.INTER_AREA) * (1, CHROMA, CHROMA)
    axis = (np.arange(GRID) + 0.5) / GRID
    place = np.stack(np.meshgrid(axis, axis), -1) * draws.uniform(*PLACE)
    cells = np.concatenate((color, place), -1).reshape(GRID * GRID, -1).astype(np.float32)
    count = int(draws.integers(CLUSTERS[0], CLUSTERS[1], endpoint=True))
    cv2.setRNGSeed(int(draws.integers(2**31)))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 0.0)
    _, cluster, _ = cv2.kmeans(cells, count, np.empty(0), stop, 1, cv2.KMEANS_RANDOM_CENTERS)
    height, width = photo.shape[:2]
    small = cluster.reshape(GRID, GRID).astype(np.uint8)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return cv2.medianBlur(large, SMOOTHING)
