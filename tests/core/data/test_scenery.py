"""Pieces of the scene: where they lie, how large they are, what stays as it was."""

from __future__ import annotations

import numpy as np
import skimage.data
import torch
from scipy import ndimage

from iph_core.data.bank import Bank
from iph_core.data.scenery import (
    FIRST_PIECE,
    LARGEST_PIECE,
    PIECES,
    SMALLEST_PIECE,
    scene_pieces,
    with_scenery,
)
from tests.folders import tiny_bank


def halves(side: int = 96) -> np.ndarray:
    """A red and a blue half, side by side."""
    photo = np.zeros((side, side, 3), np.uint8)
    photo[:, : side // 2] = 200, 30, 30
    photo[:, side // 2 :] = 30, 30, 200
    return photo


def test_pieces_do_not_reach_over_a_change_of_color():
    photo, free = halves(), np.ones((96, 96), bool)
    found = [piece for seed in range(8) for piece in pieces(photo, free, seed)]
    assert len(found) > 8
    for piece in found:
        left = piece[:, :48].sum() / piece.sum()
        assert left < 0.05 or left > 0.95


def test_pieces_lie_in_the_free_area_connected_and_of_a_usable_size():
    photo = skimage.data.coffee()[:400, :400]
    free = np.zeros((400, 400), bool)
    free[:, 150:] = True
    for seed in range(8):
        for piece in pieces(photo, free, seed):
            assert not (piece & ~free).any()
            assert ndimage.label(piece, np.ones((3, 3)))[1] == 1
            assert SMALLEST_PIECE < piece.mean() < LARGEST_PIECE


def test_pieces_of_a_photo_do_not_overlap_and_hang_on_the_seed():
    photo, free = skimage.data.coffee()[:256, :256], np.ones((256, 256), bool)
    first = pieces(photo, free, 1)
    assert np.sum(first, 0).max() == 1
    assert np.array_equal(first, pieces(photo, free, 1))
    assert not np.array_equal(first[0], pieces(photo, free, 2)[0])


def test_a_bank_keeps_its_own_regions_and_labels():
    bank = tiny_bank(128)
    wider = with_scenery(bank)
    assert torch.equal(wider.regions[: len(bank.regions)], bank.regions)
    labeled = bank.labels > 0
    assert torch.equal(wider.labels[labeled], bank.labels[labeled])
    assert torch.equal(with_scenery(bank).labels, wider.labels)
    assert bank.labels.max() == 255 and not (bank.labels == FIRST_PIECE).any()


def test_every_new_region_is_in_its_photo():
    bank = tiny_bank(128)
    wider = with_scenery(bank)
    new = wider.regions[len(bank.regions) :].tolist()
    assert len(new) >= len(bank.photos)
    for photo, value in new:
        assert FIRST_PIECE <= value < FIRST_PIECE + PIECES
        assert (wider.labels[photo] == value).float().mean() > SMALLEST_PIECE


def test_no_piece_where_everything_is_labeled():
    bank = tiny_bank(64)
    full = Bank(bank.photos, torch.ones_like(bank.labels), bank.regions, bank.sources)
    assert torch.equal(with_scenery(full).regions, bank.regions)


def pieces(photo: np.ndarray, free: np.ndarray, seed: int) -> list[np.ndarray]:
    return scene_pieces(photo, free, np.random.default_rng(seed))
