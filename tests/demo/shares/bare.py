"""The application without the Gradio frame and with photos that are harmonized already.

Run as a program, it starts servers that are to be killed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from fastapi import FastAPI, Request, Response

from demo.api import Desk, create_router
from demo.app import add_error_answers
from demo.engine import Engine
from demo.security import Guard
from demo.sessions import SessionStore
from demo.settings import Settings
from demo.shares.routes import create_share_router, keep_clean
from demo.shares.store import open_store
from demo.workers import Workers


class DonePhoto:
    """What routes of shares see of a workspace; its result is darker by half at full strength."""

    def __init__(self, picture: np.ndarray) -> None:
        self.id = secrets.token_urlsafe(16)
        self.lock = asyncio.Lock()
        self.removed = self.is_open = False
        self.bytes_held = 0
        self.host = self.ticket = None
        self._picture = picture

    def compare(
        self, strength: float, max_side: int, adjustment: object = None, blend: float = 0.5
    ) -> tuple[np.ndarray, np.ndarray, None]:
        assert max_side >= max(self._picture.shape)
        after = np.round(self._picture * (1 - 0.5 * strength)).astype(np.uint8)
        return self._picture, after, None

    def describe(self) -> dict[str, Any]:
        return {"id": self.id}

    def remove(self) -> None:
        self.removed = True


def bare_app(settings: Settings, folder: Path) -> FastAPI:
    """The routes of shares as `create_app` has them. A picture that is put to /iph/done becomes
    a photo of the session, each pixel `enlarge` times as wide and high."""
    folder.mkdir(exist_ok=True)
    store, shares = SessionStore(folder, settings), open_store(settings)
    workers = Workers(settings.workers, settings.waiting)
    desk = Desk(settings, store, Engine(1, 1), workers, {})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(keep_clean(shares))
        yield
        sweeper.cancel()
        workers.close()
        store.close()
        shares.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    @app.put("/iph/done")
    async def done(request: Request, response: Response, enlarge: int = 1) -> str:
        body = np.frombuffer(await request.body(), np.uint8)
        picture = cv2.imdecode(body, cv2.IMREAD_COLOR_RGB)
        photo = DonePhoto(picture.repeat(enlarge, axis=0).repeat(enlarge, axis=1))
        session = desk.session(request) or desk.store.create()
        desk.store.add(session, photo)
        desk.remember(request, response, session)
        return photo.id

    app.include_router(create_share_router(desk, shares))
    app.include_router(create_router(desk))
    add_error_answers(app)
    app.add_middleware(Guard, max_upload_bytes=1)
    return app


def serve(port: int, data: str) -> None:
    import uvicorn

    settings = Settings(data=data, shares_per_day=1_000_000, share_storage_mb=1_000_000)
    with tempfile.TemporaryDirectory() as sessions:
        app = bare_app(settings, Path(sessions))
        uvicorn.run(app, port=port, log_level="error", access_log=False)


def serve_in_children(data: str) -> None:
    """For each port on standard input, fork a server and print its process id.

    What is forked has imported everything already, so that servers can be killed often.
    """
    import uvicorn.protocols.http.auto  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that killed ones do not stay as zombies
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(int(line), data)
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    serve_in_children(sys.argv[1])
