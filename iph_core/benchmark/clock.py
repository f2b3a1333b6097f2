"""Steps timed apart, each with its own peak of memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from iph_core.benchmark.memory import peak_mb, reset_peak

T = TypeVar("T")

SLOW = 5.0
"""Seconds from which on once is enough."""


class Clock:
    """Notes for every step the shortest of `repeats` times and the highest peak.

    noted: {step: {"seconds": float, "peak_mb": float}}, in the order of the steps.
    """

    def __init__(self, repeats: int) -> None:
        self.repeats = repeats
        self.noted: dict[str, dict[str, float]] = {}

    def step(self, name: str, work: Callable[[], T]) -> T:
        """Do the work `repeats` times; what it gave the last time."""
        for _ in range(self.repeats):
            start = time.perf_counter()
            reset_peak()
            done = work()
            seconds = time.perf_counter() - start
            self.note(name, seconds, peak_mb())
            if seconds > SLOW:
                break
        return done

    def note(self, name: str, seconds: float, peak: float) -> None:
        """One more measurement of a step."""
        known = self.noted.get(name)
        self.noted[name] = {
            "seconds": min(seconds, known["seconds"]) if known else seconds,
            "peak_mb": max(peak, known["peak_mb"]) if known else peak,
        }
