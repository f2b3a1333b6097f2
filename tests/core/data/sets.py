"""Small sets in the layouts that their authors publish."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from tests.core.evaluation.ready_folder import FOREGROUND, REFERENCE, SIZE, mask

DARKER = 0.6


def picture(name: str) -> Image.Image:
    return Image.fromarray(getattr(skimage.data, name)()).resize(SIZE)


def composite(name: str) -> Image.Image:
    x0, y0, x1, y1 = FOREGROUND
    pixels = np.array(picture(name))
    pixels[y0:y1, x0:x1] = pixels[y0:y1, x0:x1] * DARKER
    return Image.fromarray(pixels)


def write_iharmony4(folder: Path) -> Path:
    """Two sub-datasets; one photo of HFlickr has underscores in its name."""
    names = {"HCOCO": ("c1", "astronaut"), "HFlickr": ("f_9_2", "coffee")}
    lines = []
    for subset, (name, source) in names.items():
        for part in ("composite_images", "masks", "real_images"):
            (folder / subset / part).mkdir(parents=True)
        composite(source).save(folder / subset / f"composite_images/{name}_1_1.jpg")
        mask(FOREGROUND).save(folder / subset / f"masks/{name}_1.png")
        picture(source).save(folder / subset / f"real_images/{name}.jpg")
        lines.append(f"{subset}/composite_images/{name}_1_1.jpg\n")
    (folder / "IHD_train.txt").write_text(lines[0])
    (folder / "IHD_test.txt").write_text(lines[1])
    return folder


def write_guided_set(folder: Path) -> Path:
    """As IntHarmony and PortraitTest are expected."""
    parts = {
        "composite_images": composite,
        "real_images": picture,
        "masks": lambda _: mask(FOREGROUND),
        "guide_masks": lambda _: mask(REFERENCE),
    }
    for part, make in parts.items():
        (folder / part).mkdir(parents=True)
        for name in ("astronaut", "coffee"):
            make(name).save(folder / part / f"{name}.png")
    (folder / "train.txt").write_text("astronaut.png\n")
    (folder / "test.txt").write_text("coffee.png\n")
    return folder


def write_mhp(folder: Path, version: int) -> Path:
    """One photo with two people: the left half's parts are 3 and 5, the right third's 7."""
    images, annotations = ("images", "annotations") if version == 1 else (
        "train/images", "train/parsing_annos",
    )  # fmt: skip
    for part in (images, annotations):
        (folder / part).mkdir(parents=True)
    picture("astronaut").save(folder / images / "0007.jpg")
    left, right = np.zeros(SIZE[::-1], np.uint8), np.zeros(SIZE[::-1], np.uint8)
    left[10:30, :48], left[30:60, :48] = 3, 5
    right[:, 64:] = 7
    for number, person in enumerate((left, right), start=1):
        image = Image.fromarray(person)
        # Version 2 repeats the class in three channels.
        image = image if version == 1 else Image.merge("RGB", [image] * 3)
        image.save(folder / annotations / f"0007_02_0{number}.png")
    if version == 1:
        (folder / "train_list.txt").write_text("0007.jpg\n")
        (folder / "test_list.txt").write_text("")
    return folder


def write_coco(folder: Path) -> Path:
    """One photo: a person (polygon), a small cup on top of them, a crowd (run lengths)."""
    width, height = SIZE
    (folder / "annotations").mkdir(parents=True)
    (folder / "val2017").mkdir()
    picture("astronaut").save(folder / "val2017/000000000009.jpg")
    crowd = [0] + [4, height - 4] * 8
    crowd[-1] += height * width - sum(crowd)
    annotations = [
        {"category_id": 47, "segmentation": [[30, 30, 40, 30, 40, 40, 30, 40]], "area": 100},
        {"category_id": 1, "segmentation": [[20, 10, 60, 10, 60, 50, 20, 50]], "area": 1600},
        {"category_id": 1, "segmentation": {"size": [height, width], "counts": crowd}, "area": 32,
         "iscrowd": 1},
    ]  # fmt: skip
    content = {
        "images": [{"id": 9, "file_name": "000000000009.jpg", "width": width, "height": height}],
        "annotations": [{"image_id": 9, **annotation} for annotation in annotations],
        "categories": [{"id": 1, "name": "person"}, {"id": 47, "name": "cup"}],
    }
    (folder / "annotations/instances_val2017.json").write_text(json.dumps(content))
    return folder
