"""Browsers of an application that runs in the tests' own process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import FastAPI
from fastapi.testclient import TestClient

HEADER = {"X-IPH": "1"}


def browsers(make_app: Callable[..., FastAPI]) -> Iterator[Callable[..., TestClient]]:
    """For a fixture: `start(name=value)` starts an application with settings, and ends with the
    test; `start(of=client)` is another browser of one that runs."""
    started = []

    def start(of: TestClient | None = None, **settings: int | str) -> TestClient:
        if of is not None:
            return TestClient(of.app, headers=HEADER)
        started.append(TestClient(make_app(**settings), headers=HEADER))
        return started[-1].__enter__()

    yield start
    for client in started:
        client.__exit__(None, None, None)
