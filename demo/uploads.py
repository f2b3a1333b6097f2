"""Uploads: the request's bytes go straight into a file of the session, never over the limit."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from fastapi import Request

from demo.texts import ERRORS
from iph_core.errors import InputError


class TooLarge(InputError):
    """More bytes than one photo may have."""


async def receive(request: Request, folder: Path, limit_mb: int) -> Path:
    """Write the body to a file in `folder` under a harmless form of the name that was sent.

    Raises TooLarge as soon as the limit is passed and InputError when nothing came.
    """
    target = folder / safe_name(unquote(request.headers.get("x-file-name", "")))
    received = 0
    with target.open("wb") as file:
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit_mb * 1_000_000:
                raise TooLarge(ERRORS["too_large"].format(megabytes=limit_mb))
            file.write(chunk)
    if not received:
        raise InputError(ERRORS["empty_file"])
    return target


def safe_name(sent: str) -> str:
    """The last part of a file name with nothing in it that a file system or a header minds."""
    last = re.split(r"[/\\]", sent)[-1]
    clean = re.sub(r"[^\w.-]+", "_", last, flags=re.ASCII).strip("._-")
    return clean[-80:].lstrip("._-") or "photo"
