"""Composites as IntHarmony has them (Valanarasu et al., section 4 and appendix).

In a photo with instance masks one instance is the foreground and another one the reference. The
foreground is changed by one augmentation; the photo is the truth. Unlike the paper's, the edges are
honest (`edges.py`), and a change that can hardly be seen is drawn again. `build-data intharmony`
writes them to disk, training makes them on the fly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from iph_core.data.augmentations import NAMES, augment
from iph_core.data.bank import LARGEST_SHARE, SMALLEST_SHARE, Bank
from iph_core.data.composites import Batch, as_file, score_mask
from iph_core.data.edges import recolored_area
from iph_core.data.folder import FIRST_OBJECT, LAST_OBJECT, LAST_PERSON
from iph_core.data.synthesis import LEAST_GUIDE_SHARE
from iph_core.errors import InputError
from iph_core.network.masks import masked_mean, visible_guide

FAINTEST = 30.0
"""Above so many dB from the truth (fPSNR) there is hardly a change."""

ALIKE, REDRAWS = 4, 16
"""Such a change is drawn again up to REDRAWS times, the first ALIKE by the same augmentation."""


def recolor_region(
    photos: Tensor, region: Tensor, kinds: Tensor, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Composites N3HW of photos N3HW in [0, 1] whose region N1HW is augmented, and by what.

    `kinds` N, given and returned, holds indices into `augmentations.NAMES`. A change fainter than
    FAINTEST is drawn again, later by any augmentation: color jitter leaves gray as it is.
    """
    composites, score = _recolored(photos, region, kinds, generator), score_mask(region)
    for number in range(REDRAWS):
        faint = (_decibels(composites, photos, score) > FAINTEST).nonzero()[:, 0]
        if not len(faint):
            break
        if number >= ALIKE:
            drawn = _draw_kinds(len(faint), generator, photos.device)
            kinds = kinds.index_copy(0, faint, drawn)
        again = _recolored(photos[faint], region[faint], kinds[faint], generator)
        composites = composites.index_copy(0, faint, again)
    return composites, kinds


@dataclass(frozen=True)
class Composed:
    """One composite: picture and truth 1 x 3 x h x w, mask and guide 1 x 1 x h x w, and which
    augmentation made it."""

    composite: Tensor
    truth: Tensor
    mask: Tensor
    guide: Tensor
    augmentation: str


def compose(
    photo: Tensor, labels: Tensor, side: int, generator: Generator, people_only: bool = False
) -> Composed | None:
    """One composite of a photo 1 x 3 x H x W and its labels HW, its long side `side` pixels.

    It is made at the photo's size and scaled down. None where the photo has no two usable
    instances (people alone, if only they are wanted) of which something is left then.
    """
    kinds = _draw_kinds(1, generator, photo.device)
    values = instances(labels, people_only)
    order = torch.randperm(len(values), generator=generator).tolist()
    for first in order:
        region = _is(labels, values[first])
        mask = _scaled(region, side)
        for second in order:
            visible = visible_guide(_is(labels, values[second]), region)
            guide = (_scaled(visible, side) > 0.5).float()
            left = visible.mean() >= LEAST_GUIDE_SHARE and guide.any() and (mask > 0.5).any()
            if second != first and left:
                composite, kinds = recolor_region(photo, region, kinds, generator)
                composite, truth = (as_file(_scaled(part, side)) for part in (composite, photo))
                return Composed(composite, truth, mask, guide, NAMES[int(kinds)])
    return None


def instances(labels: Tensor, people_only: bool = False) -> list[int]:
    """Label values of labels HW whose share of the photo can be worked with."""
    shares = torch.bincount(labels.flatten().long(), minlength=256) / labels.numel()
    last = LAST_PERSON if people_only else LAST_OBJECT
    usable = (shares >= SMALLEST_SHARE) & (shares <= LARGEST_SHARE)
    values = usable.nonzero()[:, 0].tolist()
    return [v for v in values if 0 < v <= LAST_PERSON or FIRST_OBJECT <= v <= last]


