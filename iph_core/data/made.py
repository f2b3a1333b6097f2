"""`made.csv` beside a ready set: the split of each composite, and how it was made.

A composite's row is written before the composite, so that a build killed at any moment leaves none
without its split. In the end the rows stand by name.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from threading import Lock

from iph_core.errors import InputError
from iph_core.photo import write_file

MADE = "made.csv"
COLUMNS = ("name", "split", "source", "augmentation", "photo")
NEEDED = ("name", "split")

Row = dict[str, str]
"""A value for each of COLUMNS."""


def read_made(folder: Path) -> dict[str, Row] | None:
    """The rows of a folder's `made.csv` by name; None where there is no such file.

    InputError for a file that cannot be read or lacks the column of names or splits.
    """
    file = folder / MADE
    if not file.is_file():
        return None
    try:
        with file.open(newline="", encoding="utf-8-sig") as text:
            reader = csv.DictReader(text)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{file} cannot be read ({type(error).__name__}): it is a CSV file with the columns"
            f" {', '.join(COLUMNS)}."
        ) from error
    missing = [column for column in NEEDED if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{file} lacks the column {missing[0]!r}: add it to the file.")
    # Half a row is of a machine that stopped; its composite was not there yet.
    whole = [row for row in rows if None not in row.values()]
    return {row["name"]: {column: row.get(column, "") for column in COLUMNS} for row in whole}


class MadeRows:
    """The rows of a folder's `made.csv` while composites are added to it, by any thread."""

    def __init__(self, folder: Path) -> None:
        """InputError as `read_made` and `save`."""
        self._folder = folder
        self._rows: dict[str, Row] = {}
        self._lock = Lock()
        self.save()

    def get(self, name: str) -> Row | None:
        """The row of a composite, if it has one."""
        return self._rows.get(name)

    def add(self, row: Row) -> None:
        """Write a composite's row, unless it is there; InputError where it cannot be written."""
        with self._lock:
            if self._rows.get(row["name"]) == row:
                return
            self._rows[row["name"]] = row
            self._append(row)

    def save(self) -> None:
        """Write all rows by name, with those that another build has added since.

        InputError where the file cannot be written.
        """
        self._rows = {**(read_made(self._folder) or {}), **self._rows}
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(self._rows[name] for name in sorted(self._rows))
        write_file(self._folder / MADE, text.getvalue().encode())

    def _append(self, row: Row) -> None:
        made = self._folder / MADE
        try:
            with made.open("a", newline="", encoding="utf-8") as file:
                csv.DictWriter(file, COLUMNS).writerow(row)
        except OSError as error:
            raise InputError(
                f"{made} cannot be written ({error.strerror}): choose another folder."
            ) from error
