"""What a training is: so that a folder's checkpoint goes on only as what it was begun as."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from iph_core.data.bank import Bank
from iph_core.errors import InputError
from iph_core.training.schedule import Schedule
from iph_core.training.sources import Data

if TYPE_CHECKING:
    from iph_core.training.picker import PickerPlan
    from iph_core.training.picker_data import Rows

LENGTH = ("steps", "minutes")
"""Fields of a schedule that may change between a stop and going on: how long it is."""

GIVEN = ("size", "batch")
"""Fields of a schedule that people change by themselves."""

HOW_OFTEN = ("validate_every", "save_every_s", "log_every")
"""Fields of the picker's plan that change nothing of what is learned."""

START = "start"

STRIDE = 16
"""Every such row and column of the pictures tells one set of them from another."""


def identity(
    schedule: Schedule, seed: int, leave_out: tuple[str, ...], data: Data, start: str | None
) -> dict[str, Any]:
    """Plain values by name, equal for runs of which one may go on with the other's checkpoint.

    start: SHA-256 of the weights that are named to begin with, if any.
    """
    words = {name: value for name, value in asdict(schedule).items() if name not in LENGTH}
    given = {name: words.pop(name) for name in GIVEN}
    others = {"seed": seed, "leave_out": sorted(leave_out), "data": fingerprint(data), START: start}
    return {"schedule": words, **given, **others}


def picker_identity(plan: PickerPlan, rows: Rows, start: str | None) -> dict[str, Any]:
    """The same for trainings of the picker on `rows`."""
    left_out = (*LENGTH, *HOW_OFTEN)
    words = {name: value for name, value in asdict(plan).items() if name not in left_out}
    keys = np.ascontiguousarray(rows["key"]).tobytes()
    data = hashlib.blake2b(keys, digest_size=16).hexdigest()
    return {"seed": words.pop("seed"), "settings": words, "data": data, START: start}


def check(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    """InputError where a folder was begun as something else, naming what differs."""
    if changed := differing(before, now):
        raise InputError(
            f"{folder} was begun with another {', '.join(changed)}: train in another folder, or go"
            " on as it was begun."
        )


def differing(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The names whose values differ.

    Weights to start from count where both tell: what was begun with some goes on without their
    name, and checkpoints of earlier versions do not hold it.
    """
    known = [name for name in now if name != START or (START in before and now[START])]
    return [name for name in known if before.get(name) != now[name]]


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
