"""The manifest: a CSV file with a row a photo, its paths relative to its own folder."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from iph_core.errors import InputError
from iph_core.photo import format_of

REQUIRED = ("composite", "foreground")
COLUMNS = (*REQUIRED, "reference", "reference_image", "strength", "output")

NUMBER = r"\s*-?\d+(?:\.\d+)?\s*"
TAP = re.compile(rf"({NUMBER}),({NUMBER})(?:,\s*([+-])\s*)?")

Tap = tuple[float, float, bool]
"""x and y in pixels of the upright photo, and whether what lies there belongs to it."""

Marking = Path | tuple[Tap, ...]
"""A region: the file of a mask, or taps."""


@dataclass(frozen=True)
class Job:
    """One row. row: its number, 1 for the first below the header. output: relative to the folder
    of results."""

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
    Raises InputError where the file cannot be read or has other columns.
    """
    jobs, failed = [], []
    taken: dict[Path, int] = {}
    for number, cells in enumerate(_rows(file), start=1):
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


def _rows(file: Path) -> Iterator[dict[str, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise InputError(f"{file.name} is not UTF-8 text: save it as CSV (UTF-8).") from None
    header = text.partition("\n")[0]
    # Spreadsheets write semicolons where the comma is the decimal mark.
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [name.strip() for name in reader.fieldnames or []]
    _check_columns(names, file.name)
    reader.fieldnames = names
    rows = [_clean(cells) for cells in reader]
    rows = [cells for cells in rows if any(cells.values())]
    if not rows:
        raise InputError(f"{file.name} has no rows: write one a photo below the header.")
    yield from rows


def _check_columns(names: list[str], file: str) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError(f"{file} lacks the column {missing[0]!r}: write it into the first line.")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InputError(
            f"{file} has the column {unknown[0]!r}: it may have {', '.join(COLUMNS)} only."
        )


def _clean(cells: dict[str, str | None]) -> dict[str, str]:
    # Cells beyond the header come under None, missing ones as None.
    return {name: (cells.get(name) or "").strip() for name in cells if name in COLUMNS}


def _job(number: int, cells: dict[str, str], folder: Path) -> Job:
    for name in REQUIRED:
        if not cells[name]:
            raise InputError(f"The row has no {name}: fill the cell.")
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
