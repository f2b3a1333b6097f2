"""Made composites: the truth, honest edges, references, and that every draw is fixed."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import scipy.ndimage
import torch
import torch.nn.functional as F

from iph_core.data import edges, synthesis
from iph_core.data.boxes import random_boxes
from iph_core.data.disturbances import FAMILIES, apply_lattice, lattice
from iph_core.data.edges import blur
from iph_core.data.recipe import ALL_FAMILIES, GLOBAL_FAMILIES, STANDARD, TRAINING
from iph_core.data.synthesis import Synthesizer, sample_pixels
from iph_core.evaluation.metrics import fpsnr
from iph_core.network.masks import OUTER_BAND, band_radius, dilate, erode
from tests.folders import tiny_bank

SIZE = 64
PLAIN = replace(STANDARD, region_reference=0.0, box_reference=0.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def make(recipe, count=40, seed=0, families=None, rows=None):
    bank = tiny_bank(2 * SIZE)
    if rows is None:
        rows = torch.arange(count) % len(bank.regions)
    return Synthesizer(bank, recipe, SIZE).batch(rows, generator(seed), families)


def area(pictures):
    return F.interpolate(pictures, (SIZE, SIZE), mode="area")


def same(first, second):
    return all(
        torch.equal(getattr(first, field.name), getattr(second, field.name))
        for field in fields(first)
    )


def test_shapes_and_ranges():
    made = make(TRAINING)
    for picture in (made.composite, made.truth, made.reference):
        assert picture.shape == (40, 3, SIZE, SIZE)
        assert picture.min() >= 0
        assert picture.max() <= 1.00001
    for mask in (made.mask, made.guide, made.score):
        assert mask.shape == (40, 1, SIZE, SIZE)
        assert mask.min() >= 0
        assert mask.max() <= 1
    for mask in (made.guide, made.score):
        assert set(mask.unique().tolist()) <= {0.0, 1.0}


def test_the_same_seed_makes_the_same_batch_and_another_another():
    assert same(make(TRAINING), make(TRAINING))
    other = make(TRAINING, seed=1)
    for name in ("composite", "truth", "reference", "guide"):
        assert not torch.equal(getattr(make(TRAINING), name), getattr(other, name))


def test_without_a_look_the_truth_is_the_photo_and_its_label_flips_with_it():
    bank, made = tiny_bank(2 * SIZE), make(STANDARD)
    photos = area(bank.photos[made.photo_index].float() / 255)
    value = bank.regions[torch.arange(40) % len(bank.regions), 1]
    labels = bank.labels[made.photo_index] == value[:, None, None]
    masks = area(labels[:, None].float())
    flipped = 0
    for sample in range(40):
        straight = (made.truth[sample] - photos[sample]).abs().max() < 3e-3
        turned = (made.truth[sample] - photos[sample].flip(-1)).abs().max() < 3e-3
        assert straight != turned
        flipped += bool(turned)
        mask = masks[sample].flip(-1) if turned else masks[sample]
        torch.testing.assert_close(made.mask[sample], mask)
    assert 8 < flipped < 32


def test_away_from_the_foreground_the_composite_is_the_truth():
    """The edge moves out by at most 3 px of 256 and is at most 2.5 px wide."""
    for seed in range(3):
        made = make(PLAIN, 100, seed)
        reach = math.ceil((3 + 2.5 / 2) * SIZE / 256) + 1
        beyond = (dilate((made.mask > 0).float(), reach) == 0).expand_as(made.truth)
        assert beyond.float().mean() > 0.2
        assert torch.equal(made.composite[beyond], made.truth[beyond])
        assert torch.equal(made.reference, made.composite)


def test_most_of_the_foreground_is_recolored():
    made = make(replace(PLAIN, families=("exposure",)))
    core = erode((made.mask > 0.5).float(), 2)
    changed = ((made.composite - made.truth).abs().amax(1, keepdim=True) > 1e-3) & (core > 0)
    share = changed.float().sum((1, 2, 3)) / core.sum((1, 2, 3))
    assert share.median() > 0.95


@pytest.mark.parametrize("shift", [-2.0, 0.0, 3.0])
@pytest.mark.parametrize("softness", [0.6, 2.5])
def test_the_edge_lies_where_it_is_moved_and_is_as_soft_as_said(monkeypatch, shift, softness):
    monkeypatch.setattr(edges, "SHIFT", (shift, shift))
    monkeypatch.setattr(edges, "SOFTNESS", (softness, softness))
    region = torch.zeros(1, 1, 64, 256)
    region[..., 128:] = 1
    profile = Synthesizer(tiny_bank(), STANDARD, 128)._edge(region, generator())[0, 0, 32].numpy()
    # Positions of pixel centers against the label's edge at 128; inside is to the right.
    position = np.arange(256) + 0.5 - 128
    crossing = np.interp(0.5, profile, position)
    assert crossing == pytest.approx(-shift, abs=0.35)
    assert np.all(profile[position < -shift - softness / 2 - 1] == 0)
    assert np.all(profile[position > -shift + softness / 2 + 1] == 1)
    width = np.interp(0.75, profile, position) - np.interp(0.25, profile, position)
    assert width == pytest.approx(softness / 2, abs=0.45)


def test_edge_widths_scale_with_the_picture(monkeypatch):
    monkeypatch.setattr(edges, "SHIFT", (3.0, 3.0))
    monkeypatch.setattr(edges, "SOFTNESS", (0.6, 0.6))
    region = torch.zeros(1, 1, 64, 512)
    region[..., 256:] = 1
    profile = Synthesizer(tiny_bank(), STANDARD, 256)._edge(region, generator())[0, 0, 32]
    assert np.interp(0.5, profile.numpy(), np.arange(512) + 0.5 - 256) == pytest.approx(-6, abs=0.6)


def test_a_recolored_rim_leaves_no_true_pixel_in_the_band():
    bank = tiny_bank(2 * SIZE)
    region = (bank.labels[bank.regions[:, 0]] == bank.regions[:, 1, None, None])[:, None].float()
    band = dilate(region, band_radius(OUTER_BAND, region)) > 0
    recipe = replace(STANDARD, recolored_rim=1.0)
    for seed in range(5):
        edge = Synthesizer(bank, recipe, SIZE)._edge(region, generator(seed))
        assert (edge[band] == 1).all()
    honest = Synthesizer(bank, STANDARD, SIZE)._edge(region, generator())
    assert (honest[band] < 1).any()


def test_a_share_of_rims_is_recolored():
    bank = tiny_bank(2 * SIZE)
    region = (bank.labels[bank.regions[:, 0]] == bank.regions[:, 1, None, None])[:, None].float()
    region = region[torch.arange(400) % len(region)]
    shares = []
    for share in (0.0, 0.25, 1.0):
        synthesizer = Synthesizer(bank, replace(STANDARD, recolored_rim=share), SIZE)
        grown = synthesizer._with_rim(region, 3, generator()).sum((1, 2, 3)) > region.sum((1, 2, 3))
        shares.append(grown.float().mean().item())
    assert shares == [0.0, pytest.approx(0.25, abs=0.06), 1.0]


def test_the_guide_keeps_away_from_the_foreground():
    for recipe in (TRAINING, STANDARD, PLAIN):
        made = make(replace(recipe, other_photo=0.0), 100)
        radius = band_radius(OUTER_BAND, made.mask)
        assert radius == 2
        assert (made.guide * dilate((made.mask > 0.5).float(), radius)).sum() == 0
        assert (made.guide.sum((1, 2, 3)) > 0).all()


def test_kinds_of_reference():
    everywhere = make(PLAIN)
    for mask, guide in zip(everywhere.mask, everywhere.guide, strict=True):
        assert guide.mean() > 0.6 * (mask == 0).float().mean()
    regions = make(replace(STANDARD, region_reference=1.0, box_reference=0.0), 10)
    bank = tiny_bank(2 * SIZE)
    for index, guide in zip(range(10), regions.guide, strict=True):
        photo, value = bank.regions[index].tolist()
        other = (
            (bank.labels[photo] > 0) & (bank.labels[photo] < 255) & (bank.labels[photo] != value)
        )
        label = area(other[None, None].float())[0] > 0.5
        assert not (guide > 0)[~label].any() or not (guide > 0)[~label.flip(-1)].any()
    boxes = make(replace(STANDARD, region_reference=0.0, box_reference=1.0), 100).guide
    assert boxes.mean() < 0.5 * everywhere.guide.mean()


def test_another_label_is_never_the_foreground_nor_unknown():
    labels = torch.zeros(60, 1, 10, 10, dtype=torch.uint8)
    labels[..., :2, :] = 1  # the foreground
    labels[..., 2:4, :] = 255
    labels[..., 4:6, :] = 2
    labels[..., 6:8, :] = 101
    labels[40:, :, 4:8] = 0
    labels[:, :, 9, 9] = 102  # 1 %: just enough
    labels[40:, :, 9, 9] = 0
    other = Synthesizer(tiny_bank(), STANDARD, 8)._other_label(
        labels, torch.ones(60, dtype=torch.long), generator()
    )
    assert other[40:].sum() == 0
    people = other[:40, 0, 4:6].mean((1, 2)) == 1
    objects = (other[:40, 0, 6:8].mean((1, 2)) == 1) | (other[:40, 0, 9, 9] == 1)
    assert (people ^ objects).all()
    assert people.sum() > objects.sum() > 0
    assert other[:, :, :4].sum() == 0


def test_untouched_composites_are_the_truth():
    made = make(replace(STANDARD, untouched=1.0, looks=1.0))
    torch.testing.assert_close(made.composite, made.truth, atol=1e-6, rtol=0)


def test_strength_lies_in_the_recipes_range():
    recipe = replace(STANDARD, strongest=14.0, weakest=18.0)
    made = make(recipe, 200)
    strength = fpsnr(made.composite, made.truth, made.score)
    # Clipping and small foregrounds, of which the score misses the rim, leave some outside.
    assert ((strength > 13) & (strength < 19)).float().mean() > 0.8
    assert 15 < strength.median() < 17
    assert (strength > 12).float().mean() > 0.97


def test_a_wanted_strength_is_reached():
    wanted = torch.linspace(13, 21, 50).repeat(2)
    bank = tiny_bank(2 * SIZE)
    rows = torch.arange(100) % len(bank.regions)
    made = Synthesizer(bank, STANDARD, SIZE).batch(rows, generator(), wanted=wanted)
    missed = fpsnr(made.composite, made.truth, made.score) - wanted
    assert missed.median().abs() < 0.6
    # A gray region stays gray whatever its saturation is; few others end far above what is wanted.
    assert (missed > 4).float().mean() < 0.02
    drawn = replace(STANDARD, strongest=13.0, weakest=13.0)
    drawn = Synthesizer(bank, drawn, SIZE).batch(rows, generator())
    assert (fpsnr(drawn.composite, drawn.truth, drawn.score) > 17).float().mean() > 0.05


def test_a_share_stays_untouched():
    made = make(replace(PLAIN, untouched=0.3), 200)
    same = (made.composite - made.truth).abs().amax((1, 2, 3)) < 1e-6
    assert 0.2 < same.float().mean() < 0.4


@pytest.mark.parametrize("family", GLOBAL_FAMILIES)
def test_nothing_is_made_of_a_family_held_back(monkeypatch, family):
    def never(colors, generator):
        raise AssertionError("held back")

    monkeypatch.setitem(FAMILIES, family, never)
    everything = replace(TRAINING, second_family=1.0, looks=1.0, other_surroundings=1.0)
    make(everything.without(family), 100)
    with pytest.raises(AssertionError, match="held back"):
        make(everything, 100)


@pytest.mark.parametrize("family", range(len(ALL_FAMILIES)))
def test_every_family_changes_the_foreground(family):
    recipe = replace(PLAIN, families=ALL_FAMILIES)
    made = make(recipe, 20, families=torch.full((20,), family))
    assert torch.equal(made.family, torch.full((20,), family))
    difference = fpsnr(made.composite, made.truth, made.score)
    assert difference.median() < recipe.weakest + 1
    assert made.composite.isfinite().all()


def test_transfer_starts_from_the_foreground_in_its_look(monkeypatch):
    """Sampled colors of the source are those of the truth's foreground, the target's another's."""
    seen = []

    def recording(colors, source, target, ways, generator):
        seen.append((source, target))
        return colors

    monkeypatch.setattr(synthesis, "transfer", recording)
    recipe = replace(PLAIN, looks=1.0, families=("white-balance", "transfer"))
    made = make(recipe, 20, families=torch.ones(20, dtype=torch.long))
    source, target = seen[0]
    inside = made.mask > 0.99
    mean = (made.truth * inside).sum((2, 3)) / inside.sum((2, 3))
    assert (source.mean(1) - mean).abs().mean() < 0.02
    assert (target.mean(1) - mean).abs().mean() > 0.1


