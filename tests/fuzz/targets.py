"""What is thrown at: each target does one case and says how it ended. Whatever it raises is a find.

A case is decided by its generator alone, so that its number and the seed bring it back.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from iph_core.adjustment import Adjustment
from iph_core.color_map import ColorMap
from iph_core.errors import InputError
from iph_core.photo import open_mask, open_photo, photo_from_array
from iph_core.regions.mask import Region
from iph_core.result import Result
from iph_core.sidecar import open_sidecar, sidecar
from tests.fuzz.mutate import ODD_TEXTS, bytes_changed, text_changed, value_changed
from tests.fuzz.page import TAP, Page, Wrong, checked, header, segment
from tests.hostile.corpus import CASES

Target = Callable[[random.Random], str]
MOST_BYTES = 250_000

SLIDERS = {"exposure": 0.1, "warmth": 1, "tint": 0, "contrast": 1, "saturation": 1}
STROKES = [{"points": [5, 5, 30, 30], "radius": 4, "erase": False}]
LOOK = {"x": 20, "y": 20, "scale": 1, "rotation": 0, "flip": False, "cast": "below"}
# Method, path below /iph and body of every request that the page knows; {id} is the photo.
REQUESTS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "state", None),
    ("GET", "composition", None),
    ("GET", "shares", None),
    ("GET", "queue?ticket=abc", None),
    ("GET", "health/ready", None),
    ("GET", "metrics", None),
    ("POST", "photos/{id}/prepare", None),
    ("POST", "photos/{id}/choose", {**TAP, "box": [1, 2, 50, 60], "grow": 2, "strokes": STROKES}),
    ("POST", "photos/{id}/choose", {**TAP, "level": "part", "inverted": True, "mask": "found-1"}),
    ("POST", "photos/{id}/choose", {"role": "match", "taps": [], "automatic": True}),
    ("POST", "photos/{id}/mask?role=change", b"\x89PNG\r\n\x1a\n"),
    ("POST", "photos/{id}/save-mask", {"role": "change"}),
    ("POST", "photos/{id}/suggest", None),
    ("POST", "photos/{id}/harmonize", None),
    ("GET", "photos/{id}/files/preview-1.jpg", None),
    ("POST", "photos/{id}/numbers", None),
    ("POST", "photos/{id}/looks", None),
    ("POST", "photos/{id}/match", {"key": "background"}),
    ("GET", "photos/{id}/part/before.jpg?x0=0&y0=0&x1=9&y1=9&longest=9", None),
    ("POST", "photos/{id}/download", {"strength": 0.5, "adjustment": SLIDERS, "format": "jpeg"}),
    ("DELETE", "photos/{id}", None),
    ("POST", "brought", {"photos": ["{id}"], "part": "scene"}),
    ("POST", "composition/swap", None),
    ("POST", "composition/cut", None),
    ("POST", "composition/look", LOOK),
    ("POST", "composition/behind", {"taps": [[5, 5]]}),
    ("POST", "composition/step", {"step": "photos"}),
    ("POST", "composition/render", None),
    ("DELETE", "composition", None),
    ("GET", "composition/files/cutout-1.png", None),
    ("POST", "examples/pioneers", None),
    ("GET", "examples/pioneers/thumbnail.jpg", None),
    ("GET", "static/stage.js", None),
    ("GET", "static/picker/model.onnx", None),
    ("POST", "photos/{id}/share", {"strength": 1, "adjustment": SLIDERS, "caption": "Hello"}),
)
HEADERS = (
    "X-IPH", "Cookie", "Host", "Content-Type", "Range", "Accept-Encoding", "Accept-Language",
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Share-Token", "If-None-Match",
    "Authorization", "Origin", "Referer",
)  # fmt: skip


def small_files() -> list[bytes]:
    made = [case.make() for case in CASES.values()]
    return [data for data in made if 16 <= len(data) <= MOST_BYTES]


class Files:
    """Changed files of the corpus."""

    def __init__(self) -> None:
        self._files = small_files()

    def next(self, chance: random.Random) -> bytes:
        return bytes_changed(chance.choice(self._files), self._files, chance)

    def reader(self, chance: random.Random) -> str:
        try:
            photo = open_photo(self.next(chance), name="fuzz", max_pixels=4_000_000)
        except InputError as error:
            return refused(error)
        photo.srgb(max_side=64)
        if photo.pixels.ndim != 3 or photo.pixels.shape[2] != 3 or not photo.pixels.size:
            raise Wrong(f"a photo of shape {photo.pixels.shape}")
        return "read"

    def mask(self, chance: random.Random) -> str:
        try:
            mask = open_mask(self.next(chance), (96, 64))
        except InputError as error:
            return refused(error)
        if mask.shape != (64, 96) or not 0 <= mask.min() <= mask.max() <= 1:
            raise Wrong(f"a mask of shape {mask.shape}, {mask.min()} to {mask.max()}")
        return "read"


class Sidecars:
    """A changed sidecar, applied to its photo."""

    def __init__(self) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
        mask = np.zeros((48, 64), np.float32)
        mask[8:40, 10:50] = np.linspace(0.1, 1, 40)
        photo = photo_from_array(pixels, "us.png")
        result = Result(photo, Region(mask), ColorMap.identity(), None, "region")
        self._photo, self._text = photo, sidecar(result, 0.7, Adjustment(exposure=0.3))

    def apply(self, chance: random.Random) -> str:
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            Path(file.name).write_bytes(self._changed(chance))
            try:
                edit = open_sidecar(file.name, self._photo)
                changed = edit.result.pixels(edit.strength, edit.adjustment)
            except InputError as error:
                return refused(error)
        outside = edit.result.foreground.mask == 0
        if not np.array_equal(changed[outside], self._photo.pixels[outside]):
            raise Wrong("a change outside the mask")
        return "read"

    def _changed(self, chance: random.Random) -> bytes:
        if chance.random() < 0.3:
            data = self._text.encode()
            return bytes_changed(data, [data], chance)
        value = json.loads(self._text)
        for _ in range(chance.choice((1, 1, 2, 4))):
            value = value_changed(value, chance)
        return json.dumps(value).encode("utf-8", "surrogatepass")


def refused(error: InputError) -> str:
    sentence = str(error)
    if not sentence.endswith(".") or "\n" in sentence:
        raise Wrong(f"no sentence: {sentence!r}")
    return "refused"


class Strangers:
    """Requests to the page that its own script would not send."""

    def __init__(self, page: Page, files: Files) -> None:
        self._page, self._files = page, files
        self._share: dict[str, Any] = {}

    def upload(self, chance: random.Random) -> str:
        """A changed file under an odd name; where it is taken, on to the download."""
        before = self._page.files()
        browser, name = self._page.browser(), header(chance.choice(ODD_TEXTS))
        answer = browser.post(
            "/iph/photos", content=self._files.next(chance), headers={b"X-File-Name": name}
        )
        status = checked(answer)
        if status == 200:
            photo = answer.json()
            at = f"/iph/photos/{photo['id']}"
            tap = {"role": "change", "taps": [[photo["width"] / 2, photo["height"] / 2, True]]}
            for path, body in (("choose", tap), ("harmonize", {}), ("download", {"strength": 1})):
                checked(browser.post(f"{at}/{path}", json=body))
            checked(browser.delete(at))
        if left := self._page.files() - before:
            raise Wrong(f"{status}, and files are left: {sorted(map(str, left))}")
        return str(status)

    def request(self, chance: random.Random) -> str:
        photo = self._page.ready_photo()
        method, path, body = chance.choice(REQUESTS)
        if chance.random() < 0.1:
            method = chance.choice(("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"))
        if chance.random() < 0.3:
            path = changed_path(path, chance)
        path = path.replace("{id}", photo)
        sent = self._body(body, photo, chance)
        return str(checked(self._send(method, f"/iph/{path}", sent, chance)))

    def _body(self, body: Any, photo: str, chance: random.Random) -> bytes:
        if isinstance(body, bytes):
            return self._files.next(chance)
        if isinstance(body, dict):
            for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
                body = value_changed(body, chance)
        sent = b"" if body is None else json.dumps(body).replace("{id}", photo).encode()
        return chance.randbytes(chance.choice((0, 1, 50))) if chance.random() < 0.05 else sent

    def _send(self, method: str, path: str, body: bytes, chance: random.Random) -> Any:
        headers = {b"Content-Type": b"application/json"}
        if chance.random() < 0.2:
            headers[chance.choice(HEADERS).encode()] = header(chance.choice(ODD_TEXTS))
        browser = self._page.owner
        return browser.request(method, path, content=body, headers=headers, follow_redirects=False)

    def share(self, chance: random.Random) -> str:
        """Addresses of shares and tokens near the right ones: nothing opens or goes by them."""
        share = self._one_share()
        share_id, token = share["id"], share["token"]
        asked = text_changed(share_id, chance) if chance.random() < 0.6 else share_id
        below = chance.choice(("", "", "/delete", "/code.svg", "/after.jpg", "/before.jpg", None))
        below = f"/{segment(text_changed('after.jpg', chance))}" if below is None else below
        method = chance.choice(("GET", "GET", "HEAD", "DELETE"))
        offered = text_changed(token, chance)
        if method == "DELETE" and offered == token:
            offered = ""
        answer = self._page.browser().request(
            method,
            f"/iph/s/{segment(asked)}{below}",
            headers={b"X-Share-Token": header(offered)},
            follow_redirects=False,
        )
        status = checked(answer)
        opened = status in (200, 204) and answer.request.url.path.startswith("/iph/s/")
        if opened and (method == "DELETE" or f"/s/{share_id}" not in answer.request.url.path):
            raise Wrong(f"{method} {answer.request.url} with {offered!r}: {status}")
        return str(status)

    def _one_share(self) -> dict[str, Any]:
        photo = self._page.ready_photo()
        if self._share:
            shares = self._page.owner.get("/iph/shares").json()["shares"]
            if any(share["id"] == self._share["id"] for share in shares):
                return self._share
        made = self._page.owner.post(f"/iph/photos/{photo}/share", json={"strength": 1})
        self._share = made.json()
        return self._share


def changed_path(path: str, chance: random.Random) -> str:
    """One part of the path, or of what is asked for behind it, is something else."""
    parts = path.replace("?", "/?").split("/")
    at = chance.randrange(len(parts))
    lead = parts[at][:1] if parts[at].startswith("?") else ""
    parts[at] = lead + segment(text_changed(parts[at].removeprefix("?"), chance))
    return "/".join(parts).replace("/?", "?")


def targets(page: Page) -> dict[str, tuple[Target, int]]:
    """Every target by its name, and how often it has its turn."""
    files = Files()
    strangers = Strangers(page, files)
    return {
        "reader": (files.reader, 8),
        "mask": (files.mask, 3),
        "sidecar": (Sidecars().apply, 1),
        "upload": (strangers.upload, 3),
        "request": (strangers.request, 4),
        "share": (strangers.share, 2),
    }
