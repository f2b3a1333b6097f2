"""Places in the line over HTTP: what a full one answers, who is served when, who leaves it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from demo.app import create_app
from demo.settings import Settings
from demo.texts import ERRORS
from tests.demo.double import BoxEngine, BoxScene

PATIENCE = 30


class SlowEngine(BoxEngine):
    """Finds nobody until `gate` is open; `begun` counts who was let in."""

    def __init__(self) -> None:
        super().__init__(max_pixels=4_000_000, max_bytes=1_000_000)
        self.gate = threading.Event()
        self.begun = 0

    def scene(self, photo: Any, embeddings: object = None) -> BoxScene:
        self.begun += 1
        assert self.gate.wait(PATIENCE)
        return BoxScene(photo)


@pytest.fixture
def engine() -> Iterator[SlowEngine]:
    engine = SlowEngine()
    yield engine
    engine.gate.set()


@contextmanager
def serving(engine: SlowEngine, **settings: int) -> Iterator[str]:
    """A real server with one worker, as a client that leaves shows in a real connection only."""
    app = create_app(Settings(workers=1, **settings), engine)
    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            engine.gate.set()
            server.should_exit = True
            thread.join()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Person:
    """A browser with a photo; `start` sends a step and does not wait for it."""

    def __init__(self, address: str, name: str, png: bytes) -> None:
        self.name, self.address = name, address
        self.client = httpx.Client(base_url=address, headers={"X-IPH": "1"}, timeout=PATIENCE)
        self.photo = self.client.post("/iph/photos", content=png).json()["id"]
        self.answers: list[int] = []

    def prepare(self) -> httpx.Response:
        headers = {"X-IPH-Ticket": self.name}
        return self.client.post(f"/iph/photos/{self.photo}/prepare", headers=headers)

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=lambda: self.answers.append(self.prepare().status_code))
        thread.start()
        return thread

    def place(self) -> dict[str, int]:
        return httpx.get(f"{self.address}/iph/queue?ticket={self.name}").json()


def test_line_over_http(engine: SlowEngine, png: bytes) -> None:
    with serving(engine, waiting=2) as address:
        first, second, third, fourth = (Person(address, name, png) for name in "abcd")
        threads = [first.start()]
        until(lambda: engine.begun == 1)
        threads.append(second.start())
        until(lambda: second.place()["place"] == 1)
        threads.append(third.start())
        until(lambda: third.place()["place"] == 2)
        assert first.place() == {"place": 0, "seconds": 0}
        assert third.place()["seconds"] >= second.place()["seconds"] >= 1

        refused = fourth.prepare()
        seconds = int(refused.headers["retry-after"])
        assert refused.status_code == 503 and 1 <= seconds <= 120
        assert refused.json() == {"error": ERRORS["busy_for"].format(seconds=seconds)}

        engine.gate.set()
        for thread in threads:
            thread.join()
        assert [first.answers, second.answers, third.answers] == [[200]] * 3
        assert fourth.prepare().status_code == 200


def test_closed_tab_frees_its_place(engine: SlowEngine, png: bytes) -> None:
    with serving(engine, waiting=2) as address:
        first, leaver, third = (Person(address, name, png) for name in "abc")
        threads = [first.start()]
        until(lambda: engine.begun == 1)

        async def leave_while_waiting() -> None:
            headers = {"X-IPH": "1", "X-IPH-Ticket": leaver.name}
            cookies = dict(leaver.client.cookies)
            async with httpx.AsyncClient(
                base_url=address, headers=headers, cookies=cookies
            ) as client:
                path = f"/iph/photos/{leaver.photo}/prepare"
                asking = asyncio.create_task(client.post(path))
                while (await asyncio.to_thread(leaver.place))["place"] != 1:
                    await asyncio.sleep(0.01)
                asking.cancel()

        asyncio.run(leave_while_waiting())
        until(lambda: leaver.place()["place"] == 0)
        threads.append(third.start())
        until(lambda: third.place()["place"] == 1)
        engine.gate.set()
        for thread in threads:
            thread.join()
        assert third.answers == [200]
        assert engine.begun == 2  # nothing was done for who left