def test_looks_change_the_truth_and_the_background_with_it():
    looked, plain = make(replace(PLAIN, looks=1.0)), make(PLAIN)
    assert torch.equal(looked.mask, plain.mask)
    changed = (looked.truth - plain.truth).abs().amax((1, 2, 3)) > 0.02
    assert changed.float().mean() > 0.5
    half = make(replace(PLAIN, looks=0.5), 200).truth - make(PLAIN, 200).truth
    assert 0.1 < (half.abs().amax((1, 2, 3)) > 0.02).float().mean() < 0.55


def test_other_surroundings_leave_foreground_and_reference_alone():
    boxes = replace(STANDARD, region_reference=0.0, box_reference=1.0, families=("exposure",))
    recipe = replace(boxes, other_surroundings=1.0)
    made, plain = make(recipe), make(boxes)
    assert torch.equal(made.guide, plain.guide)
    kept = ((made.mask > 0) | (made.guide > 0)).expand_as(made.truth)
    torch.testing.assert_close(made.composite[kept], plain.composite[kept], atol=2e-2, rtol=0)
    away = (dilate(torch.maximum((made.mask > 0).float(), made.guide), 7) == 0).expand_as(
        made.truth
    )
    assert torch.equal(plain.composite[away], plain.truth[away])
    assert ((made.composite - made.truth)[away].abs() > 0.01).float().mean() > 0.5


