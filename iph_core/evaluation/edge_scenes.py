"""Photos whose alpha is known exactly: labeled people, given soft edges, over other photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import FIRST_PERSON, LAST_PERSON, Example
from iph_core.errors import InputError
from iph_core.regions.box import mask_box
from iph_core.regions.sam import LOGITS_SIDE, frame_size

SIDE = 1000
"""Long side of a scene in pixels."""

KINDS = {"plain": 0.8, "hair": 0.8, "defocus": 3.0}
"""Sigma of the blur of the alpha, in pixels. "hair" has strands around the head besides."""

LEAST_SHARE = 0.03  # Of the photo; smaller people have too little of an edge.
SMOOTH_LABEL = 1.2  # Sigma in pixels of the labeled photo: takes the stairs off its outline.
CORE = 3  # Pixels of the labeled photo inside the outline, where colors are surely the person's.
NOISE = 1.5  # Standard deviation of the sensor noise, in levels of 255.

HEAD = 0.13  # Of the person's height, from the top.
STRANDS = 400
STRAND_LENGTH = (0.01, 0.05)  # Of the person's height; most are short.
STRAND_STEPS = 12
FINE = 4  # Strands are drawn this many times larger.

# What picking's logits look like: measured against the small SAM's on such scenes.
LOGIT_SLOPE = 5.0  # A pixel of the grid.
HIGHEST_LOGIT = 12.0
WANDERING = 0.5  # Standard deviation of the outline's error, in pixels of the grid ...
WANDERING_LENGTH = 4.0  # ... and how far along the outline it goes on.

Alpha = NDArray[np.float32]
Colors = NDArray[np.float32]


@dataclass(frozen=True)
class EdgeScene:
    """pixels: uint8 HWC. alpha: the true one, float32 HW. logits: what picking gives for it,
    float32 (256, 256). kind: one of KINDS."""

    pixels: NDArray[np.uint8]
    alpha: Alpha
    logits: NDArray[np.float32]
    kind: str


def edge_scenes(
    people: Sequence[Example], others: Sequence[Example], count: int, seed: int = 0
) -> Iterator[EdgeScene]:
    """Up to `count` scenes, the kinds in turn; the same ones for the same seed.

    people: photos that may hold one labeled person. others: what they are set into.
    Raises InputError where there is nobody, or nothing to set them into.
    """
    made = 0
    for number, example in enumerate(people):
        if made == count:
            return
        label = single_person(example.read_labels())
        if label is None:
            continue
        rng = np.random.default_rng((seed, number))
        kind = list(KINDS)[made % len(KINDS)]
        other = others[int(rng.integers(len(others)))]
        yield edge_scene(example.read_photo(), label, other.read_photo(), kind, rng)
        made += 1
    if not made:
        raise InputError("No photo holds one labeled person: give a folder that has some.")


def single_person(labels: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Where the one labeled person is; None where there are more, none or only a small one."""
    people = (labels >= FIRST_PERSON) & (labels <= LAST_PERSON)
    if people.mean() < LEAST_SHARE or len(np.unique(labels[people])) != 1:
        return None
    return people


def edge_scene(
    photo: NDArray[np.uint8],
    label: NDArray[np.bool_],
    other: NDArray[np.uint8],
    kind: str,
    rng: np.random.Generator,
) -> EdgeScene:
    """The labeled person of a photo over another photo: alpha * person + (1 - alpha) * other."""
    scale = SIDE / max(label.shape)
    size = (round(label.shape[1] * scale), round(label.shape[0] * scale))
    solid = _resized(cv2.GaussianBlur(label.astype(np.float32), (0, 0), SMOOTH_LABEL), size)
    distance = signed_distance(solid >= 0.5)
    alpha = np.clip(distance + 0.5, 0, 1)
    if kind == "hair":
        alpha = np.maximum(alpha, strands(distance, rng))
    alpha = cv2.GaussianBlur(alpha, (0, 0), KINDS[kind])
    person = _resized(own_colors(photo, label), size)
    behind = _covering(other, size, rng)
    mixed = behind + alpha[..., None] * (person - behind)
    mixed += rng.normal(0, NOISE, mixed.shape)
    pixels = np.rint(mixed.clip(0, 255)).astype(np.uint8)
    return EdgeScene(pixels, alpha, picked_logits(distance, rng), kind)


def own_colors(photo: NDArray[np.uint8], label: NDArray[np.bool_]) -> Colors:
    """The photo with the person's colors carried outward: what lies inside their outline, mirrored
    at it, so that they keep their texture."""
    core = cv2.erode(label.astype(np.uint8), np.ones((2 * CORE + 1, 2 * CORE + 1), np.uint8)) > 0
    if not core.any():
        core = label
    inside, nearest = np.argwhere(core), nearest_inside(core)
    here = np.indices(core.shape).transpose(1, 2, 0)
    at_outline = inside[nearest]
    last = np.array(core.shape) - 1
    mirrored = np.clip(2 * at_outline - here, 0, last)
    usable = core[mirrored[..., 0], mirrored[..., 1]]
    source = np.where(usable[..., None], mirrored, at_outline)
    return photo[source[..., 0], source[..., 1]].astype(np.float32)


