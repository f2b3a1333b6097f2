"""Heavy steps run on a few threads; when too many wait, the answer is "busy", not a stall."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Busy(Exception):
    """All workers are taken and the queue is full."""

    retry_after = 5  # seconds


class Workers:
    """At most `workers` steps run at once and at most `waiting` more wait."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="iph")
        self._places = workers + waiting
        self._taken = 0

    async def run(self, lock: asyncio.Lock, step: Callable[[], T]) -> T:
        """Run `step` on a worker while holding `lock`; Busy when there is no place left.

        The lock is awaited before a worker is taken, so impatient taps of one person never keep
        the workers from others.
        """
        if self._taken >= self._places:
            raise Busy
        self._taken += 1
        try:
            async with lock:
                running = asyncio.get_running_loop().run_in_executor(self._pool, step)
                try:
                    return await asyncio.shield(running)
                except asyncio.CancelledError:
                    # A thread cannot be stopped: the lock is kept until the step is through.
                    await asyncio.wait([running])
                    raise
        finally:
            self._taken -= 1

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