def test_a_reference_from_another_photo_has_the_truths_look():
    bank = tiny_bank(2 * SIZE)
    synthesizer = Synthesizer(bank, replace(TRAINING, other_photo=1.0), SIZE)
    composite, guide = torch.rand(40, 3, 128, 128), torch.ones(40, 1, 128, 128)
    looks = lattice(40, composite.device).clone()
    looks[:30] *= torch.tensor([0.9, 0.5, 0.2])
    photo_index = torch.arange(40) % 5
    reference, other_guide = synthesizer._other_photo(
        composite, guide, looks, photo_index, generator()
    )
    # Without a look there is nothing to take over from another photo.
    assert torch.equal(reference[30:], composite[30:])
    assert torch.equal(other_guide[30:], guide[30:])
    looked = apply_lattice(bank.photos.float() / 255, looks[:5])
    taken = 0
    for sample in range(30):
        if torch.equal(reference[sample], composite[sample]):
            continue
        taken += 1
        source = (looked - reference[sample]).abs().amax((1, 2, 3)).argmin()
        assert source != photo_index[sample]
        torch.testing.assert_close(reference[sample], looked[source])
        values = bank.regions[bank.regions[:, 0] == source, 1]
        labels = bank.labels[source] == values[:, None, None]
        assert (labels.float() == other_guide[sample]).all((1, 2)).any()
    assert taken > 15


