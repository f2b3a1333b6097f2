"""Ready sets: folders of composites made elsewhere, with their truth.

NAME_composite.* and NAME_real.* of one size, NAME_mask.png (the foreground), NAME_reference.png
(the region of the composite to match; without it, the whole background).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from iph_core.data.synthesis import Batch, as_file, score_mask
from iph_core.errors import InputError
from iph_core.evaluation.protocols import TestSet, spread
from iph_core.network.masks import visible_guide
from iph_core.photo import Photo, open_mask, open_photo
from iph_core.pipeline import SMALLEST_GUIDE

BATCH = 16
LAYOUT = "NAME_composite.*, NAME_mask.png, NAME_real.* and, if any, NAME_reference.png"


@dataclass(frozen=True)
class ReadyCase:
    """The files of one composite; `reference` is None where the background is to be matched."""

    composite: Path
    real: Path
    mask: Path
    reference: Path | None

    @property
    def source(self) -> str:
        return self.composite.resolve().parent.name


def is_ready_set(folder: Path) -> bool:
    """Whether a folder holds ready composites."""
    return any(folder.glob("*_composite.*"))


def read_ready_set(folder: Path) -> list[ReadyCase]:
    """The composites of a ready set by name; InputError where a file of one is missing."""
    return [_case(folder, composite) for composite in sorted(folder.glob("*_composite.*"))]


def ready_set(
    cases: Sequence[ReadyCase], size: int, device: torch.device, limit: int | None = None
) -> TestSet:
    """Ready composites scaled to a square of `size` pixels, as the network reads them.

    Each set is one source under the name of its folder, however few it has. The files are read when
    their batch is; InputError for those that cannot be used.
    """
    sources = [case.source for case in cases]
    chosen = range(len(cases)) if limit is None else spread(sources, limit)
    cases = [cases[position] for position in chosen]

    def batches() -> Iterator[Batch]:
        for start in range(0, len(cases), BATCH):
            yield load_cases(cases[start : start + BATCH], size, device)

    return TestSet(batches, [case.source for case in cases], smallest_source=1)


def load_cases(cases: Sequence[ReadyCase], size: int, device: torch.device) -> Batch:
    """Read composites as one batch of a side of `size` pixels."""
    composites, truths, masks, guides = (
        torch.stack(parts).to(device)
        for parts in zip(*(_load(case, size) for case in cases), strict=True)
    )
    nothing = torch.zeros(len(cases), dtype=torch.long, device=device)
    return Batch(
        composite=composites,
        truth=truths,
        mask=masks,
        reference=composites,
        guide=guides,
        score=score_mask(masks),
        photo_index=nothing,
        family=nothing,
    )


def _case(folder: Path, composite: Path) -> ReadyCase:
    name = composite.stem.removesuffix("_composite")
    reference = folder / f"{name}_reference.png"
    # Not glob(f"{name}_real.*"): a name may hold brackets.
    real = [file for file in folder.iterdir() if file.stem == f"{name}_real"]
    mask = folder / f"{name}_mask.png"
    if len(real) != 1 or not mask.is_file():
        missing = f"{name}_mask.png" if len(real) == 1 else f"one {name}_real.*"
        raise InputError(f"{folder} lacks {missing}: a ready set holds {LAYOUT}.")
    return ReadyCase(composite, real[0], mask, reference if reference.is_file() else None)


def _load(case: ReadyCase, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Composite and truth 3SS, mask and visible guide 1SS."""
    composite, real = open_photo(case.composite), open_photo(case.real)
    if real.size != composite.size:
        raise InputError(
            f"{case.real} is {real.width}x{real.height} but the composite is"
            f" {composite.width}x{composite.height}: bring both in one size."
        )
    mask = _plane(open_mask(case.mask, composite.size), size)
    if not (mask > 0.5).any():
        raise InputError(f"The foreground of {case.mask} is too small: leave this composite out.")
    return _picture(composite, size), _picture(real, size), mask, _guide(case, composite, mask)


def _guide(case: ReadyCase, composite: Photo, mask: Tensor) -> Tensor:
    """The visible reference: without the foreground and the band around it."""
    hard = (mask > 0.5).float()[None]
    background = visible_guide(torch.ones_like(hard), hard)[0]
    if background.sum() < SMALLEST_GUIDE:
        raise InputError(f"{case.mask} leaves no background to match: leave this composite out.")
    if case.reference is None:
        return background
    region = _plane(open_mask(case.reference, composite.size), mask.shape[-1])
    visible = (region > 0.5).float() * background
    if visible.sum() >= SMALLEST_GUIDE:
        return visible
    print(
        f"{case.reference} is too small or hidden by the foreground: the background is matched.",
        file=sys.stderr,
    )
    return background


def _picture(photo: Photo, size: int) -> Tensor:
    pixels = _scaled(photo.srgb(), size).transpose(2, 0, 1)
    return as_file(torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255)


def _plane(mask: np.ndarray, size: int) -> Tensor:
    return torch.from_numpy(_scaled(mask, size))[None]


def _scaled(pixels: np.ndarray, size: int) -> np.ndarray:
    smaller = size < max(pixels.shape[:2])
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(pixels, (size, size), interpolation=how)
