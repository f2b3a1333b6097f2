"""The folder format: `index.csv` beside JPEG photos and PNG labels.

Columns of `index.csv`: photo, labels (paths from the folder), source, split (train or val), people,
objects, masks, width, height. Values of a label PNG: 0 nothing labeled, 1-99 people (a number
each), 101-199 other objects or regions, 255 unknown.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeVar

import cv2
import numpy as np

from iph_core.errors import InputError
from iph_core.photo import open_label_map, open_photo
from iph_core.regions.working_size import to_square

logger = logging.getLogger(__name__)

Item = TypeVar("Item")

FIRST_PERSON, LAST_PERSON = 1, 99
FIRST_OBJECT, LAST_OBJECT = 101, 199
NUMBERED = (*range(FIRST_PERSON, LAST_PERSON + 1), *range(FIRST_OBJECT, LAST_OBJECT + 1))
"""Values of what is labeled: people, then objects."""

UNKNOWN = 255
COLUMNS = ("photo", "labels", "source", "split")
SPLITS = ("train", "val")
HUMAN = "human"
"""In the column masks: a person drew them, no model."""
LAYOUT = f"the folder format has an index.csv, in UTF-8, with the columns {', '.join(COLUMNS)}"


@dataclass(frozen=True)
class Example:
    """One labeled photo. Other layouts than the folder's read photo and labels in their own way.

    drawn: whether a person drew its labels, as an index without a column `masks` says of all.
    """

    photo: Path
    labels: Path
    source: str
    split: str
    drawn: bool = field(default=True, kw_only=True)

    def read_photo(self) -> np.ndarray:
        """The photo, uint8 HWC sRGB. InputError where it cannot be read."""
        return open_photo(self.photo).srgb()

    def read_labels(self) -> np.ndarray:
        """Its label map, uint8 HW. InputError where it cannot be read."""
        return open_label_map(self.labels)

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """The photo, upright as its EXIF data says, uint8 HWC sRGB, and its label map, uint8 HW.

        InputError where one of them cannot be read or the two differ in size.
        """
        photo, labels = self.read_photo(), self.read_labels()
        self.check_labels(labels, photo.shape[:2])
        return photo, labels

    def read_square(self, side: int) -> tuple[np.ndarray, np.ndarray]:
        """As `read`, both scaled to `side` x `side`: photos averaged, labels by the nearest."""
        photo, labels = self.read()
        labels = cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
        return to_square(photo, side), labels

    def check_labels(self, labels: np.ndarray, shape: tuple[int, ...]) -> None:
        """InputError where labels uint8 HW are not of the upright photo's shape, its height and
        width. A value that means nothing is told, and counts as nothing labeled."""
        if labels.shape != shape:
            raise InputError(
                f"{self.photo} (upright {_size(shape)}) and its labels ({_size(labels.shape)})"
                " differ in size: bring both in one size or leave the photo out."
            )
        found = np.flatnonzero(np.bincount(labels.ravel(), minlength=256)).tolist()
        if unknown := sorted({*found} - {0, *NUMBERED, UNKNOWN}):
            logger.warning(
                "The labels of %s hold the value %d, which means nothing: write 0 (nothing), 1-99"
                " (people), 101-199 (objects) or 255 (unknown) alone, without soft edges.",
                self.photo,
                unknown[0],
            )


def read_index(folder: Path, split: str | None = None) -> list[Example]:
    """The examples that `index.csv` of a folder lists, of one split or of all; there may be none.

    Raises InputError where the index is missing or no such table, lacks a column or has a split of
    another name than SPLITS.
    """
    index = folder / "index.csv"
    if not index.is_file():
        raise InputError(f"{folder} has no index.csv: give a folder in the data format.")
    try:
        with index.open(newline="", encoding="utf-8-sig") as file:
            rows = index_rows(file, str(index))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{index} cannot be read ({type(error).__name__}): {LAYOUT}.") from error
    return [
        Example(
            folder / row["photo"],
            folder / row["labels"],
            row["source"],
            row["split"],
            drawn=row.get("masks", HUMAN) == HUMAN,
        )
        for row in rows
        if split in (None, row["split"])
    ]


def read_folder(folder: Path, split: str | None = None) -> list[Example]:
    """The examples of one folder; InputError as `read_index` does and where there is none."""
    return some(read_index(folder, split), "photo", [folder / "index.csv"], split)


def read_folders(folders: Iterable[Path], split: str | None = None) -> list[Example]:
    """The examples of several folders; InputError as `read_index` does and where there is none."""
    places = [Path(folder) for folder in folders]
    found = [example for place in places for example in read_index(place, split)]
    return some(found, "photo", places, split)


def some(found: list[Item], kind: str, places: Sequence[Path], split: str | None) -> list[Item]:
    """What was found in all of the places together; InputError, naming them, for nothing."""
    if not found:
        where = ", ".join(map(str, places))
        verb = "holds" if len(places) == 1 else "hold"
        if split is None:
            raise InputError(f"{where} {verb} no {kind}: give other data.")
        raise InputError(
            f"{where} {verb} no {kind} of split {split!r}: choose another split or other data."
        )
    return found


def index_rows(text: TextIO, name: str) -> list[dict[str, str]]:
    """The rows of an `index.csv`; csv.Error and UnicodeDecodeError as the file gives them.

    InputError for a column that is missing, a short line and a split that nothing would ask for.
    """
    reader = csv.DictReader(text)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(f"{name} lacks the column {missing[0]!r}: add it to the index.")
    rows = []
    for row in reader:
        line = f"Line {reader.line_num} of {name}"
        if any(row[column] is None for column in COLUMNS):
            raise InputError(f"{line} is short: {LAYOUT}.")
        for column in ("photo", "labels"):
            if not row[column]:
                raise InputError(f"{line} has no {column}: write a path from the folder.")
        if row["split"] not in SPLITS:
            raise InputError(f"{line} has the split {row['split']!r}: write train or val.")
        rows.append(row)
    return rows


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]}"
