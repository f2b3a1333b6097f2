"""The contact sheet: a row a photo, a column a method, the truth at the end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from iph_core.data.composites import Batch
from iph_core.errors import InputError
from iph_core.evaluation.methods import COMPOSITE
from iph_core.evaluation.metrics import fpsnr
from iph_core.photo import photo_from_array, save_photo

Pixels = NDArray[np.uint8]

PHOTOS = 12
"""Rows of a sheet."""

FOREGROUND, REFERENCE = (255, 80, 60), (60, 160, 255)
"""Colors of the outlines, RGB."""

GAP, TITLE = 4, 20
PAPER, INK = 24, (235, 235, 235)


class Sheet:
    """Gathers the photos at `positions` of a test set while it is measured (`see` is a Watch)."""

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = frozenset(positions)
        self.titles: list[str] = []
        self.rows: list[list[Pixels]] = []
        self._seen = 0

    def see(self, made: Batch, outputs: dict[str, Tensor]) -> None:
        """Take the photos of a batch that are wanted."""
        results = {name: picture for name, picture in outputs.items() if name != COMPOSITE}
        results = {**results, "truth": made.truth}
        self.titles = [COMPOSITE, *results]
        scores = {
            name: fpsnr(picture, made.truth, made.score)
            for name, picture in ((COMPOSITE, made.composite), *results.items())
        }
        for sample in range(len(made.mask)):
            if self._seen + sample in self.positions:
                row = [_outlined(made, sample)]
                row += [_pixels(picture[sample]) for picture in results.values()]
                for cell, name in zip(row[:-1], self.titles, strict=False):
                    _write(cell, f"{scores[name][sample].item():.1f}", (4, len(cell) - 6))
                self.rows.append(row)
        self._seen += len(made.mask)

    def pixels(self) -> Pixels:
        """The sheet uint8 HWC; its cells have the size that was measured.

        InputError where no photo was seen.
        """
        if not self.rows:
            raise InputError("No photo of the sheet was measured: there is nothing to draw.")
        side = len(self.rows[0][0]) + GAP
        height, width = TITLE + side * len(self.rows), side * len(self.titles)
        sheet = np.full((height, width, 3), PAPER, np.uint8)
        for column, title in enumerate(self.titles):
            _write(sheet, title, (column * side + 2, TITLE - 6), room=side - GAP)
        for number, row in enumerate(self.rows):
            for column, cell in enumerate(row):
                y, x = TITLE + number * side, column * side
                sheet[y : y + len(cell), x : x + cell.shape[1]] = cell
        return sheet

    def save(self, path: Path) -> None:
        """Write the sheet; InputError where no picture can be written and as `pixels`."""
        save_photo(photo_from_array(self.pixels()), path)


def _outlined(made: Batch, sample: int) -> Pixels:
    """The composite with foreground and reference outlined; a reference from another picture is
    inset at the top right."""
    cell = _pixels(made.composite[sample])
    _outline(cell, made.mask[sample], FOREGROUND)
    if made.reference[sample].equal(made.composite[sample]):
        _outline(cell, made.guide[sample], REFERENCE)
        return cell
    other = _pixels(made.reference[sample])
    _outline(other, made.guide[sample], REFERENCE)
    side = len(cell) // 3
    cell[:side, -side:] = cv2.resize(other, (side, side), interpolation=cv2.INTER_AREA)
    return cell


def _outline(cell: Pixels, mask: Tensor, color: tuple[int, int, int]) -> None:
    inside = (mask[0] > 0.5).cpu().numpy().astype(np.uint8)
    lines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(cell, lines, -1, color, 1)


def _write(picture: Pixels, text: str, at: tuple[int, int], room: int | None = None) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.42
    if room is not None:
        (width, _), _ = cv2.getTextSize(text, font, scale, 1)
        scale *= min(1.0, room / width)
    cv2.putText(picture, text, at, font, scale, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, at, font, scale, INK, 1, cv2.LINE_AA)


def _pixels(picture: Tensor) -> Pixels:
    values = picture.float().movedim(0, -1).cpu().numpy() * 255
    return np.ascontiguousarray(np.rint(values).clip(0, 255).astype(np.uint8))
