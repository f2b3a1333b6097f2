"""Composites made elsewhere, with their truth: the files of one, and many of them in memory."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Generator, Tensor

from iph_core.data.bank import READING_THREADS
from iph_core.data.composites import Batch, as_file, score_mask
from iph_core.data.layout import naming
from iph_core.errors import InputError
from iph_core.network.masks import visible_guide
from iph_core.network_view import SMALLEST_GUIDE
from iph_core.photo import Photo, open_mask, open_photo
from iph_core.regions.working_size import to_square


@dataclass(frozen=True)
class Triple:
    """The files of one composite; `reference` is None where the background is to be matched.

    `layout` is what the set it belongs to is expected to hold, for messages.
    """

    composite: Path
    real: Path
    mask: Path
    reference: Path | None
    source: str
    split: str
    layout: str


def photo_numbers(triples: Sequence[Triple]) -> list[int]:
    """A number for the real photo of each composite, the same for those of one photo.

    Photos are told by their files' content: sets name a copy for each composite, or one for all.
    InputError for a file that cannot be read.
    """
    files = {triple.real: triple.layout for triple in triples}
    contents = {file: _digest(file, layout) for file, layout in files.items()}
    numbers: dict[bytes, int] = {}
    return [numbers.setdefault(contents[triple.real], len(numbers)) for triple in triples]


def load_triples(
    triples: Sequence[Triple], size: int, photos: Sequence[int] | None = None
) -> Batch:
    """Composites as one batch of a side of `size` pixels, scaled to a square as the network reads.

    photos: their `photo_numbers`, where they are part of a larger set. A reference that is hidden
    by the foreground's band gives way to the background, and a line on stderr says so. InputError
    for files that cannot be used.
    """
    loaded = [_load(triple, size) for triple in triples]
    composites, truths, masks, guides = (torch.stack(parts) for parts in zip(*loaded, strict=True))
    return Batch(
        composite=composites,
        truth=truths,
        mask=masks,
        reference=composites,
        guide=guides,
        score=score_mask(masks),
        photo_index=torch.tensor(photo_numbers(triples) if photos is None else photos),
        family=torch.zeros(len(triples), dtype=torch.long),
    )


@dataclass(frozen=True)
class TripleBank:
    """Composites in memory as bytes: pictures uint8 N3SS, masks and visible guides uint8 N1SS
    (255 inside), the source of each."""

    composites: Tensor
    truths: Tensor
    masks: Tensor
    guides: Tensor
    sources: tuple[str, ...]

    @property
    def size(self) -> int:
        """Side of the square pictures in pixels."""
        return self.composites.shape[-1]

    def to(self, device: torch.device) -> TripleBank:
        return replace(
            self,
            composites=self.composites.to(device),
            truths=self.truths.to(device),
            masks=self.masks.to(device),
            guides=self.guides.to(device),
        )

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """The composites of `rows` N, each mirrored or not by the generator's draw."""
        flip = torch.rand(len(rows), 1, 1, 1, generator=generator, device=rows.device) < 0.5
        return self._batch(rows, flip)

    def plain(self, rows: Tensor) -> Batch:
        """The composites of `rows` N as they are."""
        return self._batch(rows, torch.zeros(len(rows), 1, 1, 1, device=rows.device).bool())

    def _batch(self, rows: Tensor, flip: Tensor) -> Batch:
        composite, truth, mask, guide = (
            torch.where(flip, part[rows].flip(-1), part[rows]).float() / 255
            for part in (self.composites, self.truths, self.masks, self.guides)
        )
        return Batch(
            composite=composite,
            truth=truth,
            mask=mask,
            reference=composite,
            guide=guide,
            score=score_mask(mask),
            photo_index=rows,
            family=torch.zeros_like(rows),
        )


def load_triple_bank(triples: Sequence[Triple], size: int) -> TripleBank:
    """Read every composite at `size` x `size`; InputError as `load_triples` does."""
    # One at a time into bytes: as floats, a whole set would not fit.
    with ThreadPoolExecutor(READING_THREADS) as pool:
        loaded = list(pool.map(lambda triple: [_bytes(p) for p in _load(triple, size)], triples))
    composites, truths, masks, guides = (torch.stack(parts) for parts in zip(*loaded, strict=True))
    sources = tuple(triple.source for triple in triples)
    return TripleBank(composites, truths, masks, guides, sources)


def _digest(file: Path, layout: str) -> bytes:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}): {layout}.") from error


def _bytes(values: Tensor) -> Tensor:
    return (values * 255).round().to(torch.uint8)


def _load(triple: Triple, size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Composite and truth 3SS, mask and visible guide 1SS."""
    composite, real = _photo(triple, triple.composite), _photo(triple, triple.real)
    if real.size != composite.size:
        raise InputError(
            f"{triple.real} is {real.width}x{real.height} but the composite is"
            f" {composite.width}x{composite.height}: bring both in one size."
        )
    mask = _mask(triple, triple.mask, composite, size)
    if not (mask > 0.5).any():
        raise InputError(f"The foreground of {triple.mask} is too small: leave this composite out.")
    return _picture(composite, size), _picture(real, size), mask, _guide(triple, composite, mask)


def _guide(triple: Triple, composite: Photo, mask: Tensor) -> Tensor:
    """The visible reference: without the foreground and the band around it."""
    hard = (mask > 0.5).float()[None]
    background = visible_guide(torch.ones_like(hard), hard)[0]
    if background.sum() < SMALLEST_GUIDE:
        raise InputError(f"{triple.mask} leaves no background to match: leave this composite out.")
    if triple.reference is None:
        return background
    region = _mask(triple, triple.reference, composite, mask.shape[-1])
    visible = (region > 0.5).float() * background
    if visible.sum() >= SMALLEST_GUIDE:
        return visible
    print(
        f"{triple.reference} is too small or hidden by the foreground: the background is matched.",
        file=sys.stderr,
    )
    return background


def _photo(triple: Triple, file: Path) -> Photo:
    with naming(file, triple.layout):
        return open_photo(file)


def _mask(triple: Triple, file: Path, composite: Photo, size: int) -> Tensor:
    with naming(file, triple.layout):
        return _plane(open_mask(file, composite.size), size)


def _picture(photo: Photo, size: int) -> Tensor:
    pixels = to_square(photo.srgb(), size).transpose(2, 0, 1)
    return as_file(torch.from_numpy(np.ascontiguousarray(pixels)).float() / 255)


def _plane(mask: np.ndarray, size: int) -> Tensor:
    return torch.from_numpy(to_square(mask, size))[None]
