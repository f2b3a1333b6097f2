"""What a study compares: a folder for each method, with pictures of the same names."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iph_core.errors import InputError

REFERENCE = "reference"  # The folder of pictures that say what the person should match.
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}


@dataclass(frozen=True)
class Pair:
    """Two methods that are compared on a photo, in the order of their names."""

    photo: str
    methods: tuple[str, str]


@dataclass(frozen=True)
class Study:
    """results: {method: {photo: file}}. references: {photo: file}, shown above the pair."""

    results: Mapping[str, Mapping[str, Path]]
    references: Mapping[str, Path]

    @property
    def pairs(self) -> list[Pair]:
        """Every two methods that have a picture of the same photo."""
        return [
            Pair(photo, (first, second))
            for first, second in itertools.combinations(sorted(self.results), 2)
            for photo in sorted(self.results[first].keys() & self.results[second].keys())
        ]

    def files(self, pair: Pair) -> list[Path]:
        """What a question about one of `pairs` shows."""
        reference = self.references.get(pair.photo)
        shown = [self.results[method][pair.photo] for method in pair.methods]
        return [*shown, reference] if reference else shown


def read_study(folder: Path) -> Study:
    """A study from METHOD/NAME.png and, if wanted, reference/NAME.png; names that begin with a dot
    are passed over.

    Raises InputError where the folder holds no two methods with pictures of one name, and for two
    of one method and name.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one with a folder for each method in it.")
    found = {
        inner.name: pictures
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and not is_hidden(inner) and (pictures := pictures_in(inner))
    }
    study = Study(references=found.pop(REFERENCE, {}), results=found)
    if not study.pairs:
        raise InputError(
            f"{folder} holds nothing to compare: put the pictures of each method into a folder of"
            " its own, under the same names (iph/anna.png, reinhard/anna.png)."
        )
    return study


def pictures_in(folder: Path) -> dict[str, Path]:
    """The pictures of a folder by their names without the ending.

    Raises InputError for two of one name.
    """
    pictures: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if is_hidden(file) or not file.is_file() or file.suffix.lower() not in PICTURES:
            continue
        if other := pictures.get(file.stem):
            raise InputError(
                f"{folder.name} holds {other.name} and {file.name}, which share one name: keep one"
                " of them."
            )
        pictures[file.stem] = file
    return pictures


def is_hidden(path: Path) -> bool:
    """Whether nobody put this here, as what macOS writes beside a picture (._anna.png)."""
    return path.name.startswith(".")
