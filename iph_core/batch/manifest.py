"""The manifest: a CSV file with a row a photo, its paths relative to its own folder."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from iph_core.errors import InputError
from iph_core.photo import format_of

REQUIRED = ("composite", "foreground")
COLUMNS = (*REQUIRED, "reference", "reference_image", "strength", "output")

NUMBER = r"\s*-?\d+(?:\.\d+)?\s*"
TAP = re.compile(rf"({NUMBER}),({NUMBER})(?:,\s*([+-])\s*)?")

NUL, SUBSTITUTE = "\0", "\x1a"

Tap = tuple[float, float, bool]
"""x and y in pixels of the upright photo, and whether what lies there belongs to it."""

Marking = Path | tuple[Tap, ...]
"""A region: the file of a mask, or taps."""


@dataclass(frozen=True)
class Job:
    """One row. row: its number, 1 for the first below the header; blank ones count, as they do in a
    spreadsheet. output: relative to the folder of results."""

    row: int
    composite: Path
    foreground: Marking
    reference: Marking | None
    reference_image: Path | None
    strength: float
    output: Path


@dataclass(frozen=True)
class Outcome:
    """What became of a row. error: one sentence, where it failed. key: what the output was made
    of, size: its bytes; both say whether it can be skipped the next time."""

    row: int
    output: str
    status: Literal["done", "skipped", "failed"]
    summary: str = ""
    seconds: float = 0.0
    error: str = ""
    key: str = ""
    size: int = 0


def read_manifest(file: Path) -> tuple[list[Job], list[Outcome]]:
    """The rows that can be worked on, and those that cannot, with the reason.

    Columns: `composite` (a photo), `foreground` (a mask, or taps `x,y;x,y`; `x,y,-` takes away),
    and where wanted `reference` (a mask or taps in the composite, or in the reference image),
    `reference_image` (another photo), `strength` (0 to 1) and `output` (relative to the folder of
    results; without it, the composite's name ending in -harmonized.png).
    In a file whose cells end in semicolons, the comma may be the decimal mark of `strength`.
    Raises InputError where the file cannot be read or has other columns.
    """
    jobs, failed = [], []
    taken: dict[Path, int] = {}
    for number, cells in _rows(file):
        try:
            job = _job(number, cells, file.resolve().parent)
            if job.output in taken:
                raise InputError(
                    f"Row {taken[job.output]} writes {job.output} as well: name another output."
                )
            taken[job.output] = number
            jobs.append(job)
        except InputError as error:
            output = cells.get("output", "") or cells.get("composite", "")
            failed.append(Outcome(number, output, "failed", error=str(error)))
    return jobs, failed


def _rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """The cells of each row that has any, by their columns, behind the row's number."""
    text = _text(file)
    header = text.partition("\n")[0]
    # Spreadsheets write semicolons where the comma is the decimal mark.
    delimiter = ";" if ";" in header and "," not in header else ","
    try:
        names, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
    except csv.Error as error:
        raise InputError(
            f"{file.name} cannot be read as CSV ({error}): look for a quotation mark that is not"
            " closed."
        ) from None
    names = [name.strip() for name in names]
    _check_columns(names, file.name)
    numbered = [(number, _cells(names, row)) for number, row in enumerate(rows, start=1)]
    numbered = [(number, cells) for number, cells in numbered if any(cells.values())]
    if not numbered:
        raise InputError(f"{file.name} has no rows: write one a photo below the header.")
    if delimiter == ";":
        for _, cells in numbered:
            cells["strength"] = cells.get("strength", "").replace(",", ".")
    return numbered


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"{file.name} is not UTF-8 text: save it as CSV (UTF-8).") from None
    # Before Python 3.11 one NUL makes the whole file unreadable for csv.
    return text.replace(NUL, SUBSTITUTE)


def _check_columns(names: list[str], file: str) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError(f"{file} lacks the column {missing[0]!r}: write it into the first line.")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InputError(
            f"{file} has the column {unknown[0]!r}: it may have {', '.join(COLUMNS)} only."
        )


def _cells(names: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """A row's cells by their columns: what is missing is empty, what is beyond the header left."""
    return dict.fromkeys(names, "") | {
        name: cell.strip() for name, cell in zip(names, row, strict=False)
    }


def _job(number: int, cells: dict[str, str], folder: Path) -> Job:
    for name in REQUIRED:
        if not cells[name]:
            raise InputError(f"The row has no {name}: fill the cell.")
    for name, cell in cells.items():
        if SUBSTITUTE in cell:
            raise InputError(f"The cell {name} holds a control character: type it again.")
    reference, image = cells.get("reference", ""), cells.get("reference_image", "")
    composite = folder / cells["composite"]
    return Job(
        number,
        composite,
        _marking(cells["foreground"], folder),
        _marking(reference, folder) if reference else None,
        folder / image if image else None,
        _strength(cells.get("strength", "")),
        _output(cells.get("output", ""), composite),
    )


def _marking(cell: str, folder: Path) -> Marking:
    taps = [TAP.fullmatch(part) for part in cell.split(";") if part.strip()]
    if taps and all(taps):
        return tuple((float(t[1]), float(t[2]), t[3] != "-") for t in taps if t)
    return folder / cell


def _strength(cell: str) -> float:
    if not cell:
        return 1.0
    try:
        strength = float(cell)
    except ValueError:
        strength = -1.0
    if not 0 <= strength <= 1:
        raise InputError(f"Strength must lie between 0 and 1, not {cell!r}.")
    return strength


def _output(cell: str, composite: Path) -> Path:
    output = Path(cell or f"{composite.stem}-harmonized.png")
    if output.is_absolute() or ".." in output.parts:
        raise InputError(f"The output {cell} leaves the folder of results: name a file inside.")
    format_of(output.suffix)
    return output
