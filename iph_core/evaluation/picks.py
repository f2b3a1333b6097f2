"""How well one tap picks a person: the tap in the true mask's middle, the answer against the mask.

A second tap goes on everyone's head: people tap faces. Only masks that people drew are measured
against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import (
    FIRST_OBJECT,
    FIRST_PERSON,
    LAST_OBJECT,
    LAST_PERSON,
    UNKNOWN,
    Example,
    read_folders,
)
from iph_core.errors import InputError
from iph_core.photo import Photo, open_label_map, open_photo
from iph_core.regions.box import mask_box
from iph_core.regions.mask import full_size_mask
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.picking import Prompts, Tap, choose
from iph_core.regions.working_size import Picture

LEAST_SHARE = 0.01  # Of the photo's area; smaller people and objects are not measured.
FAILED = 0.5  # An IoU below this is a tap that did not work.
FACE = "face"
KINDS = ("single", "group", "objects", FACE)
HEAD_SHARE = 1 / 6  # Of a person's height, from above: where the head is.

Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pick:
    """One measured tap.

    kind: on the only person of a photo, on one of several, on an object, or on anybody's head.
    """

    kind: str
    source: str
    iou: float


def human_drawn(
    folders: Iterable[Path], split: str | None = None, sources: Sequence[str] = ()
) -> list[Example]:
    """The examples of folders whose masks a human drew, of all sources or of those named.

    InputError where no example is left.
    """
    found = [example for example in read_folders(folders, split) if example.drawn]
    for source in sources:
        if source not in {example.source for example in found}:
            raise InputError(f"No photo with human-drawn masks is of source {source!r}.")
    kept = [example for example in found if not sources or example.source in sources]
    if not kept:
        raise InputError("No photo has masks drawn by a human: give folders that have some.")
    return kept


def measure_picks(
    examples: Iterable[Example], open_regions: Callable[[Photo], PhotoRegions]
) -> list[Pick]:
    """Tap every person and every object above 1 % of each photo, and compare what is picked.

    open_regions: what picks in a photo.
    """
    return [pick for example in examples for pick in pick_all(example, open_regions)]


def pick_all(example: Example, open_regions: Callable[[Photo], PhotoRegions]) -> list[Pick]:
    """The picks of one photo."""
    labels = open_label_map(example.labels)
    targets = list(measured_labels(labels))
    if not targets:
        return []
    photo = open_photo(example.photo)
    example.check_labels(labels, photo.size[::-1])
    regions = open_regions(photo)
    picks = []
    for kind, value in targets:
        truth = labels == value
        taps = {kind: middle(truth)}
        if kind != "objects":
            taps[FACE] = middle(head_of(truth))
        for name, tap in taps.items():
            mask = tapped_mask(regions, tap, photo.pixels)
            picks.append(Pick(name, example.source, iou(mask, truth, labels != UNKNOWN)))
    return picks


def tapped_mask(regions: PhotoRegions, tap: tuple[float, float], pixels: Picture) -> Mask:
    """What the program picks for one tap (x, y) in a photo, uint8 or uint16 HWC."""
    prompts = Prompts((Tap(*tap),))
    logits = choose(regions.candidates(prompts), prompts, regions.size)
    return picked_mask(logits, pixels, prompts)


def head_of(truth: Mask) -> Mask:
    """The uppermost sixth of a person's mask."""
    _, top, _, bottom = mask_box(truth)
    neck = top + max(1, round(HEAD_SHARE * (bottom - top)))
    head: Mask = truth & (np.arange(len(truth)) < neck)[:, None]
    return head


def picked_mask(logits: NDArray[np.float32], pixels: Picture, prompts: Prompts) -> Mask:
    """The mask that the program would write, cut at one half."""
    size = (pixels.shape[1], pixels.shape[0])
    soft = full_size_mask(logits, size, inside=prompts.points(), pixels=pixels)
    mask: Mask = soft >= 0.5
    return mask


def measured_labels(labels: Labels) -> Iterator[tuple[str, int]]:
    """(kind, label value) of everyone and everything that takes more than 1 % of the photo.

    A photo shows several people when several are labeled, however small they are.
    """
    counts = np.bincount(labels.ravel(), minlength=256)
    people = int(np.count_nonzero(counts[FIRST_PERSON : LAST_PERSON + 1]))
    for value in np.flatnonzero(counts > LEAST_SHARE * labels.size).tolist():
        if FIRST_PERSON <= value <= LAST_PERSON:
            yield ("single" if people == 1 else "group"), value
        elif FIRST_OBJECT <= value <= LAST_OBJECT:
            yield "objects", value


def middle(truth: Mask) -> tuple[float, float]:
    """(x, y) of the pixel that is farthest from everything outside the mask (and the photo)."""
    distance = depth(truth)
    y, x = np.unravel_index(int(np.argmax(distance)), distance.shape)
    return float(x), float(y)


def depth(truth: Mask) -> NDArray[np.float32]:
    """How far each pixel of a mask is from everything outside it (and the photo); 0 outside."""
    around = np.pad(truth.astype(np.uint8), 1)
    distance = cv2.distanceTransform(around, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    return np.asarray(distance, np.float32)


def iou(mask: Mask, truth: Mask, known: Mask | None = None) -> float:
    """Intersection over union of two masks where `known` (everywhere when None); 1 for none."""
    if known is not None:
        mask, truth = mask & known, truth & known
    union = np.count_nonzero(mask | truth)
    return float(np.count_nonzero(mask & truth) / union) if union else 1.0


def report(picks: Sequence[Pick]) -> dict[str, Any]:
    """Figures for each kind: mean_iou, below_half, n, and the same for each source in by_source.

    mean_iou and below_half (a share) are None where there is nothing to measure.
    """
    return {kind: _of_kind([pick for pick in picks if pick.kind == kind]) for kind in KINDS}


def text_table(figures: dict[str, Any]) -> str:
    """The report as lines for people."""
    lines = [f"{'':28}{'mean IoU':>10}{'below 0.5':>11}{'taps':>7}"]
    for kind, row in figures.items():
        lines.append(_line(kind, row))
        lines += [_line(f"  {source}", part) for source, part in row["by_source"].items()]
    return "\n".join(lines)


def _of_kind(picks: list[Pick]) -> dict[str, Any]:
    by_source = {
        source: _figures([pick.iou for pick in picks if pick.source == source])
        for source in sorted({pick.source for pick in picks})
    }
    return {**_figures([pick.iou for pick in picks]), "by_source": by_source}


def _figures(ious: list[float]) -> dict[str, float | int | None]:
    if not ious:
        return {"mean_iou": None, "below_half": None, "n": 0}
    values = np.array(ious)
    return {
        "mean_iou": float(values.mean()),
        "below_half": float((values < FAILED).mean()),
        "n": len(ious),
    }


def _line(name: str, row: dict[str, Any]) -> str:
    if not row["n"]:
        return f"{name:28}{'-':>10}{'-':>11}{0:>7}"
    return f"{name:28}{row['mean_iou']:>10.3f}{row['below_half']:>11.1%}{row['n']:>7}"
