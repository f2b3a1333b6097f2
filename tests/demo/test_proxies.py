from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

from demo.proxies import PASSED_ON, Proxied, is_loopback, parse_networks
from demo.settings import Settings
from iph_core.errors import InputError

SAID = {
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "photos.example.org",
}


def seen(peer: str, trusted: str, *lines: tuple[str, str], **headers: str) -> dict[str, Any]:
    """A request's scope as the application behind sees it; `lines` of headers come last."""
    found: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: object, send: object) -> None:
        found.append(scope)

    sent = {"host": "inner:7860", **{name.replace("_", "-"): it for name, it in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in (*sent.items(), *lines)]
    scope = {"type": "http", "scheme": "http", "client": (peer, 1234), "headers": raw}
    asyncio.run(Proxied(app, trusted)(scope, None, None))
    return {**found[0], "headers": dict(found[0]["headers"])}


def test_nobody_is_believed_unless_the_settings_name_them() -> None:
    assert Settings().trusted_proxies == ""
    for peer, trusted in (("127.0.0.1", ""), ("198.51.100.9", "127.0.0.1")):
        scope = seen(peer, trusted, **SAID)
        assert scope["client"][0] == peer and scope["scheme"] == "http"
        assert scope["headers"] == {b"host": b"inner:7860"}
        assert scope[PASSED_ON]


def test_trusted_proxy_is_believed() -> None:
    scope = seen("10.1.2.3", "127.0.0.1, 10.0.0.0/8", **SAID)
    assert scope["client"][0] == "203.0.113.7"
    assert scope["scheme"] == "https"
    assert scope["headers"][b"host"] == b"photos.example.org"


def test_what_a_client_puts_before_the_proxys_own_words_counts_for_nothing() -> None:
    scope = seen(
        "127.0.0.1",
        "127.0.0.1",
        x_forwarded_for="1.1.1.1, 203.0.113.7, 127.0.0.1",
        x_forwarded_proto="https, http",
        x_forwarded_host="evil.example, photos.example.org",
    )
    assert scope["client"][0] == "203.0.113.7"
    assert scope["scheme"] == "http"
    assert scope["headers"][b"host"] == b"photos.example.org"


def test_proxy_that_adds_a_line_of_its_own_is_heard() -> None:
    """As HAProxy does: what the client sent stands in the line before."""
    scope = seen(
        "127.0.0.1",
        "127.0.0.1",
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-host", "photos.example.org"),
    )
    assert scope["client"][0] == "203.0.113.7"
    assert scope["scheme"] == "http"
    assert scope["headers"][b"host"] == b"photos.example.org"


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3"])
@pytest.mark.parametrize(
    ("trusted", "is_believed"),
    [("10.0.0.0/8", True), ("::ffff:10.0.0.0/104", True), ("11.0.0.0/8", False), ("::/96", False)],
)
def test_ipv4_seen_by_a_socket_of_ipv6_is_the_same_proxy(
    peer: str, trusted: str, is_believed: bool
) -> None:
    scope = seen(peer, trusted, x_forwarded_for=f"1.1.1.1, 203.0.113.7, {peer}")
    assert scope["client"][0] == ("203.0.113.7" if is_believed else peer)


@pytest.mark.parametrize(
    ("name", "is_this_machine"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:128.0.0.1", False),
        ("::127.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_addresses_of_this_machine(name: str, is_this_machine: bool) -> None:
    assert is_loopback(name) == is_this_machine


@pytest.mark.parametrize("said", ["", "unknown", "_hidden", "1.2.3.4:80, <script>"])
def test_client_that_is_no_address_leaves_the_proxy(said: str) -> None:
    scope = seen("127.0.0.1", "127.0.0.1", x_forwarded_for=said, x_forwarded_proto="gopher")
    assert scope["client"][0] == "127.0.0.1" and scope["scheme"] == "http"


def test_setting_that_cannot_be_is_one_sentence() -> None:
    with pytest.raises(InputError, match="IPH_TRUSTED_PROXIES must be"):
        parse_networks("nginx")


def test_forged_scheme_makes_no_share_link(client: TestClient) -> None:
    """The page's own address is not what a stranger says it is."""
    assert "evil.example" not in client.get("/", headers={"X-Forwarded-Host": "evil.example"}).text
    assert "evil.example" not in client.get("/config", headers=SAID).text
