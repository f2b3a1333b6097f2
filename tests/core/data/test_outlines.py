"""Loose outlines: what they take in, what they miss, and that the network is told no more."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from iph_core.data import outlines
from iph_core.data.outlines import LEAST_LEFT, MOST_ADDED, loose_outline
from iph_core.data.recipe import STANDARD
from iph_core.data.synthesis import Synthesizer
from iph_core.network.masks import erode
from tests.folders import tiny_bank

SIDE = 64
ADDED, TAKEN = 0.99, 0.0
ALIKE, OTHERS, ALL = 0.2, 0.6, 0.9


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def scene(count=30):
    """A red square of 20 x 20 between black on the left and white on the right; what lies in the
    upper half beside it is labeled."""
    photos = torch.zeros(count, 3, SIDE, SIDE)
    photos[..., SIDE // 2 :] = 1
    region = torch.zeros(count, 1, SIDE, SIDE)
    region[..., 22:42, 22:42] = 1
    photos = torch.where(region > 0, torch.tensor([1.0, 0, 0])[:, None, None], photos)
    labels = torch.zeros(count, 1, SIDE, SIDE, dtype=torch.uint8)
    labels[..., : SIDE // 2, :] = 102
    labels[region > 0] = 1
    return photos, region, labels


def drawn(monkeypatch, kind, taken):
    """Loose outlines of one disc each, of a known kind, its radius 0.4 of the root of the area."""
    answers = {outlines.RADII: 0.4 ** (1 / 1.5), outlines.ALIKE: 0.1}
    decided = iter((kind, taken))

    def uniform(count, low, high, _):
        answer = answers.get((low, high))
        return torch.full((count, 1, 1), next(decided) if answer is None else answer)

    monkeypatch.setattr(outlines, "DISCS", 1)
    monkeypatch.setattr(outlines, "uniform", uniform)
    return loose_outline(*scene(), generator())


def test_a_piece_is_the_disc_around_a_place_at_the_edge(monkeypatch):
    _, region, _ = scene()
    loose = drawn(monkeypatch, ALL, ADDED)
    assert (loose >= region).all()
    for added in (loose - region)[:, 0]:
        rows, columns = added.nonzero().unbind(1)
        # At least half of a disc of radius 8, whose middle lies at most 2 pixels outside.
        assert 100 < len(rows) < 201
        assert rows.min() >= 22 - 10
        assert rows.max() <= 41 + 10
        assert columns.min() >= 22 - 10
        assert columns.max() <= 41 + 10


def test_a_piece_of_one_color_ends_where_the_color_does(monkeypatch):
    photos, region, _ = scene()
    loose = drawn(monkeypatch, ALIKE, ADDED)
    seen = set()
    for photo, added in zip(photos, (loose - region)[:, 0] > 0, strict=True):
        colors = photo[0][added].unique().tolist()
        assert len(colors) == 1
        seen.update(colors)
    assert seen == {0.0, 1.0}


def test_a_piece_of_others_is_labeled(monkeypatch):
    _, region, labels = scene()
    loose = drawn(monkeypatch, OTHERS, ADDED)
    added = (loose - region) > 0
    assert (labels[added] == 102).all()
    assert added.flatten(1).any(1).float().mean() > 0.4


def test_a_piece_can_be_missing(monkeypatch):
    _, region, _ = scene()
    loose = drawn(monkeypatch, ALL, TAKEN)
    assert (loose <= region).all()
    missing = (region - loose).sum((1, 2, 3))
    assert (missing > 0).all()
    assert (missing < 201).all()


def test_outlines_keep_their_limits_and_differ():
    photos, region, labels = scene(400)
    loose = loose_outline(photos, region, labels, generator())
    area = region.sum((1, 2, 3))
    added = (loose * (1 - region)).sum((1, 2, 3)) / area
    left = (loose * region).sum((1, 2, 3)) / area
    assert added.max() <= MOST_ADDED
    assert left.min() >= LEAST_LEFT
    assert (added > 0.05).float().mean() > 0.4
    assert (left < 0.95).float().mean() > 0.08
    assert torch.equal(loose, loose_outline(photos, region, labels, generator()))
    assert not torch.equal(loose, loose_outline(photos, region, labels, generator(1)))


def test_a_region_that_fills_its_photo_can_only_miss_some():
    photos, _, labels = scene(40)
    whole = torch.ones(40, 1, SIDE, SIDE)
    loose = loose_outline(photos, whole, labels, generator())
    left = loose.mean((1, 2, 3))
    assert left.min() >= LEAST_LEFT
    assert (left < 1).any()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_masks_is_loose(share):
    bank = tiny_bank(2 * SIDE)
    rows = torch.arange(200) % len(bank.regions)
    tight = Synthesizer(bank, STANDARD, SIDE).batch(rows, generator())
    loose = Synthesizer(bank, replace(STANDARD, loose_outlines=share), SIDE).batch(
        rows, generator()
    )
    differ = (tight.mask != loose.mask).flatten(1).any(1).float().mean()
    # In some, all three pieces are empty or too large.
    assert 0.7 * share <= differ <= 1.1 * share


def test_a_loose_mask_hides_what_it_takes_in_and_scores_what_was_recolored():
    bank = tiny_bank(2 * SIDE)
    rows = torch.arange(60) % len(bank.regions)
    tight = Synthesizer(bank, STANDARD, SIDE).batch(rows, generator())
    loose = Synthesizer(bank, replace(STANDARD, loose_outlines=1.0), SIDE).batch(rows, generator())
    assert torch.equal(tight.composite, loose.composite)
    assert torch.equal(tight.truth, loose.truth)
    assert not (loose.guide * (loose.mask > 0.5)).any()
    both = (tight.mask > 0.5).float() * (loose.mask > 0.5)
    assert (loose.score <= both).all()
    added = ((loose.mask > 0.5) & (tight.mask < 0.5)).flatten(1).any(1)
    assert added.float().mean() > 0.5
    assert (erode(both, 1) * (1 - loose.score)).sum() == 0
