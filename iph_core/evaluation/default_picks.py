"""How often the automatic default hits a person: everyone in turn is the one to be changed, and
whoever is offered first should be one of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from iph_core.data.folder import LAST_PERSON, UNKNOWN, Example
from iph_core.evaluation.picks import Labels, Mask, measured_labels
from iph_core.photo import Photo, open_label_map, open_photo
from iph_core.regions.photo_regions import PhotoRegions

HIT = 0.5  # Of what is offered: this much has to lie on other people.


@dataclass(frozen=True)
class DefaultPick:
    """One measured default. hit: whether it is another person. people: how many there are."""

    source: str
    hit: bool
    people: int


def measure_defaults(
    examples: Iterable[Example], open_regions: Callable[[Photo], PhotoRegions]
) -> list[DefaultPick]:
    """The defaults of every photo with several people above 1 %, for each of them as foreground."""
    picks = []
    for example in examples:
        labels = open_label_map(example.labels)
        people = [value for _, value in measured_labels(labels) if value <= LAST_PERSON]
        if len(people) > 1:
            regions = open_regions(open_photo(example.photo))
            for value in people:
                found = regions.default((labels == value).astype(np.float32))
                hit = found is not None and is_hit(found.mask >= 0.5, labels, value)
                picks.append(DefaultPick(example.source, hit, len(people)))
    return picks


def is_hit(mask: Mask, labels: Labels, foreground: int) -> bool:
    """Whether most of a mask lies on other people than the foreground, where anybody knows."""
    known = mask & (labels != UNKNOWN)
    others = known & (labels > 0) & (labels <= LAST_PERSON) & (labels != foreground)
    return bool(np.count_nonzero(others) > HIT * int(np.count_nonzero(known)))


def default_report(picks: Sequence[DefaultPick]) -> dict[str, Any]:
    """hits (a share, None where nothing was measured) and n, and the same by_source."""
    sources = sorted({pick.source for pick in picks})
    return {
        **_figures(picks),
        "by_source": {
            source: _figures([pick for pick in picks if pick.source == source])
            for source in sources
        },
    }


def default_lines(figures: dict[str, Any]) -> str:
    """The report as lines for people."""
    rows = [
        ("default", figures),
        *((f"  {name}", row) for name, row in figures["by_source"].items()),
    ]
    lines = [f"{'':28}{'a person':>10}{'photos':>18}"]
    for name, row in rows:
        shown = f"{row['hits']:.1%}" if row["n"] else "-"
        lines.append(f"{name:28}{shown:>10}{row['n']:>18}")
    return "\n".join(lines)


def _figures(picks: Sequence[DefaultPick]) -> dict[str, float | int | None]:
    hits = float(np.mean([pick.hit for pick in picks])) if picks else None
    return {"hits": hits, "n": len(picks)}
