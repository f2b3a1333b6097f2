"""Swapping scene and person: with the photo that becomes the scene, it may be asked again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from demo import composing
from demo.texts import ERRORS
from iph_core.photo import encode_png
from tests.demo.compose.steps import HEADER, PERSON, SCENE, bring, cutout_png, noise, ok, upload

SWAP = "/iph/composition/swap"


def swap(client: TestClient, scene: str) -> dict[str, Any]:
    return ok(client.post(SWAP, json={"scene": scene}))


@pytest.fixture
def ids(client: TestClient) -> tuple[str, str]:
    """The scene and the person, who came cut out, of a composition."""
    scene, person = upload(client, encode_png(noise(SCENE))), upload(client, cutout_png())
    bring(client, scene, person)
    return scene, person


def test_asked_again_it_answers_the_same(client: TestClient, ids: tuple[str, str]) -> None:
    swapped = swap(client, ids[1])
    assert (swapped["composition"]["scene"]["id"], swapped["composition"]["step"]) == (
        ids[1],
        "cut",
    )
    assert swap(client, ids[1]) == swapped
    back = swap(client, ids[0])
    assert (back["composition"]["person"]["id"], back["composition"]["step"]) == (ids[1], "place")
    assert swap(client, ids[0]) == back  # the cut-out's picture, too: it was not made again


def test_what_is_done_already_loses_nothing(client: TestClient, ids: tuple[str, str]) -> None:
    turned = {"x": 70, "y": 40, "scale": 1.5, "rotation": 30}
    placed = ok(client.post("/iph/composition/look", json=turned))
    assert swap(client, ids[0]) == placed


def test_a_photo_alone_becomes_the_scene(client: TestClient) -> None:
    photo = upload(client, encode_png(noise(PERSON)))
    bring(client, photo, part="person")
    alone = swap(client, photo)["composition"]
    assert (alone["scene"]["id"], alone["person"], alone["step"]) == (photo, None, "photos")
    assert swap(client, photo)["composition"] == alone


def test_another_photo_is_gone(
    client: TestClient,
    other: TestClient,
    ids: tuple[str, str],
) -> None:
    mine, foreign = (upload(it, encode_png(noise(SCENE))) for it in (client, other))
    before = ok(client.get("/iph/composition"))
    for photo in (mine, foreign, ""):
        answer = client.post(SWAP, json={"scene": photo})
        assert (answer.status_code, answer.json()["error"]) == (404, ERRORS["gone"])
    assert client.post(SWAP, json={}).status_code == 400
    assert ok(client.get("/iph/composition")) == before


def test_asked_while_it_is_at_work_it_answers_when_all_is_done(
    client: TestClient,
    ids: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    swap(client, ids[1])
    brought_as = composing.brought_as

    def slowly(photo: Any) -> Any:
        time.sleep(0.2)
        return brought_as(photo)

    async def twice() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.app)
        cookies = dict(client.cookies)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", headers=HEADER, cookies=cookies
        ) as browser:
            asked = (browser.post(SWAP, json={"scene": ids[0]}) for _ in range(2))
            return await asyncio.gather(*asked)

    monkeypatch.setattr(composing, "brought_as", slowly)
    first, second = map(ok, asyncio.run(twice()))
    assert first == second
    assert first["composition"]["step"] == "place"
