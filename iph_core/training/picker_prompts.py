"""Prompts as people give them, drawn from the true labels of a picture.

Masks are in the grid of SAM's logits (256 x 256), coordinates in its frame (1024 x 1024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import LAST_PERSON, UNKNOWN
from iph_core.evaluation.picks import depth, head_of
from iph_core.regions.box import mask_box
from iph_core.regions.picking import SINGLE_MASK
from iph_core.regions.sam import FRAME_SIDE, LOGITS_SIDE, WHOLE_CANDIDATE
from iph_core.training.picker_data import usable_labels

# What a step's prompts are, and how often. All of a step's are alike, so that they make one batch.
KINDS = {"tap": 0.6, "add": 0.09, "remove": 0.14, "part": 0.03, "tap and box": 0.08, "box": 0.06}
# Where taps go: into the middle, anywhere, on the head, on hands and edges.
PLACES = {"middle": 0.4, "anywhere": 0.18, "head": 0.3, "rim": 0.12}
MIDDLES = (2.0, 8.0)  # Powers of the distance from the edge: roughly in the middle, or exactly.
RIM = 0.35  # Of the largest distance from the edge.
PEOPLE_SHARE = 0.8  # Of the prompts, in pictures with people; objects have to stay pickable.
BOX_JITTERS = (0.03, 0.12)  # Of the box's side: as a hand draws it, as a head guesses it.
NEAR = 0.3  # A negative tap on the background lies within the box grown by this.
STEP = FRAME_SIDE // LOGITS_SIDE

Grid = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Point = tuple[float, float]


@dataclass(frozen=True)
class Prompt:
    """One prompt and its true answer; `target` None = as the stock decoder answers."""

    points: tuple[Point, ...]
    labels: tuple[float, ...]
    box: tuple[float, float, float, float] | None
    target: Mask | None


@dataclass(frozen=True)
class PromptBatch:
    """Prompts of one kind for several pictures.

    rows: (P,) whose picture. points: (P, T, 2). labels: (P, T). boxes: (P, 4) or None.
    targets: bool (P, 256, 256), or None where the stock decoder is the teacher.
    regions: bool (P, 256, 256), everyone and everything labeled.
    known: bool (P, 256, 256), False in the padding and where nobody knows.
    candidate: which of the decoder's answers learns the targets.
    """

    rows: NDArray[np.int64]
    points: NDArray[np.float32]
    labels: NDArray[np.float32]
    boxes: NDArray[np.float32] | None
    targets: Mask | None
    regions: Mask
    known: Mask
    candidate: int


def draw_batch(grids: Sequence[Grid], each: int, random: np.random.Generator) -> PromptBatch:
    """Prompts of one random kind, `each` of them for each picture's labels."""
    kind = str(random.choice(list(KINDS), p=np.array(list(KINDS.values()))))
    rows = np.repeat(np.arange(len(grids)), each)
    prompts = [draw(kind, grid, random) for grid in grids for _ in range(each)]
    boxes = [prompt.box for prompt in prompts if prompt.box is not None]
    targets = [prompt.target for prompt in prompts if prompt.target is not None]
    return PromptBatch(
        rows=rows,
        points=np.array([prompt.points for prompt in prompts], np.float32),
        labels=np.array([prompt.labels for prompt in prompts], np.float32),
        boxes=np.array(boxes, np.float32) if boxes else None,
        targets=np.stack(targets) if targets else None,
        regions=np.repeat((np.stack(grids) != UNKNOWN) & (np.stack(grids) > 0), each, 0),
        known=np.repeat(np.stack(grids) != UNKNOWN, each, 0),
        candidate=SINGLE_MASK if boxes else WHOLE_CANDIDATE,
    )


