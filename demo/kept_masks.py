"""Masks that a selection can start from: those we found, and those that people brought."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from demo.texts import ERRORS
from iph_core.errors import InputError

Kind = Literal["found", "brought"]
FOUND: Kind = "found"
BROUGHT: Kind = "brought"
MOST_KEPT = 48  # of each kind
FOUND_SIDE = 2048  # pixels; masks that we find are not sharper than this


class KeptMasks:
    """Mask files of one photo of `size` (width, height), by names of ours.

    A mask that is kept already keeps its name. Of each kind the oldest go first, beyond `most`:
    what we find again and again drives out nothing that people brought.
    """

    def __init__(self, folder: Path, size: tuple[int, int], most: int = MOST_KEPT) -> None:
        self._folder, self._size, self._most = folder, size, most
        self._files: dict[Kind, OrderedDict[str, Path]] = {
            FOUND: OrderedDict(),
            BROUGHT: OrderedDict(),
        }
        self._sure: dict[str, np.ndarray] = {}

    def keep_found(self, mask: np.ndarray, sure: np.ndarray | None = None) -> str:
        """Keep a mask that we found (float32 HW in [0, 1]) and where that is sure (as a region has
        it); returns its name."""
        from iph_core.photo.size import within

        small = within(self._size, FOUND_SIDE)
        name = self._keep(FOUND, cv2.resize(mask, small, interpolation=cv2.INTER_AREA))
        if sure is not None:
            self._sure[name] = sure
        return name

    def keep_brought(self, mask: np.ndarray) -> str:
        """Keep a mask that was brought (float32 HW in [0, 1]); returns its name."""
        return self._keep(BROUGHT, self._enlarged(mask))

    def read(self, name: str) -> np.ndarray:
        """A kept mask as float32 HW in [0, 1] of the photo's size; InputError where it is gone."""
        from iph_core.photo import open_mask, open_photo

        files = self._files[FOUND if is_found(name) else BROUGHT]
        path = files.get(name)
        if path is None:
            raise InputError(ERRORS["no_such_mask"])
        files.move_to_end(name)
        return self._enlarged(open_mask(path, open_photo(path).size))

    def sure(self, name: str) -> np.ndarray | None:
        """Where a kept mask is sure; None where that is not known."""
        return self._sure.get(name)

    def _keep(self, kind: Kind, mask: np.ndarray) -> str:
        from iph_core.photo import encode_png, write_file

        content = encode_png(np.rint(np.clip(mask, 0, 1) * 255).astype(np.uint8))
        name = f"{kind}-{hashlib.sha256(content).hexdigest()[:16]}"
        files = self._files[kind]
        if name not in files:
            path = self._folder / f"kept-{name}.png"
            write_file(path, content)
            files[name] = path
        files.move_to_end(name)
        while len(files) > self._most:
            oldest, path = files.popitem(last=False)
            path.unlink(missing_ok=True)
            self._sure.pop(oldest, None)
        return name

    def _enlarged(self, mask: np.ndarray) -> np.ndarray:
        if mask.shape[::-1] == self._size:
            return mask
        enlarged = cv2.resize(mask, self._size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged, np.float32)


def is_found(name: str) -> bool:
    """Whether a name is that of a mask that we found."""
    return name.startswith(f"{FOUND}-")


def read_brought(
    path: Path, size: tuple[int, int], open_upload: Callable[[Path], Any]
) -> tuple[np.ndarray, bool]:
    """A mask that somebody brought for a photo of `size` (width, height); whether it is swapped.

    float32 HW in [0, 1]. Any size of the photo's shape will do; a cut-out gives its alpha.
    open_upload: opens a picture within the limits for what people bring.
    Raises InputError for a picture of another shape, for one that is no mask, and as `open_upload`.
    """
    from iph_core.compose.brought import what_is
    from iph_core.photo import open_mask

    picture = open_upload(path)
    brought = what_is(picture)
    if brought.kind == "photo":
        raise InputError(ERRORS["not_a_mask"])
    (width, height), (columns, rows) = size, picture.size
    if abs(width * rows - height * columns) > 0.01 * width * rows + max(width, rows):
        raise InputError(ERRORS["mask_shape"])
    mask = open_mask(path, picture.size)
    if picture.size != size:
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return mask, brought.swapped
