"""The fixed test composites of a protocol, the same at every call."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from iph_core.data.bank import Bank
from iph_core.data.composites import Batch, as_file, joined
from iph_core.data.recipe import PROTOCOLS, STANDARD, Recipe
from iph_core.data.synthesis import Synthesizer
from iph_core.errors import InputError
from iph_core.evaluation.metrics import fpsnr
from iph_core.evaluation.skin import skin_masks
from iph_core.evaluation.summary import SMALL_SOURCE, mean_over_sources


class OfSource(Protocol):
    """Something that comes from a source."""

    @property
    def source(self) -> str: ...


Item = TypeVar("Item", bound=OfSource)

SEED = 20231
GOLDEN_RATIO = (1 + math.sqrt(5)) / 2
Method = Callable[[Batch], Tensor]

RIM, TWICE, READY = "recolored-rim", "twice", "ready"

RECIPES = {**PROTOCOLS, RIM: replace(STANDARD, recolored_rim=1.0), TWICE: STANDARD}
"""What each protocol's composites are made by. RIM leaves no true pixel around the mask; TWICE
takes what a method made of standard's composites as composite and truth."""

PROTOCOL_NAMES = (*RECIPES, READY)


@dataclass(frozen=True)
class TestSet:
    """Composites that are the same at every call.

    sources, families: of each composite, in the order of the batches; no families where nobody
    knows them. smallest_source: sources with fewer composites are pooled. skin: where skin is, bool
    N1HW of all composites, where that is known. photos: how many they show; without it, as many as
    there are composites.
    """

    __test__ = False  # pytest: not a test.

    batches: Callable[[], Iterator[Batch]]
    sources: list[str]
    families: list[str] | None = None
    smallest_source: int = SMALL_SOURCE
    skin: Callable[[], Tensor] | None = None
    photos: int | None = None


@dataclass(frozen=True)
class Score:
    """fPSNR (dB) of composites and of a method's results, photo by photo."""

    composite: list[float]
    result: list[float]
    sources: list[str]

    @property
    def gain(self) -> float:
        """Mean gain over the composite in dB, mean over sources."""
        return mean_over_sources(self.gains, self.sources)

    @property
    def gains(self) -> list[float]:
        return [after - before for before, after in zip(self.composite, self.result, strict=True)]

    @property
    def worse(self) -> float:
        """Share of photos below their composite, mean over sources."""
        return mean_over_sources([float(gain < 0) for gain in self.gains], self.sources)


def one_region_a_photo(bank: Bank) -> Tensor:
    """Row of `bank.regions` for each photo that has one: a person where there is one."""
    generator = torch.Generator().manual_seed(SEED)
    regions = bank.regions.cpu()
    preference = torch.rand(len(regions), generator=generator) + (regions[:, 1] < 100)
    best: dict[int, int] = {}
    for row, photo in enumerate(regions[:, 0].tolist()):
        if photo not in best or preference[row] > preference[best[photo]]:
            best[photo] = row
    return torch.tensor(sorted(best.values()))


def left_at(bank: Bank, rows: Tensor, size: int) -> Tensor:
    """Those of some rows of `bank.regions` of which something is left at `size` pixels; of labels
    that are scattered over a photo nothing is.

    InputError where nothing is left of any.
    """
    kept = []
    for photo, value in bank.regions[rows.to(bank.regions.device)].tolist():
        region = (bank.labels[photo] == value).float()[None, None]
        kept.append(bool((F.interpolate(region, (size, size), mode="area") > 0.5).any()))
    if not any(kept):
        raise InputError(
            f"Nothing is left of any labeled region at {size} pixels: label whole areas, or give a"
            " larger --size."
        )
    return rows[torch.tensor(kept)]


