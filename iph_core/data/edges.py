"""Honest edges: what is recolored never ends where its mask does."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from iph_core.data.disturbances import uniform
from iph_core.data.synthesis import EDGE_SHIFT, EDGE_SOFTNESS, PAPER_SIDE, blur

SIGMA = 2.5
"""Blur that the edge is drawn from, in pixels of a picture of PAPER_SIDE."""


def recolored_area(region: Tensor, generator: Generator) -> Tensor:
    """The recolored area N1HW of a region: its edge moved by -2 to +3 px (of 256) and made soft, as
    `synthesis` does it for training."""
    pixels = max(region.shape[-2:]) / PAPER_SIDE
    shift = uniform(len(region), *EDGE_SHIFT, generator)[..., None] * pixels
    softness = uniform(len(region), *EDGE_SOFTNESS, generator)[..., None] * pixels
    sigma = SIGMA * pixels
    # A straight edge blurs to the normal distribution: its value and its slope at the shift.
    level = 0.5 - 0.5 * torch.erf(shift / sigma / math.sqrt(2))
    density = torch.exp(-0.5 * (shift / sigma) ** 2) / math.sqrt(2 * math.pi)
    return ((blur(region, sigma) - level) * sigma / (softness * density) + 0.5).clamp(0, 1)
