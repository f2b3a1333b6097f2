"""The color head: one function of color, read out of regions without their rims."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.ndimage
import torch
from torch import nn

from iph_core.color_map import kernel
from iph_core.network import build
from iph_core.network.color_head import (
    NODES,
    TERMS,
    apply_curves,
    apply_polynomial,
    leaky_clamp,
)

SIDE = 128


def with_random_weights():
    torch.manual_seed(0)
    network = build("iph-color").eval()
    nn.init.normal_(network.head[-1].weight, std=0.1)
    nn.init.normal_(network.head[-1].bias, std=0.5)
    return network


def inputs(count=2):
    generator = torch.Generator().manual_seed(0)
    composite = torch.rand(count, 3, SIDE, SIDE, generator=generator)
    mask = torch.zeros(count, 1, SIDE, SIDE)
    mask[..., 20:90, 10:60] = 1
    guide = torch.zeros_like(mask)
    guide[..., 80:] = 1
    return composite, mask, composite, guide


def test_curves_are_linear_between_nodes():
    torch.manual_seed(0)
    picture, nodes = torch.rand(2, 3, 5, 7), torch.randn(2, 3, NODES)
    picture[0, 0, 0, :3] = torch.tensor([0.0, 1.0, 3 / 7])
    curved = apply_curves(picture, nodes)
    axis = np.linspace(0, 1, NODES)
    for sample in range(2):
        for channel in range(3):
            values = picture[sample, channel].numpy()
            expected = values + np.interp(values, axis, nodes[sample, channel].numpy())
            np.testing.assert_allclose(curved[sample, channel], expected, atol=1e-5)


def test_polynomial_has_the_color_maps_terms_in_its_order():
    torch.manual_seed(0)
    picture, coefficients = torch.rand(2, 3, 4, 6), torch.randn(2, TERMS, 3)
    changed = apply_polynomial(picture, coefficients)
    for sample in range(2):
        colors = picture[sample].flatten(1).T.numpy()
        expected = colors + kernel(colors) @ coefficients[sample].numpy()
        np.testing.assert_allclose(changed[sample].flatten(1).T, expected, atol=1e-5)


def test_polynomial_by_hand():
    picture = torch.tensor([0.5, 0.2, 0.1]).view(1, 3, 1, 1)
    coefficients = torch.zeros(1, TERMS, 3)
    coefficients[0, 3, 0] = 1  # RG into red
    coefficients[0, 8, 1] = 2  # B^2 into green
    coefficients[0, 10, 2] = 0.3  # 1 into blue
    changed = apply_polynomial(picture, coefficients).flatten()
    torch.testing.assert_close(changed, torch.tensor([0.6, 0.22, 0.4]))


def test_leaky_clamp_clamps_and_leaves_a_gradient():
    picture = torch.tensor([-0.5, 0.25, 1.5], requires_grad=True)
    clamped = leaky_clamp(picture)
    assert clamped.tolist() == [0.0, 0.25, 1.0]
    clamped.sum().backward()
    torch.testing.assert_close(picture.grad, torch.tensor([0.05, 1.0, 0.05]))


@torch.no_grad()
def test_untrained_it_changes_nothing():
    composite, mask, reference, guide = inputs()
    output = build("iph-color")(composite, mask, reference, guide)
    torch.testing.assert_close(output, composite, atol=1e-6, rtol=0)


@torch.no_grad()
def test_equal_colors_become_equal_colors_and_outside_stays():
    composite, mask, reference, guide = inputs()
    color = torch.tensor([0.8, 0.4, 0.2])
    places = [(25, 15), (60, 40), (80, 55)]
    for row, column in places:
        composite[:, :, row, column] = color
    output = with_random_weights()(composite, mask, reference, guide)
    first, *others = (output[:, :, row, column] for row, column in places)
    assert (first - color).abs().amax() > 0.01
    for other in others:
        assert torch.equal(first, other)
    assert not torch.equal(first[0], first[1])
    outside = (mask == 0).expand_as(composite)
    assert torch.equal(output[outside], composite[outside])
    assert output.min() >= 0
    assert output.max() <= 1


@torch.no_grad()
def test_the_rim_of_the_foreground_has_no_influence():
    composite, mask, _, guide = inputs(count=1)
    reference = composite.clone()
    inside = mask[0, 0].numpy() > 0
    # Distances in pixels; of 128, bands are 2 px inside and 4 px outside.
    outer = scipy.ndimage.distance_transform_cdt(~inside, "chessboard")
    inner = scipy.ndimage.distance_transform_cdt(np.pad(inside, 1), "chessboard")[1:-1, 1:-1]
    rim = torch.from_numpy(((outer > 0) & (outer <= 4)) | ((inner > 0) & (inner <= 2)))
    network = with_random_weights()
    before = network.change(composite, mask, reference, guide)
    after = network.change(torch.where(rim, 0.0, composite), mask, reference, guide)
    assert torch.equal(before, after)


@pytest.mark.parametrize("region", ["reference", "foreground", "background"])
@torch.no_grad()
def test_each_region_has_a_say(region):
    composite, mask, _, guide = inputs(count=1)
    reference = composite.clone()
    network = with_random_weights()
    before = network.change(composite, mask, reference, guide)
    if region == "reference":
        reference = torch.where(guide > 0, reference * 0.5, reference)
    else:
        chosen = mask if region == "foreground" else 1 - mask
        composite = torch.where(chosen > 0, composite * 0.5, composite)
    after = network.change(composite, mask, reference, guide)
    curves = 3 * NODES
    for part in (slice(curves), slice(curves, None)):
        assert (before - after)[:, part].abs().max() > 1e-4


@torch.no_grad()
def test_samples_do_not_depend_on_their_batch():
    network = with_random_weights()
    composite, mask, reference, guide = inputs(count=3)
    guide[1] = mask[1].flip(-1)
    together = network(composite, mask, reference, guide)
    alone = network(composite[1:2], mask[1:2], reference[1:2], guide[1:2])
    torch.testing.assert_close(together[1:2], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("empty", ["mask", "guide"])
@torch.no_grad()
def test_empty_regions_give_finite_pictures(empty):
    composite, mask, reference, guide = inputs(count=1)
    (mask if empty == "mask" else guide).zero_()
    assert with_random_weights()(composite, mask, reference, guide).isfinite().all()


def test_gradient_reaches_every_weight():
    network = with_random_weights().train()
    composite, mask, reference, guide = inputs()
    (network(composite, mask, reference, guide) - 0.3).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().max() > 0, name
