"""What is paid for: counted calls, counted pixels, counted bytes; never seconds."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest

from iph_core import pipeline
from iph_core.adjustment import Adjustment
from iph_core.photo import photo_from_array
from iph_core.pipeline import Reference, Scene
from iph_core.pixel_map import PixelMap, apply_inside, strips
from iph_core.regions.mask import Region

MEGA = 1_000_000


class Counting(PixelMap):
    """Inverts colors and counts them."""

    pixels = 0

    def values(self, rgb):
        self.pixels += len(rgb)
        return 1 - rgb


def bytes_at_most(work):
    """The most memory that numpy held beside what there was before, and what the work gave."""
    tracemalloc.start()
    try:
        done = work()
        return tracemalloc.get_traced_memory()[1], done
    finally:
        tracemalloc.stop()


@pytest.fixture
def large():
    """A photo of 6 megapixels and a mask in a corner of it, 200 x 300 pixels."""
    pixels = np.full((2000, 3000, 3), 100, np.uint8)
    mask = np.zeros((2000, 3000), np.float32)
    mask[100:300, 200:500] = 1
    return pixels, mask


# Full size


def test_only_what_the_mask_covers_is_mapped(large):
    pixels, mask = large
    counting = Counting()
    after = apply_inside(pixels, mask, counting)
    assert np.all(after[mask == 1] == 155)
    assert np.all(after[mask == 0] == 100)
    # Strips are some rows high, and no wider than the mask.
    assert 200 * 300 <= counting.pixels <= (200 + 2 * 50) * 300


def test_a_larger_photo_around_the_same_person_maps_no_more(large):
    pixels, mask = large
    crop = (slice(0, 400), slice(0, 3000))
    whole, part = Counting(), Counting()
    apply_inside(pixels, mask, whole)
    apply_inside(pixels[crop], mask[crop], part)
    assert whole.pixels == part.pixels


def test_strips_hold_every_pixel_of_the_mask_and_follow_its_shape():
    mask = np.zeros((900, 2000), np.float32)
    cv2.line(mask, (100, 50), (1900, 850), 1, 9)
    held = np.zeros(mask.shape, np.uint8)
    for strip in strips(mask):
        held[strip] += 1
    assert held.max() == 1  # none twice
    assert np.all(held[mask > 0] == 1)
    assert held.sum() < 0.2 * 1800 * 800  # of the mask's box
    assert not list(strips(np.zeros((5, 5))))


def test_beside_the_result_memory_stays_small(large):
    pixels, mask = large
    whole = np.ones_like(mask)
    for inside in (mask, whole):
        peak, after = bytes_at_most(lambda inside=inside: apply_inside(pixels, inside, Counting()))
        assert after.nbytes <= peak < after.nbytes + 8 * MEGA


def test_a_region_takes_its_own_mask_and_little_else(large, redder):
    pixels, mask = large
    scene = Scene(photo_from_array(pixels), redder)
    peak, region = bytes_at_most(lambda: scene.region(mask))
    assert region.mask.nbytes <= peak < region.mask.nbytes + 8 * MEGA
    assert not np.shares_memory(region.mask, mask)


@pytest.mark.parametrize(
    "box", [(0, 0, 40, 30), (100, 70, 128, 96), (3, 0, 128, 96), (9, 9, 10, 10)]
)
def test_softened_near_the_mask_is_as_softened_everywhere(noise, redder, box):
    x0, y0, x1, y1 = box
    mask = np.zeros((96, 128), np.float32)
    mask[y0:y1, x0:x1] = 1
    expected = np.minimum(mask, cv2.blur(mask, (3, 3)))
    assert np.array_equal(Scene(photo_from_array(noise), redder).region(mask).mask, expected)


def test_once_open_nothing_outside_the_boxes_is_looked_at_again(redder, noise, left, right):
    pixels = noise.copy()
    scene = Scene(photo_from_array(pixels), redder)
    me, her = scene.region(left), scene.region(right)
    before = scene.harmonize(me, her)
    expected = before.pixels()
    x0, y0, x1, y1 = me.box
    inside = (slice(y0, y1), slice(x0, x1))
    outside = np.ones(left.shape, bool)
    outside[inside] = False
    # Whatever looks outside again finds a photo and masks that make no sense.
    scene.photo.pixels[outside] = 0
    for mask in (me.mask, her.mask):
        mask[outside] = 7
    again = scene.harmonize(me, her)
    assert np.array_equal(again.color_map.coefficients, before.color_map.coefficients)
    assert np.array_equal(again.pixels()[inside], expected[inside])
    assert not again.pixels()[outside].any()  # copied, and not changed


def test_a_known_box_bounds_what_is_looked_at(large):
    pixels, mask = large
    mask[1500:, 2500:] = 1  # outside of the box
    counting = Counting()
    after = apply_inside(pixels, mask, counting, (200, 100, 500, 300))
    assert counting.pixels == 200 * 300
    assert np.all(after[100:300, 200:500] == 155) and np.all(after[1500:] == 100)


# The network


@pytest.fixture
def counted(redder, monkeypatch):
    """How often the network runs and photos are averaged down for it."""
    counts = {"network": 0, "photo": 0}

    def counting(owner, method, name):
        original = getattr(owner, method)

        def call(*args, **kwargs):
            counts[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, call)

    counting(redder, "recolor", "network")
    counting(pipeline, "at_network_size", "photo")
    return counts


def test_strength_and_adjustment_cost_no_network(redder, counted, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    result = scene.harmonize(scene.region(left), scene.region(right))
    assert counted == {"network": 1, "photo": 1}
    for strength in (0.0, 0.3, 1.0):
        result.pixels(strength)
        result.preview(strength, adjustment=Adjustment(exposure=0.2))
        result.summary(strength)
    assert counted == {"network": 1, "photo": 1}


def test_another_reference_costs_the_network_alone(redder, counted, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    me = scene.region(left)
    for reference in (scene.region(right), scene.region(1 - left), scene.region(right)):
        scene.harmonize(me, reference)
    assert counted == {"network": 3, "photo": 1}


def test_a_reference_photo_is_averaged_once(redder, counted, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    other = Reference(photo_from_array(noise[::-1]), right)
    for _ in range(3):
        scene.harmonize(Region(left), other)
    assert counted == {"network": 3, "photo": 2}


def test_a_blend_runs_the_network_once_for_each_reference(redder, counted, noise, left, right):
    scene = Scene(photo_from_array(noise), redder)
    result = scene.harmonize(scene.region(left), Region(right), second=Region(1 - left), blend=0.3)
    result.at_blend(0.7).pixels()
    assert counted == {"network": 2, "photo": 1}
