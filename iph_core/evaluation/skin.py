"""Where skin is in test composites, for photos whose parsing is there: people look at faces first.

A parsing lies beside its source: SOURCE-parsing/NAME.png for SOURCE/NAME.jpg, its gray levels the
classes of Clothing Co-Parsing (Yang et al. 2014).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Generator, Tensor

from iph_core.data.bank import Bank
from iph_core.data.folder import Example
from iph_core.data.recipe import Recipe
from iph_core.data.synthesis import Synthesizer
from iph_core.photo import open_label_map

SKIN = 41
"""Gray level of skin in a parsing."""

SMALLEST_SKIN = 20
"""Pixels of skin in the foreground below which a composite says nothing about skin."""


def parsing_of(example: Example) -> Path | None:
    """The parsing of a photo, None where there is none."""
    # Absolute: where the photos lie in the folder that one is in, it has no name of its own.
    folder = os.path.abspath(example.photo.parent)
    file = Path(f"{folder}-parsing") / f"{example.photo.stem}.png"
    return file if file.is_file() else None


def skin_bank(examples: Sequence[Example], bank: Bank) -> Bank | None:
    """The bank with a map of the skin (255) for each photo; None where no photo has a parsing.

    InputError for a parsing that cannot be read.
    """
    files = [parsing_of(example) for example in examples]
    if not any(files):
        return None
    maps = np.stack([_skin(file, bank.size) for file in files])
    gray = torch.from_numpy(maps)[:, None].to(bank.photos.device)
    return replace(bank, photos=gray.expand(-1, 3, -1, -1))


def skin_masks(
    bank: Bank, recipe: Recipe, size: int
) -> Callable[[Tensor, Generator, Tensor], Tensor]:
    """A function that gives the skin N1HW (bool) of what `Synthesizer.batch` makes of the same
    rows, generator state and families.

    The maps take the photos' own way, so that they are mirrored and scaled as those are.
    """
    synthesizer = Synthesizer(bank, replace(recipe, looks=0.0), size)

    def masks(rows: Tensor, generator: Generator, families: Tensor) -> Tensor:
        return synthesizer.batch(rows, generator, families).truth[:, :1] > 0.5

    return masks


def of_enough(skin: Tensor, score: Tensor) -> Tensor:
    """Skin N1HW inside the mask N1HW where results are measured; empty where it is too little."""
    inside = (skin & (score > 0.5)).float()
    enough = inside.sum((1, 2, 3), keepdim=True) >= SMALLEST_SKIN
    return inside * enough


def _skin(file: Path | None, size: int) -> np.ndarray:
    if file is None:
        return np.zeros((size, size), np.uint8)
    skin = (open_label_map(file) == SKIN).astype(np.uint8) * 255
    return cv2.resize(skin, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
