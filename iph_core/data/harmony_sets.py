"""Published sets of composites in their authors' layouts, and ready sets.

- iHarmony4 (Cong et al. 2020): HCOCO, HAdobe5k, HFlickr, Hday2night, each with composite_images,
  masks and real_images; lists IHD_train.txt and IHD_test.txt above them, or HCOCO_train.txt ...
  inside each. A composite PHOTO_MASK_WAY.jpg has the mask PHOTO_MASK.png and the truth PHOTO.jpg.
  As the authors' own loader reads it.
- IntHarmony and PortraitTest (Valanarasu et al. 2022): their authors have published neither files
  nor layout ("code coming soon"). Expected is the least that says everything: composite_images,
  real_images, masks, guide_masks with equal names, and train.txt and test.txt if there are splits,
  with a file's name a line, its suffix or not. A composite that no list names is in neither split.
- Ready sets, ours: NAME_composite.*, NAME_mask.png, NAME_real.* and, if any, NAME_reference.png.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from iph_core.data.layout import files_of, read_list
from iph_core.data.made import MADE, read_made
from iph_core.data.triples import Triple
from iph_core.errors import InputError

SUBSETS = ("HCOCO", "HAdobe5k", "HFlickr", "Hday2night")
IHARMONY4 = (
    "iHarmony4 holds HCOCO, HAdobe5k, HFlickr and Hday2night, each with composite_images, masks and"
    " real_images, and lists IHD_train.txt and IHD_test.txt"
)
GUIDED = (
    "IntHarmony and PortraitTest hold composite_images, real_images, masks and guide_masks with"
    " equal names and, if there are splits, train.txt and test.txt"
)
READY = (
    "a ready set holds NAME_composite.*, NAME_mask.png, NAME_real.* and, if any, NAME_reference.png"
)

COMPOSITES, TRUTHS = "*_composite.*", "*_real.*"

LISTS = {"train": "train", "val": "test"}
"""The authors' word for our splits."""


def is_ready_set(folder: Path) -> bool:
    """Whether a folder holds ready composites."""
    return bool(files_of(folder, COMPOSITES))


def read_ready_set(folder: Path, split: str | None = None) -> list[Triple]:
    """The composites of a ready set by name, of one split where `made.csv` tells splits.

    Without it a line on stderr says so. InputError where a file of one is missing, and for a
    damaged `made.csv`.
    """
    rows = read_made(folder)
    splits = None if rows is None else {name: row["split"] for name, row in rows.items()}
    if splits is None:
        _say_without_splits([folder], MADE, split)
    # All at once, and not glob(f"{name}_real.*") for each: a name may hold brackets.
    truths: dict[str, list[Path]] = {}
    for file in files_of(folder, TRUTHS):
        truths.setdefault(file.stem, []).append(file)
    return [
        _ready(folder, file, (splits or {}).get(_name(file), ""), truths)
        for file in files_of(folder, COMPOSITES)
        if _wanted(_name(file), splits, split)
    ]


def is_iharmony4(folder: Path) -> bool:
    """Whether a folder is iHarmony4, whole or one of its four parts."""
    parts = any((folder / name).is_dir() for name in SUBSETS)
    return parts or any(folder.glob("IHD_*.txt")) or _is_subset(folder)


def read_iharmony4(folder: Path, split: str | None = None) -> list[Triple]:
    """The composites of iHarmony4 that its lists name; without lists, every composite.

    Without them a line on stderr says so. The source is the sub-dataset. InputError, with the
    layout, where a file or folder is missing.
    """
    if _is_subset(folder):
        return _read_subsets([folder], split)
    lists = {name: folder / f"IHD_{word}.txt" for name, word in LISTS.items()}
    if any(file.is_file() for file in lists.values()):
        return [
            _iharmony4(folder / line, name)
            for name, file in lists.items()
            if split in (None, name)
            for line in read_list(file, IHARMONY4)
        ]
    return _read_subsets([folder / name for name in SUBSETS if (folder / name).is_dir()], split)


def is_guided_set(folder: Path) -> bool:
    """Whether a folder has the layout expected of IntHarmony and PortraitTest."""
    return (folder / "guide_masks").is_dir() or (
        (folder / "composite_images").is_dir() and not _is_subset(folder)
    )


def read_guided_set(folder: Path, split: str | None = None) -> list[Triple]:
    """The composites of IntHarmony or PortraitTest, of one split where lists tell splits.

    Without them a line on stderr says so. InputError, with the layout, where a file is missing or
    lists name none that is there.
    """
    composites = _only_folder(folder, "composite_images", GUIDED)
    names = [file.name for file in files_of(composites)]
    splits = _listed_splits(folder, names)
    if splits is None:
        _say_without_splits([folder], "lists", split)
    return [
        Triple(
            composites / name,
            _of_stem(folder, "real_images", Path(name).stem, GUIDED),
            _of_stem(folder, "masks", Path(name).stem, GUIDED),
            _of_stem(folder, "guide_masks", Path(name).stem, GUIDED),
            folder.resolve().name,
            (splits or {}).get(name, ""),
            GUIDED,
        )
        for name in names
        if _wanted(name, splits, split)
    ]


