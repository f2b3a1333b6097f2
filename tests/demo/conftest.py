"""The web application, with a double for what needs models."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from demo import web
from demo.app import create_app
from demo.settings import Settings
from iph_core.photo import encode_png
from tests.demo.clients import browsers
from tests.demo.double import BoxEngine

SIZE = (120, 80)  # width, height of the photos in these tests


@pytest.fixture(scope="session", autouse=True)
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """These tests ask for no script, so they run without the page's bundle being built."""
    folder = tmp_path_factory.mktemp("bundle")
    built = dict(web.STATIC_FILES)
    for name in ("stage.js", "stage.css"):
        (folder / name).write_text(f"/* {name} */")
        web.STATIC_FILES[name] = folder / name
    yield
    web.STATIC_FILES.update(built)


@pytest.fixture
def new_client(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """`new_client()` starts an application; `new_client(of=client)` is another browser of it."""

    def make_app(**settings: int | str) -> FastAPI:
        limits = Settings(**{"max_upload_mb": 1, "data": str(tmp_path / "data"), **settings})
        return create_app(limits, BoxEngine(max_pixels=4_000_000, max_bytes=1_000_000))

    yield from browsers(make_app)


@pytest.fixture
def client(new_client: Callable[..., TestClient]) -> TestClient:
    return new_client()


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)


@pytest.fixture
def png(photo: np.ndarray) -> bytes:
    return encode_png(photo)
