"""A small folder in the data format, made of public-domain pictures that packages carry."""

from __future__ import annotations

import csv
import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib.cbook
import numpy as np
import skimage.data
from PIL import Image, ImageDraw

from iph_core.data.bank import Bank, load_bank
from iph_core.data.folder import read_folder

LONG_SIDE = 160
COLUMNS = (
    "photo", "labels", "source", "split", "people", "objects", "masks", "width", "height",
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A picture of the folder; shapes are (label value, box as shares of width and height)."""

    name: str
    source: str
    split: str
    ellipse: tuple[int, tuple[float, float, float, float]]
    rectangle: tuple[int, tuple[float, float, float, float]]


PICTURES = (
    Picture("astronaut", "portraits", "train", (1, (0.15, 0.05, 0.7, 1.0)), (101, (0.75, 0, 1, 1))),
    Picture("hopper", "portraits", "train", (1, (0.2, 0.1, 0.85, 0.9)), (2, (0, 0, 0.15, 0.5))),
    Picture("chelsea", "animals", "train", (101, (0.2, 0.1, 0.8, 1)), (102, (0, 0.6, 0.15, 1))),
    Picture("coffee", "things", "val", (101, (0.1, 0.1, 0.7, 0.7)), (102, (0.8, 0.2, 1, 0.8))),
    Picture("rocket", "things", "val", (101, (0.3, 0.2, 0.6, 0.9)), (102, (0.7, 0, 1, 0.5))),
)


def write_folder(folder: Path, pictures: Sequence[Picture] = PICTURES) -> Path:
    """Write index.csv, photos and labels of the pictures; the folder."""
    for name in ("photos", "labels"):
        (folder / name).mkdir(parents=True)
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(_write(folder, picture) for picture in pictures)
    return folder


@functools.cache
def tiny_bank(size: int = 128, split: str | None = None) -> Bank:
    """The bank of such a folder."""
    with tempfile.TemporaryDirectory() as name:
        return load_bank(read_folder(write_folder(Path(name)), split), size)


def pixels(name: str) -> Image.Image:
    """One of the pictures, its long side LONG_SIDE pixels."""
    if name == "hopper":
        with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
            image = Image.open(file).convert("RGB")
    else:
        image = Image.fromarray(getattr(skimage.data, name)())
    image.thumbnail((LONG_SIDE, LONG_SIDE))
    return image


def labels(picture: Picture, size: tuple[int, int]) -> Image.Image:
    """The label map of a picture: nothing, an ellipse, a rectangle, and a strip of unknown."""
    image = Image.new("L", size)
    draw = ImageDraw.Draw(image)
    scale = np.array([*size, *size]) - 1
    for shape, (value, box) in (
        (draw.ellipse, picture.ellipse),
        (draw.rectangle, picture.rectangle),
    ):
        shape([float(edge) for edge in np.multiply(box, scale)], fill=value)
    draw.rectangle([0, 0, size[0] // 10, 3], fill=255)
    return image


def _write(folder: Path, picture: Picture) -> dict[str, object]:
    image = pixels(picture.name)
    image.save(folder / f"photos/{picture.name}.jpg", quality=95)
    labels(picture, image.size).save(folder / f"labels/{picture.name}.png")
    return {
        "photo": f"photos/{picture.name}.jpg",
        "labels": f"labels/{picture.name}.png",
        "source": picture.source,
        "split": picture.split,
        "people": sum(value < 100 for value in (picture.ellipse[0], picture.rectangle[0])),
        "objects": sum(value > 100 for value in (picture.ellipse[0], picture.rectangle[0])),
        "masks": "human",
        "width": image.width,
        "height": image.height,
    }
