"""What commands write: where it may go, JSON that says what was done, and how far they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from iph_core.errors import InputError

Item = TypeVar("Item")

BAR = 40
"""Width of the progress bar in characters."""


def check_target(file: Path | None) -> None:
    """Raise InputError where a file cannot be written; before the work, so that none is lost."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise InputError(f"The folder {file.parent} does not exist: create it first.")
    if file.is_dir():
        raise InputError(f"{file} is a folder: give the name of a file.")


def write_json(file: Path, report: dict[str, Any]) -> None:
    """Write a report; InputError where the file cannot be written."""
    try:
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}): choose another.") from None


def progress(items: Iterable[Item], total: int) -> Iterator[Item]:
    """The items, with a bar on stderr; where that is no terminal, a line each tenth."""
    live, shown = sys.stderr.isatty(), 0
    for number, item in enumerate(items, start=1):
        yield item
        if live:
            filled = BAR * number // total
            bar = "#" * filled + "." * (BAR - filled)
            print(f"\r[{bar}] {number}/{total}", end="", file=sys.stderr, flush=True)
        elif 10 * number // total > shown:
            shown = 10 * number // total
            print(f"{number}/{total}", file=sys.stderr, flush=True)
    if live:
        print(file=sys.stderr)
