"""What commands write: where it may go, JSON that says what was done, and how far they are."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from iph_core.errors import InputError
from iph_core.photo import permissions, write_file

Item = TypeVar("Item")

BAR = 40
"""Width of the progress bar in characters."""


def check_targets(files: Iterable[Path | None], inputs: Iterable[Path | str | None] = ()) -> None:
    """Raise InputError, before the work, where a file cannot be written, is an input of the command
    or lies in a folder that is one, or is another file that it writes."""
    targets = [file for file in files if file is not None and not _is_stream(file)]
    sources = [Path(source) for source in inputs if source is not None]
    for number, file in enumerate(targets):
        check_target(file)
        if any(_is_same(file, source) for source in sources):
            raise InputError(f"{file} is an input of this command: write to another file.")
        if os.path.exists(file) and any(_is_inside(file, source) for source in sources):
            raise InputError(
                f"{file} is there already, in a folder that this command reads: write to another "
                "file."
            )
        if any(_is_same(file, other) for other in targets[:number]):
            raise InputError(f"{file} is to be written twice: give each output its own file.")


def check_folder_target(folder: Path, inputs: Iterable[Path]) -> None:
    """Raise InputError where a folder to be filled is one that the command reads."""
    if any(_is_same(folder, source) for source in inputs):
        raise InputError(f"{folder} is an input of this command: write to another folder.")


def check_target(file: Path | None) -> None:
    """Raise InputError where a file cannot be written; before the work, so that none is lost."""
    if file is None or _is_stream(file):
        return
    if not os.path.isdir(file.parent):
        raise InputError(f"The folder {file.parent} does not exist: create it first.")
    if os.path.isdir(file):
        raise InputError(f"{file} is a folder: give the name of a file.")
    permissions(file)
    try:
        # As the files themselves are written: beside their target, behind any link.
        with tempfile.TemporaryFile(dir=Path(os.path.realpath(file)).parent):
            pass
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}): choose another.") from None


def write_json(file: Path, report: dict[str, Any]) -> None:
    """Write a report, whole or not at all; InputError where the file cannot be written."""
    write_text(file, json.dumps(report, indent=2) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write a text, whole or not at all; InputError where the file cannot be written."""
    if not _is_stream(file):
        write_file(file, text.encode("utf-8"))
        return
    try:
        file.write_text(text, encoding="utf-8")
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


def _is_stream(file: Path) -> bool:
    """Whether this is a pipe or a device, such as /dev/null, which nothing may replace."""
    return os.path.exists(file) and not os.path.isfile(file) and not os.path.isdir(file)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # One of them is not there yet.
        return os.path.realpath(one) == os.path.realpath(other)


def _is_inside(file: Path, folder: Path) -> bool:
    """Whether a file or what it links to lies in a folder, at any depth."""
    named = Path(os.path.realpath(file.parent), file.name)
    around = os.path.realpath(folder)
    return any(path.is_relative_to(around) for path in (named, Path(os.path.realpath(file))))
