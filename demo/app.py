"""The web application: our routes, the Gradio frame behind them, and the guard before both."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from demo.api import NO_ROOM, Desk, Forbidden, Gone, create_router, sentence
from demo.compose_routes import create_compose_router
from demo.engine import Engine
from demo.examples_shipped import load_examples
from demo.health import create_health_router
from demo.language import Speak, create_language_router
from demo.limits import Limited
from demo.log import Recorded, described
from demo.metrics import Metrics
from demo.openapi import create_openapi_router
from demo.picker_routes import create_picker_router
from demo.proxies import Proxied
from demo.pwa import create_pwa_router
from demo.result_routes import create_result_router
from demo.scratch import Scratch
from demo.security import Guard
from demo.sessions import SessionStore
from demo.settings import MEGA, Settings
from demo.shares.routes import create_share_router, keep_clean
from demo.shares.store import open_store
from demo.texts import ERRORS, of_the_library
from demo.uploads import Stalled, TooLarge
from demo.waiting import EndsWithTheTab
from demo.workers import Busy, Workers
from iph_core.errors import InputError, UnreadableFileError, UnwritableFileError

log = logging.getLogger(__name__)

SPACE_ANCESTORS = "'self' https://huggingface.co https://*.hf.space"


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """The application, ready to serve. `engine` can be replaced by a lighter one in tests."""
    settings = settings or Settings.from_environment()
    engine = engine or Engine(settings.max_megapixels * MEGA, settings.max_upload_mb * MEGA)
    # Removed at the end of the program, also where the server never came up.
    scratch = Scratch()
    os.environ["GRADIO_TEMP_DIR"] = str(scratch.path / "gradio")
    workers = Workers(settings.workers, settings.waiting, settings.waiting_per_photo)
    store = SessionStore(scratch.path, settings, is_at_work=workers.is_at_work)
    examples = load_examples()
    shares = open_store(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        sweepers = [asyncio.create_task(sweep(store)), asyncio.create_task(keep_clean(shares))]
        try:
            yield
        finally:
            for sweeper in sweepers:
                sweeper.cancel()
                with suppress(asyncio.CancelledError):
                    await sweeper
            workers.close()
            store.close()
            shares.close()
            scratch.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.scratch = scratch
    desk, metrics = Desk(settings, store, engine, workers, examples), Metrics()
    app.include_router(create_share_router(desk, shares))
    app.include_router(create_picker_router(desk))
    app.include_router(create_compose_router(desk))
    app.include_router(create_result_router(desk))
    app.include_router(create_language_router(settings))
    app.include_router(create_pwa_router())
    app.include_router(create_health_router(desk, metrics))
    app.include_router(create_openapi_router(app))
    app.include_router(create_router(desk))
    add_error_answers(app)

    from demo.frame import mount_page  # Gradio reads GRADIO_TEMP_DIR when it is imported

    mount_page(app, settings, examples)
    ancestors = SPACE_ANCESTORS if settings.embedded else "'self'"
    # The last one stands before all others.
    app.add_middleware(EndsWithTheTab)
    app.add_middleware(Limited, settings=settings)
    app.add_middleware(Guard, max_upload_bytes=settings.max_upload_mb * MEGA, ancestors=ancestors)
    app.add_middleware(Speak)
    app.add_middleware(Recorded, metrics=metrics)
    app.add_middleware(Proxied, trusted=settings.trusted_proxies)
    return app


async def sweep(store: SessionStore) -> None:
    """Remove what expired, also when nobody comes by."""
    while True:
        await asyncio.sleep(60)
        store.remove_expired()
        store.stay()


def add_error_answers(app: FastAPI) -> None:
    """Every error is one sentence for people; what is internal goes to the log only."""

    @app.exception_handler(InputError)
    async def bad_input(_: Request, error: InputError) -> JSONResponse:
        status = {TooLarge: 413, Stalled: 408}.get(type(error), 400)
        return JSONResponse({"error": of_the_library(str(error))}, status)

    @app.exception_handler(UnreadableFileError)
    async def lost(_: Request, error: UnreadableFileError) -> JSONResponse:
        log.warning("a photo's file is not there: %s", described(error))
        return JSONResponse(sentence("gone"), 404)

    @app.exception_handler(UnwritableFileError)
    async def unwritable(request: Request, error: UnwritableFileError) -> JSONResponse:
        log.warning("a file could not be written: %s", described(error))
        return await busy(request, Busy(NO_ROOM))

    @app.exception_handler(RequestValidationError)
    async def bad_request(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse(sentence("bad_request"), 400)

    @app.exception_handler(HTTPException)
    async def no_such_request(_: Request, error: HTTPException) -> JSONResponse:
        # What the framework refuses by itself: a method or an address we do not have, no JSON.
        key = "gone" if error.status_code in (404, 405) else "bad_request"
        return JSONResponse(sentence(key), error.status_code, headers=error.headers)

    @app.exception_handler(Gone)
    async def gone(_: Request, error: Gone) -> JSONResponse:
        return JSONResponse(sentence("gone"), 404)

    @app.exception_handler(Forbidden)
    async def forbidden(_: Request, error: Forbidden) -> JSONResponse:
        return JSONResponse(sentence("forbidden"), 403)

    @app.exception_handler(Busy)
    async def busy(_: Request, error: Busy) -> JSONResponse:
        headers = {"Retry-After": str(error.retry_after)}
        text = ERRORS["busy_for"].format(seconds=error.retry_after)
        return JSONResponse({"error": text}, 503, headers=headers)

    @app.exception_handler(Exception)
    async def internal(_: Request, error: Exception) -> JSONResponse:
        # The server logs what it was.
        return JSONResponse(sentence("internal"), 500)
