from __future__ import annotations

import asyncio
import threading

import pytest

from demo.workers import Busy, Workers


def test_overload_is_answered_busy_and_places_come_free() -> None:
    async def scenario() -> None:
        workers, gate = Workers(workers=1, waiting=1), threading.Event()
        steps = [asyncio.create_task(workers.run(asyncio.Lock(), gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.run(asyncio.Lock(), lambda: None)
        gate.set()
        await asyncio.gather(*steps)
        assert await workers.run(asyncio.Lock(), lambda: "free") == "free"
        workers.close()

    asyncio.run(scenario())


def test_steps_of_one_photo_never_overlap() -> None:
    running, most = 0, 0

    def step() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        threading.Event().wait(0.01)
        running -= 1

    async def scenario() -> None:
        workers, lock = Workers(workers=4, waiting=10), asyncio.Lock()
        await asyncio.gather(*(workers.run(lock, step) for _ in range(8)))
        workers.close()

    asyncio.run(scenario())
    assert most == 1


def test_one_impatient_person_does_not_hold_the_workers() -> None:
    async def scenario() -> None:
        workers, gate, lock = Workers(workers=2, waiting=10), threading.Event(), asyncio.Lock()
        taps = [asyncio.create_task(workers.run(lock, gate.wait)) for _ in range(5)]
        await asyncio.sleep(0)
        other = await asyncio.wait_for(workers.run(asyncio.Lock(), lambda: "served"), 10)
        assert other == "served"
        gate.set()
        await asyncio.gather(*taps)
        workers.close()

    asyncio.run(scenario())


def test_abandoned_request_keeps_its_lock_until_the_step_is_through() -> None:
    async def scenario() -> None:
        workers, gate, lock = Workers(workers=2, waiting=2), threading.Event(), asyncio.Lock()
        abandoned = asyncio.create_task(workers.run(lock, gate.wait))
        await asyncio.sleep(0.05)
        abandoned.cancel()
        await asyncio.sleep(0.05)
        assert lock.locked()
        gate.set()
        with pytest.raises(asyncio.CancelledError):
            await abandoned
        assert not lock.locked()
        workers.close()

    asyncio.run(scenario())
