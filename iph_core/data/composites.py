"""Composites with their truth as tensors, however they were made, and where they are measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from iph_core.data.edges import PAPER_SIDE
from iph_core.network.masks import erode

SCORE_EROSION = 2.0
"""In pixels of a picture of PAPER_SIDE, scaled with the size."""


@dataclass(frozen=True)
class Batch:
    """N composites: pictures N3HW in [0, 1], masks N1HW.

    `mask` is the foreground as the network is told, `guide` the visible reference region, `score`
    what of the foreground lies in the mask, eroded by 2 px (of 256): where results are measured.
    `photo_index` N tells composites of one photo from those of others.
    """

    composite: Tensor
    truth: Tensor
    mask: Tensor
    reference: Tensor
    guide: Tensor
    score: Tensor
    photo_index: Tensor
    family: Tensor

    def __getitem__(self, chosen: slice | Tensor) -> Batch:
        """Some of the composites: a slice of them, or what a bool tensor N tells."""
        return self._each(lambda part: part[chosen])

    def to(self, device: torch.device) -> Batch:
        """The composites on another device."""
        return self._each(lambda part: part.to(device))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        return Batch(**{name: change(getattr(self, name)) for name in PARTS})


PARTS = tuple(field.name for field in fields(Batch))


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one."""
    return Batch(**{name: torch.cat([getattr(each, name) for each in batches]) for name in PARTS})


def score_mask(mask: Tensor) -> Tensor:
    """Where results are measured: the mask eroded by 2 px of 256; all of one that would vanish."""
    inside = (mask > 0.5).float()
    eroded = erode(inside, max(1, round(SCORE_EROSION * mask.shape[-1] / PAPER_SIDE)))
    vanished = eroded.sum((1, 2, 3), keepdim=True) < 4
    return torch.where(vanished, inside, eroded)


def as_file(pictures: Tensor) -> Tensor:
    """Rounded to 8 bits: what a dark disturbance loses in a file is lost here too."""
    return (pictures * 255).round() / 255
