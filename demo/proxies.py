"""Who asks when a proxy stands before us: believed from proxies that the settings name only."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import URL, Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from iph_core.errors import InputError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FORWARDED = (b"x-forwarded-", b"x-real-ip", b"forwarded", b"x-original-")
PASSED_ON = "iph.passed_on"
"""In a request's scope: whether any proxy, trusted or not, passed it on."""
NAMED = "iph.client_named"
"""In a request's scope, where a trusted proxy said who asks."""


class Proxied:
    """ASGI middleware; `trusted` as `parse_networks` takes it.

    From a trusted proxy, X-Forwarded-For is the client, X-Forwarded-Proto the scheme and
    X-Forwarded-Host the host. From all others such headers are removed, as anybody can send them.
    """

    def __init__(self, app: ASGIApp, trusted: str = "") -> None:
        self._app, self._trusted = app, parse_networks(trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, PASSED_ON: any(map(is_forwarded, scope["headers"]))}
            peer = scope["client"][0] if scope.get("client") else ""
            if self._is_trusted(peer):
                self._believe(scope)
            else:
                scope["headers"] = [it for it in scope["headers"] if not is_forwarded(it)]
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        # The proxy next to us wrote the last address; those before it count while it is trusted.
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",")]
        client = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), hops[0])
        if is_address(client):
            scope["client"], scope[NAMED] = (client, 0), True
        scheme = last(headers, "x-forwarded-proto")
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        if host := last(headers, "x-forwarded-host"):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [*others, (b"host", host.encode("latin-1"))]

    def _is_trusted(self, name: str) -> bool:
        if not is_address(name):
            return False
        address = ipaddress.ip_address(name)
        return any(address in network for network in self._trusted)


def parse_networks(text: str) -> list[Network]:
    """Addresses and networks with commas between them; InputError where one is neither."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InputError(
            "IPH_TRUSTED_PROXIES must be addresses or networks with commas between them, "
            "such as 127.0.0.1,10.0.0.0/8."
        ) from None


def is_passed_on(scope: Scope) -> bool:
    """Whether a proxy or a tunnel passed a request on that comes from this machine: it says so, or
    asks for a name that is another one's."""
    try:
        asked_for = URL(scope=scope).hostname or ""
    except ValueError:  # a Host that is none
        asked_for = ""
    return bool(scope.get(PASSED_ON)) or not (asked_for == "localhost" or is_loopback(asked_for))


def is_forwarded(header: tuple[bytes, bytes]) -> bool:
    return header[0].lower().startswith(FORWARDED)


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    return is_address(name) and ipaddress.ip_address(name).is_loopback


def last(headers: Headers, name: str) -> str:
    """What the proxy next to us wrote."""
    return headers.get(name, "").split(",")[-1].strip()
