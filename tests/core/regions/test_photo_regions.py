from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from iph_core.errors import InputError
from iph_core.regions.people_head import PeopleMap
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.picking import Prompts, Tap
from iph_core.regions.sam import Candidates, Embedding

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


class Rings:
    """A SAM unsure of discs of 20 logits around one tap; surer, of 60, around several."""

    def __init__(self):
        self.asked = []

    def embed(self, rgb, size=None):
        return Embedding(np.zeros((1, 256, 64, 64), np.float32), size)

    def decode(self, embedding, points, labels, box=None):
        self.asked.append(len(points))
        several = len(points) > 1
        (x, y), reach = points[0] * 256 / max(embedding.size), 60 if several else 20
        rows, columns = np.mgrid[:256, :256]
        logits = (reach - np.hypot(columns - x, rows - y)).astype(np.float32)
        scores = np.full(4, 0.9 if several else 0.5, np.float32)
        return Candidates(np.stack([logits] * 4), scores, whole=3)


class Sees:
    """Sees people of 90 logits around points of a photo of 256 pixels; all masks are people's."""

    def __init__(self, *middles):
        self.middles = middles

    def see(self, embedding):
        center = np.zeros((64, 64), np.float32)
        for x, y in self.middles:
            center[y // 4, x // 4] = 0.9
        return PeopleMap(center, 4.0)

    class likeness:
        @staticmethod
        def see(view):
            return view

        @staticmethod
        def of(embedding, seen, inside):
            return float(np.count_nonzero(inside) > 9000)  # The disc of 60 alone.


@pytest.mark.parametrize(
    ("middles", "tap", "reach", "around"),
    [
        ([], (70, 70), 60, (70, 70)),  # Nobody is known: a second look, and it is surer.
        ([(100, 100)], (90, 70), 60, (102, 102)),  # The only one is hit: all of them.
        ([(60, 60)], (200, 200), 60, (200, 200)),  # The only one is missed: a second look.
        # In a crowd points aside lie on others.
        ([(40, 40), (210, 210), (40, 210), (210, 40)], (60, 60), 20, (60, 60)),
    ],
)
def test_who_is_there_decides_what_one_tap_takes(middles, tap, reach, around):
    view = np.zeros((256, 256, 3), np.uint8)
    regions = PhotoRegions(view, (256, 256), Rings(), Flat(), head=Sees(*middles))
    assert regions.company().count == len(middles)
    whole = regions.candidates(Prompts((Tap(*tap),))).logits[3]
    row, column = np.unravel_index(whole.argmax(), whole.shape)
    assert whole.max() == pytest.approx(reach, abs=1)
    assert (column, row) == pytest.approx(around, abs=1)


class Half:
    """The left half stands out."""

    def predict(self, rgb):
        shown = np.zeros(rgb.shape[:2], np.float32)
        shown[:, : shown.shape[1] // 2] = 1
        return shown


def test_the_outline_of_what_stands_out_counts():
    view = np.zeros((128, 256, 3), np.uint8)
    regions = PhotoRegions(view, (256, 128), Rings(), Half(), head=Sees((64, 64)))
    assert regions.salient.shape == (128, 256)
    assert regions.salient.mean() == 127.5
    mask = regions.pick(Prompts((Tap(64, 64),))).mask
    assert mask[:, :120].min() > 0.9  # A disc of 60 around the tap has no corners.
    assert mask[:, 136:].max() < 0.1
    (person,) = regions.people()
    offered = regions.default()
    for drawn in (person.region.mask, offered.mask):  # Found as a tap finds them.
        assert drawn[:, :120].min() > 0.9
        assert drawn[:, 136:].max() < 0.1
    nobody = PhotoRegions(view, (256, 128), Rings(), Half(), head=Sees())
    assert nobody.pick(Prompts((Tap(64, 64),))).mask[:10, :10].max() < 0.1


def test_an_outline_does_not_bring_back_what_is_excluded():
    view = np.zeros((128, 256, 3), np.uint8)
    regions = PhotoRegions(view, (256, 128), Rings(), Half(), head=Sees((64, 64)))
    exclude = np.zeros((128, 256), np.float32)
    exclude[:12, :12] = 1  # A corner, which only the outline reaches.
    mask = regions.default(exclude).mask
    assert mask[:8, :8].max() < 0.1
    assert mask[60:, :120].min() > 0.9


@pytest.mark.parametrize(
    "prompts",
    [
        Prompts((Tap(90, 90), Tap(80, 80, positive=False))),
        Prompts((Tap(90, 90),), box=(50, 50, 150, 150)),
    ],
)
def test_whoever_says_more_than_a_tap_is_taken_at_their_word(prompts):
    sam = Rings()
    view = np.zeros((256, 256, 3), np.uint8)
    regions = PhotoRegions(view, (256, 256), sam, Flat(), head=Sees((100, 100)))
    assert regions.company().count == 1
    sam.asked.clear()
    whole = regions.candidates(prompts).logits[3]
    assert sam.asked == [len(prompts.taps)]
    assert np.unravel_index(whole.argmax(), whole.shape) == (90, 90)


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
        with self.lock:
            self.embedded += 1
        return Embedding(np.zeros((1, 256, 64, 64), np.float32), size)

    def decode(self, embedding, points, labels, box=None):
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
