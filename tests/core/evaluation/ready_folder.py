"""A small ready set: public-domain pictures whose foreground is darkened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

SIZE = (96, 64)
FOREGROUND, REFERENCE = (30, 20, 54, 56), (60, 10, 90, 50)
DARKER = 0.6


def write_ready_set(folder: Path) -> Path:
    """Three composites: one with a reference, one as JPEG, one whose name begins like another's."""
    folder.mkdir(parents=True)
    write_case(folder, "a[1]", "astronaut", ".png", ".png")
    write_case(folder, "b", "coffee", ".jpg", ".png")
    write_case(folder, "b_old", "chelsea", ".png", ".webp")
    mask(REFERENCE).save(folder / "a[1]_reference.png")
    return folder


def write_case(folder: Path, name: str, picture: str, suffix: str, real_suffix: str) -> None:
    photo = Image.fromarray(getattr(skimage.data, picture)()).resize(SIZE)
    x0, y0, x1, y1 = FOREGROUND
    composite = np.array(photo)
    composite[y0:y1, x0:x1] = composite[y0:y1, x0:x1] * DARKER
    Image.fromarray(composite).save(folder / f"{name}_composite{suffix}", quality=100)
    photo.save(folder / f"{name}_real{real_suffix}", quality=100)
    mask(FOREGROUND).save(folder / f"{name}_mask.png")


def mask(box: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("L", SIZE)
    image.paste(255, box)
    return image