def _wanted(name: str, splits: dict[str, str] | None, split: str | None) -> bool:
    """Whether a composite is of a split; all are where none is asked for or there are none."""
    return split is None or splits is None or splits.get(name) == split


def _say_without_splits(folders: Sequence[Path], lacking: str, split: str | None) -> None:
    """A line on stderr where a split is asked for of folders that have none."""
    if split is not None and folders:
        where = ", ".join(map(str, folders))
        print(
            f"Without {lacking} there are no splits: all composites of {where} are used as"
            f" {split}.",
            file=sys.stderr,
        )


def _listed_splits(folder: Path, names: Sequence[str]) -> dict[str, str] | None:
    """The split of each file that the lists name, with its suffix or without; None without lists.

    InputError for a listed file that is not there and for lists that name none.
    """
    lists = {name: folder / f"{word}.txt" for name, word in LISTS.items()}
    lists = {name: file for name, file in lists.items() if file.is_file()}
    called: dict[str, list[str]] = {}
    for name in names:
        for key in {name, Path(name).stem}:
            called.setdefault(key, []).append(name)
    splits = {}
    for split, file in lists.items():
        for line in read_list(file, GUIDED):
            if Path(line).name not in called:
                raise InputError(f"{file} lists {line}, which is not there: {GUIDED}.")
            splits.update(dict.fromkeys(called[Path(line).name], split))
    if lists and not splits:
        empty = " and ".join(str(file) for file in lists.values())
        raise InputError(f"{empty} list no composite: {GUIDED}.")
    return splits if lists else None


def _name(composite: Path) -> str:
    return composite.stem.removesuffix("_composite")


def _ready(folder: Path, composite: Path, split: str, truths: dict[str, list[Path]]) -> Triple:
    name = _name(composite)
    reference = folder / f"{name}_reference.png"
    real = truths.get(f"{name}_real", [])
    mask = folder / f"{name}_mask.png"
    if len(real) != 1 or not mask.is_file():
        missing = f"{name}_mask.png" if len(real) == 1 else f"one {name}_real.*"
        raise InputError(f"{folder} lacks {missing}: {READY}.")
    source = composite.resolve().parent.name
    given = reference if reference.is_file() else None
    return Triple(composite, real[0], mask, given, source, split, READY)


def _is_subset(folder: Path) -> bool:
    return _called(folder) in SUBSETS or _has_lists(folder)


def _called(folder: Path) -> str:
    """A folder's name, also of the one that one is in."""
    return os.path.basename(os.path.abspath(folder))


def _has_lists(subset: Path) -> bool:
    return any(file.is_file() for file in _lists_of_subset(subset).values())


def _lists_of_subset(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{_called(folder)}_{word}.txt" for name, word in LISTS.items()}


def _read_subsets(folders: Sequence[Path], split: str | None) -> list[Triple]:
    without_lists = [folder for folder in folders if not _has_lists(folder)]
    _say_without_splits(without_lists, "lists", split)
    return [triple for folder in folders for triple in _read_subset(folder, split)]


def _read_subset(folder: Path, split: str | None) -> list[Triple]:
    composites = _only_folder(folder, "composite_images", IHARMONY4)
    if _has_lists(folder):
        return [
            _iharmony4(composites / Path(line).name, name)
            for name, file in _lists_of_subset(folder).items()
            if split in (None, name)
            for line in read_list(file, IHARMONY4)
        ]
    return [_iharmony4(file, "") for file in files_of(composites, "*.jpg")]


def _iharmony4(composite: Path, split: str) -> Triple:
    """The files of PHOTO_MASK_WAY.jpg; a photo's own name may hold underscores."""
    subset = composite.parent.parent
    with_mask, _, _ = composite.stem.rpartition("_")
    photo, _, _ = with_mask.rpartition("_")
    triple = Triple(
        composite,
        subset / "real_images" / f"{photo}.jpg",
        subset / "masks" / f"{with_mask}.png",
        None,
        _called(subset),
        split,
        IHARMONY4,
    )
    for file in (triple.composite, triple.real, triple.mask):
        if not file.is_file():
            raise InputError(f"{file} is missing: {IHARMONY4}.")
    return triple


def _only_folder(folder: Path, name: str, layout: str) -> Path:
    if not (folder / name).is_dir():
        raise InputError(f"{folder} lacks {name}: {layout}.")
    return folder / name


def _of_stem(folder: Path, name: str, stem: str, layout: str) -> Path:
    for suffix in (".png", ".jpg", ".jpeg"):
        file = _only_folder(folder, name, layout) / f"{stem}{suffix}"
        if file.is_file():
            return file
    raise InputError(f"{folder / name} lacks {stem}.png: {layout}.")
