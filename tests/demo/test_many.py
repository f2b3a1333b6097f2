"""Twenty people at once with the real models: each gets a result of the photo they brought."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from iph_core.photo import encode_png

ROOT = Path(__file__).parents[2]
PEOPLE = 20
TAPPING = 2  # of them let SAM find the person; its embedding is what takes long
SMALL = ROOT / "demo" / "examples" / "pioneers-small.jpg"
PERSON = (300, 120, 420, 330)  # roughly whom the others bring a mask of


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = [sys.executable, "-m", "demo", "--port", "0"]
    data = str(tmp_path_factory.mktemp("data"))
    environment = {**os.environ, "IPH_DATA": data, "IPH_WAITING": "60", "IPH_REQUEST_LOG": "0"}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout:
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found
        yield found.group()
        server.terminate()
        server.wait()


def photo_of(number: int) -> np.ndarray:
    """A photo of a size and with noise that nobody else has."""
    whole = cv2.imread(str(SMALL), cv2.IMREAD_COLOR_RGB)
    mine = whole[: 334 - 2 * (number % 7), : 478 - number]
    noise = np.random.default_rng(number).integers(-6, 7, mine.shape, np.int16)
    return np.clip(mine + noise, 0, 255).astype(np.uint8)


async def use_page(address: str, number: int) -> tuple[np.ndarray, dict, np.ndarray]:
    """The photo, what the page was told of it in the end, and the result at full size."""
    photo = photo_of(number)
    async with httpx.AsyncClient(base_url=address, headers={"X-IPH": "1"}, timeout=300) as client:

        async def post(path: str, **body: object) -> dict:
            answer = await client.post(path, **body)  # type: ignore[arg-type]
            assert answer.status_code == 200, (number, path, answer.text)
            return answer.json()

        name = {"X-File-Name": f"photo-{number}.png"}
        described = await post("/iph/photos", content=encode_png(photo), headers=name)
        mine = f"/iph/photos/{described['id']}"
        if number < TAPPING:
            body = {"role": "change", "taps": [[350, 220, True]]}
            await post(f"{mine}/choose", json=body)
        else:
            await post(f"{mine}/mask?role=change", content=encode_png(mask_for(photo)))
        await post(f"{mine}/choose", json={"role": "match"})  # the background
        await post(f"{mine}/harmonize")
        await post(f"{mine}/transfer", json={"ratio": 0.5})  # That changes any photo.
        file = await post(f"{mine}/download", json={"strength": 1})
        assert file["name"] == f"photo-{number}-harmonized.png"
        result = (await client.get(file["url"])).content
        described = (await client.get("/iph/state")).json()["photo"]
    return photo, described, cv2.imdecode(np.frombuffer(result, np.uint8), cv2.IMREAD_COLOR_RGB)


def mask_for(photo: np.ndarray) -> np.ndarray:
    x0, y0, x1, y1 = PERSON
    mask = np.zeros(photo.shape[:2], np.uint8)
    mask[y0:y1, x0:x1] = 255
    return mask


def test_every_result_belongs_to_its_photo(address: str) -> None:
    async def everybody() -> list:
        return await asyncio.gather(*(use_page(address, number) for number in range(PEOPLE)))

    results = asyncio.run(everybody())
    assert len({described["id"] for _, described, _ in results}) == PEOPLE
    for photo, described, result in results:
        height, width = photo.shape[:2]
        assert (described["width"], described["height"]) == (width, height)
        assert result.shape == photo.shape
        x0, y0, x1, y1 = described["regions"]["change"]["box"]
        outside = np.ones((height, width), bool)
        outside[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
        assert outside.mean() > 0.3
        assert np.array_equal(result[outside], photo[outside])  # its noise is nobody else's
        assert not np.array_equal(result, photo)
