"""Everyone in a photo, before anybody taps."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from iph_core.regions.people import Found, distinct, drawn_well, find_people
from iph_core.regions.people_head import PeopleMap
from iph_core.regions.photo_regions import PhotoRegions
from iph_core.regions.picking import Prompts, Tap, with_points_aside
from iph_core.regions.sam import Candidates, Embedding

NOTHING = Prompts()


def on(mask, truth):
    """How much of a mask lies in another one."""
    inside = mask > 0.5
    return np.count_nonzero(inside & (truth > 0.5)) / np.count_nonzero(inside)


def test_the_two_surest_are_the_two_people(regions, astronaut_truth):
    people = regions.people()
    scores = [person.score for person in people]
    assert scores == sorted(scores, reverse=True)
    hopper, astronaut = sorted(people[:2], key=lambda person: -person.box[0])
    assert on(astronaut.region.mask, astronaut_truth) > 0.9
    assert hopper.box[0] > 600  # The right half, without the flag at its left edge.
    for person in people:
        assert 0.7 <= person.score <= 1
        assert 0 <= person.oddness <= 1
        assert person.box == person.region.box


def test_boxes_and_masks_are_in_the_photos_pixels(pair, sam, saliency, head, regions):
    large = PhotoRegions(pair, (3072, 1536), sam, saliency, head=head).people()
    small = regions.people()
    assert [person.region.mask.shape for person in large] == [(1536, 3072)] * len(small)
    for one, other in zip(large, small, strict=True):
        np.testing.assert_allclose(one.box, 3 * np.array(other.box), atol=30)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket"])
def test_where_nobody_is_nobody_is_found(name, sam, saliency, head):
    rgb = getattr(skimage.data, name)()
    regions = PhotoRegions(rgb, (rgb.shape[1], rgb.shape[0]), sam, saliency, head=head)
    assert regions.people() == ()


def test_the_other_one_is_offered_first(regions):
    people = regions.people()[:2]
    for person, other in (people, people[::-1]):
        first = regions.offers(person.region.mask)[0].mask
        both = np.count_nonzero((first > 0.5) & (other.region.mask > 0.5))
        assert both > 0.9 * np.count_nonzero(first > 0.5)
        assert not np.any((first > 0.5) & (person.region.mask > 0.5))


def test_whose_jacket_is_to_be_changed_is_no_reference(regions):
    left = max(regions.people(), key=lambda person: -person.box[0])
    part = left.region.mask.copy()
    part[: (left.box[1] + left.box[3]) // 2] = 0
    for offer in regions.offers(part):
        shared = np.count_nonzero((offer.mask > 0.5) & (left.region.mask > 0.5))
        assert shared < 0.2 * np.count_nonzero(offer.mask > 0.5)


def test_without_a_head_nobody_is_seen_but_things_are_offered(pair, sam, saliency):
    regions = PhotoRegions(pair, (1024, 512), sam, saliency)
    assert regions.people() == ()
    assert 1 <= len(regions.offers()) <= 6


def mask(*window):
    inside = np.zeros((256, 256), bool)
    inside[window[1] : window[3], window[0] : window[2]] = True
    return inside


def test_nobody_is_listed_twice():
    whole, again, part, other = (
        mask(0, 0, 100, 100), mask(0, 0, 100, 90), mask(20, 20, 60, 60), mask(90, 0, 190, 100),
    )  # fmt: skip
    found = [Found(np.zeros(1), inside, 1.0, NOTHING) for inside in (whole, again, part, other)]
    kept = distinct(found)
    assert [person.inside is inside for person, inside in zip(kept, (whole, other), strict=True)]
    assert len(kept) == 2


def test_somebody_is_as_sure_as_their_surest_mask():
    body, face = mask(0, 0, 100, 200), mask(30, 0, 60, 30)
    found = [Found(np.zeros(1), body, 0.7, NOTHING), Found(np.zeros(1), face, 0.95, NOTHING)]
    (person,) = distinct(found)
    assert person.inside is body
    assert person.score == 0.95


def test_a_ragged_mask_gives_way_to_a_hardly_less_sure_one():
    embedding = Embedding(np.zeros((1, 256, 64, 64), np.float32), (1024, 1024))
    inside = mask(0, 0, 128, 64)  # An eighth of the photo.
    smooth = Found(np.where(inside, 9, -9).astype(np.float32), inside, 0.8, NOTHING)
    ragged = Found(np.where(inside, 0.5, -9).astype(np.float32), inside, 0.9, NOTHING)
    assert drawn_well(smooth, embedding) == pytest.approx(0.8 * 0.125**0.025)
    assert drawn_well(ragged, embedding) == 0  # No logit is above 1: stability is 0.


class Squares:
    """A SAM that draws a square of 80 logits around every tap."""

    def embed(self, rgb, size=None):
        raise NotImplementedError

    def decode(self, embedding, points, labels, box=None):
        x, y = (points[0] * 256 / max(embedding.size)).astype(int)
        inside = mask(max(0, x - 40), max(0, y - 40), x + 40, y + 40)
        logits = np.where(inside, 9, -9).astype(np.float32)
        return Candidates(np.stack([logits] * 4), np.ones(4, np.float32), whole=3)


VIEW = np.zeros((640, 640, 3), np.uint8)


class Head:
    """Sees two middles; takes only masks that hold the first for a person's."""

    def see(self, embedding):
        center = np.zeros((64, 64), np.float32)
        center[20, 20] = center[50, 50] = 0.64
        return PeopleMap(center, 10.0)

    class likeness:
        @staticmethod
        def see(view):
            return view

        @staticmethod
        def of(embedding, seen, inside):
            assert seen is VIEW
            return 0.9 if inside[80, 80] else 0.01


def test_whose_mask_is_no_persons_is_dropped():
    embedding = Embedding(np.zeros((1, 256, 64, 64), np.float32), (640, 640))
    (found,) = find_people(Squares(), embedding, Head(), VIEW)
    assert found.inside[80, 80]
    assert found.score == pytest.approx(0.9)
    middle = Tap(205, 205)
    assert found.asked in (Prompts((middle,)), with_points_aside(middle, (640, 640)))
