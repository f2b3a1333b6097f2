"""What a hostile visitor tries over HTTP: ways out of the folders, addresses to fetch, cookies."""

from __future__ import annotations

import ast
import socket
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from tests.demo.test_api import harmonized, step, upload

ROOT = Path(__file__).parents[2]
OUTSIDE = (
    "../party.png",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "....//....//etc/passwd",
    "preview-1.jpg/../party.png",
    "preview-1.jpg\0.png",
    "..\\party.png",
)
FOLDERS = (
    "/iph/static/",
    "/iph/static/picker/",
    "/iph/s/",
    "/iph/examples/",
    "/static/",
    "/assets/",
    "/svelte/",
)


def ways(path: str) -> set[str]:
    """A path as it is, encoded, and encoded twice."""
    once = quote(path, safe="")
    return {path, once, quote(once, safe=""), once.replace(".", "%2e")}


def test_no_way_out_of_a_photos_folder(client: TestClient, png: bytes) -> None:
    photo = upload(client, png)
    for way in set().union(*map(ways, OUTSIDE)):
        try:
            answer = client.get(f"/iph/photos/{photo['id']}/files/{way}")
        except Exception as error:  # the client itself refuses to send it
            assert type(error).__name__ == "InvalidURL"
            continue
        assert answer.status_code == 404, way


def test_no_way_out_of_what_is_public(client: TestClient) -> None:
    files = ("../../README.md", "../" * 8 + "etc/passwd", "/etc/passwd")
    for folder, path in product(FOLDERS, files):
        for way in ways(path):
            answer = client.get(folder + way)
            assert answer.status_code in (400, 403, 404), folder + way
            assert "root:" not in answer.text and "# Interactive" not in answer.text


def test_what_was_uploaded_is_not_served_itself(client: TestClient, png: bytes) -> None:
    """Names are ours: the uploaded file, kept masks and other files of the folder have none."""
    photo = harmonized(client, png)
    (source,) = client.app.state.scratch.path.rglob("party.png")
    lying_there = {path.name for path in source.parent.rglob("*")}
    assert len(lying_there) > 5
    for name in sorted(lying_there):
        answer = client.get(f"/iph/photos/{photo['id']}/files/{name}")
        given_out = name.startswith(("preview", "before", "after", "change", "match", "offer"))
        assert answer.status_code in ((200, 404) if given_out else (404,)), name


def test_files_of_sessions_are_out_of_gradios_reach(client: TestClient, png: bytes) -> None:
    upload(client, png)
    (source,) = client.app.state.scratch.path.rglob("party.png")
    for route in ("/gradio_api/file=", "/file=", "/gradio_api/file/", "/gradio_api/upload?path="):
        assert client.get(route + str(source)).status_code == 404


def test_no_address_is_ever_fetched(
    new_client: Callable[..., TestClient], png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def refuse(*address: object, **_: object) -> None:
        asked.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    client, url = new_client(), "http://127.0.0.1:9/secret.jpg"
    assert client.get("/").status_code == 200
    assert client.post("/iph/photos", content=url.encode()).status_code == 400
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/></svg>"
    assert client.post("/iph/photos", content=svg.encode()).status_code == 400
    for path in (f"/gradio_api/proxy={url}", f"/gradio_api/file={url}", f"/proxy={url}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/iph/examples/{quote(url, safe='')}").status_code == 404
    photo = upload(client, png, name=quote(url))
    assert step(client, photo, "prepare").status_code == 200
    share = client.post(f"/iph/photos/{harmonized(client, png)['id']}/share", json={"strength": 1})
    assert share.status_code == 200
    assert asked == []


def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    client = new_client(trusted_proxies="10.0.0.1")
    cookie = client.post("/iph/photos", content=png).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
    behind = TestClient(client.app, headers={"X-IPH": "1"}, client=("10.0.0.1", 1))
    headers = {"X-Forwarded-Proto": "https"}
    assert (
        "Secure" in behind.post("/iph/photos", content=png, headers=headers).headers["set-cookie"]
    )


def test_no_other_origin_is_let_in(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (
        client.options("/iph/photos", headers=headers),
        client.get("/iph/state", headers=headers),
        client.get("/config", headers=headers),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_weights_are_read_without_running_what_is_in_them() -> None:
    """`torch.load` only with `weights_only=True`; nothing else that unpickles."""
    files = [*ROOT.glob("iph_core/**/*.py"), *ROOT.glob("demo/*.py"), *ROOT.glob("weights/*.py")]
    assert len(files) > 100
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called == "torch.load":
                assert keywords.get("weights_only") == "True", file
            assert called not in ("pickle.load", "pickle.loads", "joblib.load", "torch.jit.load")
            assert keywords.get("allow_pickle", "False") == "False", file
