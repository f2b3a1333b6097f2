"""Everyone in a photo, found before anybody taps.

The people head says where somebody may be; SAM draws them; who is no person after all, or somebody
found before, is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iph_core.regions.mask import Region, content
from iph_core.regions.people_head import PeopleHead, Sighting
from iph_core.regions.picking import Prompts, Tap, choose, stability, with_points_aside
from iph_core.regions.sam import Embedding, Segmenter, Size

LEAST_CENTER = 0.05  # Of a sighting: below, looking costs more than it finds.
MOST_SIGHTINGS = 12
LEAST_SHARE = 0.01  # Of the photo.
LEAST_SCORE = 0.6  # To be taken for somebody where nobody surer is ...
SURE_SCORE = 0.7  # ... and to be called a person.
# Of several masks of one person the surest is kept, hardly less sure ones where they are ...
LARGE = 0.025  # ... larger (power of the area): a face alone is very surely a person's, ...
STABLE, RAGGED = 0.7, 0.25  # ... or less ragged: SAM's stability up to here, and its power.
SAME_PERSON = 0.5  # IoU above which two masks show the same person ...
MOST_SHARED = 0.7  # ... or this much of the smaller one in the larger.

PixelBox = tuple[int, int, int, int]
BoolMap = NDArray[np.bool_]


@dataclass(frozen=True)
class Person:
    """One of the people of a photo.

    region: the whole person. box: (x0, y0, x1, y1) around them in pixels of the photo.
    score: how surely they are a person, in [0, 1].
    oddness: how little their colors fit the rest of the photo, in [0, 1]; the higher, the likelier
        they were pasted.
    """

    region: Region
    box: PixelBox
    score: float
    oddness: float


@dataclass(frozen=True)
class Found:
    """A person in the grid of SAM's logits.

    inside: bool, the part of the grid in the photo. asked: the prompts that SAM drew them for.
    """

    logits: NDArray[np.float32]
    inside: BoolMap
    score: float
    asked: Prompts


def find_people(
    sam: Segmenter, embedding: Embedding, head: PeopleHead, view: NDArray[np.uint8]
) -> list[Found]:
    """Everyone above 1 % of the photo, the surest first, nobody twice; and who may be a person.

    view: uint8 HWC sRGB, the photo of the embedding.
    """
    seen = head.likeness.see(view)
    found: list[Found] = []
    for sighting in head.see(embedding).sightings(LEAST_CENTER, MOST_SIGHTINGS):
        for asked in asked_for(sighting, embedding.size):
            candidates = sam.decode(embedding, asked.points(), asked.labels())
            logits = choose(candidates, asked, embedding.size)
            inside = content(logits, embedding.size) > 0
            if inside.mean() >= LEAST_SHARE:
                score = head.likeness.of(embedding, seen, inside)
                found.append(Found(logits, inside, score, asked))
    likely = [person for person in found if person.score >= LEAST_SCORE]
    well_drawn_first = sorted(likely, key=lambda person: -drawn_well(person, embedding))
    return sorted(distinct(well_drawn_first), key=lambda person: -person.score)


def drawn_well(person: Found, embedding: Embedding) -> float:
    """How much a mask is to be preferred to others of the same person."""
    smooth = min(1.0, stability(content(person.logits, embedding.size)) / STABLE)
    return float(person.score * smooth**RAGGED * person.inside.mean() ** LARGE)


def asked_for(sighting: Sighting, size: Size) -> tuple[Prompts, Prompts]:
    """What SAM is asked for whoever is at a sighting: a tap in their middle, and points around it
    too, for the middle may be a belt or a bag."""
    tap = Tap(*sighting.point)
    return Prompts((tap,)), with_points_aside(tap, size)


def distinct(found: list[Found]) -> list[Found]:
    """Those that are not, or mostly, somebody before them in the list.

    Somebody's score is the best of all their masks: whose face is surely a person's is a person.
    """
    kept: list[Found] = []
    for person in found:
        before = [index for index, other in enumerate(kept) if same(person.inside, other.inside)]
        if not before:
            kept.append(person)
        elif person.score > kept[before[0]].score:
            kept[before[0]] = replace(kept[before[0]], score=person.score)
    return kept


def same(a: BoolMap, b: BoolMap) -> bool:
    """Whether two masks show the same person."""
    both, one, other = np.count_nonzero(a & b), np.count_nonzero(a), np.count_nonzero(b)
    union = one + other - both
    return bool(both > SAME_PERSON * union or both > MOST_SHARED * min(one, other))