def draw(kind: str, grid: Grid, random: np.random.Generator) -> Prompt:
    """One prompt of a kind for a picture's labels, of which at least one is usable."""
    value = draw_label(grid, random)
    target = grid == value
    first = draw_tap(target, random)
    if kind == "add":
        # The same again, or somebody else as well.
        other = draw_other(grid, value, random) if random.random() < 0.5 else None
        second = target if other is None else grid == other
        return Prompt((first, draw_tap(second, random)), (1, 1), None, target | second)
    if kind == "remove":
        return Prompt((first, draw_negative(grid, value, random)), (1, 0), None, target)
    if kind == "part":
        return Prompt((first, draw_tap(target, random)), (1, 0), None, None)
    if kind == "tap and box":
        return Prompt((first,), (1,), draw_box(target, random), target)
    if kind == "box":
        return Prompt((), (), draw_box(target, random), target)
    return Prompt((first,), (1,), None, target)


def draw_label(grid: Grid, random: np.random.Generator) -> int:
    """The label of a person, or now and then of an object."""
    values = usable_labels(grid)
    people = [value for value in values if value <= LAST_PERSON]
    objects = [value for value in values if value > LAST_PERSON]
    several = people if people and (not objects or random.random() < PEOPLE_SHARE) else objects
    return int(random.choice(several))


def draw_other(grid: Grid, value: int, random: np.random.Generator) -> int | None:
    """The label of another person or object, people first; None where there is none."""
    others = [other for other in usable_labels(grid) if other != value]
    people = [other for other in others if other <= LAST_PERSON]
    return int(random.choice(people or others)) if others else None


def draw_tap(inside: Mask, random: np.random.Generator) -> Point:
    """(x, y) of a point in a mask, in one of the PLACES."""
    place = str(random.choice(list(PLACES), p=list(PLACES.values())))
    if place == "anywhere":
        return draw_point(inside.astype(np.float64), random)
    if place == "head":
        inside = head_of(inside)
    distance = depth(inside)
    if place == "rim":
        return draw_point(inside & (distance <= max(1.0, RIM * distance.max())), random)
    return draw_point(
        (distance / distance.max()).astype(np.float64) ** random.choice(MIDDLES), random
    )


def draw_negative(grid: Grid, value: int, random: np.random.Generator) -> Point:
    """A point on another person or object, else on the background near by."""
    other = draw_other(grid, value, random)
    if other is not None:
        return draw_tap(grid == other, random)
    x0, y0, x1, y1 = (edge / STEP for edge in true_box(grid == value))
    grown = NEAR * max(x1 - x0, y1 - y0)
    y, x = np.mgrid[:LOGITS_SIDE, :LOGITS_SIDE]
    near = (x > x0 - grown) & (x < x1 + grown) & (y > y0 - grown) & (y < y1 + grown)
    background = grid == 0
    allowed = near & background
    if not allowed.any():
        allowed = background if background.any() else grid != value
    return draw_point(allowed.astype(np.float64), random)


def draw_point(weights: NDArray[np.float64] | Mask, random: np.random.Generator) -> Point:
    """(x, y) of a cell of the grid, in proportion to its weight, in the frame."""
    sums = np.cumsum(weights)
    index = int(np.searchsorted(sums, random.random() * sums[-1], side="right"))
    row, column = divmod(min(index, weights.size - 1), weights.shape[1])
    return (column + 0.5) * STEP, (row + 0.5) * STEP


def draw_box(inside: Mask, random: np.random.Generator) -> tuple[float, float, float, float]:
    """The box around a mask, each edge as inexact as a hand draws it, in the frame."""
    x0, y0, x1, y1 = true_box(inside)
    sides = np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0])
    error = random.normal(0, random.choice(BOX_JITTERS) * sides).clip(-sides / 4, sides / 4)
    x0, y0, x1, y1 = np.clip(np.array([x0, y0, x1, y1]) + error, 0, FRAME_SIDE).tolist()
    return x0, y0, x1, y1


def true_box(inside: Mask) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1) around a mask of the grid, in the frame."""
    x0, y0, x1, y1 = (float(edge * STEP) for edge in mask_box(inside))
    return x0, y0, x1, y1