class IntHarmony:
    """Makes batches of such composites from a bank, on the bank's device; like `Synthesizer`."""

    def __init__(self, bank: Bank, size: int) -> None:
        self.bank, self.size = with_two_instances(bank), size

    def batch(self, rows: Tensor, generator: Generator) -> Batch:
        """Composites of the bank's region `rows` N, each scaled to the network's square."""
        photo_index, value = self.bank.regions[rows].unbind(1)
        labels = self.bank.labels[photo_index][:, None]
        photos = self.bank.photos[photo_index].float() / 255
        device = photos.device
        flip = torch.rand(len(rows), 1, 1, 1, generator=generator, device=device) < 0.5
        labels = torch.where(flip, labels.flip(-1), labels)
        photos = torch.where(flip, photos.flip(-1), photos)
        region = (labels == value[:, None, None, None]).float()
        kinds = _draw_kinds(len(rows), generator, device)
        composite, kinds = recolor_region(photos, region, kinds, generator)
        guide = self._guide(labels, photo_index, value, region, generator)
        composite, truth, mask, guide = (
            F.interpolate(part, (self.size, self.size), mode="area")
            for part in (composite, photos, region, guide)
        )
        composite = as_file(composite)
        return Batch(
            composite=composite,
            truth=as_file(truth),
            mask=mask,
            reference=composite,
            guide=(guide > 0.5).float(),
            score=score_mask(mask),
            photo_index=photo_index,
            family=kinds,
        )

    def _guide(
        self,
        labels: Tensor,
        photo_index: Tensor,
        value: Tensor,
        region: Tensor,
        generator: Generator,
    ) -> Tensor:
        """Another instance N1HW of the same photo; one hidden by the foreground's band gives way to
        the background."""
        regions = self.bank.regions
        other = (regions[None, :, 0] == photo_index[:, None]) & (
            regions[None, :, 1] != value[:, None]
        )
        chosen = torch.multinomial(other.float(), 1, generator=generator)[:, 0]
        guide = (labels == regions[chosen, 1][:, None, None, None]).float()
        guide = visible_guide(guide, region)
        enough = guide.mean((1, 2, 3), keepdim=True) >= LEAST_GUIDE_SHARE
        return torch.where(enough, guide, visible_guide(torch.ones_like(region), region))


def with_two_instances(bank: Bank) -> Bank:
    """The bank with the regions of photos that have another one; InputError where there is none."""
    photos = bank.regions[:, 0]
    counts = torch.bincount(photos, minlength=len(bank.photos))
    kept = counts[photos] > 1
    if not kept.any():
        raise InputError("No photo has two labeled regions: IntHarmony needs a reference in each.")
    return replace(bank, regions=bank.regions[kept])


def _recolored(photos: Tensor, region: Tensor, kinds: Tensor, generator: Generator) -> Tensor:
    changed = augment(photos, kinds, generator)
    return photos + recolored_area(region, generator) * (changed - photos)


def _decibels(composites: Tensor, photos: Tensor, score: Tensor) -> Tensor:
    """How far composites are from their photos inside score masks: PSNR N in dB."""
    error = masked_mean((composites - photos) ** 2, score).mean(1)
    return -10 * torch.log10(error.clamp_min(1e-7))


def _draw_kinds(count: int, generator: Generator, device: torch.device) -> Tensor:
    return torch.randint(len(NAMES), (count,), generator=generator, device=device)


def _is(labels: Tensor, value: int) -> Tensor:
    return (labels == value).float()[None, None]


def _scaled(picture: Tensor, side: int) -> Tensor:
    """NCHW by area to a long side of `side` pixels."""
    height, width = picture.shape[-2:]
    scale = side / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return F.interpolate(picture, size, mode="area")
