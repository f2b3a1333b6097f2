"""What the tests of composing send and how they ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from fastapi.testclient import TestClient

from iph_core.photo import encode_png

HEADER = {"X-IPH": "1"}
SCENE, PERSON = (120, 90), (60, 50)  # width, height
RANDOM = np.random.default_rng(1)


def noise(size: tuple[int, int]) -> np.ndarray:
    return RANDOM.integers(0, 256, (size[1], size[0], 3), np.uint8)


def upload(client: TestClient, content: bytes, name: str = "photo.png") -> str:
    return ok(client.post("/iph/photos", content=content, headers={"X-File-Name": name}))["id"]


def ok(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def bring(client: TestClient, *photos: str, part: str | None = None) -> dict[str, Any]:
    return ok(client.post("/iph/brought", json={"photos": photos, "part": part}))


def cutout_png(size: tuple[int, int] = (20, 30)) -> bytes:
    alpha = np.zeros((size[1] + 10, size[0] + 10), np.uint8)
    alpha[5:-5, 5:-5] = 255
    return encode_png(noise((size[0] + 10, size[1] + 10)), alpha)


def mask_png(size: tuple[int, int], swapped: bool = False) -> bytes:
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[20:60, 30:60] = 255
    return encode_png(255 - mask if swapped else mask)


def fetch(client: TestClient, address: str) -> bytes:
    response = client.get(f"/{address}")
    assert response.status_code == 200
    return response.content


Look = dict[str, Any]
LOOK: Look = {"x": 70, "y": 40, "scale": 1, "rotation": 0, "flip": False, "cast": "none"}
