"""Losses against hand values and NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from iph_core.network.statistics import luminance_statistics, masked_quantile
from iph_core.training.losses import (
    FLOOR,
    decibel_loss,
    harm_loss,
    harmonization_loss,
    luminance_matching_loss,
)


def pictures(dtype=torch.float32, side=9):
    generator = torch.Generator().manual_seed(0)
    output = torch.rand(2, 3, side, side, generator=generator, dtype=dtype)
    truth = torch.rand(2, 3, side, side, generator=generator, dtype=dtype)
    mask = (torch.rand(2, 1, side, side, generator=generator) < 0.4).to(dtype)
    return output, truth, mask


def test_harmonization_loss_by_hand():
    truth = torch.zeros(2, 3, 1, 2)
    output = torch.tensor([0.3, 0.9]).expand(2, 3, 1, 2)
    mask = torch.tensor([[[[1.0, 0.0]]], [[[1.0, 1.0]]]])
    # The first sample errs by 0.3, the second by (0.3 + 0.9) / 2: each counts once.
    assert harmonization_loss(output, truth, mask).item() == pytest.approx(0.45)


def test_decibel_loss_by_hand():
    truth = torch.zeros(2, 3, 1, 2)
    output = torch.tensor([0.1, 0.5]).expand(2, 3, 1, 2)
    mask = torch.tensor([[[[1.0, 0.0]]], [[[0.0, 1.0]]]])
    expected = (math.log(0.01 + FLOOR) + math.log(0.25 + FLOOR)) / 2
    assert decibel_loss(output, truth, mask).item() == pytest.approx(expected, abs=1e-5)


def test_harm_loss_by_hand():
    truth = torch.zeros(2, 3, 1, 1)
    composite = torch.tensor([0.1, 0.4])[:, None, None, None].expand_as(truth)
    output = torch.tensor([0.2, 0.3])[:, None, None, None].expand_as(truth)
    # The first sample ends farther from the truth, the second nearer, which counts for nothing.
    expected = math.log((0.04 + FLOOR) / (0.01 + FLOOR)) / 2
    loss = harm_loss(output, composite, truth, torch.ones(2, 1, 1, 1))
    assert loss.item() == pytest.approx(expected, abs=1e-5)
    assert harm_loss(composite, composite, truth, torch.ones(2, 1, 1, 1)).item() == 0


@pytest.mark.parametrize("loss", [harmonization_loss, decibel_loss])
def test_only_the_foreground_counts(loss):
    output, truth, mask = pictures()
    other = torch.where(mask > 0, output, torch.rand_like(output))
    assert torch.equal(loss(output, truth, mask), loss(other, truth, mask))
    torch.testing.assert_close(loss(output, truth, mask * 0.3 + 0.3), loss(output, truth, mask))


@pytest.mark.parametrize("quantile", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_quantile_is_that_of_numpy(quantile):
    output, _, mask = pictures(side=31)
    values = output[:, :1]
    mask[1] = 0
    mask[1, 0, 3, 4] = 1  # a region of one pixel
    expected = [
        np.quantile(sample[0].numpy()[inside[0].numpy() > 0], quantile)
        for sample, inside in zip(values, mask, strict=True)
    ]
    assert masked_quantile(values, mask, quantile).tolist() == pytest.approx(expected, abs=1e-5)


def test_luminance_statistics_by_hand():
    gray = torch.linspace(0, 1, 11).view(1, 1, 1, 11).expand(1, 3, 1, 11)
    mask = torch.ones(1, 1, 1, 11)
    assert luminance_statistics(gray, mask)[0].tolist() == pytest.approx([0.9, 0.5, 0.1], abs=1e-6)
    mask[..., 6:] = 0  # 0 to 0.5 remain
    assert luminance_statistics(gray, mask)[0].tolist() == pytest.approx(
        [0.45, 0.25, 0.05], abs=1e-6
    )
    color = torch.tensor([1.0, 0.5, 0.0]).view(1, 3, 1, 1)
    luma = 0.299 + 0.587 * 0.5
    assert luminance_statistics(color, torch.ones(1, 1, 1, 1))[0].tolist() == pytest.approx(
        [luma] * 3
    )


def test_luminance_matching_by_hand():
    gray = torch.linspace(0, 1, 11).view(1, 1, 1, 11).expand(1, 3, 1, 11)
    everything = torch.ones(1, 1, 1, 11)
    dark = torch.zeros_like(everything)
    dark[..., :6] = 1
    assert luminance_matching_loss(gray, everything, gray, everything).item() == 0
    # Highlights 0.9 and 0.45, means 0.5 and 0.25, shadows 0.1 and 0.05.
    loss = luminance_matching_loss(gray, everything, gray, dark)
    assert loss.item() == pytest.approx(0.45 + 0.25 + 0.05, abs=1e-6)


def test_luminance_matching_looks_at_both_regions_only():
    output, reference, mask = pictures()
    guide = mask.flip(-1)
    loss = luminance_matching_loss(output, mask, reference, guide)
    other = torch.where(mask > 0, output, 5.0)
    elsewhere = torch.where(guide > 0, reference, -5.0)
    assert torch.equal(loss, luminance_matching_loss(other, mask, elsewhere, guide))


@pytest.mark.parametrize("empty", ["mask", "guide"])
def test_an_empty_region_pulls_nowhere_and_poisons_nothing(empty):
    output, reference, mask = pictures()
    guide = mask.flip(-1)
    alone = luminance_matching_loss(output[:1], mask[:1], reference[:1], guide[:1])
    (mask if empty == "mask" else guide)[1] = 0
    output.requires_grad_()
    loss = luminance_matching_loss(output, mask, reference, guide)
    torch.testing.assert_close(loss, alone / 2)
    loss.backward()
    assert output.grad.isfinite().all()
    assert output.grad[0].abs().max() > 0
    assert output.grad[1].abs().max() == 0


def test_gradients():
    output, reference, mask = pictures(torch.float64, side=5)
    guide = mask.flip(-2)
    output.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: masked_quantile(x[:, :1], mask, 0.9), (output,))
    assert torch.autograd.gradcheck(
        lambda x: luminance_matching_loss(x, mask, reference, guide), (output,)
    )
    assert torch.autograd.gradcheck(lambda x: decibel_loss(x, reference, mask), (output,))
