"""Prompts that a person gives, and the rule that turns SAM's four answers into one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iph_core.errors import InputError
from iph_core.regions.mask import content
from iph_core.regions.sam import LOGITS_SIDE, Box, Candidates, Size

SINGLE_MASK = 0
LARGEST_SHARE = 0.8  # A candidate above this share of the photo is the photo, not a thing in it.
STABILITY_OFFSET = 1.0
LEAST_STABILITY = 0.6


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
    """

    taps: tuple[Tap, ...] = ()
    box: Box | None = None

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


def choose(candidates: Candidates, prompts: Prompts, size: Size) -> NDArray[np.float32]:
    """The logits (256, 256) of the candidate that a person most likely means.

    A box says how far the thing reaches, which is what SAM's single-mask token was taught for.
    Taps say less, and people mean the whole thing. The people decoder was taught which candidate
    that is; it stands as long as it obeys the taps, so that a negative one can take a part away.
    From the stock decoder, of the candidates that obey most taps, the largest that is stable and
    not nearly the whole photo: measured on everyday photos, for one tap and for more, this beats
    the highest predicted IoU.
    """
    if prompts.box is not None:
        return candidates.logits[SINGLE_MASK]
    if obeys_all(candidates, candidates.whole, prompts, size):
        return candidates.logits[candidates.whole]
    return candidates.logits[largest_sensible(candidates, prompts, size)]


def obeys_all(candidates: Candidates, index: int | None, prompts: Prompts, size: Size) -> bool:
    """Whether a candidate, where there is one, has every tap on the side that it asks for."""
    if index is None:
        return False
    inside = content(candidates.logits[index], size) > 0
    return obeyed(inside, prompts, size) == len(prompts.taps)


def largest_sensible(candidates: Candidates, prompts: Prompts, size: Size) -> int:
    """Index of the largest sensible candidate among those that obey most of the taps."""
    inside = [content(logits, size) > 0 for logits in candidates.logits]
    shares = [float(mask.mean()) for mask in inside]
    sensible = [
        index
        for index, logits in enumerate(candidates.logits)
        if 0 < shares[index] <= LARGEST_SHARE and stability(logits) >= LEAST_STABILITY
    ]
    if not sensible:
        return int(np.argmax(candidates.scores))
    return max(sensible, key=lambda index: (obeyed(inside[index], prompts, size), shares[index]))


def obeyed(inside: NDArray[np.bool_], prompts: Prompts, size: Size) -> int:
    """How many taps a mask (of the logits' size) has on the side that they ask for."""
    rows, columns = inside.shape
    scale = LOGITS_SIDE / max(size)
    return sum(
        inside[min(int(tap.y * scale), rows - 1), min(int(tap.x * scale), columns - 1)]
        == tap.positive
        for tap in prompts.taps
    )


def stability(logits: NDArray[np.float32]) -> float:
    """How little the mask changes with the threshold, in [0, 1] (SAM's stability score).

    Kirillov et al. 2023, appendix B: IoU of the masks at +1 and -1.
    """
    surely = np.count_nonzero(logits > STABILITY_OFFSET)
    perhaps = np.count_nonzero(logits > -STABILITY_OFFSET)
    return surely / perhaps if perhaps else 0.0
