"""How often the person who was pasted is offered first: everyone in turn is given other colors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import LAST_PERSON, Example
from iph_core.evaluation.picks import FAILED, Labels, Mask, iou, measured_labels
from iph_core.photo import Photo, open_label_map, open_photo, photo_from_array
from iph_core.photo.space import SRGB
from iph_core.pipeline import Scene
from iph_core.regions.photo_regions import VIEW_SIDE

CASTS: dict[str, tuple[float, float, float]] = {
    "orange": (1.5, 1.0, 0.55),
    "dark": (0.45, 0.45, 0.45),
    "blue": (0.6, 1.0, 1.6),
    "bright": (1.9, 1.9, 1.9),
    "green": (0.8, 1.3, 0.8),
}
"""Gains of linear red, green and blue."""

CASTS_EACH = 2  # Of them, for every person, in turn.
DECIBEL = 18.0  # fPSNR of whom they recolor: as evaluate's composites.

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class PastedPick:
    """One composite. place: of the recolored person among those offered, from 0; None where they
    were not found. offered: how many there are."""

    source: str
    place: int | None
    offered: int


def measure_pasted(
    examples: Iterable[Example], open_scene: Callable[[Photo], Scene]
) -> list[PastedPick]:
    """Everyone above 1 % of each photo with several people, recolored."""
    picks = []
    for example in examples:
        labels = open_label_map(example.labels)
        people = [value for _, value in measured_labels(labels) if value <= LAST_PERSON]
        if len(people) > 1:
            photo = open_photo(example.photo).srgb(VIEW_SIDE)
            shown = cv2.resize(labels, photo.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
            picks += [
                pick(example.source, open_scene(photo_from_array(composite)), shown == value)
                for value, composite in composites(photo, np.asarray(shown, np.uint8), people)
            ]
    return picks


def composites(
    photo: Pixels, labels: Labels, people: Sequence[int]
) -> Iterator[tuple[int, Pixels]]:
    """(label, photo with that person recolored), each person by some of the casts."""
    names = list(CASTS)
    for turn, value in enumerate(people):
        for count in range(CASTS_EACH):
            name = names[(turn * CASTS_EACH + count) % len(names)]
            yield value, recolored(photo, labels == value, CASTS[name])


def recolored(photo: Pixels, inside: Mask, gains: tuple[float, float, float]) -> Pixels:
    """The photo with a cast of `DECIBEL` inside, its edge soft by a pixel."""
    before = photo / 255
    change = SRGB.from_linear(SRGB.to_linear(before) * gains).clip(0, 1) - before
    error = float(np.mean(change[inside] ** 2))
    share = 10 ** (-DECIBEL / 20) / max(error, 1e-9) ** 0.5
    soft = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.0)[..., None]
    return np.rint(255 * (before + share * soft * change).clip(0, 1)).astype(np.uint8)


def pick(source: str, scene: Scene, truth: Mask) -> PastedPick:
    """Where in the order the recolored person is offered."""
    offered = scene.likely_pasted()
    known = np.ones_like(truth)
    found = [iou(person.region.mask >= 0.5, truth, known) > FAILED for person in offered]
    return PastedPick(source, found.index(True) if any(found) else None, len(offered))


def pasted_report(picks: Sequence[PastedPick]) -> dict[str, Any]:
    """n composites; found: the share whose recolored person is among those offered; of these,
    first: the share where they come first, first_two, and chance: what any order would give.

    Shares are None where nothing was measured.
    """
    found = [each for each in picks if each.place is not None]
    return {
        "n": len(picks),
        "found": _share([each.place is not None for each in picks]),
        "first": _share([each.place == 0 for each in found]),
        "first_two": _share([each.place in (0, 1) for each in found]),
        "chance": _share([1 / each.offered for each in found]),
    }


def pasted_lines(figures: dict[str, Any]) -> str:
    """The report as a line for people."""
    if not figures["found"]:
        return "pasted: no recolored person was found"
    return (
        "pasted: {n} composites, {found:.0%} of the recolored people found; of these {first:.0%}"
        " offered first ({chance:.0%} by chance), {first_two:.0%} among the first two"
    ).format(**figures)


def _share(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
