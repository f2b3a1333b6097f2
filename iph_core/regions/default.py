"""What to match by default: people, then salient things, outside what is to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.regions.mask import content
from iph_core.regions.people import Found
from iph_core.regions.picking import LEAST_STABILITY, stability
from iph_core.regions.sam import LOGITS_SIDE, Candidates, Embedding, Segmenter, Size

GRID = 7  # Seeds along the photo's long side, where saliency shows none.
PEAK_WINDOW = 25  # Pixels of the logits within which one peak of saliency is enough.
PEAK_BLUR = 4.0
LEAST_PEAK = 0.1
MOST_DECODINGS = 12
MARGIN = 7  # Pixels of the logits around the excluded region that are left alone.
MOST_OVERLAP = 0.1  # Of a candidate's area, with the excluded region.
SHARES = (0.005, 0.6)  # Smaller is a detail, larger a background.
MOST_SHARED = 0.5  # Of the smaller of two findings: else they are one.
LARGE = 0.1  # Power of the area: of two people as sure, the larger one is to be matched.
LEAST_SALIENCY = 0.05  # So that size and form still count where nothing is salient.

Map = NDArray[np.float32]
BoolMap = NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """A region that might be the default. inside: its pixels in the logits' grid."""

    logits: NDArray[np.float32]
    inside: BoolMap
    rank: float


def people_outside(
    people: list[Found], size: Size, exclude: NDArray[np.float32] | None = None
) -> list[NDArray[np.float32]]:
    """SAM's logits (256, 256) of the people outside `exclude`, the best to be matched first.

    Somebody of whom a part is excluded is left out wholly: he is the one to be changed.
    """
    excluded = excluded_grid(size, exclude)
    whole = int(np.count_nonzero(excluded))
    others = [
        person
        for person in people
        if np.count_nonzero(person.inside & excluded)
        <= min(MOST_OVERLAP * np.count_nonzero(person.inside), MOST_SHARED * whole)
    ]
    best = sorted(others, key=lambda person: -person.score * float(person.inside.mean()) ** LARGE)
    return [without(person.logits, excluded) for person in best]


def salient_things(
    sam: Segmenter,
    embedding: Embedding,
    saliency: NDArray[np.float32],
    exclude: NDArray[np.float32] | None = None,
    people: Sequence[Found] = (),
) -> list[NDArray[np.float32]]:
    """SAM's logits (256, 256) of what stands out outside `exclude` and `people`, best first.

    saliency: float HW in [0, 1]. exclude: bool or float HW in [0, 1], 1 = look elsewhere. Both show
    the whole photo, at any size.
    """
    size = embedding.size
    salient = to_grid(saliency, size)
    excluded = excluded_grid(size, exclude)
    taken = np.logical_or.reduce([excluded, *(person.inside for person in people)])
    near = cv2.dilate(taken.astype(np.uint8), np.ones((MARGIN, MARGIN), np.uint8)) > 0
    remaining = np.where(near, np.float32(0), salient)
    found = sorted(explore(sam, embedding, remaining, near), key=lambda finding: -finding.rank)
    return [without(finding.logits, excluded) for finding in distinct(found)]


def excluded_grid(size: Size, exclude: NDArray[np.float32] | None) -> BoolMap:
    """What is excluded in the logits' part that lies in the photo."""
    if exclude is None:
        return np.zeros(
            content(np.empty((LOGITS_SIDE, LOGITS_SIDE), np.float32), size).shape, np.bool_
        )
    return to_grid(exclude, size) > 0.5


def distinct(found: list[Finding]) -> list[Finding]:
    """The findings without those that mostly lie in an earlier one, or hold it."""
    kept: list[Finding] = []
    for finding in found:
        if all(shared(finding.inside, other.inside) <= MOST_SHARED for other in kept):
            kept.append(finding)
    return kept


