"""The rules of every cookie that we set."""

from __future__ import annotations

import sys

from fastapi import Request, Response

YEAR = 365 * 24 * 60 * 60  # seconds


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    embedded: bool = False,
    max_age: int | None = None,
) -> None:
    """Have the browser send a value back to us alone, unread by scripts.

    embedded: whether the page stands in another site's frame, where only a cookie that crosses
        sites comes back (Settings.embedded).
    max_age: seconds that it stays; None: until the browser is closed.
    """
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        secure=embedded or request.url.scheme == "https",
        samesite="none" if embedded else "lax",
        partitioned=embedded and sys.version_info >= (3, 14),
    )
