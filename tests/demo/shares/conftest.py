"""A store on an empty folder with a clock that tests move."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.settings import Settings
from demo.shares.database import open_sqlite
from demo.shares.files import FolderFiles
from demo.shares.pictures import Pictures, make_pictures
from demo.shares.store import ShareStore
from tests.demo.clients import browsers
from tests.demo.shares.bare import bare_app


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def new_store(tmp_path: Path, clock: Clock) -> Callable[..., ShareStore]:
    """`new_store(share_days=1)` opens the store in this test's folder, again when called again."""

    def start(**settings: int) -> ShareStore:
        database = open_sqlite(tmp_path / "shares.db")
        return ShareStore(database, FolderFiles(tmp_path / "shares"), Settings(**settings), clock)

    return start


@pytest.fixture
def store(new_store: Callable[..., ShareStore]) -> ShareStore:
    return new_store()


@pytest.fixture(scope="session")
def pictures() -> Pictures:
    before = np.random.default_rng(1).integers(0, 256, (80, 120, 3), np.uint8)
    return make_pictures(before, before // 2)


@pytest.fixture
def new_client(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """As in tests/demo, without the Gradio frame: most of a second less for each application."""
    numbers = itertools.count()

    def make_app(**settings: int | str) -> FastAPI:
        limits = Settings(**{"data": str(tmp_path / "data"), **settings})
        return bare_app(limits, tmp_path / f"sessions-{next(numbers)}")

    yield from browsers(make_app)


@pytest.fixture
def share(png: bytes) -> Callable[..., dict]:
    """`share(client, caption=...)` goes from an upload to a share and returns the answer."""

    def make(client: TestClient, **body: object) -> dict:
        photo = harmonized(client, png)
        answer = client.post(f"/iph/photos/{photo}/share", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return make


def harmonized(client: TestClient, png: bytes) -> str:
    """The id of a photo with a result."""
    answer = client.put("/iph/done", content=png)
    assert answer.status_code == 200, answer.text
    return answer.json()
