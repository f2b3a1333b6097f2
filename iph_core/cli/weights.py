"""`python -m iph_core weights`: every model file and whether it is in place."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from iph_core import weights
from iph_core.errors import MissingWeightsError

HEADER = ("name", "file", "role", "source", "license", "size", "state")
RIGHT_ALIGNED = {HEADER.index("size")}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `weights`."""
    parser = subparsers.add_parser(
        "weights", help="list every model file and whether it is in place", description=__doc__
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table; 0 when every file of the manifest is in place.

    Raises MissingWeightsError, which says what to run, when one is not.
    """
    found = weights.status()
    print(_table([HEADER, *(_row(status) for status in found), *_unlisted_rows()]))
    wrong = [status for status in found if status.state != "in place"]
    if wrong:
        raise MissingWeightsError(_sentence(wrong, len(found)))
    return 0


def _row(status: weights.Status) -> tuple[str, ...]:
    entry = status.entry
    size = _size(entry.size)
    return (entry.name, entry.file, entry.role, entry.source, entry.license, size, status.state)


def _unlisted_rows() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for file in weights.unlisted():
        role = "SAM checkpoint" if file.suffix == ".pth" else "network"
        size, state = (_size(file.stat().st_size), "found") if file.is_file() else ("-", "missing")
        rows.append(("-", weights.shown(file), role, "yours", "-", size, state))
    return rows


def _sentence(wrong: Sequence[weights.Status], count: int) -> str:
    problems = ", ".join(f"{status.entry.file} {status.problem}" for status in wrong)
    remedies = " and ".join(f"`{command}`" for command in {s.entry.remedy: None for s in wrong})
    return f"{len(wrong)} of {count} model files are not in place ({problems}): run {remedies}."


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.rjust(width) if index in RIGHT_ALIGNED else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()
