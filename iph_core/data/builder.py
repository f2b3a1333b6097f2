"""Writes composites of IntHarmony's kind to disk, as a ready set.

NAME_composite.png, NAME_real.png, NAME_mask.png, NAME_reference.png, and made.csv (`made.py`) with
the split, the augmentation and the photo of each. One split after the other can be made into the
same folder. Every composite hangs on the seed and its own name alone, so that it is the same in
whatever order, company and number of threads it is made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from iph_core.data.folder import Example
from iph_core.data.intharmony import Composed, compose
from iph_core.data.made import COLUMNS, MadeRows, Row
from iph_core.errors import InputError
from iph_core.photo import make_folder, photo_from_array, save_mask, save_photo, write_file

SETTINGS = "made.json"
LOGS = ".made"

NO_NAME = re.compile(r"^\.+|/")
"""What names of files cannot hold, and sources may: a folder, or dots that would hide the file."""

SHRINKING = 1.5
"""Photos are at least this many times as large as the composites made of them."""


@dataclass(frozen=True)
class Settings:
    """How a set is made; a folder goes on only with the same."""

    seed: int
    size: int
    per_photo: int
    people_only: bool


@dataclass(frozen=True)
class Built:
    """How many composites the photos have now, how many of them are new, and how many times a photo
    had no two usable instances."""

    composites: int
    new: int
    unusable: int


def build_intharmony(
    examples: Sequence[Example],
    folder: Path,
    settings: Settings,
    workers: int = 1,
    progress: Callable[[Iterable[Result], int], Iterator[Result]] = lambda made, _: iter(made),
) -> Built:
    """Write `per_photo` composites of each photo that has two usable instances.

    What lies in the folder already is kept. Raises InputError for a folder that cannot be made or
    written or was made in another way, for a composite of that name that was made of another photo
    and for photos that cannot be read.
    """
    make_folder(folder)
    make_folder(folder / LOGS)
    _check_settings(folder / SETTINGS, settings)
    jobs = list(_jobs(examples, settings))
    rows = MadeRows(folder)
    _check_names(jobs, rows, folder)
    with ThreadPoolExecutor(workers) as pool:
        made = pool.map(lambda job: _make(job, folder, settings, rows), jobs)
        results = list(progress(made, len(jobs)))
    rows.save()
    usable = sum(result.usable for result in results)
    return Built(usable, sum(result.new for result in results), len(results) - usable)


@dataclass(frozen=True)
class Job:
    """One composite to make: of which photo, and its name."""

    example: Example
    name: str


@dataclass(frozen=True)
class Result:
    """Whether a composite could be made of the photo, and whether it is new."""

    usable: bool
    new: bool


def _jobs(examples: Sequence[Example], settings: Settings) -> Iterator[Job]:
    taken: set[str] = set()
    for example in examples:
        name = _free_name(NO_NAME.sub("_", f"{example.source}-{example.photo.stem}"), taken)
        for number in range(settings.per_photo):
            yield Job(example, f"{name}-{number}")


def _free_name(wanted: str, taken: set[str]) -> str:
    """The name, counted where it is taken: photos of one name and source lie in different folders,
    which are not told. It is taken then."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}.{number}"
    taken.add(name)
    return name


def _check_names(jobs: Iterable[Job], rows: MadeRows, folder: Path) -> None:
    for job in jobs:
        row, example = rows.get(job.name), job.example
        if row and (row["split"], row["photo"]) != (example.split, example.photo.name):
            raise InputError(
                f"{folder} holds {job.name} of {row['photo']} ({row['split']}) and not of"
                f" {example.photo} ({example.split}): choose another folder."
            )


def _make(job: Job, folder: Path, settings: Settings, rows: MadeRows) -> Result:
    example, name = job.example, job.name
    mark = folder / f"{name}_composite.png"
    log = folder / LOGS / f"{name}.txt"
    if log.is_file() and (mark.is_file() or not log.read_text()):
        if augmentation := log.read_text():
            rows.add(_row(job, augmentation))
        return Result(bool(augmentation), False)
    composed = _compose(example, name, settings)
    if composed is not None:
        # First: a composite that is there has its split.
        rows.add(_row(job, composed.augmentation))
        _write(composed, folder, name)
    # Whole or not at all: an empty log says that nothing could be made.
    write_file(log, composed.augmentation.encode() if composed else b"")
    return Result(composed is not None, composed is not None)


def _row(job: Job, augmentation: str) -> Row:
    example = job.example
    values = (job.name, example.split, example.source, augmentation, example.photo.name)
    return dict(zip(COLUMNS, values, strict=True))


def _compose(example: Example, name: str, settings: Settings) -> Composed | None:
    photo, labels = example.read()
    seed = hashlib.sha256(f"{settings.seed} {name}".encode()).digest()[:7]
    generator = torch.Generator().manual_seed(int.from_bytes(seed, "big"))
    side = min(settings.size, round(max(labels.shape) / SHRINKING))
    picture = torch.from_numpy(photo.transpose(2, 0, 1).copy())[None].float() / 255
    return compose(picture, torch.from_numpy(labels.copy()), side, generator, settings.people_only)


def _write(composed: Composed, folder: Path, name: str) -> None:
    save_photo(photo_from_array(_pixels(composed.truth)), folder / f"{name}_real.png")
    save_mask(_plane(composed.mask), folder / f"{name}_mask.png")
    save_mask(_plane(composed.guide), folder / f"{name}_reference.png")
    # Last: a composite that is there has the rest beside it.
    save_photo(photo_from_array(_pixels(composed.composite)), folder / f"{name}_composite.png")


def _check_settings(file: Path, settings: Settings) -> None:
    wanted = asdict(settings)
    if not file.is_file():
        write_file(file, (json.dumps(wanted) + "\n").encode())
    elif _read_settings(file) != wanted:
        raise InputError(f"{file.parent} was begun with other settings: choose another folder.")


def _read_settings(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} is damaged ({type(error).__name__}): choose another folder, or delete the file"
            " if the folder was begun with the same settings."
        ) from error


def _pixels(picture: Tensor) -> np.ndarray:
    return (picture[0].movedim(0, -1).numpy() * 255).round().astype(np.uint8)


def _plane(mask: Tensor) -> np.ndarray:
    return mask[0, 0].numpy()
