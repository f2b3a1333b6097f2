"""The pictures that the picker learns from, and their embeddings, computed once and kept in a file.

Photos come from folders with human-drawn masks; variants are made of them, pasted groups of their
people.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from iph_core.data.folder import (
    FIRST_PERSON,
    LAST_PERSON,
    NUMBERED,
    UNKNOWN,
    Example,
)
from iph_core.errors import InputError
from iph_core.photo import make_folder, open_label_map, open_photo
from iph_core.regions.box import mask_box
from iph_core.regions.sam import FRAME_SIDE, LOGITS_SIDE, Segmenter, Size, frame_size
from iph_core.training.picker_groups import MOST_PEOPLE, CutOut, cut_out, paste_group
from iph_core.training.picker_variants import vary

PASTED_SHARE, VARIANT_SHARE = 0.4, 0.25  # Of the pictures.
PASTED = "pasted"  # As a source.
LONE_OBJECTS = 0.5  # How often pictures without people are drawn, against those with.
LEAST_SHARE = 0.005  # Of a picture: smaller people and objects are not tapped in training.
CUT_OUT_HEIGHT, CUT_OUT_SIDE = 0.7, 200  # Of the photo, and in pixels: else it pastes badly.
SCENE_SIDE = 320  # Pixels: smaller scenes are so blurred that they would give the people away.

Pixels = NDArray[np.uint8]
Rows = NDArray[np.void]
"""Structured rows of a file of embeddings; see ROW."""

ROW = np.dtype(
    [
        ("key", "S40"),  # Of the picture that the row is of; written last.
        ("features", np.float16, (256, 64, 64)),
        ("labels", np.uint8, (LOGITS_SIDE, LOGITS_SIDE)),  # UNKNOWN in the padding.
    ]
)


@dataclass(frozen=True)
class Picture:
    """A labeled picture to be made when it is needed: `make()` is (uint8 HWC, labels uint8 HW)."""

    name: str
    source: str
    make: Callable[[], tuple[Pixels, Pixels]]

    @property
    def key(self) -> bytes:
        return hashlib.sha1(self.name.encode()).hexdigest().encode()


@dataclass(frozen=True)
class Content:
    """What is labeled in an example, to choose by."""

    example: Example
    people: int
    regions: int  # People and objects.
    cuttable: bool  # One whole person and nothing else.
    scene: bool  # Nobody labeled, and large enough.


def training_pictures(
    drawn: Sequence[Example], others: Sequence[Example], count: int, seed: int
) -> list[Picture]:
    """At most `count` pictures: photos of `drawn`, variants of them, groups pasted of its people.

    others: examples that may be scenes behind groups too, whoever made their masks.
    Raises InputError where there is no photo to learn from.
    """
    random = np.random.default_rng([seed, 1])
    contents = [content(example) for example in drawn]
    looked_at = set(drawn)
    people = [item.example for item in contents if item.cuttable]
    scenes = [item.example for item in contents if item.scene]
    scenes += [other for other in others if other not in looked_at and content(other).scene]
    pasted = round(count * PASTED_SHARE) if len(people) > 1 and scenes else 0
    varied = round(count * VARIANT_SHARE)
    photos = spread(contents, count - pasted - varied, random)
    if not photos:
        raise InputError("No photo of split train shows people: there is nothing to learn from.")
    return [
        *map(photo_picture, photos),
        *variants([item for item in contents if item.people], varied, seed),
        *group_pictures(people, scenes, pasted, seed),
    ]


def draw_chances(pictures: Sequence[Picture], grids: Sequence[Pixels]) -> NDArray[np.float64]:
    """How likely each picture is drawn; they add up to 1.

    Sources are drawn by the root of their number of pictures, so that none is heard alone. Raises
    InputError where no picture (given its labels in a grid) has anything large enough to learn.
    """
    values = [usable_labels(grid) for grid in grids]
    chances = np.array(
        [(1 if v[0] <= LAST_PERSON else LONE_OBJECTS) if v else 0 for v in values], np.float64
    )
    sources = np.array([picture.source for picture in pictures])
    for source in set(sources):
        own = sources == source
        chances[own] *= own.sum() ** 0.5 / max(chances[own].sum(), 1e-9)
    if not chances.any():
        raise InputError("No picture has a person or object that is large enough to learn.")
    return np.asarray(chances / chances.sum())


def validation_pictures(drawn: Sequence[Example], count: int, seed: int) -> list[Picture]:
    """At most `count` photos with people, those with several regions first.

    Raises InputError where there is none.
    """
    contents = [item for item in map(content, drawn) if item.people]
    if not contents:
        raise InputError("No photo of split val shows people: the picker could not be measured.")
    return [*map(photo_picture, spread(contents, count, np.random.default_rng([seed, 2])))]


def content(example: Example) -> Content:
    """Look at an example's labels."""
    labels = open_label_map(example.labels)
    values = usable_labels(labels)
    people = [value for value in values if value <= LAST_PERSON]
    anyone = bool(np.any((labels >= FIRST_PERSON) & (labels <= LAST_PERSON)))
    return Content(
        example,
        len(people),
        len(values),
        cuttable=len(people) == len(values) == 1 and whole_person(labels == values[0]),
        scene=not anyone and max(labels.shape) >= SCENE_SIDE,
    )


