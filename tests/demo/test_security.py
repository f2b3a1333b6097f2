"""The traps of Gradio 6.31 that were found by trying, each closed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from demo.app import create_app
from demo.frame import build_blocks, mount
from demo.security import SMALL_BODY, Guard, is_reachable
from demo.settings import Settings
from demo.texts import ERRORS

PIECE = 16 * 1024  # bytes


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    path = tmp_path / "secret.txt"
    path.write_text("nobody may read this")
    return path


def mounted(event: object, api_open: bool = True, as_gradio_does: bool = False) -> TestClient:
    """A page with one event on a file, mounted as ours is but without the guard before it."""
    with gr.Blocks(analytics_enabled=False) as blocks:
        file = gr.File()
        button = gr.Button()
        button.click(event, file, gr.Textbox(), api_name="read")
    blocks.queue(api_open=api_open)
    app = FastAPI()
    mount(app, blocks)
    if as_gradio_does:
        blocks.has_launched = False
    return TestClient(app)


def forged(path: Path) -> dict:
    return {"data": [{"path": str(path), "meta": {"_type": "gradio.FileData"}}]}


def test_forged_path_of_an_upload_is_refused(secret: Path) -> None:
    seen: list[str] = []
    with mounted(seen.append) as client:
        answer = client.post("/gradio_api/run/read", json=forged(secret))
    assert answer.status_code >= 400
    assert seen == []


def test_forged_path_would_be_taken_without_our_flag(secret: Path) -> None:
    """Shows that the test above can fail: Gradio's own mounting leaves the door open."""
    seen: list[str] = []
    with mounted(seen.append, as_gradio_does=True) as client:
        assert client.post("/gradio_api/run/read", json=forged(secret)).status_code == 200
    assert Path(seen[0]).read_text() == "nobody may read this"


def test_run_route_beside_the_queue_is_closed() -> None:
    with mounted(lambda file: "ran", api_open=False) as client:
        assert client.post("/gradio_api/run/read", json={"data": [None]}).status_code >= 400


def test_queue_of_our_page_is_bounded_and_not_open() -> None:
    blocks = build_blocks(Settings(waiting=7), {})
    assert blocks.api_open is False
    assert blocks._queue.max_size == 7
    assert blocks.analytics_enabled is False


def test_exception_texts_stay_on_the_server() -> None:
    def fail(file: object) -> str:
        raise RuntimeError("the password is swordfish")

    with mounted(fail) as client:
        answer = client.post("/gradio_api/run/read", json={"data": [None]})
    assert answer.status_code == 500
    assert "swordfish" not in answer.text


def test_monitoring_and_run_history_are_off() -> None:
    with mounted(str) as client:
        assert client.get("/monitoring/summary").status_code >= 400
        config = client.get("/config").json()
    assert not config.get("run_history")
    assert config["analytics_enabled"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/run/read"),
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/call/read"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://localhost"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/monitoring/summary"),
        ("GET", "/monitoring"),
        ("GET", "/pwa_icon/5000"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/static/../config"),
        ("POST", "/config"),
    ],
)
def test_routes_that_the_page_does_not_need_do_not_exist(method: str, path: str) -> None:
    assert not is_reachable(path, method)


def test_guard_stands_before_gradio(client: TestClient) -> None:
    assert client.get("/gradio_api/info").status_code == 404
    assert client.get("/gradio_api/file=/etc/passwd").status_code == 404
    assert client.get("/config").status_code == 200


@pytest.mark.parametrize("path", ["/", "/config", "/iph/state", "/nothing", "/iph/nothing"])
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"


def test_space_may_show_the_page_in_its_frame() -> None:
    app = create_app(Settings(embedded=True))
    headers = TestClient(app).get("/iph/state").headers
    assert "https://huggingface.co" in headers["content-security-policy"]
    assert "x-frame-options" not in headers


def test_body_without_a_length_is_refused(client: TestClient) -> None:
    answer = client.post("/iph/photos", content=iter([b"abc"]))
    assert answer.status_code == 411


@pytest.mark.parametrize("path", ["/iph/photos", "/iph/photos/x/mask", "/iph/language"])
def test_length_counts_for_nothing_beside_chunks(client: TestClient, path: str) -> None:
    headers = {"Content-Length": "5", "Transfer-Encoding": "chunked"}
    answer = client.post(path, content=b'{"language": "de"}', headers=headers)
    assert (answer.status_code, answer.json()) == (411, {"error": ERRORS["no_length"]})


def test_small_requests_stay_small(client: TestClient) -> None:
    assert client.post("/iph/photos/x/choose", content=bytes(65 * 1024)).status_code == 413


def test_small_requests_stay_small_whatever_they_declare(client: TestClient) -> None:
    answer = client.post("/iph/language", content=bytes(65 * 1024), headers={"Content-Length": "5"})
    assert answer.status_code == 413
    assert answer.json() == {"error": ERRORS["too_large"].format(megabytes=1)}
    assert answer.headers["x-content-type-options"] == "nosniff"


async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


async def answers_as_if_nobody_left(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await Response("done")(scope, receive, send)


async def answers_before_it_reads(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while (await receive()).get("more_body"):
        pass
    assert (await receive())["type"] == "http.disconnect"
    await send({"type": "http.response.body", "body": b"begun"})


def guarded(
    app: object, path: str, coming: int, method: str = "POST", may: int = SMALL_BODY
) -> tuple[int, str, int]:
    """Status, answer, and bytes taken of `coming` by an application behind a guard, where the
    headers declare 5 bytes and more come."""
    taken, sent = 0, []

    async def receive() -> Message:
        nonlocal taken
        piece = min(PIECE, coming - taken)
        taken += piece
        return {"type": "http.request", "body": bytes(piece), "more_body": taken < coming}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", b"5")]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(Guard(app, may)(scope, receive, send))
    start, *rest = sent
    assert [start["type"], *{it["type"] for it in rest}] == [
        "http.response.start",
        "http.response.body",
    ]
    return start["status"], b"".join(it["body"] for it in rest).decode(), taken


@pytest.mark.parametrize("app", [reads_all, answers_as_if_nobody_left])
@pytest.mark.parametrize(
    ("path", "method", "limit"),
    [
        ("/iph/photos", "POST", 2_000_000),
        ("/iph/photos/x/mask", "POST", 2_000_000),
        ("/iph/language", "POST", SMALL_BODY),
        ("/iph/share/x", "DELETE", SMALL_BODY),
        ("/", "GET", SMALL_BODY),
    ],
)
def test_no_more_is_read_than_may_come(app: object, path: str, method: str, limit: int) -> None:
    status, text, taken = guarded(app, path, limit, method, 2_000_000)
    assert (status, taken) == (200, limit)
    status, text, taken = guarded(app, path, 9_000_000, method, 2_000_000)
    assert (status, json.loads(text)) == (413, {"error": ERRORS["too_large"].format(megabytes=2)})
    assert limit < taken <= limit + PIECE


def test_answer_that_has_begun_ends_as_it_began() -> None:
    status, text, taken = guarded(answers_before_it_reads, "/iph/language", 9_000_000)
    assert (status, text) == (200, "begun")
    assert taken <= SMALL_BODY + PIECE


def test_there_is_no_websocket(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/iph/state"):
        pass


def test_page_names_no_font_of_another_host(client: TestClient) -> None:
    assert "fonts.googleapis" not in client.get("/").text
    assert "url(" not in client.get("/theme.css").text.split(":root")[0]
