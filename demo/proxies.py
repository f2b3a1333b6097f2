"""Who asks when a proxy stands before us: believed from proxies that the settings name only."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import URL, Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from iph_core.errors import InputError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
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
        hops = listed(headers, "x-forwarded-for")
        client = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), hops[0])
        if parse_address(client):
            scope["client"], scope[NAMED] = (client, 0), True
        scheme = listed(headers, "x-forwarded-proto")[-1]
        if scheme in ("http", "https"):
            scope["scheme"] = scheme
        if host := listed(headers, "x-forwarded-host")[-1]:
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [*others, (b"host", host.encode("latin-1"))]

    def _is_trusted(self, name: str) -> bool:
        address = parse_address(name)
        return address is not None and any(address in network for network in self._trusted)


def parse_networks(text: str) -> list[Network]:
    """Addresses and networks with commas between them; InputError where one is neither."""
    try:
        return [parse_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        raise InputError(
            "IPH_TRUSTED_PROXIES must be addresses or networks with commas between them, "
            "such as 127.0.0.1,10.0.0.0/8."
        ) from None


def parse_network(text: str) -> Network:
    """A network; one of IPv6 for addresses of IPv4 is that of IPv4, as `parse_address` does."""
    network = ipaddress.ip_network(text)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped else network


def parse_address(name: str) -> Address | None:
    """An address, or None where it is none. A socket of IPv6 sees 10.0.0.5 as ::ffff:10.0.0.5,
    which is the address of IPv4 here."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


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


def is_loopback(name: str) -> bool:
    address = parse_address(name)
    return address is not None and address.is_loopback


def listed(headers: Headers, name: str) -> list[str]:
    """What stands in a header, at least "". What the proxy next to us wrote is last: it goes on
    in the line that came, as nginx does, or adds a line of its own, as HAProxy does."""
    return [part.strip() for part in ",".join(headers.getlist(name)).split(",")]