def whole_person(inside: NDArray[np.bool_]) -> bool:
    """Whether a mask is tall, and not cropped by the photo's left or right edge."""
    _, top, _, bottom = mask_box(inside)
    tall = bottom - top >= max(CUT_OUT_HEIGHT * len(inside), CUT_OUT_SIDE)
    return tall and not inside[:, 0].any() and not inside[:, -1].any()


def usable_labels(labels: Pixels) -> list[int]:
    """The label values of people, then objects, that are large enough to be tapped."""
    counts = np.bincount(labels.ravel(), minlength=256)
    least = LEAST_SHARE * np.count_nonzero(labels != UNKNOWN)
    return [value for value in NUMBERED if counts[value] > max(least, 1)]


def spread(contents: Sequence[Content], count: int, random: np.random.Generator) -> list[Example]:
    """Photos with several regions first, for they teach most; then from all sources in turn.

    A lone object is left out: it may be a person and what he rides in one mask.
    """
    order = [contents[index] for index in random.permutation(len(contents))]
    crowded = [item.example for item in order if item.regions > 1]
    alone = [item.example for item in order if item.regions == 1 and item.people]
    return [*crowded, *in_turn(alone)][:count]


def in_turn(examples: Sequence[Example]) -> list[Example]:
    """The examples, one of each source after the other."""
    sources = sorted({example.source for example in examples})
    queues = [[example for example in examples if example.source == source] for source in sources]
    mixed = itertools.chain.from_iterable(itertools.zip_longest(*queues))
    return [example for example in mixed if example is not None]


def photo_picture(example: Example) -> Picture:
    return Picture(str(example.photo), example.source, partial(read_labeled, example))


def variants(contents: Sequence[Content], count: int, seed: int) -> list[Picture]:
    """Variants of photos with people, of all sources in turn, each photo as often as needed."""
    order = in_turn([item.example for item in contents])
    repeated = itertools.islice(itertools.cycle(order), count)
    return [
        Picture(
            f"variant {seed} {index // len(order)} {example.photo}",
            example.source,
            partial(make_variant, example, (seed, 4, index)),
        )
        for index, example in enumerate(repeated)
    ]


