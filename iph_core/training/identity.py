"""What a training is: so that a folder's checkpoint goes on only as what it was begun as."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from torch import Tensor

from iph_core.data.bank import Bank
from iph_core.training.schedule import Schedule
from iph_core.training.sources import Data

LENGTH = ("steps", "minutes")
"""Fields of a schedule that may change between a stop and going on: how long it is."""

GIVEN = ("size", "batch")
"""Fields of a schedule that people change by themselves."""

STRIDE = 16
"""Every such row and column of the pictures tells one set of them from another."""


def identity(
    schedule: Schedule, seed: int, leave_out: tuple[str, ...], data: Data
) -> dict[str, Any]:
    """Plain values by name, equal for runs of which one may go on with the other's checkpoint."""
    words = {name: value for name, value in asdict(schedule).items() if name not in LENGTH}
    given = {name: words.pop(name) for name in GIVEN}
    left_out, looked_at = sorted(leave_out), fingerprint(data)
    return {"schedule": words, **given, "seed": seed, "leave_out": left_out, "data": looked_at}


def differing(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The names whose values differ."""
    return [name for name in now if before.get(name) != now[name]]


def fingerprint(data: Data) -> str:
    """A hash of the sources, the regions and a coarse look at every picture."""
    hashed = hashlib.blake2b("\n".join(data.sources).encode(), digest_size=16)
    parts = (
        (data.regions, data.photos[..., ::STRIDE, ::STRIDE], data.labels[..., ::STRIDE, ::STRIDE])
        if isinstance(data, Bank)
        else (data.composites[..., ::STRIDE, ::STRIDE], data.masks[..., ::STRIDE, ::STRIDE])
    )
    for part in parts:
        hashed.update(_bytes(part))
    return hashed.hexdigest()


def _bytes(values: Tensor) -> bytes:
    return values.contiguous().cpu().numpy().tobytes()
