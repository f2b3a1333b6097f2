"""What the readers of data sets share: lists, folders, and sentences that name the layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from iph_core.errors import InputError

LONGEST_LINE = 1000
"""Characters of a list's line at most: a longer one names no file."""


def read_list(file: Path, layout: str) -> list[str]:
    """The lines of a list, stripped, without blank ones.

    InputError, with the layout, where the list is missing or holds no text.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{file} is missing: {layout}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is no list ({type(error).__name__}): {layout}.") from error
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if any("\0" in line or len(line) > LONGEST_LINE for line in lines):
        raise InputError(f"{file} is no list: {layout}.")
    return lines


def files_of(folder: Path, pattern: str = "*") -> list[Path]:
    """The files of a folder by name, without hidden ones: systems leave .DS_Store and ._NAME."""
    files = (file for file in folder.glob(pattern) if not file.name.startswith("."))
    return sorted(file for file in files if file.is_file())


@contextmanager
def naming(file: Path, layout: str) -> Iterator[None]:
    """Adds a file and the layout of its set to what an InputError says."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{str(error).rstrip('.')} ({file}; {layout}).") from error
