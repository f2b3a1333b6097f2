from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from demo.workers import Busy, Workers, ticket


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


def test_line_is_served_in_order_and_tells_the_places() -> None:
    async def scenario() -> None:
        workers, gate, served = Workers(workers=1, waiting=3), threading.Event(), []
        steps = [asyncio.create_task(workers.run(asyncio.Lock(), gate.wait))]
        for name in "abc":
            ticket.set(name)  # a task has the context in which it was made
            steps.append(
                asyncio.create_task(workers.run(asyncio.Lock(), partial(served.append, name)))
            )
        await asyncio.sleep(0)
        assert [workers.place(name) for name in ("a", "b", "c", "", "z")] == [1, 2, 3, 0, 0]
        assert (workers.running, workers.waiting) == (1, 3)
        assert workers.seconds(1) <= workers.seconds(2) <= workers.seconds(10_000) == 120
        gate.set()
        await asyncio.gather(*steps)
        assert served == ["a", "b", "c"]
        assert (workers.running, workers.waiting) == (0, 0)
        workers.close()

    asyncio.run(scenario())


def test_who_leaves_the_line_frees_a_place_and_is_not_served() -> None:
    async def scenario() -> None:
        workers, gate, served = Workers(workers=1, waiting=2), threading.Event(), []
        first = asyncio.create_task(workers.run(asyncio.Lock(), gate.wait))
        leaver, stays = (
            asyncio.create_task(workers.run(asyncio.Lock(), partial(served.append, name)))
            for name in ("leaver", "stays")
        )
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.run(asyncio.Lock(), lambda: None)
        leaver.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaver
        late = asyncio.create_task(workers.run(asyncio.Lock(), partial(served.append, "late")))
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, stays, late)
        assert served == ["stays", "late"]
        assert workers.refused == 1 and workers.running == 0
        workers.close()

    asyncio.run(scenario())


def test_turn_that_comes_to_who_just_left_goes_to_the_next() -> None:
    async def scenario() -> None:
        workers, gate = Workers(workers=1, waiting=2), threading.Event()
        first = asyncio.create_task(workers.run(asyncio.Lock(), gate.wait))
        leaver = asyncio.create_task(workers.run(asyncio.Lock(), lambda: "never"))
        await asyncio.sleep(0)
        gate.set()
        await first  # the turn was passed on in the same moment
        leaver.cancel()
        await asyncio.wait([leaver])
        assert await asyncio.wait_for(workers.run(asyncio.Lock(), lambda: "next"), 10) == "next"
        assert workers.running == 0
        workers.close()

    asyncio.run(scenario())


def test_worker_that_comes_free_while_somebody_leaves_goes_to_the_next() -> None:
    async def scenario() -> None:
        workers = Workers(workers=1, waiting=3)
        await workers._my_turn()
        leavers = [asyncio.create_task(workers.run(asyncio.Lock(), str)) for _ in range(2)]
        stays = asyncio.create_task(workers.run(asyncio.Lock(), lambda: "served"))
        await asyncio.sleep(0)
        for leaver in leavers:
            leaver.cancel()  # they notice it in the loop's next round only
        workers._pass_on()
        assert await asyncio.wait_for(stays, 10) == "served"
        await asyncio.wait(leavers)
        assert (workers.running, workers.waiting) == (0, 0)
        workers.close()

    asyncio.run(scenario())


def test_failing_step_gives_its_worker_back() -> None:
    async def scenario() -> None:
        workers = Workers(workers=1, waiting=1)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await workers.run(asyncio.Lock(), lambda: 1 / 0)
        assert (workers.running, workers.waiting) == (0, 0)
        workers.close()

    asyncio.run(scenario())


def test_one_photo_has_only_so_many_places() -> None:
    async def scenario() -> None:
        workers, gate, lock = Workers(1, 20, waiting_per_photo=2), threading.Event(), asyncio.Lock()
        steps = [asyncio.create_task(workers.run(lock, gate.wait)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.run(lock, gate.wait)
        steps.append(asyncio.create_task(workers.run(asyncio.Lock(), gate.wait)))
        gate.set()
        await asyncio.gather(*steps)
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
