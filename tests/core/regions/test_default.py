from __future__ import annotations

import numpy as np

from iph_core.regions.default import default_logits, seeds, to_grid, without
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


def test_with_grace_hopper_excluded_the_default_is_the_astronaut(regions, iou, astronaut_truth):
    hopper = regions.default(regions.pick(ASTRONAUT).mask)
    default = regions.default(hopper.mask)
    assert iou(default.mask, astronaut_truth) > 0.9


def test_without_anything_excluded_it_is_a_person(regions, iou, astronaut_truth):
    default = regions.default()
    is_hopper = half_of(default.mask, RIGHT) > 0.99 and default.mask[100:300, 730:800].mean() > 0.9
    assert is_hopper or iou(default.mask, astronaut_truth) > 0.9


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
    answer = default_logits(Fixed(large, salient), SQUARE, salient.astype(np.float32))
    np.testing.assert_array_equal(answer > 0, salient)


def test_specks_backgrounds_and_the_excluded_are_no_default():
    excluded = box_mask(20, 20, 60, 60)
    sam = Fixed(box_mask(0, 0, 5, 5), box_mask(0, 0, 256, 230), box_mask(20, 20, 60, 75))
    saliency = np.ones((256, 256), np.float32)
    assert default_logits(sam, SQUARE, saliency, excluded.astype(np.float32)) is None


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
