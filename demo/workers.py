"""Heavy steps run on a few threads, in the order in which they came; a full line is "busy"."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

FIRST_GUESS = 2.0  # seconds a step takes, until steps were seen
LONGEST_WAIT = 120  # seconds that are ever asked for

ticket: ContextVar[str] = ContextVar("ticket", default="")
"""What the request that is being answered calls itself, to ask for its place meanwhile."""


class Busy(Exception):
    """There is no place for another step; `retry_after` seconds from now there may be."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(eq=False)
class Waiting:
    """A step in the line. `turn` is done when a worker is its own."""

    ticket: str
    turn: asyncio.Future[None]


class Workers:
    """At most `workers` steps run at once and at most `waiting` more wait, of them at most
    `waiting_per_photo` for one photo.

    Used from the event loop only. Whoever cancels a step that waits frees its place at once.
    """

    def __init__(self, workers: int, waiting: int, waiting_per_photo: int = 8) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="iph")
        self._workers = self._free = workers
        self._places, self._places_per_photo = workers + waiting, 1 + waiting_per_photo
        self._taken: Counter[asyncio.Lock] = Counter()
        self._at_work: set[asyncio.Lock] = set()
        self._line: list[Waiting] = []
        self._seconds = FIRST_GUESS
        self.refused = 0

    @property
    def running(self) -> int:
        return self._workers - self._free

    @property
    def waiting(self) -> int:
        return self._taken.total() - self.running

    async def run(self, lock: asyncio.Lock, step: Callable[[], T]) -> T:
        """Run `step` on a worker while holding `lock`; Busy when there is no place left.

        The lock is awaited before a worker is taken, so impatient taps of one person never keep
        the workers from others.
        """
        if self._taken.total() >= self._places or self._taken[lock] >= self._places_per_photo:
            self.refused += 1
            raise Busy(self.seconds(len(self._line) + 1))
        self._taken[lock] += 1
        try:
            async with lock:
                await self._my_turn()
                self._at_work.add(lock)
                try:
                    return await self._through(step)
                finally:
                    self._at_work.remove(lock)
                    self._pass_on()
        finally:
            self._taken[lock] -= 1
            if not self._taken[lock]:
                del self._taken[lock]

    def is_at_work(self, lock: asyncio.Lock) -> bool:
        """Whether a step runs that holds this lock; one that waits for a worker does not run."""
        return lock in self._at_work

    def place(self, name: str) -> int:
        """How many steps are served before that of this ticket, itself included; 0 where it does
        not wait for a worker."""
        places = (place for place, it in enumerate(self._line, 1) if name and it.ticket == name)
        return next(places, 0)

    def seconds(self, place: int) -> int:
        """About how long this place in the line waits, from how long steps took."""
        return min(LONGEST_WAIT, max(1, math.ceil(place * self._seconds / self._workers)))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _my_turn(self) -> None:
        if self._free:
            self._free -= 1
            return
        mine = Waiting(ticket.get(), asyncio.get_running_loop().create_future())
        self._line.append(mine)
        try:
            await mine.turn
        except asyncio.CancelledError:
            if mine in self._line:
                self._line.remove(mine)
            elif not mine.turn.cancelled():  # the turn came at the same moment
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """The next in the line who did not just leave has the worker that came free."""
        while self._line:
            turn = self._line.pop(0).turn
            if not turn.cancelled():
                turn.set_result(None)
                return
        self._free += 1

    async def _through(self, step: Callable[[], T]) -> T:
        started = time.monotonic()
        running: asyncio.Future[Any] = asyncio.get_running_loop().run_in_executor(
            self._pool, copy_context().run, step
        )
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # A thread cannot be stopped: the lock is kept until the step is through.
            await asyncio.wait([running])
            raise
        finally:
            self._seconds += 0.1 * (time.monotonic() - started - self._seconds)
