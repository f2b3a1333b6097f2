"""What stands before every request: which Gradio routes exist, how much may be sent, headers.

The page runs no Gradio event and uploads through its own routes, so of Gradio's sixty routes only
those that deliver the frame are reachable. Whoever adds a Gradio event adds its routes here.
"""

from __future__ import annotations

import json
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.texts import ERRORS

FRAME_PAGES = {
    "/",
    "/config",
    "/config/",
    "/manifest.json",
    "/theme.css",
    "/favicon.ico",
    "/robots.txt",
    "/gradio_api/app_id",
    "/gradio_api/startup-events",
}
FRAME_FOLDERS = ("/assets/", "/static/", "/svelte/", "/gradio_api/heartbeat/")
OURS = "/iph/"
UPLOAD = "/iph/photos"
MASK_UPLOAD = re.compile(r"/iph/photos/[\w-]+/mask")
SMALL_BODY = 64 * 1024  # bytes; every request but an upload

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        # Gradio's templates are evaluated; the page's mask decoder is WebAssembly in a worker.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors {ancestors}",
    ]
)


LETS_OTHERS_READ = re.compile("access-control-allow-").match


class Guard:
    """ASGI middleware; `ancestors` are the origins that may show the page in a frame."""

    def __init__(self, app: ASGIApp, max_upload_bytes: int, ancestors: str = "'self'") -> None:
        self._app = app
        self._max_upload = max_upload_bytes
        self._headers = {
            "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(ancestors=ancestors),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        if ancestors == "'self'":
            self._headers["X-Frame-Options"] = "SAMEORIGIN"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guard(scope, receive, self._with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if not is_reachable(path, method):
            await answer(send, 404, ERRORS["not_found"])
        elif problem := self._body_problem(path, method, Headers(scope=scope)):
            await answer(send, *problem)
        else:
            body = Body(receive, send, self._limit(path))
            await body.read_by(self._app, scope)
            if body.is_refused:
                await answer(send, *self._too_large())

    def _body_problem(self, path: str, method: str, headers: Headers) -> tuple[int, str] | None:
        """What its headers say of a body that we do not take; `Body` counts what really comes."""
        if method in ("GET", "HEAD", "DELETE"):
            return None
        declared = headers.get("content-length", "")
        # Where a request says both, servers read chunks, and the length counts for nothing.
        if not declared.isdigit() or "transfer-encoding" in headers:
            return 411, ERRORS["no_length"]
        return self._too_large() if int(declared) > self._limit(path) else None

    def _limit(self, path: str) -> int:
        is_upload = path == UPLOAD or MASK_UPLOAD.fullmatch(path) is not None
        return self._max_upload if is_upload else SMALL_BODY

    def _too_large(self) -> tuple[int, str]:
        megabytes = self._max_upload // 1_000_000
        return 413, ERRORS["too_large"].format(megabytes=megabytes)

    def _with_headers(self, send: Send) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)  # shared pages set stricter ones themselves
                for name in filter(LETS_OTHERS_READ, headers.keys()):
                    del headers[name]  # Gradio lets every origin read, cookies included
            await send(message)

        return send_with_headers


class Body:
    """A request's body, of which an application reads no more than `limit` bytes.

    To the application, a larger one is a client that left: that ends whatever reads or waits.
    """

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive, self._send, self._left = receive, send, limit
        self._is_answered = False
        self.is_refused = False
        """Whether more came before an answer had started, so that one is to be given."""

    async def read_by(self, app: ASGIApp, scope: Scope) -> None:
        try:
            await app(scope, self._read, self._answer)
        except ClientDisconnect:
            if not self.is_refused:
                raise

    async def _read(self) -> Message:
        if self._left >= 0:
            message = await self._receive()
            self._left -= len(message.get("body", b""))
        if self._left >= 0:
            return message
        self.is_refused = not self._is_answered
        return {"type": "http.disconnect"}

    async def _answer(self, message: Message) -> None:
        if not self.is_refused:  # nobody is told what a client that left would have been
            self._is_answered = True
            await self._send(message)


def is_reachable(path: str, method: str) -> bool:
    if path.startswith(OURS):
        return True
    is_frame = path in FRAME_PAGES or path.startswith(FRAME_FOLDERS)
    return is_frame and method in ("GET", "HEAD") and ".." not in path


async def answer(send: Send, status: int, error: str, retry_after: int = 0) -> None:
    body = json.dumps({"error": error}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if retry_after:
        headers.append((b"retry-after", b"%d" % retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
