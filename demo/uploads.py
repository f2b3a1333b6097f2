"""Uploads: the request's bytes go straight into a file of the session, never over the limit."""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

from fastapi import Request

from demo.texts import ERRORS
from iph_core.errors import InputError

LONGEST_PAUSE = 30  # seconds between two pieces of an upload
LONGEST_NAME = 120  # bytes; file systems take 255, and we add words to it
LONGEST_KIND = 12  # characters of a name's ending, the dot counted


class TooLarge(InputError):
    """More bytes than one photo may have."""


class Stalled(InputError):
    """An upload that stood still for too long."""


async def receive(request: Request, folder: Path, limit_mb: int) -> Path:
    """Write the body to a file in `folder` under a harmless form of the name that was sent.

    Raises TooLarge as soon as the limit is passed and InputError when nothing came.
    """
    target = folder / safe_name(unquote(request.headers.get("x-file-name", "")))
    received = 0
    with target.open("wb") as file:
        async for chunk in lively(request.stream()):
            received += len(chunk)
            if received > limit_mb * 1_000_000:
                raise TooLarge(ERRORS["too_large"].format(megabytes=limit_mb))
            file.write(chunk)
    if not received:
        raise InputError(ERRORS["empty_file"])
    return target


async def lively(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks; Stalled where one lets us wait too long, so that nobody holds a place."""
    while True:
        try:
            yield await asyncio.wait_for(anext(chunks), LONGEST_PAUSE)
        except StopAsyncIteration:
            return
        except asyncio.TimeoutError:
            raise Stalled(ERRORS["upload_stalled"]) from None


def safe_name(sent: str) -> str:
    """The last part of a file name with nothing in it that a file system or a header minds.

    Letters of every script stay; a long name loses its middle, not its kind.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sent))[-1]
    clean = re.sub(" +", "_", "".join(map(_harmless, last))).strip("._-")
    stem, kind = os.path.splitext(clean)
    kind = kind[:LONGEST_KIND]
    stem = stem.encode()[: LONGEST_NAME - len(kind.encode())].decode(errors="ignore")
    return f"{stem}{kind}" if stem else "photo"


def _harmless(character: str) -> str:
    """Letters, their marks and digits of every script, and a few signs; a space for all else."""
    kept = character in "._-" or unicodedata.category(character)[0] in "LMN"
    return character if kept else " "