def make_variant(example: Example, seed: Sequence[int]) -> tuple[Pixels, Pixels]:
    rgb, labels = read_labeled(example)
    fitted = cv2.resize(labels, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return vary(rgb, np.asarray(fitted, np.uint8), np.random.default_rng(seed))


def read_labeled(example: Example) -> tuple[Pixels, Pixels]:
    """A photo as SAM needs it, and its labels (of the photo's full size)."""
    photo, labels = open_photo(example.photo), open_label_map(example.labels)
    example.check_labels(labels, photo.size[::-1])
    return photo.srgb(max_side=FRAME_SIDE), labels


def group_pictures(
    people: Sequence[Example], scenes: Sequence[Example], count: int, seed: int
) -> list[Picture]:
    """Pasted groups; the same for the same people, scenes and seed."""
    names = [str(example.photo) for example in (*people, *scenes)]
    digest = hashlib.sha1("\n".join(names).encode()).hexdigest()
    return [
        Picture(
            f"group {seed} {index} {digest}",
            PASTED,
            partial(make_group, tuple(people), tuple(scenes), (seed, 3, index)),
        )
        for index in range(count)
    ]


def make_group(
    people: Sequence[Example], scenes: Sequence[Example], seed: Sequence[int]
) -> tuple[Pixels, Pixels]:
    """One group, of a few of the people over one of the scenes."""
    random = np.random.default_rng(seed)
    scene, _ = read_labeled(scenes[int(random.integers(len(scenes)))])
    chosen = random.choice(len(people), min(MOST_PEOPLE, len(people)), replace=False)
    return paste_group([read_cut_out(people[index]) for index in chosen], scene, random)


@lru_cache(maxsize=64)
def read_cut_out(example: Example) -> CutOut:
    """The only person of an example."""
    rgb, labels = read_labeled(example)
    inside = (labels == usable_labels(labels)[0]).astype(np.uint8)
    fitted = cv2.resize(inside, rgb.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    return cut_out(rgb, fitted > 0)


def embedded(
    pictures: Sequence[Picture], path: Path, load_sam: Callable[[], Segmenter], say: bool = True
) -> Rows:
    """Rows of the pictures' embeddings and labels, mapped from a file; missing ones are computed.

    A run that was stopped goes on where it was. load_sam is called only when a row is missing.
    Raises InputError when the file is not one of embeddings of as many pictures.
    """
    rows = open_rows(path, len(pictures))
    missing = [i for i, picture in enumerate(pictures) if rows["key"][i] != picture.key]
    sam = load_sam() if missing else None
    for done, index in enumerate(missing, 1):
        if sam is not None:
            fill(rows, index, pictures[index], sam)
        if say and (done % 20 == 0 or done == len(missing)):
            print(f"embedded {done} of {len(missing)} pictures", flush=True)
    return rows


def open_rows(path: Path, count: int) -> Rows:
    """The file's rows, writable; a new file where there is none.

    InputError for a file that cannot be made, is no such file or is one of another number of rows.
    """
    if not path.exists():
        make_folder(path.parent)
        try:
            return np.lib.format.open_memmap(path, "w+", ROW, (count,))
        except OSError as error:
            raise InputError(
                f"{path} cannot be written ({error.strerror}): choose another folder or name."
            ) from error
    try:
        rows = np.lib.format.open_memmap(path, "r+")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a file of embeddings: choose another.") from error
    if rows.dtype != ROW or rows.shape != (count,):
        raise InputError(
            f"{path} holds embeddings of {len(rows)} pictures, not of {count}: choose another file"
            " or remove it."
        )
    return rows


def fill(rows: Rows, index: int, picture: Picture, sam: Segmenter) -> None:
    """Compute one row."""
    rgb, labels = picture.make()
    rows["key"][index] = b""
    rows["features"][index] = sam.embed(rgb).features[0]
    rows["labels"][index] = label_grid(labels)
    rows["key"][index] = picture.key


def label_grid(labels: Pixels) -> Pixels:
    """Labels HW in the grid of SAM's logits (256, 256): UNKNOWN in the padding right and below."""
    size: Size = (labels.shape[1], labels.shape[0])
    frame = cv2.resize(labels, frame_size(size), interpolation=cv2.INTER_NEAREST_EXACT)
    step = FRAME_SIDE // LOGITS_SIDE
    middle = frame[step // 2 :: step, step // 2 :: step]
    grid = np.full((LOGITS_SIDE, LOGITS_SIDE), UNKNOWN, np.uint8)
    grid[: middle.shape[0], : middle.shape[1]] = middle
    return grid


def without_padding(grid: Pixels) -> Pixels:
    """The part of a grid of labels that lies in the picture."""
    _, _, right, bottom = mask_box(grid != UNKNOWN)
    return grid[:bottom, :right]
