"""Where batches come from: photos of which composites are made, or composites that are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Protocol

import numpy as np
import torch
from torch import Generator, Tensor

from iph_core.data.bank import Bank
from iph_core.data.composites import Batch, joined
from iph_core.data.folder import LAST_PERSON
from iph_core.data.intharmony import IntHarmony
from iph_core.data.recipe import ALL_FAMILIES, PROTOCOLS
from iph_core.data.scenery import with_scenery
from iph_core.data.synthesis import Synthesizer
from iph_core.data.triples import TripleBank
from iph_core.errors import InputError
from iph_core.evaluation.protocols import READY, TestSet, made_set
from iph_core.evaluation.summary import SMALL_SOURCE
from iph_core.training.schedule import Schedule

Data = Bank | TripleBank

VALIDATION_BATCH = 16


class Source(Protocol):
    """Makes batches of rows; what a row is, its maker knows."""

    def batch(self, rows: Tensor, generator: Generator) -> Batch: ...


def bank_side(schedule: Schedule) -> int:
    """The side at which photos are held in memory: composites are made larger than used."""
    return schedule.oversampling * schedule.size


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


def validation_sets(
    data: Data, size: int, families: Sequence[str] = ALL_FAMILIES
) -> dict[str, TestSet]:
    """The fixed composites that a run is judged by: the protocols standard and look, disturbed by
    no other families, or the composites themselves."""
    if isinstance(data, TripleBank):
        return {READY: _ready(data)}
    recipes = {name: PROTOCOLS[name].only(families) for name in ("standard", "look")}
    return {name: made_set(data, recipe, size) for name, recipe in recipes.items()}


def apart(data: Data, leave_out: Sequence[str]) -> tuple[Data, Data | None]:
    """The data without some sources, and what is of those; None where nothing is.

    InputError where nothing else is there.
    """
    sources = data.region_sources if isinstance(data, Bank) else data.sources
    left_out = torch.tensor([source in leave_out for source in sources])
    if left_out.all():
        raise InputError(
            "Every validation photo is of a source that is left out: leave fewer sources out."
        )
    return _some(data, ~left_out), _some(data, left_out) if left_out.any() else None


def seed_of(*numbers: int) -> int:
    """The seed of the draws that numbers name, such as a run's seed and a step.

    They are mixed, as generators on the CPU read no more than 32 bits of a seed.
    """
    mixed = np.random.SeedSequence([number % 2**32 for number in numbers])
    return int(mixed.generate_state(1)[0])


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
        generator = torch.Generator(device).manual_seed(seed_of(seed, piece))
        start = piece * side
        made = source.batch(rows[start : start + side].to(device), generator)
        parts.append(made[max(0, wanted.start - start) : min(side, wanted.stop - start)])
    return joined(parts)


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
    weights = source_weights(replace(bank, regions=pieces))
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
    return replace(bank, regions=bank.regions[kept])


def _some(data: Data, chosen: Tensor) -> Data:
    """The regions, or the composites, that `chosen` (bool) tells."""
    if isinstance(data, Bank):
        return replace(data, regions=data.regions[chosen.to(data.regions.device)])
    inside = chosen.to(data.composites.device)
    return TripleBank(
        data.composites[inside],
        data.truths[inside],
        data.masks[inside],
        data.guides[inside],
        tuple(compress(data.sources, chosen.tolist())),
    )


def _ready(bank: TripleBank) -> TestSet:
    def batches() -> Iterator[Batch]:
        count = len(bank.sources)
        for start in range(0, count, VALIDATION_BATCH):
            rows = torch.arange(start, min(count, start + VALIDATION_BATCH))
            yield bank.plain(rows.to(bank.composites.device))

    return TestSet(batches, list(bank.sources), smallest_source=SMALL_SOURCE)
