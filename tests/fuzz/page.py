"""The page as a stranger reaches it, with a double for what needs models; what no answer may be."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
from fastapi.testclient import TestClient

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

from demo.app import create_app
from demo.settings import Settings
from iph_core.photo import encode_png
from tests.demo.double import BoxEngine

SIZE = (120, 80)  # width, height of the photo that requests are about
TAP = {"role": "change", "taps": [[60, 40, True]]}
MANY = 1_000_000
# Behind the separator, or an id that begins with the folder's name would count.
TEMPORARY = tempfile.gettempdir() + os.sep
SECRETS = ("Traceback", 'File "', str(Path(__file__).parents[2]), TEMPORARY)
JSON_FREE = ("/iph/s/", "/assets/", "/static/", "/svelte/")  # pages and files, not our sentences


class Wrong(Exception):
    """An answer that nobody may get."""


class Page:
    """One server in this process, and browsers of it."""

    def __init__(self, data: Path) -> None:
        limits = Settings(
            data=str(data),
            max_upload_mb=1,
            requests_per_minute=MANY,
            uploads_per_minute=MANY,
            shares_per_day=MANY,
        )
        self._app = create_app(limits, BoxEngine(max_pixels=4_000_000, max_bytes=1_000_000))
        self.folder = self._app.state.scratch.path
        self.owner = TestClient(self._app, headers={"X-IPH": "1"})
        self.owner.__enter__()
        self.photo = ""

    def browser(self) -> TestClient:
        """One without cookies, on the same running server."""
        browser = TestClient(self._app, headers={"X-IPH": "1"})
        browser.portal = self.owner.portal
        return browser

    def close(self) -> None:
        self.owner.__exit__(None, None, None)

    def files(self) -> set[Path]:
        """What sessions have on disk now."""
        return {path for path in self.folder.rglob("*") if path.is_file()}

    def ready_photo(self) -> str:
        """The id of a harmonized photo of `owner`, made again where a request removed it."""
        state = self.owner.get("/iph/state").json()["photo"]
        if state is None or state["id"] != self.photo:
            noise = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
            state = self.owner.post("/iph/photos", content=encode_png(noise)).json()
            self.photo = state["id"]
        if state["result"] is None:
            at = f"/iph/photos/{self.photo}"
            self.owner.post(f"{at}/prepare")
            self.owner.post(f"{at}/choose", json=TAP)
            self.owner.post(f"{at}/suggest")
            self.owner.post(f"{at}/harmonize")
        return self.photo


def checked(answer: httpx.Response) -> int:
    """The status; Wrong for a server's error, for a refusal without a sentence, for what is inside
    the server."""
    status, text = answer.status_code, ""
    if not answer.headers.get("content-type", "").startswith(("image/", "application/octet")):
        text = answer.text
    if status >= 500 and status != 503:
        raise Wrong(f"{status}: {text[:200]}")
    if any(secret in text for secret in SECRETS):
        raise Wrong(f"{status} tells of the server: {text[:300]}")
    path = answer.request.url.path
    if status >= 400 and path.startswith("/iph/") and not path.startswith(JSON_FREE):
        sentence = error_of(answer)
        if not sentence or "\n" in sentence or len(sentence) > 400:
            raise Wrong(f"{status} without one sentence: {text[:200]}")
    return status


def error_of(answer: httpx.Response) -> str:
    """The sentence of a refusal; empty where there is none."""
    if answer.request.method == "HEAD":
        return "(no body)"
    if answer.headers.get("content-type", "").startswith("text/plain"):
        return answer.text  # a range of a file that it does not have
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, str) else ""


def header(text: str) -> bytes:
    """Any text as the value of a header; what a header cannot hold is left out."""
    return text.encode("utf-8", "surrogatepass").translate(None, bytes(range(32)) + b"\x7f")


def segment(text: str) -> str:
    """Any text as part of a path; half of the odd ones keep their slashes and percent signs."""
    safe = "/%" if len(text) % 2 else ""
    return quote(text.encode("utf-8", "surrogatepass"), safe=safe)
