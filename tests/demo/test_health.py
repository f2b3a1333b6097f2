from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from demo.app import create_app
from demo.settings import Settings
from tests.demo.double import BoxEngine

HERE = {"client": ("127.0.0.1", 5000), "base_url": "http://127.0.0.1:7860"}


class LoadingEngine(BoxEngine):
    def warm_up(self) -> None:
        pass


def test_alive_before_ready() -> None:
    engine = LoadingEngine(1000, 1000)
    with TestClient(create_app(Settings(), engine)) as client:
        assert client.get("/iph/health/live").status_code == 200
        loading = client.get("/iph/health/ready")
        assert (loading.status_code, loading.json()) == (503, {"status": "loading"})
        assert client.get("/iph/state").json()["models"] == "loading"
        engine.state = "ready"
        assert client.get("/iph/health/ready").status_code == 200
        engine.state = "failed"
        assert client.get("/iph/health/ready").status_code == 503


def test_metrics_are_for_this_machine_alone(new_client: Callable[..., TestClient]) -> None:
    app = new_client().app
    here = TestClient(app, **HERE)
    assert here.get("/iph/metrics").status_code == 200
    as_ipv6_sees_it = TestClient(app, **{**HERE, "client": ("::ffff:127.0.0.1", 5000)})
    assert as_ipv6_sees_it.get("/iph/metrics").status_code == 200
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert here.get("/iph/metrics", headers={name: "127.0.0.1"}).status_code == 404
    for elsewhere in ({"client": ("203.0.113.7", 1)}, {"base_url": "http://tunnel.example"}):
        assert TestClient(app, **{**HERE, **elsewhere}).get("/iph/metrics").status_code == 404


def test_token_opens_the_metrics_and_nothing_else_does(
    new_client: Callable[..., TestClient],
) -> None:
    app = new_client(metrics_token="swordfish").app
    client = TestClient(app, **HERE)
    for sent, status in (("swordfish", 200), ("swordfis", 404), ("", 404), ("ä", 404)):
        headers = {"Authorization": f"Bearer {sent}".encode()}
        assert client.get("/iph/metrics", headers=headers).status_code == status


def test_metrics_tell_what_happened(
    new_client: Callable[..., TestClient], png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    client = new_client()
    photo = client.post("/iph/photos", content=png).json()
    client.get(photo["preview"])
    client.get("/iph/photos/not-mine/files/x?secret=1")
    text = TestClient(client.app, **HERE).get("/iph/metrics").text
    route = "/iph/photos/{photo_id}/files/{name}"
    assert f'iph_requests_total{{method="GET",route="{route}",status="200"}} 1' in text
    assert f'iph_requests_total{{method="GET",route="{route}",status="404"}} 1' in text
    assert "iph_sessions 1\n" in text and "iph_photos_open 1\n" in text
    assert "not-mine" not in text and photo["id"] not in text and "secret" not in text
