"""The paper's augmentations, and composites of IntHarmony's kind."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from iph_core.data import augmentations
from iph_core.data.augmentations import AUGMENTATIONS, NAMES, augment, soft_mask
from iph_core.data.edges import recolored_area
from iph_core.data.intharmony import (
    FAINTEST,
    IntHarmony,
    compose,
    instances,
    recolor_region,
    with_two_instances,
)
from iph_core.errors import InputError
from iph_core.evaluation.metrics import fpsnr
from iph_core.network.masks import visible_guide
from tests.folders import tiny_bank

LOCAL = ("soft-light", "dodge", "grain-merge", "grain-extract")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def gray_ramp(count=16):
    return torch.linspace(0.05, 0.95, 24).expand(count, 3, 20, 24)


@pytest.mark.parametrize("name", NAMES)
def test_each_changes_every_picture_its_own_way(name):
    same = tiny_bank(32).photos[:1].float().expand(6, -1, -1, -1) / 255
    changed = AUGMENTATIONS[name](same, generator()).clamp(0, 1)
    assert changed.shape == same.shape
    difference = (changed - same).abs().mean((1, 2, 3))
    assert difference.min() > 1e-4
    assert len({round(value, 6) for value in difference.tolist()}) == 6
    assert torch.equal(changed, AUGMENTATIONS[name](same, generator()).clamp(0, 1))


def test_brightness_and_gamma_and_contrast_by_their_laws():
    ramp = gray_ramp()
    brighter = augmentations.brightness(ramp, generator())
    factors = brighter / ramp
    assert (factors.amax((1, 2, 3)) - factors.amin((1, 2, 3))).max() < 1e-5
    powers = augmentations.gamma(ramp, generator()).log() / ramp.log()
    assert (powers.amax((1, 2, 3)) - powers.amin((1, 2, 3))).max() < 1e-3
    assert powers.min() > 0.49 and powers.max() < 2.01
    stretched = augmentations.contrast(ramp, generator())
    torch.testing.assert_close(stretched.mean((1, 2, 3)), ramp.mean((1, 2, 3)))


def test_color_jitter_leaves_gray_gray():
    torch.testing.assert_close(augmentations.color_jitter(gray_ramp(), generator()), gray_ramp())
    red = torch.tensor([0.8, 0.2, 0.2]).view(1, 3, 1, 1).expand(32, 3, 1, 1)
    turned = augmentations.color_jitter(red, generator())[..., 0, 0]
    assert (turned.std(0) > 0.02).all()


@pytest.mark.parametrize(
    ("mode", "blend"),
    [
        ("grain_merge", lambda i, m: i + m - 0.5),
        ("grain_extract", lambda i, m: i - m + 0.5),
        ("dodge", lambda i, m: i / (1 - m)),
        ("soft_light", lambda i, m: (1 - i) * m * i + i * (1 - (1 - m) * (1 - i))),
    ],
)
def test_layer_modes_blend_as_gimp_says(monkeypatch, mode, blend):
    """With a mask that is 1 everywhere only opacity and the layer's color are left to draw."""
    monkeypatch.setattr(augmentations, "soft_mask", lambda pictures, _: torch.ones(1, 1, 1, 1))
    monkeypatch.setattr(augmentations, "_draw", lambda *_: torch.ones(1, 1, 1, 1))
    color = torch.tensor([0.2, 0.45, 0.6]).view(1, 3, 1, 1)
    monkeypatch.setattr(augmentations, "_color", lambda *_: color)
    ramp = gray_ramp(1)
    got = getattr(augmentations, mode)(ramp, generator())
    torch.testing.assert_close(got, blend(ramp, color).clamp(0, 1))


def test_local_ones_differ_over_the_picture_and_global_ones_do_not():
    flat = torch.full((8, 3, 32, 32), 0.4)
    for name, change in AUGMENTATIONS.items():
        spread = change(flat, generator()).flatten(2).std(-1).amax()
        assert (spread > 1e-3) == (name in LOCAL), name


def test_soft_masks_are_soft():
    mask = soft_mask(torch.zeros(16, 3, 64, 64), generator())
    assert mask.min() >= 0 and mask.max() <= 1
    assert (mask.amax((1, 2, 3)) - mask.amin((1, 2, 3))).median() > 0.5
    assert (mask[..., 1:] - mask[..., :-1]).abs().max() < 0.12


def test_each_picture_gets_its_own_kind():
    ramp = gray_ramp(len(NAMES))
    changed = augment(ramp, torch.arange(len(NAMES)), generator())
    place = NAMES.index("brightness")
    alone = augment(ramp[:1], torch.tensor([place]), generator())
    torch.testing.assert_close(changed[place], alone[0])


