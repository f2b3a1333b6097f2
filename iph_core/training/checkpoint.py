"""Everything a stopped training needs to go on as if it had not been stopped."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import nn

from iph_core.errors import InputError

DAMAGE = (EOFError, KeyError, OSError, RuntimeError, ValueError, UnpicklingError)
"""What reading a checkpoint raises that is cut short, damaged or of something else."""


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


def check_folder(folder: Path) -> None:
    """InputError where a training's folder could not be made or written to; makes nothing."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(f"The folder {folder} cannot be made or written to: choose another.")


def save_state(path: Path, step: int, best: float, **parts: dict) -> None:
    """Write the state dictionaries `parts`; whole or not at all (InputError)."""
    partial = path.with_suffix(".partial")
    try:
        torch.save({"step": step, "best": best, **parts}, partial)
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # torch's own writer raises the latter on a full disk.
        partial.unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written ({error}): make room, and train on from the last checkpoint."
        ) from error


def load_state(path: Path, device: torch.device) -> dict:
    """What `save_state` wrote (tensors and plain values only); DAMAGE where it cannot be read."""
    return torch.load(path, map_location=device, weights_only=True)
