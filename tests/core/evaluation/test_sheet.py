"""The contact sheet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from iph_core.data.recipe import STANDARD
from iph_core.errors import InputError
from iph_core.evaluation import protocols
from iph_core.evaluation.sheet import FOREGROUND, GAP, REFERENCE, TITLE, Sheet
from iph_core.photo import open_photo
from tests.folders import tiny_bank

SIZE = 64


def batches():
    return list(protocols.test_batches(tiny_bank(2 * SIZE), STANDARD, SIZE, batch=2))


def seen(positions, change=lambda made: made):
    sheet = Sheet(positions)
    for made in map(change, batches()):
        outputs = {"composite": made.composite, "gray": torch.full_like(made.truth, 0.5)}
        sheet.see(made, outputs)
    return sheet


def cell(sheet, row, column):
    y, x = TITLE + row * (SIZE + GAP), column * (SIZE + GAP)
    return sheet.pixels()[y : y + SIZE, x : x + SIZE]


def upper(picture):
    """Above the figure that is written at the lower left."""
    return picture[: SIZE - 24]


def test_rows_are_the_photos_asked_for_and_columns_the_methods():
    sheet = seen([1, 4])
    assert sheet.titles == ["composite", "gray", "truth"]
    assert sheet.pixels().shape == (TITLE + 2 * (SIZE + GAP), 3 * (SIZE + GAP), 3)
    truths = torch.cat([made.truth for made in batches()])
    for row, photo in enumerate((1, 4)):
        expected = np.rint(truths[photo].movedim(0, -1).numpy() * 255)
        assert np.array_equal(cell(sheet, row, 2), expected)
        assert (upper(cell(sheet, row, 1)) == 128).all()
        assert (cell(sheet, row, 1) != 128).any()  # its fPSNR is written there


def test_foreground_and_reference_are_outlined():
    sheet = seen([0])
    made = batches()[0]
    plain = np.rint(made.composite[0].movedim(0, -1).numpy() * 255)
    drawn = cell(sheet, 0, 0)
    for color, mask in ((FOREGROUND, made.mask), (REFERENCE, made.guide)):
        at = (drawn == color).all(-1)
        assert at.sum() > 20
        assert (mask[0, 0].numpy() > 0.5)[at].all()
    changed = upper((drawn != plain).any(-1))
    outlines = (drawn == FOREGROUND).all(-1) | (drawn == REFERENCE).all(-1)
    assert not (changed & ~upper(outlines)).any()


def test_another_picture_as_reference_is_shown_beside_it():
    def other(made):
        return replace(made, reference=torch.ones_like(made.reference))

    corner = cell(seen([0], other), 0, 0)[4:16, -18:-4]
    assert corner.mean() > 200


def test_a_sheet_is_written(tmp_path):
    sheet = seen([0, 2])
    sheet.save(tmp_path / "sheet.png")
    assert np.array_equal(open_photo(tmp_path / "sheet.png").pixels, sheet.pixels())
    with pytest.raises(InputError):
        sheet.save(tmp_path / "sheet.doc")


def test_nothing_seen_is_nothing_to_draw(tmp_path):
    with pytest.raises(InputError, match="nothing to draw"):
        seen([99]).save(tmp_path / "sheet.png")
