"""How often one address may ask; who asks more often is told in how many seconds to come back."""

from __future__ import annotations

import ipaddress
import logging
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import cache

from starlette.types import ASGIApp, Receive, Scope, Send

from demo.proxies import NAMED, is_passed_on, parse_address
from demo.security import answer
from demo.settings import Settings
from demo.texts import ERRORS

log = logging.getLogger(__name__)

MOST_ADDRESSES = 10_000
UNKNOWN = "passed on"  # whoever comes through a proxy or a tunnel that is not trusted
BRINGS_A_PHOTO = re.compile(r"/iph/(photos|photos/[\w-]+/mask|examples/[^/]+)")


class RateLimit:
    """At most `per_minute` in a minute for each address, and never more than that at once.

    A bucket that fills again evenly. Only the addresses seen last are remembered.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._per_second = float(per_minute), per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def seconds_to_wait(self, address: str) -> int:
        """0, and the request is counted; or the seconds until there is room for another one."""
        now = self._clock()
        left, seen = self._buckets.pop(address, (self._size, now))
        left = min(self._size, left + (now - seen) * self._per_second)
        allowed = left >= 1
        self._buckets[address] = (left - allowed, now)
        while len(self._buckets) > MOST_ADDRESSES:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / self._per_second)


class Limited:
    """ASGI middleware: 429 with Retry-After for an address that asks too often.

    This machine itself is not held back: who runs the page at home is one address with everybody.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._requests = RateLimit(settings.requests_per_minute)
        self._photos = RateLimit(settings.uploads_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (seconds := self._seconds(scope)):
            sentence = ERRORS["too_often"].format(seconds=seconds)
            await answer(send, 429, sentence, retry_after=seconds)
        else:
            await self._app(scope, receive, send)

    def _seconds(self, scope: Scope) -> int:
        address = neighborhood(scope)
        if address is None:
            return 0
        seconds = self._requests.seconds_to_wait(address)
        if seconds or scope["method"] != "POST" or not BRINGS_A_PHOTO.fullmatch(scope["path"]):
            return seconds
        return self._photos.seconds_to_wait(address)


def neighborhood(scope: Scope) -> str | None:
    """The address that asks, of IPv6 its network of 64 bits; None for this machine itself, and one
    name for all whom something on this machine passes on and nobody we trust tells apart."""
    name = scope["client"][0] if scope.get("client") else ""
    address = parse_address(name)
    if address is None:  # a socket file, or a test
        return name
    if address.is_loopback:
        return name_of_this_machine(scope)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def name_of_this_machine(scope: Scope) -> str | None:
    if scope.get(NAMED) or not is_passed_on(scope):
        return None
    warn_of_a_proxy()
    return UNKNOWN


@cache
def warn_of_a_proxy() -> None:
    """Once."""
    log.warning(
        "A proxy or a tunnel on this machine passes visitors on: all of them count as one address. "
        "To tell them apart, name it in IPH_TRUSTED_PROXIES."
    )
