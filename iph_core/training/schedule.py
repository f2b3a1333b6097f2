"""Named training schedules: batch, steps, rates and loss weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iph_core.data.recipe import REFERENCE_TRAINING, TRAINING, Recipe
from iph_core.errors import InputError


@dataclass(frozen=True)
class Schedule:
    """size is the side of the network's pictures, rate the peak of a warmed-up cosine.

    weights: harmonization (L1), decibel, luminance (matching against the reference, as in the
    paper) and luminance_truth (the same statistics against the truth). recipe: how the composites
    are made.
    """

    config: str
    size: int
    batch: int
    steps: int
    rate: float
    weight_decay: float = 0.01
    harmonization: float = 1.0
    decibel: float = 0.0
    luminance: float = 0.0
    luminance_truth: float = 0.0
    average: float = 0.999
    recipe: Recipe = TRAINING

    def rate_at(self, step: int) -> float:
        """Learning rate of a step: 2 % of linear warm-up, then a cosine to a hundredth."""
        warm_up = max(1, self.steps // 50)
        if step < warm_up:
            return self.rate * (step + 1) / warm_up
        progress = min(1.0, (step - warm_up) / max(1, self.steps - warm_up))
        return self.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


SCHEDULES = {
    # What ships: two CPU cores, about an hour.
    "color": Schedule(
        "iph-color", 64, 32, 7500, 1e-3, decibel=0.05, luminance=0.005, luminance_truth=0.2
    ),
    # Then, with --start: the reference is to be followed, whatever the background says.
    "color-reference": Schedule(
        "iph-color",
        64,
        32,
        2200,
        6e-4,
        decibel=0.05,
        luminance=0.005,
        luminance_truth=0.2,
        average=0.998,
        recipe=REFERENCE_TRAINING,
    ),
    # The paper's network and losses at the paper's size and batch.
    "paper": Schedule("iph-base", 256, 48, 100_000, 1e-4, weight_decay=0.0, luminance=1.0),
    # The paper's network in as much time as two CPU cores have.
    "base-cpu": Schedule("iph-base", 128, 6, 1500, 3e-4, luminance=0.005, luminance_truth=0.2),
    "small-cpu": Schedule(
        "iph-small", 128, 12, 6000, 5e-4, decibel=0.05, luminance=0.005, luminance_truth=0.2
    ),
}


def schedule(name: str) -> Schedule:
    """The schedule called `name`. Raises InputError for an unknown one."""
    if name not in SCHEDULES:
        raise InputError(f"Unknown schedule {name!r}: choose one of {', '.join(SCHEDULES)}.")
    return SCHEDULES[name]
