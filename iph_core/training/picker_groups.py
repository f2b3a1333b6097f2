"""Groups of people pasted over scenes: side by side and overlapping, with an exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.regions.box import mask_box
from iph_core.training.picker_variants import recolored

CANVASES = ((640, 480), (640, 427), (640, 360), (480, 640), (512, 512))  # (width, height)
PEOPLE = {1: 0.15, 2: 0.25, 3: 0.25, 4: 0.15, 5: 0.1, 6: 0.1}  # How many, and how often.
MOST_PEOPLE = max(PEOPLE)
RECOLOR_CHANCE = 0.5  # Of each: composites show people whose colors do not fit.

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Arrangement:
    """How a group stands.

    height: of people, of the canvas's height; above 1 the canvas crops them, at the waist or so.
    variation: of height within the group. spacing: from one person to the next, of their width;
    below 1 they overlap. chance: how often.
    """

    height: tuple[float, float]
    variation: tuple[float, float]
    spacing: tuple[float, float]
    chance: float


ARRANGEMENTS = (
    Arrangement((0.5, 0.95), (0.85, 1.15), (0.4, 1.1), 0.35),  # Seen to the feet.
    Arrangement((1.1, 3.4), (0.85, 1.15), (0.4, 1.1), 0.35),  # Close, to the chest.
    Arrangement((0.18, 0.45), (0.8, 1.2), (0.4, 2.0), 0.15),  # Far.
    Arrangement((0.5, 1.2), (0.4, 1.1), (0.25, 0.7), 0.15),  # A crowd, near and far.
)


@dataclass(frozen=True)
class CutOut:
    """A person without surroundings. rgb: uint8 HWC; alpha: float32 HW in [0, 1]."""

    rgb: Pixels
    alpha: NDArray[np.float32]


def cut_out(rgb: Pixels, inside: NDArray[np.bool_]) -> CutOut:
    """The part of a photo around a mask, with an edge that is soft by a pixel."""
    x0, y0, x1, y1 = mask_box(inside)
    part = np.s_[y0:y1, x0:x1]
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (3, 3), 0.7)
    return CutOut(rgb[part], np.asarray(np.where(inside, alpha, 0)[part], np.float32))


def paste_group(
    people: Sequence[CutOut], scene: Pixels, random: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """Some of the people over a scene: uint8 HWC and labels uint8 HW, 1, 2, ... for each.

    Later people cover earlier ones; a label is where its person is seen.
    """
    canvas = cover(scene, CANVASES[random.integers(len(CANVASES))]).astype(np.float32)
    labels = np.zeros(canvas.shape[:2], np.uint8)
    count = int(random.choice(list(PEOPLE), p=list(PEOPLE.values())))
    chosen = random.choice(len(people), min(len(people), count), replace=False)
    group = [varied(people[index], random) for index in chosen]
    for label, (person, corner) in enumerate(placed(group, canvas.shape[:2], random), 1):
        paste(canvas, labels, person, corner, label)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8), labels


def cover(scene: Pixels, size: tuple[int, int]) -> Pixels:
    """The scene's middle, scaled so that it fills `size` (width, height)."""
    width, height = size
    scale = max(width / scene.shape[1], height / scene.shape[0])
    large = resized(scene, scale)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[max(top, 0) :, max(left, 0) :][:height, :width]


def varied(person: CutOut, random: np.random.Generator) -> CutOut:
    """The person perhaps mirrored, and perhaps recolored."""
    flip = slice(None, None, -1 if random.random() < 0.5 else 1)
    rgb = recolored(person.rgb, random) if random.random() < RECOLOR_CHANCE else person.rgb
    return CutOut(rgb[:, flip], person.alpha[:, flip])


def placed(
    group: Sequence[CutOut], canvas: tuple[int, int], random: np.random.Generator
) -> list[tuple[CutOut, tuple[int, int]]]:
    """Everyone scaled, with the (x, y) of the upper left corner; in a random order of covering."""
    height, width = canvas
    chances = [arrangement.chance for arrangement in ARRANGEMENTS]
    stands = ARRANGEMENTS[random.choice(len(ARRANGEMENTS), p=chances)]
    base = random.uniform(*stands.height) * height
    scaled, lefts, x = [], [], 0.0
    for person in group:
        scale = base * random.uniform(*stands.variation) / person.rgb.shape[0]
        scaled.append(CutOut(resized(person.rgb, scale), resized(person.alpha, scale)))
        lefts.append(x)
        x += scaled[-1].rgb.shape[1] * random.uniform(*stands.spacing)
    reach = lefts[-1] + scaled[-1].rgb.shape[1]
    shift = random.uniform(min(0, width - reach), max(0, width - reach))
    places = []
    for person, left in zip(scaled, lefts, strict=True):
        tall = len(person.rgb) >= height
        below = random.uniform(0, 0.1) * height
        top = random.uniform(0.02, 0.2) * height if tall else height - below - len(person.rgb)
        places.append((person, (int(left + shift), int(top))))
    return [places[index] for index in random.permutation(len(places))]


def paste(
    canvas: NDArray[np.float32], labels: Pixels, person: CutOut, corner: tuple[int, int], label: int
) -> None:
    """Lay a person over canvas and labels, in place; what lies outside is cut off."""
    x, y = corner
    height, width = person.alpha.shape
    top, left = max(y, 0), max(x, 0)
    bottom, right = min(y + height, len(labels)), min(x + width, labels.shape[1])
    if top >= bottom or left >= right:
        return
    there = np.s_[top:bottom, left:right]
    here = np.s_[top - y : bottom - y, left - x : right - x]
    alpha = person.alpha[here]
    canvas[there] += alpha[..., None] * (person.rgb[here] - canvas[there])
    labels[there][alpha > 0.5] = label


def resized(picture: np.ndarray, scale: float) -> np.ndarray:
    """A picture or mask scaled; at least a pixel of it."""
    size = tuple(max(1, round(side * scale)) for side in picture.shape[1::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how))