def test_the_score_leaves_the_rim_out():
    made = make(STANDARD)
    assert torch.equal(made.score, erode((made.mask > 0.5).float(), 1))


def test_small_bits_of_a_foreground_are_scored_as_they_are():
    synthesizer = Synthesizer(tiny_bank(), STANDARD, SIZE)
    picture = torch.rand(1, 3, 128, 128)
    region = torch.zeros(1, 1, 128, 128)
    region[..., 40:42, :] = 1  # a line of one pixel at the network's size
    index = torch.zeros(1, dtype=torch.long)
    made = synthesizer._scaled(picture, picture, region, region, picture, region, index, index)
    assert torch.equal(made.score, (made.mask > 0.5).float())
    assert made.score.sum() == SIZE


def test_sampled_pixels_lie_in_the_region():
    pictures = torch.rand(2, 3, 16, 16)
    region = torch.zeros(2, 1, 16, 16)
    region[0, :, :4], region[1, :, 8:] = 1, 1
    pictures[:, 0] = torch.where(region[:, 0] > 0, 0.75, 0.25)
    sampled = sample_pixels(pictures, region, generator())
    assert sampled.shape == (2, synthesis.SAMPLED_PIXELS, 3)
    assert (sampled[..., 0] == 0.75).all()
    pixels = pictures[1].flatten(1).T
    assert all((pixels == color).all(1).any() for color in sampled[1])


def test_boxes_are_boxes_of_15_to_60_percent():
    boxes = random_boxes(300, 100, generator())
    height, width = boxes[:, 0].amax(2).sum(1), boxes[:, 0].amax(1).sum(1)
    torch.testing.assert_close(boxes.sum((1, 2, 3)), height * width)
    for side in (height, width):
        assert side.min() >= 14
        assert side.max() <= 61
        assert side.min() < 20
        assert side.max() > 55
    assert (boxes[:, 0].diff(dim=1).abs().amax(2).sum(1) <= 2).all()


@pytest.mark.parametrize("sigma", [0.6, 2.5, 5.0])
def test_blur_is_that_of_scipy(sigma):
    mask = (torch.rand(2, 1, 40, 50, generator=generator()) < 0.3).float()
    radius = max(1, math.ceil(2.5 * sigma))
    for sample, blurred in zip(mask, blur(mask, sigma), strict=True):
        expected = scipy.ndimage.gaussian_filter(
            sample[0].numpy(), sigma, mode="nearest", radius=radius
        )
        np.testing.assert_allclose(blurred[0], expected, atol=1e-5)


def test_transfer_disturbs_the_share_that_the_recipe_asks_for():
    count = 4000
    names = STANDARD.families
    drawn = Synthesizer(tiny_bank(), replace(STANDARD, transfers=0.5), SIZE)._first_families(
        count, generator()
    )
    share = (drawn == names.index("transfer")).float().mean().item()
    assert share == pytest.approx(0.5 + 0.5 / len(names), abs=0.03)
    plain = Synthesizer(tiny_bank(), STANDARD, SIZE)._first_families(count, generator())
    assert torch.bincount(plain, minlength=len(names)).min() > 0.8 * count / len(names)
