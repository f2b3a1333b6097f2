from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from demo.limits import MOST_ADDRESSES, RateLimit, neighborhood
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
        (("::1", 1), None),
        (("::ffff:127.0.0.1", 1), None),
        (None, ""),
    ],
)
def test_who_is_counted_together(client: tuple[str, int] | None, counted: str | None) -> None:
    assert neighborhood({"client": client}) == counted


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
