from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Scope

from demo.limits import MOST_ADDRESSES, UNKNOWN, RateLimit, neighborhood, warn_of_a_proxy
from demo.proxies import PASSED_ON
from demo.texts import ERRORS


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    limit = RateLimit(30, clock)
    assert [limit.seconds_to_wait("a") for _ in range(31)] == [0] * 30 + [2]
    assert limit.seconds_to_wait("b") == 0
    clock.now = 1.9
    assert limit.seconds_to_wait("a") == 1
    clock.now = 2.0
    assert limit.seconds_to_wait("a") == 0
    assert limit.seconds_to_wait("a") == 2


def test_only_so_many_addresses_are_remembered() -> None:
    limit = RateLimit(1, Clock())
    for number in range(MOST_ADDRESSES + 5):
        limit.seconds_to_wait(str(number))
    assert len(limit._buckets) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("127.0.0.1", 1), None),
        (("127.1.2.3", 1), None),
        (("::1", 1), None),
        (("::ffff:127.0.0.1", 1), None),
        (None, ""),
    ],
)
def test_who_is_counted_together(client: tuple[str, int] | None, counted: str | None) -> None:
    assert neighborhood(asked(client)) == counted


def asked(client: tuple[str, int] | None, host: str = "127.0.0.1:7860", **said: Any) -> Scope:
    headers = [(b"host", host.encode())]
    return {"type": "http", "path": "/", "headers": headers, "client": client, **said}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:7860", "[::1]:7860"])
def test_who_runs_the_page_at_home_is_not_counted(host: str) -> None:
    assert neighborhood(asked(("127.0.0.1", 1), host)) is None


@pytest.mark.parametrize(
    "scope",
    [
        asked(("127.0.0.1", 1), **{PASSED_ON: True}),
        asked(("::1", 1), **{PASSED_ON: True}),
        asked(("127.0.0.1", 1), "abc.gradio.live"),
        asked(("127.0.0.1", 1), "[::1"),
    ],
)
def test_whom_something_on_this_machine_passes_on_is_counted_with_all_others(scope: Scope) -> None:
    assert neighborhood(scope) == UNKNOWN


def test_limits_hold_behind_a_proxy_that_nobody_named(
    new_client: Callable[..., TestClient], png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    warn_of_a_proxy.cache_clear()
    app = new_client(requests_per_minute=8, sessions_per_address=2).app
    proxy = {"base_url": "http://127.0.0.1:7860", "client": ("127.0.0.1", 1)}
    here = TestClient(app, **proxy)
    answers = []
    for number in range(10):
        visitor = TestClient(
            app, **proxy, headers={"X-IPH": "1", "X-Forwarded-For": f"203.0.113.{number}"}
        )
        answers.append(visitor.post("/iph/photos", content=png).status_code)
    assert answers == [200] * 8 + [429] * 2
    assert all(here.get("/iph/health/live").status_code == 200 for _ in range(10))
    assert "iph_sessions 2\n" in here.get("/iph/metrics").text
    assert caplog.text.count("IPH_TRUSTED_PROXIES") == 1


def test_a_trusted_proxy_on_this_machine_tells_visitors_apart(
    new_client: Callable[..., TestClient],
) -> None:
    app = new_client(requests_per_minute=1, trusted_proxies="127.0.0.1").app
    proxy = TestClient(app, client=("127.0.0.1", 1))

    def status(**headers: str) -> int:
        return proxy.get("/iph/health/live", headers=headers).status_code

    for visitor, expected in (("203.0.113.1", [200, 429]), ("203.0.113.2", [200, 429])):
        assert [status(**{"X-Forwarded-For": visitor}) for _ in range(2)] == expected
    assert [status(**{"X-Forwarded-For": "127.0.0.1"}) for _ in range(3)] == [200] * 3, "itself"
    assert [status(**{"X-Forwarded-Proto": "https"}) for _ in range(2)] == [200, 429], "whom?"


def test_too_many_requests_are_told_when_to_come_back(
    new_client: Callable[..., TestClient],
) -> None:
    client = new_client(requests_per_minute=3)
    for _ in range(3):
        assert client.get("/iph/health/live").status_code == 200
    answer = client.get("/iph/health/live")
    assert answer.status_code == 429
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 20
    assert answer.json() == {"error": ERRORS["too_often"].format(seconds=seconds)}
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_photos_have_a_limit_of_their_own(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    client = new_client(uploads_per_minute=2)
    assert client.post("/iph/photos", content=png).status_code == 200
    assert client.post("/iph/examples/pioneers").status_code == 200
    assert client.post("/iph/photos", content=png).status_code == 429
    assert client.get("/iph/state").status_code == 200


def test_another_address_is_not_held_back(
    new_client: Callable[..., TestClient], png: bytes
) -> None:
    client = new_client(uploads_per_minute=1, trusted_proxies="10.0.0.1")
    other = TestClient(client.app, headers={"X-IPH": "1"}, client=("10.0.0.1", 1))
    for last, status in (("1", 200), ("2", 200), ("1", 429)):
        headers = {"X-Forwarded-For": f"203.0.113.{last}"}
        assert other.post("/iph/photos", content=png, headers=headers).status_code == status


def test_full_disk_is_busy(new_client: Callable[..., TestClient], png: bytes) -> None:
    client = new_client(least_free_mb=10**9)
    answer = client.post("/iph/photos", content=png)
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
