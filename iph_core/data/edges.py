"""Honest edges: what is recolored never ends where its mask does."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from iph_core.data.disturbances import uniform

PAPER_SIDE = 256
"""Widths below are in pixels of a picture of this side and scale with the size."""

SHIFT = (-2.0, 3.0)
SOFTNESS = (0.6, 2.5)
SIGMA = 2.5
"""Blur that the edge is drawn from."""


def recolored_area(region: Tensor, generator: Generator) -> Tensor:
    """The recolored area N1HW of a region: its edge moved by -2 to +3 px (of 256) and made soft."""
    return with_edge(region, *drawn_edge(region, generator))


def drawn_edge(region: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """How far the edges of regions N1HW are moved and how soft they get, N x 1 x 1 x 1 in pixels of
    the region."""
    pixels = max(region.shape[-2:]) / PAPER_SIDE
    shift = uniform(len(region), *SHIFT, generator)[..., None] * pixels
    softness = uniform(len(region), *SOFTNESS, generator)[..., None] * pixels
    return shift, softness


def with_edge(region: Tensor, shift: Tensor, softness: Tensor) -> Tensor:
    """Regions N1HW with their edges moved outward by `shift` and made `softness` wide."""
    sigma = SIGMA * max(region.shape[-2:]) / PAPER_SIDE
    # A straight edge blurs to the normal distribution: its value and its slope at the shift.
    level = 0.5 - 0.5 * torch.erf(shift / sigma / math.sqrt(2))
    density = torch.exp(-0.5 * (shift / sigma) ** 2) / math.sqrt(2 * math.pi)
    slope = softness * density / sigma
    return ((blur(region, sigma) - level) / slope + 0.5).clamp(0, 1)


def blur(mask: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of masks N1HW; the border is continued."""
    radius = max(1, math.ceil(2.5 * sigma))
    steps = torch.arange(-radius, radius + 1, device=mask.device, dtype=mask.dtype)
    kernel = torch.exp(-0.5 * (steps / sigma) ** 2)
    kernel = (kernel / kernel.sum())[None, None, None]
    padded = F.pad(mask, (radius, radius, radius, radius), mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel), kernel.transpose(2, 3))
