"""Further pictures out of labeled photos: mirrored, cropped, a person recolored.

An embedding cannot be mirrored or cropped, so these are pictures of their own. Crops make portraits
and people cut by the photo's edge, which everyday photos have few of; recolored people are what
composites show.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import LAST_PERSON
from iph_core.regions.box import mask_box

CROP_CHANCE, PORTRAIT_CHANCE, RECOLOR_CHANCE = 0.75, 0.5, 0.5
WINDOW = (0.4, 0.9)  # Of the photo's sides.
LEAST_WINDOW = 150  # Pixels: smaller crops are blurred when SAM sees them.
LEAST_PERSON = 0.01  # Of the photo: whom a crop is made around.
PORTRAIT = (0.22, 0.55)  # Of a person's height, from the head down.
PORTRAIT_MARGIN = (0.05, 0.6)  # Around a portrait, of its side.
GAIN, GAMMA, GRAYNESS = (0.7, 1.35), (0.65, 1.5), (0.0, 0.6)

Pixels = NDArray[np.uint8]
Window = tuple[int, int, int, int]


def vary(rgb: Pixels, labels: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels]:
    """A variant of a photo uint8 HWC and of its labels uint8 HW, both of the same size."""
    window = draw_window(labels, random) if random.random() < CROP_CHANCE else None
    if window is not None:
        x0, y0, x1, y1 = window
        rgb, labels = rgb[y0:y1, x0:x1], labels[y0:y1, x0:x1]
    if window is None or random.random() < 0.5:
        rgb, labels = rgb[:, ::-1], labels[:, ::-1]
    people = [value for value in np.unique(labels) if 0 < value <= LAST_PERSON]
    if people and random.random() < RECOLOR_CHANCE:
        inside = labels == random.choice(people)
        rgb = np.where(inside[..., None], recolored(rgb, random), rgb)
    return np.ascontiguousarray(rgb), np.ascontiguousarray(labels)


def draw_window(labels: Pixels, random: np.random.Generator) -> Window | None:
    """The (x0, y0, x1, y1) of a crop around one of the people; None where nobody is large."""
    counts = np.bincount(labels.ravel(), minlength=256)
    large = np.flatnonzero(counts[: LAST_PERSON + 1] > LEAST_PERSON * labels.size)
    large = large[large > 0]
    if not len(large):
        return None
    inside = labels == random.choice(large)
    if random.random() < PORTRAIT_CHANCE:
        window = portrait(inside, random)
        if min(window[2] - window[0], window[3] - window[1]) >= LEAST_WINDOW:
            return window
    return around(inside, random)


def around(inside: NDArray[np.bool_], random: np.random.Generator) -> Window:
    """A window that holds a random pixel of the mask."""
    rows, columns = np.nonzero(inside)
    at = int(random.integers(len(rows)))
    edges = []
    for side, position in zip(inside.shape, (rows[at], columns[at]), strict=True):
        length = max(round(side * random.uniform(*WINDOW)), min(LEAST_WINDOW, side))
        first = int(np.clip(position - random.uniform(0.2, 0.8) * length, 0, side - length))
        edges.append((first, first + length))
    (y0, y1), (x0, x1) = edges
    return x0, y0, x1, y1


def portrait(inside: NDArray[np.bool_], random: np.random.Generator) -> Window:
    """The upper part of a mask, from the head down to chest or waist, with some surroundings."""
    _, top, _, feet = mask_box(inside)
    bottom = top + max(1, round((feet - top) * random.uniform(*PORTRAIT)))
    left, _, right, _ = mask_box(inside[top:bottom])
    margins = random.uniform(*PORTRAIT_MARGIN, 3) * (bottom - top)
    height, width = inside.shape
    x0 = max(0, int(left - margins[0]))
    x1 = min(width, int(right + margins[1]))
    return x0, max(0, int(top - margins[2])), x1, min(height, bottom)


def recolored(rgb: Pixels, random: np.random.Generator) -> Pixels:
    """A picture in other colors: gain of each channel, gamma and saturation, at random."""
    values = 255 * (rgb / 255.0) ** random.uniform(*GAMMA) * random.uniform(*GAIN, 3)
    gray = values.mean(2, keepdims=True)
    values += random.uniform(*GRAYNESS) * (gray - values)
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)
