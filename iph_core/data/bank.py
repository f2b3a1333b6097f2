"""Every photo of a data set in memory, as bytes on the device that trains."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from iph_core.data.folder import (
    NUMBERED,
    Example,
)
from iph_core.errors import InputError

SMALLEST_SHARE, LARGEST_SHARE = 0.01, 0.7
"""Regions between these shares of the picture can be a foreground or a reference."""

READING_THREADS = 2
"""Files that are read side by side."""


@dataclass(frozen=True)
class Bank:
    """Photos uint8 N3SS, labels uint8 NSS, and the table of regions that can be used.

    `regions` holds a row a region: photo index, label value. `sources` names each photo's source.
    """

    photos: Tensor
    labels: Tensor
    regions: Tensor
    sources: tuple[str, ...]

    @property
    def size(self) -> int:
        """Side of the square pictures in pixels."""
        return self.photos.shape[-1]

    @property
    def region_sources(self) -> list[str]:
        """The source of each row of `regions`."""
        return [self.sources[index] for index in self.regions[:, 0].tolist()]

    def to(self, device: torch.device) -> Bank:
        return replace(
            self,
            photos=self.photos.to(device),
            labels=self.labels.to(device),
            regions=self.regions.to(device),
        )


def load_bank(examples: Sequence[Example], size: int) -> Bank:
    """Read every example, resized to `size` x `size` (area for photos, nearest for labels).

    Raises InputError where a file cannot be read, labels have another size than their photo or no
    photo has a region of a usable size.
    """
    with ThreadPoolExecutor(READING_THREADS) as pool:
        pictures = list(pool.map(lambda example: _read(example, size), examples))
    labels = np.stack([label for _, label in pictures])
    rows = [(index, value) for index, label in enumerate(labels) for value in usable_labels(label)]
    if not rows:
        raise InputError(
            "No photo has a labeled region of 1 to 70 %: label people 1 to 99 and objects 101 to"
            " 199 (255 is unknown)."
        )
    return Bank(
        photos=torch.from_numpy(np.stack([photo for photo, _ in pictures])),
        labels=torch.from_numpy(labels),
        regions=torch.tensor(rows),
        sources=tuple(example.source for example in examples),
    )


def usable_labels(label: np.ndarray) -> list[int]:
    """The label values of people and objects whose share of the picture can be worked with."""
    counts = np.bincount(label.ravel(), minlength=256) / label.size
    return [value for value in NUMBERED if SMALLEST_SHARE <= counts[value] <= LARGEST_SHARE]


def _read(example: Example, size: int) -> tuple[np.ndarray, np.ndarray]:
    photo, labels = example.read_square(size)
    return np.ascontiguousarray(photo.transpose(2, 0, 1)), labels
