"""COCO's annotation files (Lin et al. 2014): photos with instance masks.

DIR/annotations/instances_NAME.json beside DIR/NAME, DIR/images/NAME, DIR/images or DIR. Masks are
polygons or run-length codes, plain or compressed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from iph_core.data.folder import (
    FIRST_OBJECT,
    FIRST_PERSON,
    LAST_OBJECT,
    LAST_PERSON,
    UNKNOWN,
    Example,
)
from iph_core.errors import InputError

LAYOUT = (
    "COCO holds annotations/instances_NAME.json and the photos it names in NAME, images/NAME or"
    " images; its images have id, file_name, width and height, its annotations image_id,"
    " category_id, segmentation and area"
)
IMAGE = ("id", "file_name", "width", "height")
ANNOTATION = ("image_id", "category_id", "segmentation", "area")
CATEGORY = ("id", "name")
PERSON = "person"

VAL = frozenset({"val", "validation", "minival"})
"""Words that make an annotation file one of val; minival is a part of 2014's val."""

FINE = 5
"""Polygons are drawn so many times finer; a pixel is inside where its middle is."""


@dataclass(frozen=True)
class COCOExample(Example):
    """A photo of an annotation file (`labels`) with its masks; people are the annotations whose
    category is in `people`."""

    size: tuple[int, int] = (0, 0)
    annotations: tuple[dict[str, Any], ...] = ()
    people: frozenset[int] = frozenset()

    def read_labels(self) -> np.ndarray:
        """People 1, 2, ... and objects 101, 102, ..., the largest first; crowds unknown."""
        width, height = self.size
        label = np.zeros((height, width), np.uint8)
        numbers = {True: iter(range(FIRST_PERSON, LAST_PERSON + 1))}
        numbers[False] = iter(range(FIRST_OBJECT, LAST_OBJECT + 1))
        # Smaller ones come later and lie on top: a hat on a head.
        for annotation in sorted(self.annotations, key=lambda each: -each["area"]):
            inside = self._inside(annotation)
            person = annotation["category_id"] in self.people
            number = UNKNOWN if annotation.get("iscrowd") else next(numbers[person], None)
            if number is not None:
                label[inside] = number
        return label

    def _inside(self, annotation: dict[str, Any]) -> np.ndarray:
        try:
            return segmentation_mask(annotation["segmentation"], *self.size)
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, cv2.error) as error:
            raise InputError(
                f"{self.labels} has a mask of {self.photo.name} that is neither polygons nor run"
                f" lengths: {LAYOUT}."
            ) from error


def is_coco(folder: Path) -> bool:
    """Whether a folder holds annotation files of COCO."""
    return any((folder / "annotations").glob("*.json"))


def read_coco(folder: Path, split: str | None = None) -> list[Example]:
    """The annotated photos of one split or of all; there may be none.

    InputError, with the layout, where there is no annotation file of instances, for one that cannot
    be read and for photos that are not there.
    """
    files = sorted((folder / "annotations").glob("instances*.json"))
    if not files:
        raise InputError(f"{folder} has no annotations/instances_NAME.json: {LAYOUT}.")
    examples: list[Example] = []
    for file in files:
        name = split_of(file.stem)
        if split in (None, name):
            examples += _read_file(folder, file, name)
    return examples


def split_of(name: str) -> str:
    """The split of an annotation file: val where its name has that word and not `train`, perhaps
    with a year; else train."""
    words = set(re.findall("[a-z]+", name.lower()))
    return "val" if words & VAL and "train" not in words else "train"


def segmentation_mask(segmentation: Any, width: int, height: int) -> np.ndarray:
    """A mask bool HW from polygons [[x, y, x, y ...] ...] or a run-length code
    {"size": [h, w], "counts": list or text}."""
    if isinstance(segmentation, dict):
        counts = segmentation["counts"]
        runs = run_lengths(counts) if isinstance(counts, str) else counts
        values = np.arange(len(runs)) % 2 == 1
        flat = np.repeat(values, runs)
        if flat.size != width * height:
            raise InputError(f"A run-length code does not fill {width}x{height}: {LAYOUT}.")
        return flat.reshape(width, height).T
    fine = np.zeros((FINE * height, FINE * width), np.uint8)
    for polygon in segmentation:
        points = np.asarray(polygon, np.float64).reshape(-1, 2) * FINE - 0.5
        cv2.fillPoly(fine, [np.rint(points * 16).astype(np.int32)], 1, shift=4)
    # OpenCV fills every pixel that an edge touches; on a fine grid that is little.
    return fine[FINE // 2 :: FINE, FINE // 2 :: FINE].astype(bool)


def run_lengths(text: str) -> list[int]:
    """The runs of a compressed code: numbers of 5 bits a character, lowest first, signed, and from
    the fourth on as differences to the one before the last."""
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return runs


def _read_file(folder: Path, file: Path, split: str) -> list[Example]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return _examples(folder, file, split, content)
    except InputError:
        raise
    except KeyError as error:
        raise InputError(f"{file} is damaged (it lacks {error}): {LAYOUT}.") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{file} is damaged ({type(error).__name__}): {LAYOUT}.") from error


def _examples(folder: Path, file: Path, split: str, content: dict[str, Any]) -> list[Example]:
    """The photos of an annotation file; KeyError for what one of its parts lacks."""
    images, annotations = content["images"], content["annotations"]
    categories = content.get("categories", [])
    for parts, keys in ((images, IMAGE), (annotations, ANNOTATION), (categories, CATEGORY)):
        _check_keys(parts, keys)
    people = frozenset(each["id"] for each in categories if each["name"] == PERSON)
    of_image: dict[int, list[dict[str, Any]]] = {}
    for annotation in annotations:
        annotation["area"] = float(annotation["area"])
        of_image.setdefault(annotation["image_id"], []).append(annotation)
    return [
        COCOExample(
            photo=_photo(folder, file, image["file_name"]),
            labels=file,
            source=folder.resolve().name,
            split=split,
            size=(int(image["width"]), int(image["height"])),
            annotations=tuple(of_image[image["id"]]),
            people=people,
        )
        for image in images
        if image["id"] in of_image
    ]


def _check_keys(parts: list[dict[str, Any]], keys: Sequence[str]) -> None:
    for part in parts:
        for key in keys:
            if key not in part:
                raise KeyError(key)


def _photo(folder: Path, file: Path, name: str) -> Path:
    group = file.stem.removeprefix("instances_")
    for place in (folder / group, folder / "images" / group, folder / "images", folder):
        if (place / name).is_file():
            return place / name
    raise InputError(f"{folder} lacks the photo {name} of {file.name}: {LAYOUT}.")
