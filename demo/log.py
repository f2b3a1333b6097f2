"""One line a request: method, route template, status, milliseconds, bytes.

No address, no path, no query, no name: what people did cannot be read from it, nor from what is
logged of errors.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.metrics import Metrics
from demo.scratch import PREFIX

log = logging.getLogger("demo.requests")

OTHER = "other"  # no route of ours: refused at the door, or nothing
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
NEVER_ANSWERED = 499  # as nginx calls a client that left
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SESSIONS_PATH = re.compile(rf"[^\s'\"]*{PREFIX}[^\s'\"]*")  # names of uploads have no such signs
NAMES_PHOTOS = ("iph_core.photo", "iph_core.export")
"""Loggers whose warnings are for who has the photo, and say what it is called."""


class Recorded:
    """ASGI middleware that counts and logs each request when its answer is through."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, sent, started = NEVER_ANSWERED, 0, time.perf_counter()

        async def listen(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, listen)
        except Exception:  # answered with 500 before us, in Starlette's outermost layer
            status = 500
            raise
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in METHODS else OTHER
            route = template(scope)
            self._metrics.count(method, route, status, seconds, sent)
            log.info("%s %s %d %.0f ms %d bytes", method, route, status, seconds * 1000, sent)


def template(scope: Scope) -> str:
    """The route as the program names it, such as /iph/photos/{photo_id}/choose."""
    return str(getattr(scope.get("route"), "path", OTHER))


class Discreet(logging.Formatter):
    """Leaves out where the files of a session lie, as photos are called there what people call
    them; of an error's message and of its traceback as well."""

    def format(self, record: logging.LogRecord) -> str:
        return SESSIONS_PATH.sub("(a file of a session)", super().format(record))


def described(error: Exception) -> str:
    """An error of a file for the log: what it is, why and where, but not its sentence, which names
    the file."""
    raised = traceback.extract_tb(error.__traceback__)[-1]
    why = getattr(error.__context__, "strerror", None) or "no reason known"
    return f"{type(error).__name__} ({why}) at {Path(raised.filename).name}:{raised.lineno}"


def start_logging(requests: bool) -> None:
    """Warnings of everything, and a line a request where it is asked for, to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet(FORM))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in NAMES_PHOTOS:
        logging.getLogger(name).setLevel(logging.ERROR)
    log.setLevel(logging.INFO if requests else logging.WARNING)
