"""Random boxes: references that nobody labeled."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from iph_core.data.disturbances import uniform


def random_boxes(count: int, side: int, generator: Generator) -> Tensor:
    """Random boxes as masks N x 1 x side x side, each edge 15 to 60 % of the side."""
    extent = uniform(count, 0.15, 0.6, generator), uniform(count, 0.15, 0.6, generator)
    axis = (torch.arange(side, device=generator.device) + 0.5) / side
    inside = []
    for length in extent:
        start = uniform(count, 0, 1, generator) * (1 - length)
        inside.append(((axis >= start) & (axis < start + length)).float())
    return inside[0].transpose(1, 2)[:, None] * inside[1][:, None]
