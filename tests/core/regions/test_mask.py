from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from iph_core.regions.mask import (
    Region,
    content,
    drop_islands,
    edge_width,
    fill_holes,
    full_size_mask,
    outline,
    refined,
    sure_of,
)

NOTHING = np.full((256, 256), -8, np.float32)


def block(rows, columns, value=8.0, logits=NOTHING):
    drawn = logits.copy()
    drawn[slice(*rows), slice(*columns)] = value
    return drawn


@pytest.mark.parametrize("size", [(1024, 1024), (3000, 2000), (640, 480), (333, 517), (90, 60)])
def test_mask_lies_where_the_logits_say(size):
    width, height = size
    scale = max(size) / 256
    mask = full_size_mask(block((40, 100), (30, 150)), size)
    assert mask.shape == (height, width)
    assert mask.dtype == np.float32
    # The edge lies between the pixels 29 and 30 of the logits, where the interpolation crosses 0.
    box = Region((mask >= 0.5).astype(np.float32)).box
    np.testing.assert_allclose(
        box, np.array([30, 40, 150, 100]) * scale, atol=max(0.5 * scale, 1.0)
    )


@pytest.mark.parametrize("size", [(1024, 1024), (3000, 2000), (640, 480)])
def test_mask_is_exactly_1_inside_exactly_0_outside_and_soft_as_wanted_between(size):
    mask = full_size_mask(block((40, 100), (30, 150)), size)
    scale = max(size) / 256
    assert np.all(mask[int(45 * scale) : int(95 * scale), int(35 * scale) : int(145 * scale)] == 1)
    assert np.all(mask[: int(35 * scale)] == 0)
    assert np.all(mask[:, int(155 * scale) :] == 0)
    across = mask[int(70 * scale), : int(80 * scale)]
    # A ramp of width w has a greatest slope of 1 / w.
    assert 1 / np.diff(across).max() == pytest.approx(edge_width(size), rel=0.25)
    assert np.all(np.diff(across) >= 0)


def test_edge_grows_with_the_photo():
    assert edge_width((1000, 1000)) == 2.0
    assert edge_width((2000, 2000)) == 4.0
    assert edge_width((100, 100)) == 1.5


def test_padding_is_cropped():
    logits = block((0, 256), (0, 256))
    assert content(logits, (1024, 512)).shape == (128, 256)
    assert content(logits, (1000, 333)).shape == (86, 256)
    logits[:128] = -8  # Only the padding is "inside".
    assert full_size_mask(logits, (1000, 490)).max() == 0


def test_pinholes_close_and_gaps_stay():
    logits = block((40, 200), (40, 200))
    logits = block((100, 110), (100, 110), -8.0, logits)  # 0.4 % of the region
    logits = block((60, 90), (140, 180), -8.0, logits)  # 5 %
    mask = full_size_mask(logits, (1024, 1024))
    assert np.all(mask[380:460, 380:460] == 1)
    assert np.all(mask[260:340, 580:700] == 0)


def test_a_pinhole_that_was_tapped_away_stays():
    logits = block((100, 110), (100, 110), -8.0, block((40, 200), (40, 200)))
    mask = full_size_mask(logits, (1024, 1024), outside=np.array([[420.0, 420.0]], np.float32))
    assert mask[420, 420] == 0


def test_a_bay_at_the_photos_rim_is_no_hole():
    logits = block((0, 8), (100, 108), -8.0, block((0, 200), (40, 200)))
    assert full_size_mask(logits, (1024, 1024))[10, 416] == 0


def test_stray_islands_go_and_large_pieces_stay():
    logits = block((40, 140), (40, 140))
    logits = block((200, 210), (200, 210), 8.0, logits)  # 1 % of the largest
    logits = block((40, 100), (180, 220), 8.0, logits)  # 24 %
    mask = full_size_mask(logits, (1024, 1024))
    assert np.all(mask[780:860, 780:860] == 0)
    assert mask[280, 800] == 1


def test_an_island_that_was_tapped_stays():
    logits = block((200, 210), (200, 210), 8.0, block((40, 140), (40, 140)))
    mask = full_size_mask(logits, (2048, 2048), inside=np.array([[1640.0, 1640.0]], np.float32))
    assert mask[1640, 1640] == 1


def test_empty_logits_give_an_empty_mask():
    mask = full_size_mask(NOTHING, (300, 200), inside=np.array([[5.0, 5.0]], np.float32))
    assert not mask.any()
    assert Region(mask).box == (0, 0, 0, 0)
    assert Region(mask).outline() == []


