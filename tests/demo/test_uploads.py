from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi.testclient import TestClient

from demo import api, uploads
from demo.texts import ERRORS
from demo.uploads import lively, safe_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("party.jpg", "party.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\us two.png", "us_two.png"),
        (".bashrc", "bashrc"),
        ("", "photo"),
        ("..", "photo"),
        ('a"\r\nSet-Cookie: x.jpg', "a_Set-Cookie_x.jpg"),
        ("日本.jpg", "日本.jpg"),
        ("हिन्दी 1.jpg", "हिन्दी_1.jpg"),
        ("U\u0308ni foto 2.png", "Üni_foto_2.png"),
        ("ü" * 300 + ".jpeg", "ü" * 57 + ".jpeg"),
        ("a.\u202egpj.exe\x00", "a._gpj.exe"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_file_names_become_harmless(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_an_upload_that_stood_still_is_told_so_that_it_can_be_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stalled() -> AsyncIterator[bytes]:
        yield b"the beginning"
        await asyncio.sleep(5)
        yield b"too late"

    async def taken() -> list[bytes]:
        return [chunk async for chunk in lively(stalled())]

    monkeypatch.setattr(uploads, "LONGEST_PAUSE", 0.01)
    with pytest.raises(uploads.Stalled):
        asyncio.run(taken())


def test_a_stalled_upload_is_a_408(
    client: TestClient, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stalls(*_: object, **__: object) -> None:
        raise uploads.Stalled(ERRORS["upload_stalled"])

    monkeypatch.setattr(api, "receive", stalls)
    answer = client.post("/iph/photos", content=png)
    assert (answer.status_code, answer.json()["error"]) == (408, ERRORS["upload_stalled"])


def test_a_photo_sent_again_as_its_answer_was_lost_is_there_once(
    client: TestClient, png: bytes
) -> None:
    def send(ticket: str) -> str:
        headers = {"X-IPH-Ticket": ticket}
        return client.post("/iph/photos", content=png, headers=headers).json()["id"]

    def is_there(photo: str) -> bool:
        return client.post(f"/iph/photos/{photo}/prepare").status_code == 200

    other, lost, again = send(""), send("one"), send("one")
    last = send("")
    assert [is_there(photo) for photo in (other, lost, again, last)] == [True, False, True, True]
