from __future__ import annotations

import numpy as np

from demo.overlays import THUMBNAIL, anchor, faded_around, small_mask, thumbnail


def test_anchor_is_the_middle_of_the_thickest_part() -> None:
    mask = np.zeros((200, 300), np.float32)
    mask[50:150, 20:120] = 1  # a block ...
    mask[95:105, 120:290] = 1  # ... with a thin arm
    small = small_mask(mask, (150, 100))
    x, y = anchor(small, 300)
    assert abs(x - 70) <= 4 and abs(y - 100) <= 4


def test_anchor_of_what_reaches_the_border_lies_inside() -> None:
    small = np.full((40, 60), 255, np.uint8)
    x, y = anchor(small, 600)
    assert 150 < x < 450 and 150 < y < 250


def test_thumbnail_shows_the_upper_part_of_a_person() -> None:
    preview = np.zeros((400, 300, 3), np.uint8)
    preview[100:160, 120:180] = (255, 0, 0)  # the head
    preview[160:400, 120:180] = (0, 0, 255)
    picture = thumbnail(preview, (120 / 300, 100 / 400, 180 / 300, 1.0))
    assert picture.shape == (THUMBNAIL, THUMBNAIL, 3)
    head = (picture[..., 0] > 200).sum(axis=0).max()
    assert head > 0.4 * THUMBNAIL, "the head is small"
    assert (picture[:4] < 20).all(), "there is no room above the head"


def test_thumbnail_of_the_whole_photo_stays_in_it() -> None:
    preview = np.full((90, 160, 3), 200, np.uint8)
    assert (thumbnail(preview, (0, 0, 1, 1)) == 200).all()


def test_what_is_meant_keeps_its_colors_and_the_rest_fades() -> None:
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[:] = (250, 10, 10)
    inside = np.zeros((4, 6), np.uint8)
    inside[:, :3] = 255
    seen = faded_around(picture, inside)
    assert (seen[:, :3] == picture[:, :3]).all()
    outside = seen[0, 3].astype(int)
    assert 10 < outside[1] < outside[0] < 200, "it can be told from what is meant, and is seen"
