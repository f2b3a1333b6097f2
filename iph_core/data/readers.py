"""Any data that training and evaluation take, told by its layout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from iph_core.data import coco, harmony_sets, mhp, pack
from iph_core.data.folder import LAYOUT, Example, read_index, some
from iph_core.data.triples import Triple
from iph_core.errors import InputError

LABELED: tuple[tuple[Callable[[Path], bool], Callable[..., list[Example]]], ...] = (
    (lambda folder: (folder / "index.csv").is_file(), read_index),
    (pack.is_pack, pack.read_pack),
    (mhp.is_mhp, mhp.read_mhp),
    (coco.is_coco, coco.read_coco),
)
"""Photos with masks: how a layout is told, and how it is read."""

COMPOSITES: tuple[tuple[Callable[[Path], bool], Callable[..., list[Triple]]], ...] = (
    (harmony_sets.is_ready_set, harmony_sets.read_ready_set),
    (harmony_sets.is_iharmony4, harmony_sets.read_iharmony4),
    (harmony_sets.is_guided_set, harmony_sets.read_guided_set),
)
"""Composites with their truth."""

LAYOUTS = (
    LAYOUT,
    pack.LAYOUT,
    mhp.LAYOUT,
    coco.LAYOUT,
    harmony_sets.IHARMONY4,
    harmony_sets.GUIDED,
    harmony_sets.READY,
)


def holds_composites(place: Path) -> bool:
    """Whether a place holds composites with their truth (and not photos with masks)."""
    return any(told(place) for told, _ in COMPOSITES)


def read_labeled(
    places: Iterable[Path], split: str | None = None, leave_out: Sequence[str] = ()
) -> list[Example]:
    """The photos with masks of several places, without the sources named in `leave_out`.

    A place may have none of the split. Raises InputError for a place of no known layout, with the
    layouts; where all places together have none or nothing is left; and as the readers do.
    """
    searched = [Path(place) for place in places]
    found = [each for place in searched for each in _reader(place, LABELED)(place, split)]
    return without_sources(some(found, "photo", searched, split), leave_out)


def read_composites(
    places: Iterable[Path], split: str | None = None, leave_out: Sequence[str] = ()
) -> list[Triple]:
    """The composites of several places; InputError as `read_labeled` does."""
    searched = [Path(place) for place in places]
    found = [each for place in searched for each in _reader(place, COMPOSITES)(place, split)]
    return without_sources(some(found, "composite", searched, split), leave_out)


def without_sources(items: list, leave_out: Sequence[str]) -> list:
    """The items (with a `source`) of other sources; InputError for a source that nobody has."""
    sources = {item.source for item in items}
    for source in leave_out:
        if source not in sources:
            raise InputError(f"No photo is of source {source!r}: choose from {sorted(sources)}.")
    kept = [item for item in items if item.source not in leave_out]
    if items and not kept:
        raise InputError("Every source is left out: leave one to read.")
    return kept


def _reader(place: Path, layouts: Iterable[tuple[Callable, Callable]]) -> Callable[..., list]:
    for told, reader in layouts:
        if told(place):
            return reader
    if not place.exists():
        raise InputError(f"{place} has no index.csv: it does not exist.")
    known = "; ".join(LAYOUTS)
    raise InputError(f"{place} has no index.csv and no other layout that is known: {known}.")
