"""Prompts that a person gives, and the rules that turn SAM's four answers into one.

The page has the same rules in demo/web/src/decoder/rules.ts; a test holds them together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from iph_core.errors import InputError
from iph_core.regions.mask import content
from iph_core.regions.sam import LOGITS_SIDE, Box, Candidates, Size

SINGLE_MASK = 0
LARGEST_SHARE = 0.8  # A candidate above this share of the photo is the photo, not a thing in it.
STABILITY_OFFSET = 1.0
LEAST_STABILITY = 0.6
SAME_MASK = 0.9  # IoU above which two masks are one answer.
UNSURE = 0.7  # Of a whole person's score: below, a second look is taken ...
SURER = 0.1  # ... which stands where it is surer by this.
LOOK_ASIDE = 0.08  # Of the photo's long side.
STANDS_OUT = 128  # Of 255: a cell from here on is salient.
AGREED = 0.65  # IoU above which the whole person is what stands out in the photo.
SALIENT_CUT = 1e-3  # So far from 0 and 1 saliency is kept before its logarithm.
PERSON_CUT = 4.0  # So far from 0 the person's own logits are kept, or saliency would say nothing.
CROWD = 4  # People in a photo from which on points aside lie on others, more often than not.

Level = Literal["person", "part", "object"]
LEVELS: tuple[Level, ...] = get_args(Level)  # In the order in which tapping again goes through.
Inside = NDArray[np.bool_]


@dataclass(frozen=True)
class Tap:
    """A point (x, y) in pixels of the photo; `positive` adds what lies there, else it goes."""

    x: float
    y: float
    positive: bool = True


@dataclass(frozen=True)
class Prompts:
    """Everything a person pointed at so far. Immutable: undo is keeping the value before.

    box: (x0, y0, x1, y1) in pixels of the photo, the far edges exclusive.
    level: the whole person or thing (the default), the part under the tap (a face, a shirt), or
        what SAM itself takes for the object.
    """

    taps: tuple[Tap, ...] = ()
    box: Box | None = None
    level: Level = "person"

    @property
    def positive(self) -> tuple[Tap, ...]:
        return tuple(tap for tap in self.taps if tap.positive)

    @property
    def negative(self) -> tuple[Tap, ...]:
        return tuple(tap for tap in self.taps if not tap.positive)

    def with_tap(self, tap: Tap) -> Prompts:
        return replace(self, taps=(*self.taps, tap))

    def with_box(self, box: Box | None) -> Prompts:
        return replace(self, box=box)

    def with_level(self, level: Level) -> Prompts:
        return replace(self, level=level)

    def points(self) -> NDArray[np.float32]:
        """The taps as SAM takes them, float32 (N, 2)."""
        return np.array([(tap.x, tap.y) for tap in self.taps], np.float32).reshape(-1, 2)

    def labels(self) -> NDArray[np.float32]:
        """1 for each positive tap and 0 for each negative one, float32 (N,)."""
        return np.array([float(tap.positive) for tap in self.taps], np.float32)

    def clipped_box(self, size: Size) -> Box | None:
        """The part of the box that lies in a photo of `size` (width, height)."""
        if self.box is None:
            return None
        x0, y0, x1, y1 = self.box
        return max(x0, 0.0), max(y0, 0.0), min(x1, float(size[0])), min(y1, float(size[1]))


def check(prompts: Prompts, size: Size) -> None:
    """Raise InputError when the prompts cannot mean anything in a photo of `size`."""
    width, height = size
    for tap in prompts.taps:
        if not (0 <= tap.x < width and 0 <= tap.y < height):
            raise InputError(
                f"The tap {tap.x:g},{tap.y:g} lies outside the photo: "
                f"it is {width} x {height} pixels large."
            )
    if prompts.box is not None:
        x0, y0, x1, y1 = prompts.box
        if not (x0 < x1 and y0 < y1):
            raise InputError(
                "The box is empty: give its left, top, right and bottom edge, in this order."
            )
        if not (x0 < width and y0 < height and x1 > 0 and y1 > 0):
            raise InputError(
                f"The box lies outside the photo: it is {width} x {height} pixels large."
            )
    if not prompts.positive and prompts.box is None:
        raise InputError("Tap what you want, or draw a box: nothing is picked yet.")


@dataclass(frozen=True)
class Answer:
    """The candidate that the prompts mean.

    index: of the candidate. level: what it is; another level than the one asked for where both
        give the same mask. levels: those that differ here, in the order of tapping again.
    """

    index: int
    level: Level
    levels: tuple[Level, ...]

    @property
    def next_level(self) -> Level:
        """What one more tap inside the selection asks for."""
        return self.levels[(self.levels.index(self.level) + 1) % len(self.levels)]


def is_one_tap(prompts: Prompts) -> bool:
    """Whether one tap is all there is: whoever it hits is meant, and it says little of them."""
    return prompts.box is None and len(prompts.taps) == 1 and prompts.taps[0].positive


def taken_for(
    candidates: Candidates, prompts: Prompts, person: NDArray[np.float32], size: Size
) -> Candidates | None:
    """The candidates with the only person found in the photo (logits (256, 256)) as the whole one,
    where the tap hits them; None elsewhere.

    A tap on a face or a pocket means all of whoever is alone in a photo, and how they were found
    says more of how far they reach than the tap does.
    """
    whole = candidates.whole
    if whole is None or not obeyed(content(person, size) > 0, prompts, size):
        return None
    logits = candidates.logits.copy()
    logits[whole] = person
    return Candidates(logits, candidates.scores, whole)


def second_look(
    candidates: Candidates, prompts: Prompts, size: Size, people: int = 0
) -> Prompts | None:
    """What to ask next where one tap left the people decoder unsure of the whole person.

    Such a tap hit a name tag or a pocket: points around it lie on who wears it. Measured on
    portraits, they take the person; in a crowd they lie on others. None where no second look helps.
    people: how many the photo shows.
    """
    whole = candidates.whole
    if whole is None or not is_one_tap(prompts) or people >= CROWD:
        return None
    if candidates.scores[whole] >= UNSURE:
        return None
    return with_points_aside(prompts.taps[0], size)


def with_points_aside(tap: Tap, size: Size) -> Prompts:
    """A tap with others above, below, left and right of it, in a photo of `size`."""
    aside = LOOK_ASIDE * max(size)
    above, below = max(tap.y - aside, 0.0), min(tap.y + aside, size[1] - 1.0)
    left, right = max(tap.x - aside, 0.0), min(tap.x + aside, size[0] - 1.0)
    return Prompts((tap, Tap(tap.x, above), Tap(tap.x, below), Tap(left, tap.y), Tap(right, tap.y)))


def surer(first: Candidates, second: Candidates) -> Candidates:
    """The first candidates, with the whole person of the second look where that is surer."""
    whole = first.whole
    if whole is None or second.scores[whole] <= first.scores[whole] + SURER:
        return first
    logits, scores = first.logits.copy(), first.scores.copy()
    logits[whole], scores[whole] = second.logits[whole], second.scores[whole]
    return Candidates(logits, scores, whole)


def outlined(
    candidates: Candidates, prompts: Prompts, salient: NDArray[np.uint8], size: Size
) -> Candidates:
    """The candidates with the whole person `with_outline`, where the taps stay obeyed by that."""
    whole = candidates.whole
    if whole is None:
        return candidates
    before = candidates.logits[whole]
    after = with_outline(before, salient, size)
    if after is before or obeyed(content(after, size) > 0, prompts, size) < len(prompts.taps):
        return candidates
    logits = candidates.logits.copy()
    logits[whole] = after
    return Candidates(logits, candidates.scores, whole)


def with_outline(
    person: NDArray[np.float32], salient: NDArray[np.uint8], size: Size
) -> NDArray[np.float32]:
    """Logits (256, 256) with the mean outline of a person and of what stands out in the photo,
    where both are the same; else as they were.

    SAM's small encoder loses feet and hair that saliency sees. Both logits are added. For photos
    that show people: things lose by it.
    salient: uint8, saliency in the logits' part that lies in the photo, 255 = stands out.
    """
    seen = content(person, size)
    if iou(seen > 0, salient >= STANDS_OUT) <= AGREED:
        return person
    likely = (salient / np.float32(255)).clip(SALIENT_CUT, 1 - SALIENT_CUT)
    joined = person.copy()
    content(joined, size)[:] = seen.clip(-PERSON_CUT, PERSON_CUT) + np.log(likely / (1 - likely))
    return joined


def choose(candidates: Candidates, prompts: Prompts, size: Size) -> NDArray[np.float32]:
    """The logits (256, 256) of the candidate that a person most likely means."""
    return candidates.logits[answer(candidates, prompts, size).index]


def answer(candidates: Candidates, prompts: Prompts, size: Size) -> Answer:
    """Which candidate the prompts mean at their level, and the levels that differ.

    A box says how far the thing reaches, so it has one level, and the candidate is SAM's
    single-mask token, which was taught for that.
    """
    if prompts.box is not None:
        return Answer(SINGLE_MASK, "person", ("person",))
    inside = [content(logits, size) > 0 for logits in candidates.logits]
    person = person_candidate(candidates, inside, prompts, size)
    found: dict[Level, int | None] = {
        "person": person,
        "part": part_candidate(candidates, inside, person, prompts, size),
        "object": object_candidate(candidates, prompts),
    }
    distinct: dict[Level, int] = {}
    meant: Level = "person"
    for level, index in found.items():
        same = [
            other
            for other, known in distinct.items()
            if index is not None and iou(inside[index], inside[known]) > SAME_MASK
        ]
        if index is not None and not same:
            distinct[level] = index
        if level == prompts.level:
            meant = level if level in distinct else (same or ["person"])[0]
    return Answer(distinct[meant], meant, tuple(distinct))


def person_candidate(
    candidates: Candidates, inside: list[Inside], prompts: Prompts, size: Size
) -> int:
    """Index of the whole person or thing under the taps.

    Taps say little, and people mean the whole. The people decoder was taught which candidate that
    is; it stands as long as it obeys the taps, so that a negative one can take a part away. From
    the stock decoder, of the candidates that obey most taps, the largest that is stable and not
    nearly the whole photo: measured on everyday photos, for one tap and for more, this beats the
    highest predicted IoU.
    """
    whole = candidates.whole
    if whole is not None and obeyed(inside[whole], prompts, size) == len(prompts.taps):
        return whole
    return largest_sensible(candidates, inside, prompts, size)


def part_candidate(
    candidates: Candidates, inside: list[Inside], person: int, prompts: Prompts, size: Size
) -> int | None:
    """Index of the part under the taps; None where no candidate is one.

    Of the stable candidates that are clearly smaller than the person and obey as many taps, the
    smallest: measured on clothes and faces, this beats the highest predicted IoU.
    """
    wanted = obeyed(inside[person], prompts, size)
    largest = SAME_MASK * np.count_nonzero(inside[person])
    parts = [
        index
        for index, mask in enumerate(inside)
        if 0 < np.count_nonzero(mask) < largest
        and obeyed(mask, prompts, size) >= wanted
        and stability(content(candidates.logits[index], size)) >= LEAST_STABILITY
    ]
    return min(parts, key=lambda index: np.count_nonzero(inside[index]), default=None)


def object_candidate(candidates: Candidates, prompts: Prompts) -> int:
    """Index of what SAM itself answers: for one tap the highest predicted IoU among its three
    multi-mask tokens, for more the single-mask token (Kirillov et al. 2023, section 3)."""
    if len(prompts.taps) > 1:
        return SINGLE_MASK
    return 1 + int(np.argmax(candidates.scores[1:]))


def largest_sensible(
    candidates: Candidates, inside: list[Inside], prompts: Prompts, size: Size
) -> int:
    """Index of the largest sensible candidate among those that obey most of the taps."""
    shares = [float(mask.mean()) for mask in inside]
    sensible = [
        index
        for index, logits in enumerate(candidates.logits)
        if 0 < shares[index] <= LARGEST_SHARE
        and stability(content(logits, size)) >= LEAST_STABILITY
    ]
    if not sensible:
        return int(np.argmax(candidates.scores))
    return max(sensible, key=lambda index: (obeyed(inside[index], prompts, size), shares[index]))


def obeyed(inside: Inside, prompts: Prompts, size: Size) -> int:
    """How many taps a mask (of the logits' size) has on the side that they ask for."""
    rows, columns = inside.shape
    scale = LOGITS_SIDE / max(size)
    return sum(
        inside[min(int(tap.y * scale), rows - 1), min(int(tap.x * scale), columns - 1)]
        == tap.positive
        for tap in prompts.taps
    )


def iou(a: Inside, b: Inside) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 1.0


def stability(logits: NDArray[np.float32]) -> float:
    """How little the mask changes with the threshold, in [0, 1] (SAM's stability score).

    Kirillov et al. 2023, appendix B: IoU of the masks at +1 and -1.
    """
    surely = np.count_nonzero(logits > STABILITY_OFFSET)
    perhaps = np.count_nonzero(logits > -STABILITY_OFFSET)
    return surely / perhaps if perhaps else 0.0
