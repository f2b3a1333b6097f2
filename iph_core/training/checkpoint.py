"""Everything a stopped training needs to go on as if it had not been stopped."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import torch
from torch import nn


class Averaged:
    """An exponential moving average of a network's weights, which is what gets shipped."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for mean, value in zip(self.network.parameters(), network.parameters(), strict=True):
            mean.lerp_(value, 1 - decay)


def save_state(path: Path, step: int, best: float, **parts: dict) -> None:
    """Write the state dictionaries `parts`; whole or not at all."""
    partial = path.with_suffix(".partial")
    torch.save({"step": step, "best": best, **parts}, partial)
    os.replace(partial, path)


def load_state(path: Path, device: torch.device) -> dict:
    """What `save_state` wrote (tensors and plain values only)."""
    return torch.load(path, map_location=device, weights_only=True)
