"""How much of a predicted color change is done: nothing of a tiny one, more of a small one.

Where a network cannot tell which way to go, it predicts a little of each, and what is left is
small. Measured on validation photos with the matching networks: of changes below 4 levels, a third
leads away from the truth; of those that are left below 14 levels, most lead toward it but stop
half way. The tables are in `docs/experiments.md`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from iph_core.network.color_head import changed

LEAST = (5 / 255, 6 / 255)
"""Root mean square over the foreground, in [0, 1]: nothing is done of a change below the first,
all of one above the second."""

BOOST = 1.0
BOOST_WIDTH = 10 / 255
"""How much more is done of a small change, and how large one is of which exp(-1) of that is."""


AGAIN_WIDTH = 15 / 255
"""Of a second look: how large a change is of which exp(-1) is done."""


def confident(composite: Tensor, mask: Tensor, change: Tensor) -> tuple[Tensor, Tensor]:
    """The numbers of a color change (see `color_head.changed`) as far as they are to be done, and
    whether anything is, in [0, 1] (N,).

    composite: N3HW in [0, 1]. mask: N1HW. change: N x numbers.
    """
    size = _size(composite, mask, change)
    return change * factor(size)[:, None], done(size)


def factor(size: Tensor) -> Tensor:
    """What a change of a size is multiplied by: root mean square over the foreground, in [0, 1]."""
    return done(size) * (1 + BOOST * torch.exp(-((size / BOOST_WIDTH) ** 2)))


def confident_again(seen: Tensor, mask: Tensor, change: Tensor) -> Tensor:
    """The numbers of the color change that a second look gives, as far as they are to be done.

    seen: N3HW in [0, 1], what the first look made. A large change contradicts the first look, and
    little is done of it.
    """
    size = _size(seen, mask, change)
    return change * torch.exp(-((size / AGAIN_WIDTH) ** 2))[:, None]


def done(size: Tensor) -> Tensor:
    """0 for a size of which nothing is done, 1 for one large enough, in [0, 1]."""
    nothing, everything = LEAST
    return ((size - nothing) / (everything - nothing)).clamp(0, 1)


def _size(composite: Tensor, mask: Tensor, change: Tensor) -> Tensor:
    inside = (mask > 0.5).to(composite.dtype)
    squares = (changed(composite, mask, change) - composite) ** 2
    mean = (squares * inside).mean(1).sum((1, 2)) / inside.sum((1, 2, 3)).clamp_min(1)
    return mean.sqrt()