def in_turn(sources: Sequence[str], recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Family N (index into the recipe's) and fPSNR N (dB) that composites of N photos, given by
    their sources, are brought to.

    Families come in turn, source after source. A source's fPSNR are the middles of as many equal
    parts of the recipe's range as it has photos, so that few photos are as hard in the mean as
    many. Each round of families is spread over the range and turned by the golden ratio against the
    one before, so that each family gets all strengths too.
    """
    count = len(recipe.families)
    families = torch.empty(len(sources), dtype=torch.long)
    wanted = torch.empty(len(sources))
    first = 0
    for places in places_of(sources).values():
        turns = torch.arange(first, first + len(places))
        families[places] = turns % count
        place = (turns.double() / count + turns // count * GOLDEN_RATIO) % 1
        share = (place.argsort().argsort().float() + 0.5) / len(places)
        wanted[places] = recipe.strongest + (recipe.weakest - recipe.strongest) * share
        first += len(places)
    return families, wanted


def test_batches(
    bank: Bank, recipe: Recipe, size: int, batch: int = 16, rows: Tensor | None = None
) -> Iterator[Batch]:
    """The protocol's composites: one a photo, families and strengths in turn, every draw fixed by
    the seed."""
    rows = one_region_a_photo(bank) if rows is None else rows
    synthesizer = Synthesizer(bank, recipe, size)
    for draws in _draws(bank, recipe, rows, batch):
        yield synthesizer.batch(*draws)


def _draws(
    bank: Bank, recipe: Recipe, rows: Tensor, batch: int = 16
) -> Iterator[tuple[Tensor, torch.Generator, Tensor, Tensor]]:
    """Rows, generator, families and wanted fPSNR of each batch."""
    device = bank.photos.device
    families, wanted = in_turn(_sources(bank, rows), recipe)
    for start in range(0, len(rows), batch):
        generator = torch.Generator(device).manual_seed(SEED + start)
        chosen, family, strength = (
            each[start : start + batch].to(device) for each in (rows, families, wanted)
        )
        yield chosen, generator, family, strength


def made_set(bank: Bank, recipe: Recipe, size: int, skin: Bank | None = None) -> TestSet:
    """One composite of each photo of a bank that has a usable region; InputError as `left_at`.

    skin: the bank with maps of the skin for photos (`skin.skin_bank`).
    """
    rows = left_at(bank, one_region_a_photo(bank), size)
    sources = _sources(bank, rows)
    families, _ = in_turn(sources, recipe)

    def skin_of_all() -> Tensor:
        assert skin is not None
        masks = skin_masks(skin, recipe, size)
        draws = _draws(bank, recipe, rows)
        return torch.cat([masks(some, generator, family) for some, generator, family, _ in draws])

    return TestSet(
        batches=lambda: test_batches(bank, recipe, size, rows=rows),
        sources=sources,
        families=[recipe.families[family] for family in families.tolist()],
        skin=skin_of_all if skin is not None else None,
    )


def _sources(bank: Bank, rows: Tensor) -> list[str]:
    """The source of each of some rows of `bank.regions`."""
    return [bank.sources[photo] for photo in bank.regions[rows.to(bank.regions.device), 0]]


def again(test_set: TestSet, method: Method) -> TestSet:
    """What a method made of a set, in 8 bits, as composites that are to stay: the truth too.

    A reference in the composite itself is one in the result: that is what is harmonized again.
    """

    def batches() -> Iterator[Batch]:
        for made in together(test_set.batches()):
            first = as_file(method(made).clamp(0, 1))
            inside = (made.reference == made.composite).flatten(1).all(1)[:, None, None, None]
            reference = torch.where(inside, first, made.reference)
            yield replace(made, composite=first, truth=first, reference=reference)

    return replace(test_set, batches=batches)


def without(test_set: TestSet, leave_out: Sequence[str]) -> TestSet:
    """The composites of other sources, made as they are beside those that are left out.

    InputError where none is left.
    """
    kept = [source not in leave_out for source in test_set.sources]
    if not any(kept):
        raise InputError("No photo that is left can be recolored: leave fewer sources out.")

    def batches() -> Iterator[Batch]:
        start = 0
        for made in test_set.batches():
            inside = torch.tensor(kept[start : start + len(made.mask)], device=made.mask.device)
            start += len(made.mask)
            if inside.any():
                yield made[inside]

    def skin_of_kept() -> Tensor:
        assert test_set.skin is not None
        return test_set.skin()[torch.tensor(kept)]

    families = test_set.families
    return replace(
        test_set,
        batches=batches,
        sources=list(compress(test_set.sources, kept)),
        families=families if families is None else list(compress(families, kept)),
        skin=skin_of_kept if test_set.skin is not None else None,
    )


def together(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches, one that shows a single photo joined to the one before or after: what compares
    photos needs two."""
    waiting: Batch | None = None
    for made in batches:
        if waiting is not None and _shows_two(waiting) and _shows_two(made):
            yield waiting
            waiting = None
        waiting = made if waiting is None else joined([waiting, made])
    if waiting is not None:
        yield waiting


def _shows_two(made: Batch) -> bool:
    return len(made.photo_index.unique()) > 1


def spread(sources: list[str], count: int) -> list[int]:
    """Positions of at most `count` photos, the same at every call: from all sources as equally as
    they last, evenly spaced in each."""
    places = places_of(sources)
    taken = dict.fromkeys(places, 0)
    for _ in range(min(count, len(sources))):
        open_sources = (source for source in places if taken[source] < len(places[source]))
        taken[min(open_sources, key=taken.__getitem__)] += 1
    return sorted(
        places[source][(2 * index + 1) * len(places[source]) // (2 * number)]
        for source, number in taken.items()
        for index in range(number)
    )


def places_of(sources: Sequence[str]) -> dict[str, list[int]]:
    """The positions of each source, sources in the order of their first."""
    places: dict[str, list[int]] = {}
    for position, source in enumerate(sources):
        places.setdefault(source, []).append(position)
    return places


def chosen(items: list[Item], limit: int | None) -> list[Item]:
    """At most `limit` items (photos or composites) spread over their sources; all without one."""
    if limit is None:
        return items
    return [items[place] for place in spread([item.source for item in items], limit)]


@torch.no_grad()
def score(batches: Iterator[Batch], method: Method, sources: tuple[str, ...]) -> Score:
    """Run a method over the batches; `sources` names each photo's source."""
    composites: list[float] = []
    results: list[float] = []
    names: list[str] = []
    for made in batches:
        output = method(made)
        composites += fpsnr(made.composite, made.truth, made.score).tolist()
        results += fpsnr(output, made.truth, made.score).tolist()
        names += [sources[index] for index in made.photo_index.tolist()]
    return Score(composites, results, names)