def test_filling_and_dropping_keep_everything_when_there_is_nothing_to_do():
    everything = np.ones((20, 30), bool)
    assert fill_holes(everything).all()
    assert drop_islands(everything).all()
    assert not drop_islands(~everything).any()
    assert not fill_holes(~everything).any()


def test_region_knows_its_box_and_its_share():
    mask = np.zeros((40, 80), np.float32)
    mask[10:20, 30:50] = 0.5
    region = Region(mask)
    assert region.box == (30, 10, 50, 20)
    assert region.share == pytest.approx(0.5 * 200 / 3200)


def test_outline_drawn_again_is_the_region():
    y, x = np.mgrid[:600, :900]
    ring = (np.hypot(x - 450, y - 300) < 200) & (np.hypot(x - 450, y - 300) > 80)
    polygons = outline(ring.astype(np.float32))
    assert len(polygons) == 2  # Around the region and around its hole, the larger first.
    drawn = cv2.fillPoly(np.zeros((600, 900), np.uint8), polygons, 1) > 0
    assert np.count_nonzero(drawn & ring) / np.count_nonzero(drawn | ring) > 0.98


def test_a_small_drawing_needs_fewer_corners():
    y, x = np.mgrid[:2000, :3000]
    disc = (np.hypot(x - 1500, y - 1000) < 800).astype(np.float32)
    fine, coarse = outline(disc)[0], outline(disc, drawn_width=300)[0]
    assert len(coarse) < len(fine)
    assert coarse.max(axis=0) == pytest.approx(np.array([2300, 1800]), abs=10)


def test_a_photo_of_24_megapixels():
    region = Region(full_size_mask(block((40, 100), (30, 150)), (6000, 4000)))
    assert region.mask.shape == (4000, 6000)
    assert region.share == pytest.approx(60 * 120 / (256 * 4000 / 6000 * 256), rel=0.02)
    assert len(region.outline(1280)) == 1


def test_a_mask_refined_afterwards_is_the_one_refined_at_once():
    """Where the logits are sure, so that both bands are as wide."""
    photo = skimage.data.astronaut()
    logits = np.full((256, 256), -20, np.float32)
    rows, columns = np.mgrid[:256, :256]
    logits[((rows - 75) / 75) ** 2 + ((columns - 112) / 55) ** 2 < 1] = 20
    size = (photo.shape[1], photo.shape[0])
    feathered = full_size_mask(logits, size)
    at_once = full_size_mask(logits, size, pixels=photo)
    afterwards = refined(feathered, photo)
    assert np.abs(at_once - feathered).mean() > 0.002
    assert np.abs(afterwards - at_once).mean() < 0.2 * np.abs(at_once - feathered).mean()


def test_nothing_stays_nothing_where_it_is_refined():
    nothing = np.zeros((40, 60), np.float32)
    assert not refined(nothing, np.zeros((40, 60, 3), np.uint8)).any()


def test_pieces_of_which_sam_is_not_sure_are_not_read():
    """In a photo twice as wide as high, half of the grid shows the photo and fills the square: 16
    of its rows are 32 of the square's, 4 of its columns 4."""
    person = block((10, 50), (40, 120))
    piece = block((20, 36), (120, 160), 0.9, person)  # beside them, taken in with them
    edge = block((10, 50), (36, 40), 0.9, piece)
    sure = sure_of(edge, (800, 400))
    assert sure.shape == (256, 256) and sure.dtype == bool
    assert not sure[42:70, 122:158].any()
    assert sure[20:100, 36:118].all()  # the person with their edge
    assert sure[:, 162:].all() and sure[102:].all()  # what is outside is no piece of the mask
    assert sure_of(block((20, 36), (120, 160), 1.1, person), (800, 400)).all()


def test_what_is_sure_of_a_region_is_read():
    mask, left = np.ones((100, 200), np.float32), np.zeros((256, 256), bool)
    left[:, :100] = True
    region = Region(mask, left)
    assert np.array_equal(region.read, left.astype(np.float32))
    assert np.array_equal(Region(mask).read, Region(mask).square)


def test_where_hardly_anything_is_sure_all_is_read():
    mask, left = np.ones((100, 200), np.float32), np.zeros((256, 256), bool)
    left[:, :76] = True  # 29.7 %
    assert Region(mask, left).read.all()
