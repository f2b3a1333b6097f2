"""A simulated visitor: brings a photo, taps somebody, harmonizes, takes the result, leaves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import cv2
import httpx
import numpy as np

PATIENCE = 300  # seconds for one answer
MOST_TRIES = 60  # for one step, where the server is busy


@dataclass
class Tally:
    """What all visitors saw. `seconds`: by step, whole steps with waiting in the line."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    busy: int = 0
    visits: int = 0

    def add(self, step: str, seconds: float) -> None:
        self.seconds.setdefault(step, []).append(seconds)


class Visitor:
    """Comes again and again, each time as a new session with a photo that nobody else has."""

    def __init__(self, address: str, photo: np.ndarray, seed: int, tally: Tally) -> None:
        """photo: uint8 HWC RGB; each visit brings it with other noise."""
        self._address, self._photo, self._tally = address, photo, tally
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)

    async def visit_until(self, stop: asyncio.Event, pause: float) -> None:
        while not stop.is_set():
            try:
                await self.visit()
                self._tally.visits += 1
            except (httpx.HTTPError, WrongAnswer) as error:
                self._tally.errors.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * pause)

    async def visit(self) -> None:
        async with httpx.AsyncClient(
            base_url=self._address, headers={"X-IPH": "1"}, timeout=PATIENCE
        ) as client:
            await self._look_at_page(client)
            mine, content = self._new_photo()
            upload = await self._step(client, "upload", "POST", "/iph/photos", content=content)
            photo = f"/iph/photos/{upload.json()['id']}"
            height, width = mine.shape[:2]
            taps = [[self._chance.uniform(0.3, 0.7) * width, 0.6 * height, True]]
            chosen = {"role": "change", "taps": taps}
            choice = await self._step(client, "tap", "POST", f"{photo}/choose", json=chosen)
            await self._step(client, "harmonize", "POST", f"{photo}/harmonize")
            file = await self._step(
                client, "render", "POST", f"{photo}/download", json={"strength": 1}
            )
            result = await self._step(client, "fetch", "GET", file.json()["url"])
            check(mine, result.content, choice.json()["regions"]["change"]["box"])
            await self._step(client, "leave", "DELETE", photo)

    async def _look_at_page(self, client: httpx.AsyncClient) -> None:
        await self._step(client, "page", "GET", "/")
        await self._step(client, "state", "GET", "/iph/state")

    async def _step(
        self, client: httpx.AsyncClient, name: str, method: str, path: str, **options: Any
    ) -> httpx.Response:
        started = perf_counter()
        answer = await self._until_served(lambda: client.request(method, path, **options))
        if answer.status_code >= 400:
            raise WrongAnswer(f"{name} was answered {answer.status_code}: {answer.text[:100]}")
        self._tally.add(name, perf_counter() - started)
        return answer

    async def _until_served(self, ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """What a busy server says is done: wait for so long, then ask again."""
        for _ in range(MOST_TRIES):
            answer = await ask()
            if answer.status_code not in (429, 503):
                return answer
            self._tally.busy += 1
            await asyncio.sleep(float(answer.headers["retry-after"]))
        return answer

    def _new_photo(self) -> tuple[np.ndarray, bytes]:
        """The photo with noise of its own, and as a PNG."""
        noise = self._noise.integers(-3, 4, self._photo.shape, np.int16)
        mine = np.clip(self._photo + noise, 0, 255).astype(np.uint8)
        return mine, cv2.imencode(".png", mine[..., ::-1])[1].tobytes()


class WrongAnswer(Exception):
    """An answer that is an error, or that shows another photo than was brought."""


def check(photo: np.ndarray, png: bytes, box: list[float]) -> None:
    """WrongAnswer unless a result is the photo (uint8 HWC RGB) wherever nothing was to change."""
    result = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR_RGB)
    if result is None or result.shape != photo.shape:
        raise WrongAnswer("the result is no picture of the photo's size")
    x0, y0, x1, y1 = (int(side) for side in box)
    outside = np.ones(photo.shape[:2], bool)
    outside[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
    if not np.array_equal(result[outside], photo[outside]):
        raise WrongAnswer("the result is of another photo")
