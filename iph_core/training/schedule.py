"""What one training is: network, data, steps, rates and the objective."""

from __future__ import annotations

import math
from dataclasses import dataclass

from iph_core.data.recipe import TRAINING, Recipe
from iph_core.data.synthesis import OVERSAMPLING
from iph_core.training.objective import Objective

WARM_UP = 0.02
"""Share of the steps in which the rate rises."""


@dataclass(frozen=True)
class Schedule(Objective):
    """An objective with the network and the steps that minimize it.

    size: side of the composites. oversampling: they are made at so many times that side and scaled
    down; 1 for a network that scales them down itself. rate: the peak of a warmed-up cosine, or
    what it always is where `constant`. weight_decay: 0 makes AdamW Adam. average: decay of the
    averaged weights.

    recipe: how composites are made of photos; `intharmony` makes them by the paper's augmentations
    instead. people_only: only people are recolored and matched.

    minutes: end after that time, the cosine with it, where the steps are not done before.
    channels_last: memory layout, faster on GPUs and, for the trunk, on CPUs. pieces: a batch is
    made in so many parts, each by its own draws; as many processes can each make theirs alone.
    trained: beginnings of the names of the parameters that learn (all, where empty). transfer: the
    ratio that `IPHTransfer` is run at.
    """

    config: str
    size: int
    batch: int
    steps: int
    rate: float
    weight_decay: float = 0.01
    constant: bool = False
    average: float = 0.999
    recipe: Recipe = TRAINING
    intharmony: bool = False
    people_only: bool = False
    minutes: float | None = None
    channels_last: bool = False
    pieces: int = 1
    trained: tuple[str, ...] = ()
    transfer: float = 0.0
    oversampling: int = OVERSAMPLING

    def rate_at(self, step: int, spent: float = 0.0) -> float:
        """Learning rate of a step: 2 % of linear warm-up, then a cosine to a hundredth.

        spent: share of the time in [0, 1]; what is further on counts, steps or time.
        """
        if self.constant:
            return self.rate
        warm_up = max(1, round(self.steps * WARM_UP))
        risen = max((step + 1) / warm_up, spent / WARM_UP)
        if risen < 1:
            return self.rate * risen
        progress = min(1.0, max((step - warm_up) / max(1, self.steps - warm_up), spent))
        return self.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)
