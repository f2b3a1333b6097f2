"""A pack: photos and labels of any folders in one compact file that travels alone.

It is a ZIP file that holds the folder format (`folder.py`), photos as WebP and label maps as PNG,
scaled to a square; so it opens with any tool, and training reads it whole into memory.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iph_core.data.folder import COLUMNS, Example, index_rows
from iph_core.data.layout import naming
from iph_core.errors import InputError
from iph_core.photo import (
    encode_photo,
    encode_png,
    open_label_map,
    open_photo,
    photo_from_array,
)

LAYOUT = "a pack is a ZIP file of index.csv, photos and labels, as `build-data pack` writes it"
INDEX = "index.csv"
BEGINNING = b"PK"
"""Of every ZIP file, whole or cut short."""

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
    KeyError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged ZIP file raises: a flipped bit can ask for a password, for a compression
that is unknown (RuntimeErrors) or for a place outside the file (ValueError)."""

QUALITIES = (95, 92, 90, 87, 85, 82, 80, 75, 70, 65, 60)
"""Qualities of WebP, the first that fits is taken; worse ones would teach its blocks. At 60 MB for
4,500 photos of 256 px, WebP keeps 2.5 dB more than JPEG."""

TRIED = 100
"""Photos from which the size at each quality is foretold."""

SPARE = 0.97
"""Share of the limit that a forecast may fill."""

Progress = Callable[[Sequence[Example]], Iterator[Example]]


@dataclass(frozen=True)
class PackedExample(Example):
    """A photo inside a pack; `photo` and `labels` are names in the archive, kept as bytes."""

    photo_bytes: bytes = b""
    label_bytes: bytes = b""

    def read_photo(self) -> np.ndarray:
        return open_photo(self.photo_bytes, name=str(self.photo)).srgb()

    def read_labels(self) -> np.ndarray:
        with naming(self.labels, LAYOUT):
            return open_label_map(self.label_bytes)


def is_pack(file: Path) -> bool:
    """Whether a file is a ZIP archive or begins as one: what is cut short is told when read."""
    return file.is_file() and (zipfile.is_zipfile(file) or _begins_as_zip(file))


def read_pack(file: Path, split: str | None = None) -> list[Example]:
    """The photos of a pack, read whole into memory, of one split or of all; there may be none.

    InputError for a damaged one and as `index_rows`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            index = io.StringIO(archive.read(INDEX).decode("utf-8"), newline="")
            return [
                PackedExample(
                    Path(row["photo"]),
                    Path(row["labels"]),
                    row["source"],
                    row["split"],
                    archive.read(row["photo"]),
                    archive.read(row["labels"]),
                )
                for row in index_rows(index, f"{INDEX} in {file}")
                if split in (None, row["split"])
            ]
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(
            f"{file} is damaged or no pack, copy or make it again: {LAYOUT}."
        ) from error


@dataclass(frozen=True)
class Packed:
    """What was written: photos, WebP quality, bytes."""

    photos: int
    quality: int
    size: int


def write_pack(
    examples: Sequence[Example],
    file: Path,
    size: int,
    max_bytes: int,
    workers: int = 2,
    progress: Progress = iter,
) -> Packed:
    """Write a pack of at most `max_bytes`, at the best quality that fits; whole or not at all.

    Raises InputError where even the lowest quality does not fit, where the file cannot be written
    (before photos are read) and as photos are read.
    """
    if file.exists() and not file.is_file():
        raise InputError(f"{file} is no file that a pack could replace: give another name.")
    partial = file.with_name(file.name + ".partial")
    try:
        # First: choosing a quality takes long.
        partial.touch()
        quality = _fitting_quality(examples, size, max_bytes, workers)
        with ThreadPoolExecutor(workers) as pool, zipfile.ZipFile(partial, "w") as archive:
            index = io.StringIO()
            rows = csv.writer(index)
            rows.writerow(COLUMNS)
            encoded = pool.map(lambda example: _encode(example, size, quality), examples)
            for number, example in enumerate(progress(examples)):
                photo, labels = next(encoded)
                names = (f"photos/{number:06}.webp", f"labels/{number:06}.png")
                for name, content in zip(names, (photo, labels), strict=True):
                    archive.writestr(_entry(name), content)
                rows.writerow([*names, example.source, example.split])
            archive.writestr(_entry(INDEX), index.getvalue(), zipfile.ZIP_DEFLATED)
        written = partial.stat().st_size
        if written > max_bytes:
            raise InputError(_too_large(written, max_bytes))
        os.replace(partial, file)
    except OSError as error:
        raise InputError(
            f"{file} cannot be written ({error.strerror}): choose another folder or name."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return Packed(len(examples), quality, written)


def _fitting_quality(examples: Sequence[Example], size: int, max_bytes: int, workers: int) -> int:
    """The best quality at which evenly spaced photos, counted for all, fill the limit."""
    step = max(1, len(examples) // TRIED)
    tried = examples[::step]
    with ThreadPoolExecutor(workers) as pool:
        squares = list(pool.map(lambda example: example.read_square(size), tried))
    labels = sum(len(encode_png(label)) for _, label in squares)
    # A member's two headers, and the row of the index.
    overhead = 2 * 230
    forecast = 0.0
    for quality in QUALITIES:
        photos = sum(len(_webp(photo, quality)) for photo, _ in squares)
        forecast = (photos + labels + overhead * len(tried)) * len(examples) / len(tried)
        if forecast <= SPARE * max_bytes:
            return quality
    raise InputError(_too_large(forecast, max_bytes))


def _too_large(size: float, limit: float) -> str:
    return (
        f"The photos need {size / 1e6:.1f} MB and the limit is {limit / 1e6:.1f} MB: give a smaller"
        " --size, a larger --max-mb or fewer folders."
    )


def _encode(example: Example, size: int, quality: int) -> tuple[bytes, bytes]:
    photo, label = example.read_square(size)
    return _webp(photo, quality), encode_png(label)


def _webp(photo: np.ndarray, quality: int) -> bytes:
    return encode_photo(photo_from_array(photo), ".webp", quality=quality)


def _begins_as_zip(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return content.read(len(BEGINNING)) == BEGINNING
    except OSError:
        return False


def _entry(name: str) -> zipfile.ZipInfo:
    """A member with a fixed date: equal photos give an equal file."""
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
