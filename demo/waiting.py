"""A request ends with the tab that sent it, and has a name by which its place can be asked for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.workers import ticket

TICKET_HEADER = "x-iph-ticket"
LONGEST_TICKET = 40  # characters


class EndsWithTheTab:
    """ASGI middleware: who leaves before the answer starts no longer waits in the line.

    Servers say that a client is gone only to who asks, which the routes do not do while they wait.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/iph/"):
            await self._app(scope, receive, send)
            return
        ticket.set(Headers(scope=scope).get(TICKET_HEADER, "")[:LONGEST_TICKET])
        await Visit(receive, send).answer(self._app, scope)


class Visit:
    """One request: passes its messages on and listens for the end of the connection."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._messages: asyncio.Queue[Message] = asyncio.Queue(1)  # no more than the app reads
        self._has_started = False

    async def answer(self, app: ASGIApp, scope: Scope) -> None:
        answering = asyncio.create_task(self._run(app, scope))
        listening = asyncio.create_task(self._listen(answering))
        try:
            await asyncio.wait([answering])
        finally:
            listening.cancel()
            if not answering.done():  # the server stops
                answering.cancel()
                with suppress(asyncio.CancelledError):
                    await answering
        if not answering.cancelled():
            answering.result()

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        await app(scope, self._messages.get, self._send_on)

    async def _send_on(self, message: Message) -> None:
        self._has_started = True
        await self._send(message)

    async def _listen(self, answering: asyncio.Task[None]) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect" and not self._has_started:
                answering.cancel()
                return
            await self._messages.put(message)
            if message["type"] == "http.disconnect":
                return
