"""Masks that a selection can start from: those we found, and those that people brought."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np

from demo.texts import ERRORS
from iph_core.errors import InputError

FOUND_SIDE = 2048  # pixels; masks that we find are not sharper than this


class KeptMasks:
    """Mask files of one photo of `size` (width, height), by names of ours; the oldest go first."""

    def __init__(self, folder: Path, size: tuple[int, int], most: int = 32) -> None:
        self._folder, self._size, self._most = folder, size, most
        self._files: OrderedDict[str, Path] = OrderedDict()
        self._numbers = itertools.count(1)

    def keep_found(self, mask: np.ndarray) -> str:
        """Keep a mask that we found (float32 HW in [0, 1]); returns its name."""
        scale = min(1.0, FOUND_SIDE / max(self._size))
        small = (max(1, round(self._size[0] * scale)), max(1, round(self._size[1] * scale)))
        return self._keep("found", cv2.resize(mask, small, interpolation=cv2.INTER_AREA))

    def keep_brought(self, mask: np.ndarray) -> str:
        """Keep a mask that was brought (float32 HW in [0, 1]); returns its name."""
        return self._keep("brought", self._enlarged(mask))

    def read(self, name: str) -> np.ndarray:
        """A kept mask as float32 HW in [0, 1] of the photo's size; InputError where it is gone."""
        from iph_core.photo import open_mask, open_photo

        path = self._files.get(name)
        if path is None:
            raise InputError(ERRORS["no_such_mask"])
        self._files.move_to_end(name)
        return self._enlarged(open_mask(path, open_photo(path).size))

    def _keep(self, kind: str, mask: np.ndarray) -> str:
        from iph_core.photo import save_mask

        name = f"{kind}-{next(self._numbers)}"
        path = self._folder / f"kept-{name}.png"
        save_mask(mask, path)
        self._files[name] = path
        while len(self._files) > self._most:
            self._files.popitem(last=False)[1].unlink(missing_ok=True)
        return name

    def _enlarged(self, mask: np.ndarray) -> np.ndarray:
        if mask.shape[::-1] == self._size:
            return mask
        enlarged = cv2.resize(mask, self._size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(enlarged, np.float32)


def read_brought(path: Path, size: tuple[int, int]) -> tuple[np.ndarray, bool]:
    """A mask that somebody brought for a photo of `size` (width, height); whether it is swapped.

    float32 HW in [0, 1]. Any size of the photo's shape will do; a cut-out gives its alpha.
    Raises InputError for a picture of another shape, for one that is no mask, and as `open_photo`.
    """
    from iph_core.compose.brought import what_is
    from iph_core.photo import open_mask, open_photo

    picture = open_photo(path)
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
