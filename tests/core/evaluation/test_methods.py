"""Methods over a batch: who gets which reference, what is recolored, what stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from iph_core.color_map import ColorMap
from iph_core.data.recipe import STANDARD
from iph_core.evaluation import protocols
from iph_core.evaluation.methods import (
    BASELINES,
    COMPOSITE,
    METHODS,
    NETWORK_METHODS,
    ORACLE,
    at_half_strength,
    from_reference,
    photo_by_photo,
    registry,
    samples,
    wrong_reference,
)
from iph_core.evaluation.metrics import fpsnr
from iph_core.network.masks import surroundings
from iph_core.pixel_map import apply_inside
from tests.core.conftest import RED_LEVELS
from tests.folders import tiny_bank

SIZE = 64


@pytest.fixture(scope="module")
def made():
    return next(protocols.test_batches(tiny_bank(2 * SIZE), STANDARD, SIZE))


class Recorder:
    """Stands for Models: remembers what the network was given."""

    def __init__(self):
        self.calls = []

    def network(self, *inputs):
        self.calls.append(inputs)
        return inputs[0]


def test_every_name_is_a_method():
    assert tuple(registry(Recorder())) == METHODS
    assert {COMPOSITE, *NETWORK_METHODS, *BASELINES, ORACLE} == set(METHODS)


def test_what_the_network_is_given(made):
    recorder = Recorder()
    methods = registry(recorder)
    for name in ("iph", "iph-wrong-reference", "iph-background"):
        methods[name](made)
    right, wrong, background = recorder.calls
    for call in recorder.calls:
        assert torch.equal(call[0], made.composite)
        assert torch.equal(call[1], made.mask)
    assert torch.equal(right[2], made.reference)
    assert torch.equal(right[3], made.guide)
    for sample in range(len(made.mask)):
        assert not torch.equal(wrong[2][sample], made.reference[sample])
        assert any(
            torch.equal(wrong[2][sample], made.reference[other])
            and torch.equal(wrong[3][sample], made.guide[other])
            for other in range(len(made.mask))
            if other != sample
        )
    assert torch.equal(background[2], made.composite)
    assert torch.equal(background[3], (surroundings(made.mask) > 0.5).float())


def test_a_photo_alone_has_no_wrong_reference(made):
    with pytest.raises(ValueError, match="batch of two photos"):
        wrong_reference(made[:1])
    with pytest.raises(ValueError, match="batch of two photos"):
        wrong_reference(replace(made, photo_index=torch.full((5,), 3)))


def test_a_wrong_reference_is_of_another_photo(made):
    photos = torch.tensor([4, 4, 9, 4, 4])
    reference, guide = wrong_reference(replace(made, photo_index=photos))
    expected = [2, 2, 3, 2, 2]
    assert torch.equal(reference, made.reference[expected])
    assert torch.equal(guide, made.guide[expected])


def test_where_every_photo_shows_once_the_next_one_is_taken(made):
    reference, guide = wrong_reference(made)
    assert torch.equal(reference, made.reference.roll(-1, 0))
    assert torch.equal(guide, made.guide.roll(-1, 0))


def test_the_composite_stays(made):
    assert torch.equal(registry(Recorder())[COMPOSITE](made), made.composite)


@pytest.mark.parametrize("name", [*BASELINES, ORACLE])
def test_only_the_foreground_is_recolored(made, name):
    output = registry(Recorder())[name](made)
    assert output.shape == made.composite.shape
    assert output.dtype == made.composite.dtype
    outside = (made.mask == 0).expand_as(output)
    assert torch.equal(output[outside], made.composite[outside])
    inside = (made.mask == 1).expand_as(output)
    assert (output - made.composite)[inside].abs().mean() > 0.01
    assert output.min() >= 0
    assert output.max() <= 1


def test_colors_come_from_core_and_guide_only(made):
    """Red foreground cores, green visible references: a transfer sees nothing else."""
    seen = []

    def transfer(colors, source, target):
        seen.append((source, target))
        return np.ones_like(colors)

    sample = samples(made)[0]
    composite, reference = made.composite.clone(), torch.zeros_like(made.composite)
    composite[:] = 0.5
    core = torch.stack([torch.from_numpy(each.core) for each in samples(made)])[:, None]
    composite = torch.where(core, torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1), composite)
    reference[:, 1:2] = made.guide
    painted = replace(made, composite=composite, reference=reference)
    output = photo_by_photo(from_reference(transfer))(painted)
    for source, target in seen:
        assert (source == [1, 0, 0]).all()
        assert (target == [0, 1, 0]).all()
    assert len(seen) == len(made.mask)
    assert seen[0][0].shape == (sample.core.sum(), 3)
    torch.testing.assert_close(output, composite + made.mask * (1 - composite))


def test_without_a_visible_reference_nothing_changes(made):
    blind = replace(made, guide=torch.zeros_like(made.guide))
    output = registry(Recorder())["reinhard"](blind)
    torch.testing.assert_close(output, made.composite)


def test_half_strength_is_half_way(made):
    methods = registry(Recorder())
    whole, half = methods["reinhard"](made), methods["reinhard-half"](made)
    torch.testing.assert_close(half - made.composite, (whole - made.composite) / 2)
    assert torch.equal(at_half_strength(methods[COMPOSITE])(made), made.composite)


def test_the_oracle_undoes_a_polynomial(made):
    change = np.zeros((11, 3))
    change[0, 1], change[6, 0], change[10, 2] = 0.1, -0.2, 0.04
    truth = made.truth * 0.8 + 0.1
    there = ColorMap(ColorMap.identity().coefficients + change)
    colors = truth.movedim(1, -1).double().numpy()
    composite = torch.from_numpy(there.apply(colors)).movedim(-1, 1).float()
    recolored = replace(made, truth=truth, composite=composite)
    output = registry(Recorder())[ORACLE](recolored)
    assert fpsnr(composite, truth, made.score).max() < 32
    assert fpsnr(output, truth, made.score).min() > 45


def test_the_full_size_way_applies_the_map_of_the_network_change(made, redder):
    methods = registry(redder)
    output, network = methods["iph-color-map"](made), methods["iph"](made)
    outside = (made.mask == 0).expand_as(output)
    assert torch.equal(output[outside], made.composite[outside])
    for sample in range(len(made.mask)):
        unclipped = (made.composite[sample, 0] < 0.85) & (made.mask[sample, 0] == 1)
        change = (output - made.composite)[sample, 0][unclipped] * 255
        assert change.mean().item() == pytest.approx(RED_LEVELS, abs=2.5)
        assert (output - network)[sample, :, unclipped].abs().mean() * 255 < 2.5


def test_an_untrained_network_gains_nothing(made, untrained):
    methods = registry(untrained)
    for name in NETWORK_METHODS:
        torch.testing.assert_close(methods[name](made), made.composite, atol=1e-6, rtol=0)


def test_samples_are_the_batch(made):
    sample = samples(made)[1]
    assert np.array_equal(sample.truth, made.truth[1].movedim(0, -1).numpy())
    assert np.array_equal(sample.guide, made.guide[1, 0].numpy() > 0.5)
    assert (sample.core <= (sample.mask > 0)).all()
    assert sample.core.sum() < (sample.mask > 0.5).sum()
    picture = np.rint(sample.composite * 255).astype(np.uint8)
    same = apply_inside(picture, sample.mask, ColorMap.identity())
    assert np.array_equal(same, picture)
