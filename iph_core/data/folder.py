"""The folder format: `index.csv` beside JPEG photos and PNG labels.

Columns of `index.csv`: photo, labels (paths from the folder), source, split (train or val), people,
objects, masks, width, height. Values of a label PNG: 0 nothing labeled, 1-99 people (a number
each), 101-199 other objects or regions, 255 unknown.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iph_core.errors import InputError
from iph_core.photo import open_label_map, open_photo

FIRST_PERSON, LAST_PERSON = 1, 99
FIRST_OBJECT, LAST_OBJECT = 101, 199
UNKNOWN = 255
COLUMNS = ("photo", "labels", "source", "split")
LAYOUT = f"the folder format has an index.csv, in UTF-8, with the columns {', '.join(COLUMNS)}"


@dataclass(frozen=True)
class Example:
    """One labeled photo. Other layouts than the folder's read photo and labels in their own way."""

    photo: Path
    labels: Path
    source: str
    split: str

    def read_photo(self) -> np.ndarray:
        """The photo, uint8 HWC sRGB. InputError where it cannot be read."""
        return open_photo(self.photo).srgb()

    def read_labels(self) -> np.ndarray:
        """Its label map, uint8 HW. InputError where it cannot be read."""
        return open_label_map(self.labels)


def read_folder(folder: Path, split: str | None = None) -> list[Example]:
    """The examples that `index.csv` of a folder lists, of one split or of all.

    Raises InputError where the index is missing or no such table, lacks a column or lists no such
    photo.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise InputError(f"{folder} has no index.csv: give a folder in the data format.")
    examples = [
        Example(folder / row["photo"], folder / row["labels"], row["source"], row["split"])
        for row in _rows(index)
        if split in (None, row["split"])
    ]
    if not examples:
        raise InputError(f"{index} lists no photo of split {split!r}: choose another split.")
    return examples


def read_folders(
    folders: Iterable[Path], split: str | None = None, leave_out: Sequence[str] = ()
) -> list[Example]:
    """The examples of several folders, without the sources named in `leave_out`.

    Raises InputError as `read_folder` does, for a source that no folder has and where none is left.
    """
    examples = [example for folder in folders for example in read_folder(Path(folder), split)]
    sources = {example.source for example in examples}
    for source in leave_out:
        if source not in sources:
            raise InputError(f"No photo is of source {source!r}: choose from {sorted(sources)}.")
    kept = [example for example in examples if example.source not in leave_out]
    if not kept:
        raise InputError("Every source is left out: leave one to read.")
    return kept


def _rows(index: Path) -> list[dict[str, str]]:
    rows = []
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{index} lacks the column {missing[0]!r}: add it to the index.")
            for row in reader:
                if any(row[column] is None for column in COLUMNS):
                    raise InputError(f"Line {reader.line_num} of {index} is short: {LAYOUT}.")
                rows.append(row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{index} cannot be read ({type(error).__name__}): {LAYOUT}.") from error
    return rows
