"""The fixed test composites of a protocol, the same at every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from iph_core.data.bank import Bank
from iph_core.data.recipe import Recipe
from iph_core.data.synthesis import Batch, Synthesizer
from iph_core.evaluation.metrics import by_source, fpsnr, mean_over_sources

SEED = 20231
Method = Callable[[Batch], Tensor]


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

    def table(self) -> dict[str, dict[str, float]]:
        """Composite, result, gain and share made worse of each source and of their mean."""
        columns = {
            "composite": self.composite,
            "result": self.result,
            "gain": self.gains,
            "worse": [float(gain < 0) for gain in self.gains],
        }
        rows: dict[str, dict[str, float]] = {}
        for name, values in columns.items():
            for source, mean in by_source(values, self.sources).items():
                rows.setdefault(source, {})[name] = mean
            rows.setdefault("mean", {})[name] = mean_over_sources(values, self.sources)
        return rows


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


def test_batches(
    bank: Bank, recipe: Recipe, size: int, batch: int = 16, rows: Tensor | None = None
) -> Iterator[Batch]:
    """The protocol's composites: one a photo, families in turn, every draw fixed by the seed."""
    rows = one_region_a_photo(bank) if rows is None else rows
    synthesizer = Synthesizer(bank, recipe, size)
    device = bank.photos.device
    for start in range(0, len(rows), batch):
        generator = torch.Generator(device).manual_seed(SEED + start)
        chosen = rows[start : start + batch]
        families = torch.arange(start, start + len(chosen)) % len(recipe.families)
        yield synthesizer.batch(chosen.to(device), generator, families.to(device))


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
