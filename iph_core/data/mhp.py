"""Multi-Human Parsing (Li et al. 2017; Zhao et al. 2018): photos of groups, a mask a person.

- v1: images/ID.jpg, annotations/ID_COUNT_PERSON.png, train_list.txt and test_list.txt.
- v2: train/images/ID.jpg, train/parsing_annos/ID_COUNT_PERSON.png, the same under val; list/*.txt.

An annotation holds the classes of one person's parts; what is not 0 is that person. The folders and
names are as public loaders of both versions have them; the lists are read where they are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iph_core.data.folder import LAST_PERSON, Example
from iph_core.data.layout import files_of, naming, read_list
from iph_core.errors import InputError
from iph_core.photo import open_photo

LAYOUT = (
    "MHP v1 holds images/ID.jpg and annotations/ID_COUNT_PERSON.png, v2 train/images/ID.jpg and"
    " train/parsing_annos/ID_COUNT_PERSON.png and the same under val"
)
ANNOTATIONS = "*_*_*.png"
SPLITS_OF_V1 = {"train": "train_list.txt", "val": "test_list.txt"}


@dataclass(frozen=True)
class MHPExample(Example):
    """A photo of a group; `labels` is the folder of the annotations, `people` their files."""

    people: tuple[Path, ...] = ()

    def read_labels(self) -> np.ndarray:
        """People 1, 2, ... in the order of their files; where two overlap, the later one.

        InputError, with the layout, for an annotation that cannot be read.
        """
        parts = [_inside(file) for file in self.people[:LAST_PERSON]]
        if len({part.shape for part in parts}) != 1:
            raise InputError(f"The annotations of {self.photo} differ in size: leave it out.")
        label = np.zeros(parts[0].shape, np.uint8)
        for number, inside in enumerate(parts, start=1):
            label[inside] = number
        return label


def is_mhp(folder: Path) -> bool:
    """Whether a folder is MHP, v1 or v2, by what is there of it."""
    first = (folder / "annotations").is_dir() and any(
        (folder / name).is_file() for name in SPLITS_OF_V1.values()
    )
    first = first or (
        (folder / "annotations").is_dir() and bool(files_of(folder / "annotations", ANNOTATIONS))
    )
    return first or any((folder / split / "parsing_annos").is_dir() for split in ("train", "val"))


def read_mhp(folder: Path, split: str | None = None) -> list[Example]:
    """The photos of one split or of all; InputError, with the layout, where something is missing.

    v1 without its lists is one split, train.
    """
    if (folder / "annotations").is_dir():
        return _read_v1(folder, split)
    return [
        example
        for name in ("train", "val")
        if split in (None, name) and (folder / name).is_dir()
        for example in _paired(folder / name / "images", folder / name / "parsing_annos", name)
    ]


def _read_v1(folder: Path, split: str | None) -> list[Example]:
    examples = _paired(folder / "images", folder / "annotations", "train")
    listed = {
        Path(line).stem: name
        for name, file in SPLITS_OF_V1.items()
        if (folder / file).is_file()
        for line in read_list(folder / file, LAYOUT)
    }
    placed = [
        MHPExample(
            example.photo,
            example.labels,
            example.source,
            listed.get(example.photo.stem, "train"),
            example.people,
        )
        for example in examples
    ]
    return [example for example in placed if split in (None, example.split)]


def _paired(images: Path, annotations: Path, split: str) -> list[MHPExample]:
    """Each photo with the annotations whose name begins with its own."""
    for needed in (images, annotations):
        if not needed.is_dir():
            raise InputError(f"{needed} is missing: {LAYOUT}.")
    people: dict[str, list[Path]] = {}
    for file in files_of(annotations, ANNOTATIONS):
        people.setdefault(file.stem.rsplit("_", 2)[0], []).append(file)
    examples = []
    for name, files in people.items():
        photo = images / f"{name}.jpg"
        if not photo.is_file():
            raise InputError(f"{photo} is missing: {LAYOUT}.")
        examples.append(MHPExample(photo, annotations, "mhp", split, tuple(files)))
    if not examples:
        raise InputError(f"{annotations} holds no annotation: {LAYOUT}.")
    return examples


def _inside(annotation: Path) -> np.ndarray:
    with naming(annotation, LAYOUT):
        return np.asarray(open_photo(annotation).pixels.any(axis=-1))