def nearest_inside(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each pixel, which of the True ones (in the order of argwhere) is nearest."""
    _, labels = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    number = np.zeros(labels.max() + 1, np.int64)
    number[labels[inside]] = np.arange(np.count_nonzero(inside))
    return np.asarray(number[labels])


def signed_distance(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How far each pixel's center lies inside the outline, in pixels; below 0 outside."""
    kind = (cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    within = cv2.distanceTransform(inside.astype(np.uint8), *kind)
    beyond = cv2.distanceTransform((~inside).astype(np.uint8), *kind)
    return np.asarray(np.where(inside, within - 0.5, 0.5 - beyond), np.float32)


def strands(distance: NDArray[np.float32], rng: np.random.Generator) -> Alpha:
    """Hairs that grow out of the upper outline, float32 HW in [0, 1], antialiased."""
    _, crown, _, feet = mask_box(distance)
    height = feet - crown
    last = int(crown + HEAD * height)
    reach = int(STRAND_LENGTH[1] * height) + 2
    top, bottom = max(0, crown - reach), min(len(distance), last + reach)
    canvas = np.zeros(((bottom - top) * FINE, distance.shape[1] * FINE), np.uint8)
    roots = np.argwhere((np.abs(distance) < 1) & (np.arange(len(distance)) <= last)[:, None])
    down, across = np.gradient(cv2.GaussianBlur(distance, (0, 0), 4))
    for y, x in roots[rng.integers(len(roots), size=STRANDS)]:
        outward = -np.array([across[y, x], down[y, x]])
        angle = np.arctan2(outward[1], outward[0]) + rng.normal(0, 0.5)
        short, long = STRAND_LENGTH
        length = (short + (long - short) * rng.random() ** 3) * height
        path = _strand((x, y - top), angle, length, rng.normal(0, 1.2))
        shade, width = int(rng.integers(130, 256)), int(rng.integers(2, 7))
        drawn = np.zeros_like(canvas)
        cv2.polylines(drawn, [np.rint(path * FINE).astype(np.int32)], False, shade, width)
        np.maximum(canvas, drawn, out=canvas)
    small = (distance.shape[1], bottom - top)
    hair = np.zeros_like(distance)
    hair[top:bottom] = cv2.resize(canvas, small, interpolation=cv2.INTER_AREA) / np.float32(255)
    return hair


def _strand(
    root: tuple[float, float], angle: float, length: float, bend: float
) -> NDArray[np.float64]:
    """Points (N, 2) along a hair that turns by `bend` radians on its way and falls a little."""
    turns = angle + bend * np.linspace(0, 1, STRAND_STEPS)
    steps = np.stack((np.cos(turns), np.sin(turns) + 0.3), axis=1)
    path: NDArray[np.float64] = root + np.cumsum(steps, axis=0) * (length / STRAND_STEPS)
    return path


def picked_logits(distance: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The (256, 256) logits that picking gives for an outline: coarse, and not quite in place."""
    height, width = distance.shape
    step = max(height, width) / LOGITS_SIDE
    wide, high = (max(1, round(side / 4)) for side in frame_size((width, height)))
    coarse = cv2.resize(distance / step, (wide, high), interpolation=cv2.INTER_AREA)
    error = cv2.GaussianBlur(rng.normal(0, 1, coarse.shape), (0, 0), WANDERING_LENGTH)
    coarse += (WANDERING * error / error.std()).astype(np.float32)
    logits = np.full((LOGITS_SIDE, LOGITS_SIDE), -HIGHEST_LOGIT, np.float32)
    logits[:high, :wide] = np.clip(LOGIT_SLOPE * coarse, -HIGHEST_LOGIT, HIGHEST_LOGIT)
    return logits


def _covering(photo: NDArray[np.uint8], size: tuple[int, int], rng: np.random.Generator) -> Colors:
    """A part of a photo that fills `size`, enlarged no more than it must be."""
    scale = max(size[0] / photo.shape[1], size[1] / photo.shape[0])
    whole = (
        max(size[0], round(photo.shape[1] * scale)),
        max(size[1], round(photo.shape[0] * scale)),
    )
    enlarged = _resized(photo.astype(np.float32), whole)
    left = int(rng.integers(whole[0] - size[0] + 1))
    top = int(rng.integers(whole[1] - size[1] + 1))
    return enlarged[top : top + size[1], left : left + size[0]]


def _resized(values: NDArray, size: tuple[int, int]) -> NDArray[np.float32]:
    shrinks = size[0] < values.shape[1]
    kind = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(values, size, interpolation=kind), np.float32)
