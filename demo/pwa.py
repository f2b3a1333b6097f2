"""The page as an app that can be installed: its manifest, its worker, its page without connection.

The manifest lies where Gradio's page looks for it. The worker keeps the shell alone (addresses in
`shell`), so nothing that people bring or make stays in it.
"""

from __future__ import annotations

import html
import json
from string import Template
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from demo.texts import APP, PAGE, language
from demo.web import FOLDER, address

LIGHT, DARK = "#ffffff", "#0b0f19"
"""The ground of the page, as Gradio's theme has it."""

WORKER = FOLDER / "pwa" / "service-worker.js"
OFFLINE_PAGE = FOLDER / "pwa" / "offline.html"


def create_pwa_router() -> APIRouter:
    router = APIRouter()

    @router.get("/manifest.json", include_in_schema=False)
    async def manifest() -> Response:
        headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "private, no-cache"}
        content = json.dumps(describe(), ensure_ascii=False).encode()
        return Response(content, media_type="application/manifest+json", headers=headers)

    @router.get("/iph/service-worker.js")
    async def worker() -> Response:
        """The worker, with the shell of this build and language; it may serve the whole page."""
        headers = {"Service-Worker-Allowed": "/", "Cache-Control": "no-cache"}
        return Response(script(), media_type="text/javascript", headers=headers)

    @router.get("/iph/offline")
    async def offline() -> HTMLResponse:
        """What the installed page shows without a connection."""
        texts = {"language": language.get(), "title": PAGE["title"], **APP}
        escaped = {key: html.escape(text) for key, text in texts.items()}
        return HTMLResponse(Template(OFFLINE_PAGE.read_text("utf-8")).substitute(escaped))

    return router


def describe() -> dict[str, Any]:
    """The manifest (W3C Web Application Manifest); addresses are relative to its own."""
    return {
        "id": "./",
        "start_url": "./",
        "scope": "./",
        "name": PAGE["title"],
        "short_name": APP["short_name"],
        "description": APP["description"],
        "lang": language.get(),
        "display": "standalone",
        "background_color": LIGHT,
        "theme_color": LIGHT,
        "categories": ["photo"],
        "icons": [
            {"src": address("icon.svg"), "type": "image/svg+xml", "sizes": "any"},
            icon("icon-192.png", 192),
            icon("icon-512.png", 512),
            {**icon("icon-maskable-512.png", 512), "purpose": "maskable"},
        ],
    }


def icon(name: str, side: int) -> dict[str, str]:
    return {"src": address(name), "type": "image/png", "sizes": f"{side}x{side}"}


def head() -> str:
    """What the page's head says of the app."""
    return (
        f'<meta name="theme-color" content="{LIGHT}" media="(prefers-color-scheme: light)">'
        f'<meta name="theme-color" content="{DARK}" media="(prefers-color-scheme: dark)">'
        f'<link rel="apple-touch-icon" href="{address("icon-maskable-512.png")}">'
    )


def shell() -> list[str]:
    """Everything that the worker keeps, relative to it."""
    files = [address(name).removeprefix("iph/") for name in ("stage.js", "stage.css", "icon.svg")]
    return [offline_address(), *files]


def offline_address() -> str:
    return f"offline?language={language.get()}"


def script() -> str:
    told = (
        f"const SHELL = {json.dumps(shell())};\nconst OFFLINE = {json.dumps(offline_address())};\n"
    )
    return told + WORKER.read_text("utf-8")
