from __future__ import annotations

import logging
import re

import pytest
from fastapi.testclient import TestClient

LINE = re.compile(r"(?P<method>\w+) (?P<route>\S+) (?P<status>\d+) \d+ ms (?P<bytes>\d+) bytes")


def test_a_line_a_request_that_tells_nothing_of_the_person(
    client: TestClient, png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "demo.requests"):
        headers = {"X-File-Name": "our-wedding.png"}
        photo = client.post("/iph/photos?secret=1", content=png, headers=headers).json()
        preview = client.get(photo["preview"])
        client.get("/iph/nowhere/our-wedding")
        client.get("/gradio_api/file=/our-wedding")
        client.get("/")
    lines = [LINE.fullmatch(it.message) for it in caplog.records if it.name == "demo.requests"]
    assert all(lines)
    assert [(it["method"], it["route"], it["status"]) for it in lines] == [
        ("POST", "/iph/photos", "200"),
        ("GET", "/iph/photos/{photo_id}/files/{name}", "200"),
        ("GET", "/iph/{path:path}", "404"),
        ("GET", "other", "404"),
        ("GET", "/", "200"),
    ]
    assert int(lines[1]["bytes"]) == len(preview.content)
    assert int(lines[0]["bytes"]) > 0
    said = caplog.text
    assert "wedding" not in said and "secret" not in said and photo["id"] not in said
    assert client.cookies["iph_session"] not in said
