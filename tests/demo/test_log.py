from __future__ import annotations

import errno
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from iph_core.photo import write

CHECKOUT = Path(__file__).parents[2]
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


def test_a_file_that_is_gone_or_finds_no_room_is_logged_without_its_name(
    new_client: Callable[..., TestClient],
    png: bytes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = new_client(max_open_scenes=1)
    headers = {"X-File-Name": "our-wedding.png"}
    photo = client.post("/iph/photos", content=png, headers=headers).json()
    new_client(of=client).post("/iph/photos", content=png)  # takes the memory
    (source,) = client.app.state.scratch.path.glob("*/*/our-wedding.png")
    source.unlink()
    assert client.post(f"/iph/photos/{photo['id']}/prepare").status_code == 404

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(write.os, "replace", refuse)
    assert client.post("/iph/photos", content=png, headers=headers).status_code == 503
    gone, no_room = [it.message for it in caplog.records if it.name == "demo.app"]
    assert "UnreadableFileError (No such file or directory) at source.py:" in gone
    assert "UnwritableFileError (No space left on device) at write.py:" in no_room
    assert "wedding" not in caplog.text and "iph-sessions" not in caplog.text


AN_ERROR_OF_OURS = """
import logging
from demo.log import start_logging
start_logging(requests=True)
logging.getLogger("iph_core.photo.xmp").warning("The XMP data of %s", "our-wedding.jpg")
logging.getLogger("iph_core.export.credentials").warning("%s: no parent", "our-wedding.jpg")
logging.getLogger("iph_core.runtime").warning("no GPU")
try:
    open("/tmp/iph-sessions-x1/0a/0b/our-wedding_\u00fc.jpg")
except OSError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""


def test_what_others_log_is_kept_without_the_names_of_photos() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", AN_ERROR_OF_OURS], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert ran.returncode == 0 and "wedding" not in ran.stderr
    assert "WARNING iph_core.runtime: no GPU" in ran.stderr
    assert "Exception in ASGI application" in ran.stderr and "line 9" in ran.stderr
    assert "FileNotFoundError: [Errno 2]" in ran.stderr