def test_edges_are_honest():
    """A straight edge: the recolored area ends -2 to +3 pixels (of 256) off it, and softly."""
    region = torch.zeros(64, 1, 8, 256)
    region[..., :128] = 1
    area = recolored_area(region, generator())
    ends = area.sum((2, 3))[:, 0] / 8  # its length in pixels
    assert ends.min() > 128 - 2.5 and ends.max() < 128 + 3.5
    assert ends.max() - ends.min() > 3.5
    soft = ((area > 0) & (area < 1)).sum((2, 3))[:, 0] / 8
    assert soft.mean() > 1
    assert area[..., :120].min() == 1 and area[..., 136:].max() == 0


def labels(height=120, width=160):
    map_ = torch.zeros(height, width, dtype=torch.uint8)
    map_[20:100, 10:60] = 1
    map_[30:90, 100:150] = 2
    return map_


def test_a_composite():
    photo = torch.rand(1, 3, 120, 160, generator=generator(5))
    made = compose(photo, labels(), 80, generator(3))
    assert made.composite.shape == (1, 3, 60, 80)
    region, other = (
        F.interpolate((labels() == value).float()[None, None], (60, 80), mode="area")
        for value in (1, 2)
    )
    first = torch.equal(made.mask, region)
    assert first or torch.equal(made.mask, other)
    guide = other if first else region
    assert (made.guide <= (guide > 0)).all() and made.guide.sum() > 0.9 * (guide > 0.5).sum()
    far = made.mask == 0
    changed = (made.composite - made.truth).abs()
    assert changed[far.expand_as(changed)].mean() < 0.02
    assert changed[(made.mask == 1).expand_as(changed)].mean() > 0.005
    assert made.augmentation in NAMES


def test_who_can_be_a_foreground():
    map_ = labels()
    map_[:3, :3] = 3  # too small
    map_[110:, :100] = 101
    map_[100:110] = 255
    assert instances(map_) == [1, 2, 101]
    assert instances(map_, people_only=True) == [1, 2]
    photo = torch.rand(1, 3, 120, 160)
    alone = torch.where(map_ == 1, 1, 0)
    assert compose(photo, alone, 80, generator()) is None


def test_on_the_fly_batches_match_another_instance_of_the_same_photo():
    bank = tiny_bank(64)
    source = IntHarmony(bank, 32)
    rows = torch.arange(len(source.bank.regions))
    made = source.batch(rows, generator())
    assert made.composite.shape == (len(rows), 3, 32, 32)
    assert set(made.family.tolist()) <= set(range(len(NAMES)))
    assert (made.guide * (made.mask > 0.5)).sum() == 0
    hidden = visible_guide(torch.ones_like(made.mask), (made.mask > 0).float())
    assert (made.guide.sum((1, 2, 3)) < 0.95 * hidden.sum((1, 2, 3))).any()
    outside = ((made.mask == 0) & (made.guide > 0)).expand_as(made.truth)
    assert (made.composite - made.truth)[outside].abs().max() < 0.02
    again = source.batch(rows, generator())
    assert torch.equal(again.composite, made.composite)


def test_no_change_is_too_faint_to_see():
    """About a fifth of the first draws lie above 30 dB, the faintest at 56 dB."""
    bank = tiny_bank(64)
    source = IntHarmony(bank, 32)
    rows = torch.arange(len(source.bank.regions)).repeat(8)
    made = [source.batch(rows, generator(seed)) for seed in range(4)]
    distance = torch.cat([fpsnr(each.composite, each.truth, each.score) for each in made])
    assert distance.max() < FAINTEST + 2
    assert (distance > FAINTEST).float().mean() < 0.03
    shares = torch.bincount(torch.cat([each.family for each in made])) / len(distance)
    assert shares.min() > 0.5 / len(NAMES)
    assert torch.equal(source.batch(rows, generator(3)).composite, made[3].composite)


def test_a_gray_region_is_changed_by_another_augmentation():
    photos = torch.full((6, 3, 32, 32), 0.5)
    region = torch.zeros(6, 1, 32, 32)
    region[..., 8:24, 8:24] = 1
    jitter = torch.full((6,), NAMES.index("color-jitter"))
    composites, kinds = recolor_region(photos, region, jitter, generator())
    assert (kinds != jitter).all()
    assert (fpsnr(composites, photos, region) < FAINTEST + 2).all()
    bright = torch.full((6,), NAMES.index("lut"))
    assert torch.equal(recolor_region(photos, region, bright, generator())[1], bright)


def test_composites_on_disk_are_no_fainter():
    photo = F.interpolate(torch.rand(1, 3, 6, 8, generator=generator(5)), (120, 160))
    for seed in range(30):
        made = compose(photo, labels(), 80, generator(seed))
        assert fpsnr(made.composite, made.truth, made.mask) < FAINTEST + 2


def test_photos_with_one_instance_are_no_use():
    bank = tiny_bank(64)
    lonely = type(bank)(bank.photos, bank.labels, bank.regions[::2], bank.sources)
    photos = lonely.regions[:, 0].tolist()
    assert len(set(photos)) == len(photos)
    with pytest.raises(InputError, match="two labeled regions"):
        with_two_instances(lonely)
    assert np.array_equal(with_two_instances(bank).regions, bank.regions)
