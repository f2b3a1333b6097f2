from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.picking import Prompts, Tap

SUIT, HEAD, HELMET = Tap(220, 400), Tap(220, 90), Tap(350, 430)


@pytest.mark.parametrize("tap", [SUIT, HEAD], ids=["suit", "head"])
def test_one_tap_takes_the_whole_person(regions, iou, astronaut_truth, tap):
    assert iou(regions.pick(Prompts((tap,))).mask, astronaut_truth) > 0.9


def test_a_box_takes_the_whole_person(regions, iou, astronaut_truth):
    region = regions.pick(Prompts(box=(5, 10, 365, 512)))
    assert iou(region.mask, astronaut_truth) > 0.9


def test_a_tap_on_an_object_takes_the_object(regions):
    x0, y0, x1, y1 = regions.pick(Prompts((HELMET,))).box
    np.testing.assert_allclose((x0, y0, x1, y1), (279, 344, 500, 512), atol=15)


def test_a_negative_tap_removes(regions, astronaut_truth):
    whole = regions.pick(Prompts((SUIT,)))
    less = regions.pick(Prompts((SUIT, Tap(HEAD.x, HEAD.y, positive=False))))
    head = np.s_[30:120, 180:270]
    assert whole.mask[head].mean() > 0.95
    assert less.mask[head].mean() < 0.05
    assert less.mask[300:500, 60:260].mean() > 0.9


def test_second_tap_adds(regions):
    region = regions.pick(Prompts((SUIT, HELMET)))
    assert region.mask[400, 220] == region.mask[430, 350] == 1


def test_the_mask_has_the_photos_size_not_the_views(sam, saliency, pair, iou, astronaut_truth):
    regions = PhotoRegions(pair, (3072, 1536), sam, saliency)
    mask = regions.pick(Prompts((Tap(660, 1200),))).mask
    assert mask.shape == (1536, 3072)
    truth = cv2.resize(astronaut_truth, (3072, 1536), interpolation=cv2.INTER_NEAREST)
    assert iou(mask, truth) > 0.9


def test_an_upright_photo(sam, saliency, hopper):
    regions = PhotoRegions(hopper, (512, 600), sam, saliency)
    region = regions.pick(Prompts((Tap(255, 230),)))
    assert region.mask.shape == (600, 512)
    assert region.mask[150:300, 210:310].mean() > 0.9
    assert region.mask[:300, 420:].max() == 0


def test_wrong_prompts_are_refused(regions):
    with pytest.raises(InputError, match="lies outside the photo"):
        regions.pick(Prompts((Tap(1024, 5),)))


def test_a_mask_of_another_size_is_refused(regions):
    with pytest.raises(ValueError, match=r"\(5, 5\)"):
        regions.default(np.zeros((5, 5), np.float32))


class Empty:
    """A SAM that finds nothing and counts how often it embeds."""

    def __init__(self):
        self.embedded = 0
        self.lock = threading.Lock()

    def embed(self, rgb, size=None):
        from iph_core.regions.sam import Embedding

        with self.lock:
            self.embedded += 1
        return Embedding(np.zeros((1, 256, 64, 64), np.float32), size)

    def decode(self, embedding, points, labels, box=None):
        from iph_core.regions.sam import Candidates

        return Candidates(np.full((4, 256, 256), -9, np.float32), np.ones(4, np.float32))


class Flat:
    def predict(self, rgb):
        return np.zeros(rgb.shape[:2], np.float32)


def test_nothing_found_is_said():
    regions = PhotoRegions(np.zeros((50, 80, 3), np.uint8), (80, 50), Empty(), Flat())
    with pytest.raises(InputError, match="Nothing was found there"):
        regions.pick(Prompts((Tap(5, 5),)))
    assert regions.default() is None


def test_many_threads_embed_once():
    sam = Empty()
    regions = PhotoRegions(np.zeros((50, 80, 3), np.uint8), (80, 50), sam, Flat())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: regions.prepare(), range(8)))
    assert sam.embedded == 1
