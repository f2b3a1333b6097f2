"""Where batches come from: photos of which composites are made, or composites that are there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Protocol

import torch
from torch import Generator, Tensor

from iph_core.data.bank import Bank
from iph_core.data.folder import LAST_PERSON
from iph_core.data.intharmony import IntHarmony
from iph_core.data.recipe import PROTOCOLS
from iph_core.data.scenery import with_scenery
from iph_core.data.synthesis import OVERSAMPLING, Batch, Synthesizer
from iph_core.data.triples import TripleBank
from iph_core.errors import InputError
from iph_core.evaluation.protocols import READY, TestSet, joined, made_set
from iph_core.evaluation.summary import SMALL_SOURCE
from iph_core.training.schedule import Schedule

Data = Bank | TripleBank

VALIDATION_BATCH = 16


class Source(Protocol):
    """Makes batches of rows; what a row is, its maker knows."""

    def batch(self, rows: Tensor, generator: Generator) -> Batch: ...


def bank_side(schedule: Schedule) -> int:
    """The side at which photos are held in memory: composites are made larger than used."""
    return OVERSAMPLING * schedule.size


def source_of(data: Data, schedule: Schedule) -> tuple[Source, Tensor]:
    """What makes a schedule's batches out of the data, and how often each row is drawn.

    InputError where the data has no region that the schedule asks for.
    """
    if isinstance(data, TripleBank):
        return data, composite_weights(data)
    if schedule.people_only:
        data = with_people_only(data)
    if schedule.intharmony:
        guided = IntHarmony(data, schedule.size)
        return guided, source_weights(guided.bank)
    weights = source_weights(data)
    if schedule.recipe.scenery:
        data = with_scenery(data)
        weights = scenery_weights(data, weights, schedule.recipe.scenery)
    return Synthesizer(data, schedule.recipe, schedule.size), weights


def validation_sets(data: Data, size: int) -> dict[str, TestSet]:
    """The fixed composites that a run is judged by: the protocols standard and look, or the
    composites themselves."""
    if isinstance(data, TripleBank):
        return {READY: _ready(data)}
    return {name: made_set(data, PROTOCOLS[name], size) for name in ("standard", "look")}


def made_in_pieces(
    source: Source, rows: Tensor, pieces: int, wanted: slice, seed: int, device: torch.device
) -> Batch:
    """The samples `wanted` of a batch of rows, made in equal pieces of which each has its own
    draws; pieces that hold none of them are not made."""
    side = len(rows) // pieces
    if side * pieces != len(rows):
        raise InputError(f"A batch of {len(rows)} has no {pieces} equal pieces: change --batch.")
    parts = []
    for piece in range(wanted.start // side, -(-wanted.stop // side)):
        generator = torch.Generator(device).manual_seed(seed + (piece << 48))
        start = piece * side
        made = source.batch(rows[start : start + side].to(device), generator)
        parts.append(part(made, max(0, wanted.start - start), min(side, wanted.stop - start)))
    whole = parts[0]
    for following in parts[1:]:
        whole = joined(whole, following)
    return whole


def part(made: Batch, start: int, stop: int) -> Batch:
    """Some samples of a batch."""
    return Batch(**{each.name: getattr(made, each.name)[start:stop] for each in fields(Batch)})


def source_weights(bank: Bank) -> Tensor:
    """How often each region is drawn: a source by the root of its photos, its photos alike."""
    photos_of: dict[str, set[int]] = {}
    regions_of: dict[int, int] = {}
    for photo, source in zip(bank.regions[:, 0].tolist(), bank.region_sources, strict=True):
        photos_of.setdefault(source, set()).add(photo)
        regions_of[photo] = regions_of.get(photo, 0) + 1
    return torch.tensor(
        [
            len(photos_of[source]) ** -0.5 / regions_of[photo]
            for photo, source in zip(bank.regions[:, 0].tolist(), bank.region_sources, strict=True)
        ]
    )


def scenery_weights(bank: Bank, labeled: Tensor, share: float) -> Tensor:
    """How often each region of a bank with scenery is drawn: its last ones, the pieces, in `share`
    of all draws, the labeled ones, weighted already, in the rest; those alone where no photo has
    a piece."""
    pieces = bank.regions[len(labeled) :]
    if not len(pieces):
        return labeled
    weights = source_weights(Bank(bank.photos, bank.labels, pieces, bank.sources))
    return torch.cat((labeled * (1 - share) / labeled.sum(), weights * share / weights.sum()))


def composite_weights(bank: TripleBank) -> Tensor:
    """How often each composite is drawn: a source by the root of its composites."""
    counts = {source: bank.sources.count(source) for source in set(bank.sources)}
    return torch.tensor([counts[source] ** -0.5 for source in bank.sources])


def with_people_only(bank: Bank) -> Bank:
    """The bank with the regions that are people; InputError where there is none."""
    kept = bank.regions[:, 1] <= LAST_PERSON
    if not kept.any():
        raise InputError("No photo has a labeled person of 1 to 70 %: this schedule needs people.")
    return Bank(bank.photos, bank.labels, bank.regions[kept], bank.sources)


def _ready(bank: TripleBank) -> TestSet:
    def batches() -> Iterator[Batch]:
        count = len(bank.sources)
        for start in range(0, count, VALIDATION_BATCH):
            rows = torch.arange(start, min(count, start + VALIDATION_BATCH))
            yield bank.plain(rows.to(bank.composites.device))

    return TestSet(batches, list(bank.sources), smallest_source=SMALL_SOURCE)