def shared(a: BoolMap, b: BoolMap) -> float:
    """The part of the smaller of two masks that lies in the other."""
    smaller = min(np.count_nonzero(a), np.count_nonzero(b))
    return np.count_nonzero(a & b) / smaller if smaller else 0.0


def explore(sam: Segmenter, embedding: Embedding, salient: Map, near: BoolMap) -> list[Finding]:
    """What SAM finds outside `near`: one tap for each seed that lies in nothing found before."""
    found: list[Finding] = []
    decoded = 0
    for x, y in seeds(salient, near):
        if any(finding.inside[y, x] for finding in found):
            continue
        point = (np.array([[x, y]], np.float32) + 0.5) * (max(embedding.size) / LOGITS_SIDE)
        candidates = sam.decode(embedding, point, np.ones(1, np.float32))
        found += best_finding(candidates, salient, near, embedding.size)
        decoded += 1
        if decoded == MOST_DECODINGS:
            break
    return found


def seeds(salient: Map, near: BoolMap) -> list[tuple[int, int]]:
    """Where to tap, (x, y) in the logits' grid: peaks of saliency first, then a coarse grid."""
    smooth = np.asarray(cv2.GaussianBlur(salient, (0, 0), PEAK_BLUR), np.float32)
    highest_around = cv2.dilate(smooth, np.ones((PEAK_WINDOW, PEAK_WINDOW), np.uint8))
    peaks = (smooth == highest_around) & (smooth >= LEAST_PEAK) & ~near
    rows, columns = salient.shape
    step = max(rows, columns) // GRID
    lattice = np.zeros(salient.shape, bool)
    lattice[step // 2 :: step, step // 2 :: step] = True
    lattice &= ~near
    return spaced([*brightest_first(peaks, smooth), *brightest_first(lattice, smooth)])


def brightest_first(where: BoolMap, values: Map) -> list[tuple[int, int]]:
    """The (x, y) of each True pixel, by falling value."""
    positions = [(int(column), int(row)) for row, column in np.argwhere(where)]
    return sorted(positions, key=lambda position: -float(values[position[::-1]]))


def spaced(positions: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The positions without those too near to an earlier one, such as all of a plateau's."""
    kept: list[tuple[int, int]] = []
    for x, y in positions:
        if all(max(abs(x - u), abs(y - v)) > PEAK_WINDOW // 2 for u, v in kept):
            kept.append((x, y))
    return kept


def best_finding(candidates: Candidates, salient: Map, near: BoolMap, size: Size) -> list[Finding]:
    """The best-ranked of the candidates that may be a default; empty when none may."""
    inside = [content(logits, size) > 0 for logits in candidates.logits]
    allowed = [
        Finding(logits, mask, rank(mask, salient, float(score)))
        for logits, mask, score in zip(candidates.logits, inside, candidates.scores, strict=True)
        if SHARES[0] <= mask.mean() <= SHARES[1]
        and np.count_nonzero(mask & near) <= MOST_OVERLAP * np.count_nonzero(mask)
        and stability(logits) >= LEAST_STABILITY
    ]
    return sorted(allowed, key=lambda finding: -finding.rank)[:1]


def rank(inside: BoolMap, salient: Map, score: float) -> float:
    """How good a default a region is: salient all over, large, and a thing in SAM's eyes."""
    return (float(salient[inside].mean()) + LEAST_SALIENCY) * float(inside.mean()) ** 0.5 * score


def to_grid(values: NDArray[np.float32], size: Size) -> Map:
    """A map of the whole photo at the size of the logits' part that lies in the photo."""
    rows, columns = content(np.empty((LOGITS_SIDE, LOGITS_SIDE), np.float32), size).shape
    small = cv2.resize(values.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def without(logits: NDArray[np.float32], excluded: BoolMap) -> NDArray[np.float32]:
    """The logits with everything in `excluded` (the photo's part of the grid) outside."""
    rest = logits.copy()
    rows, columns = excluded.shape
    part = rest[:rows, :columns]
    part[excluded] = -np.abs(part[excluded])
    return rest
