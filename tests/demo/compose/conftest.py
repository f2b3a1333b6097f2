"""Composing with boxes for regions, so that every pixel can be told by hand."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.app import create_app
from demo.engine import Engine
from demo.settings import Settings
from iph_core.photo import Photo
from iph_core.regions.mask import Region
from iph_core.regions.photo_regions import Company
from tests.demo.compose.steps import HEADER


class BoxScene:
    """A tap finds the 20 x 20 box around it; one person stands at (10, 20) to (40, 80)."""

    regions = SimpleNamespace(company=lambda: Company(0, None))

    def __init__(self, photo: Photo) -> None:
        self.photo = photo

    def prepare(self) -> None:
        pass

    def likely_pasted(self) -> list[Any]:
        return [SimpleNamespace(region=self.box(10, 20, 40, 80), oddness=0.0)]

    def offers(self, exclude: Region) -> list[Region]:
        return []

    def pick(self, taps: Any = (), box: Any = None, level: str = "person") -> Region:
        x, y, _ = taps[0]
        return self.box(int(x) - 10, int(y) - 10, int(x) + 10, int(y) + 10)

    def region(self, mask: np.ndarray) -> Region:
        return Region(mask)

    def found(self, mask: np.ndarray, sure: np.ndarray | None = None) -> Region:
        return Region(self.region(mask).mask, sure)

    def box(self, x0: int, y0: int, x1: int, y1: int) -> Region:
        mask = np.zeros(self.photo.size[::-1], np.float32)
        mask[max(0, y0) : y1, max(0, x0) : x1] = 1
        return Region(mask)


class BoxEngine(Engine):
    def warm_up(self) -> None:
        self.state = "ready"

    def scene(self, photo: Photo, embeddings: object = None) -> Any:
        return BoxScene(photo)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """One application for all; each test is a session of its own."""
    limits = Settings(max_upload_mb=1, data=str(tmp_path_factory.mktemp("data")))
    app = create_app(limits, BoxEngine(max_pixels=4_000_000, max_bytes=1_000_000))
    with TestClient(app):
        yield app


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, headers=HEADER)


@pytest.fixture
def other(app: FastAPI) -> TestClient:
    return TestClient(app, headers=HEADER)
