from __future__ import annotations

import numpy as np

from iph_core.regions.default import people_outside, salient_things, seeds, to_grid, without
from iph_core.regions.people import Found
from iph_core.regions.picking import Prompts, Tap
from iph_core.regions.sam import Candidates, Embedding

ASTRONAUT = Prompts((Tap(220, 400),))
LEFT, RIGHT = np.s_[:, :512], np.s_[:, 512:]


def half_of(mask, half):
    return mask[half].sum() / mask.sum()


def test_with_the_astronaut_excluded_the_default_is_grace_hopper(regions):
    default = regions.default(regions.pick(ASTRONAUT).mask)
    assert half_of(default.mask, RIGHT) > 0.99
    assert default.mask[100:300, 730:800].mean() > 0.9  # Her face.
    assert default.share > 0.1


def test_with_grace_hopper_excluded_the_default_is_the_astronaut(regions, astronaut_truth):
    hopper = regions.default(regions.pick(ASTRONAUT).mask)
    default = regions.default(hopper.mask).mask > 0.5
    assert np.count_nonzero(default & (astronaut_truth > 0.5)) > 0.9 * np.count_nonzero(default)


def test_without_anything_excluded_it_is_a_person(regions, astronaut_truth):
    default = regions.default().mask > 0.5
    is_hopper = half_of(default, RIGHT) > 0.99 and default[100:250, 730:800].mean() > 0.9
    on_astronaut = np.count_nonzero(default & (astronaut_truth > 0.5))
    assert is_hopper or on_astronaut > 0.9 * np.count_nonzero(default)


def test_the_default_leaves_the_excluded_alone(regions):
    exclude = np.zeros((512, 1024), np.float32)
    exclude[LEFT] = 1
    exclude[:, 512:700] = 1
    default = regions.default(exclude)
    assert default is None or default.mask[:, :690].max() == 0


def test_where_everything_is_excluded_there_is_none(regions):
    assert regions.default(np.ones((512, 1024), np.float32)) is None


class Fixed:
    """A SAM that answers every tap with the same four masks."""

    def __init__(self, *masks):
        logits = np.stack([np.where(mask, 9, -9).astype(np.float32) for mask in masks])
        self.candidates = Candidates(logits, np.ones(len(masks), np.float32))

    def embed(self, rgb, size=None):
        raise NotImplementedError

    def decode(self, embedding, points, labels, box=None):
        return self.candidates


def box_mask(x0, y0, x1, y1):
    mask = np.zeros((256, 256), bool)
    mask[y0:y1, x0:x1] = True
    return mask


SQUARE = Embedding(np.zeros((1, 256, 64, 64), np.float32), (256, 256))


def test_the_salient_one_wins_over_the_large_one():
    salient, large = box_mask(20, 20, 60, 60), box_mask(100, 100, 250, 200)
    answer = salient_things(Fixed(large, salient), SQUARE, salient.astype(np.float32))[0]
    np.testing.assert_array_equal(answer > 0, salient)


def test_specks_backgrounds_and_the_excluded_are_no_default():
    excluded = box_mask(20, 20, 60, 60)
    sam = Fixed(box_mask(0, 0, 5, 5), box_mask(0, 0, 256, 230), box_mask(20, 20, 60, 75))
    saliency = np.ones((256, 256), np.float32)
    assert salient_things(sam, SQUARE, saliency, excluded.astype(np.float32)) == []


def test_seeds_start_at_the_peaks_and_avoid_the_excluded():
    salient = np.zeros((128, 256), np.float32)
    salient[50:60, 100:110] = 1
    salient[90:100, 200:210] = 0.6
    near = np.zeros((128, 256), bool)
    near[:, :80] = True
    points = seeds(salient, near)
    assert np.abs(np.array(points[:2]) - [[104.5, 54.5], [204.5, 94.5]]).max() < 2
    assert len(points) > 10
    assert min(x for x, _ in points) >= 80


def test_grid_has_the_logits_size_without_padding():
    assert to_grid(np.ones((333, 1000), np.float32), (1000, 333)).shape == (86, 256)


def test_what_is_excluded_is_cut_out_of_the_answer():
    excluded = np.zeros((128, 256), bool)
    excluded[:10] = True
    rest = without(np.full((256, 256), 5, np.float32), excluded)
    assert np.all(rest[:10] == -5)
    assert np.all(rest[10:] == 5)


def person(inside, score):
    return Found(np.where(inside, 9, -9).astype(np.float32), inside, score, Prompts())


def test_the_surest_and_largest_of_the_others_is_the_first():
    changed, small, large = (
        box_mask(0, 0, 60, 60),
        box_mask(100, 0, 120, 20),
        box_mask(0, 90, 90, 250),
    )
    people = [person(changed, 0.9), person(small, 0.7), person(large, 0.6)]
    found = people_outside(people, (256, 256), changed.astype(np.float32))
    np.testing.assert_array_equal(np.array(found) > 0, [large, small])


def test_whose_part_is_changed_is_nobody_to_match():
    whole, neighbor = box_mask(0, 0, 100, 200), box_mask(95, 0, 180, 200)
    jacket, buttons = box_mask(0, 50, 100, 120), box_mask(45, 60, 50, 110)
    people = [person(whole, 0.9), person(neighbor, 0.8)]
    for part in (jacket, buttons):
        (found,) = people_outside(people, (256, 256), part.astype(np.float32))
        np.testing.assert_array_equal(found > 0, neighbor & ~part)


def test_things_lie_outside_the_people():
    somebody, thing = box_mask(20, 20, 100, 200), box_mask(150, 100, 220, 180)
    sam = Fixed(somebody, thing)
    saliency = np.ones((256, 256), np.float32)
    found = salient_things(sam, SQUARE, saliency, None, [person(somebody, 0.9)])
    assert len(found) == 1
    np.testing.assert_array_equal(found[0] > 0, thing)
