"""Layers against the formulas of their papers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from iph_core.network.layers import (
    AdaIN,
    ChannelNorm,
    PartialConv2d,
    ResidualBlock,
    StyledResidualBlock,
    zeroed,
)


def naive_partial_convolution(x, mask, weight, bias, stride):
    """Liu et al. 2018, eq. 1 and 2, window by window; positions off the picture are invalid."""
    outputs, inputs, side, _ = weight.shape
    margin = side // 2
    x = np.pad(x, ((0, 0), (margin, margin), (margin, margin)))
    mask = np.pad(mask, margin)
    height = (mask.shape[0] - side) // stride + 1
    width = (mask.shape[1] - side) // stride + 1
    result, valid = np.zeros((outputs, height, width)), np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            window = np.s_[
                row * stride : row * stride + side, column * stride : column * stride + side
            ]
            count = mask[window].sum()
            if count == 0:
                continue
            valid[row, column] = 1
            for channel in range(outputs):
                total = 0.0
                for plane in range(inputs):
                    total += (weight[channel, plane] * x[plane][window] * mask[window]).sum()
                result[channel, row, column] = total * side * side / count + bias[channel]
    return result, valid


@pytest.mark.parametrize(("side", "stride"), [(3, 1), (3, 2), (5, 2)])
def test_partial_convolution_is_that_of_the_paper(side, stride):
    torch.manual_seed(0)
    layer = PartialConv2d(2, 3, side, stride)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(1, 2, 11, 9)
    mask = (torch.rand(1, 1, 11, 9) < 0.15).float()
    mask[..., :6, :6] = 0
    features, valid = layer(x, mask)
    expected, expected_valid = naive_partial_convolution(
        x[0].numpy(),
        mask[0, 0].numpy(),
        layer.conv.weight.detach().numpy(),
        layer.bias.detach().numpy(),
        stride,
    )
    assert 0 < expected_valid.mean() < 1
    np.testing.assert_array_equal(valid[0, 0], expected_valid)
    np.testing.assert_allclose(features[0].detach(), expected, atol=1e-5)


def test_partial_convolution_by_hand():
    layer = PartialConv2d(1, 1, 3)
    torch.nn.init.ones_(layer.conv.weight)
    torch.nn.init.constant_(layer.bias, 0.5)
    x = torch.arange(9.0).view(1, 1, 3, 3)
    mask = torch.zeros(1, 1, 3, 3)
    mask[..., 0, 0] = mask[..., 1, 2] = 1
    features, valid = layer(x, mask)
    # The center's window holds 0 and 5: (0 + 5) * 9 / 2 + 0.5; the corner at (2, 0) holds nothing.
    assert features[0, 0, 1, 1].item() == pytest.approx(23.0)
    assert features[0, 0, 2, 0].item() == 0.0
    assert valid[0, 0].tolist() == [[1, 1, 1], [1, 1, 1], [0, 1, 1]]


def test_partial_convolution_of_a_full_mask_is_a_convolution_away_from_the_border():
    torch.manual_seed(0)
    layer = PartialConv2d(3, 4, 3)
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 3, 8, 8)
    features, valid = layer(x, torch.ones(2, 1, 8, 8))
    plain = F.conv2d(x, layer.conv.weight, layer.bias, padding=1)
    torch.testing.assert_close(features[..., 1:-1, 1:-1], plain[..., 1:-1, 1:-1])
    assert valid.min() == 1


@pytest.mark.parametrize("garbage", [1e30, float("nan"), float("inf")])
def test_partial_convolution_ignores_what_lies_outside(garbage):
    torch.manual_seed(0)
    layer = PartialConv2d(3, 4, 3, stride=2)
    x = torch.randn(1, 3, 9, 9)
    mask = (torch.rand(1, 1, 9, 9) < 0.5).float()
    other = torch.where(mask > 0, x, garbage)
    assert torch.equal(layer(x, mask)[0], layer(other, mask)[0])


def test_adain_without_code_is_instance_normalization():
    torch.manual_seed(0)
    layer = AdaIN(4, 8)
    x = 3 * torch.randn(2, 4, 6, 5) + 1
    normalized = layer(x, torch.zeros(2, 8))
    torch.testing.assert_close(normalized, F.instance_norm(x))
    torch.testing.assert_close(normalized.mean((2, 3)), torch.zeros(2, 4), atol=1e-5, rtol=0)


def test_adain_by_hand():
    layer = zeroed(AdaIN(1, 2))
    with torch.no_grad():
        layer.affine.weight[0, 0] = 0.5  # scale from the first number of the code
        layer.affine.weight[1, 1] = 1.0  # shift from the second
    x = torch.tensor([0.0, 2.0]).view(1, 1, 1, 2)
    # Mean 1, deviation 1: -1 and 1, times 1 + 0.5 * 1, plus 3.
    styled = layer(x, torch.tensor([[1.0, 3.0]]))
    torch.testing.assert_close(styled.flatten(), torch.tensor([1.5, 4.5]), atol=1e-4, rtol=0)


def test_channel_norm_mixes_no_positions():
    torch.manual_seed(0)
    norm = ChannelNorm(6)
    x = torch.randn(1, 6, 4, 4)
    other = x.clone()
    other[..., 2, 1] = torch.tensor([5.0, -3.0, 1.0, 0.0, 8.0, 2.0])
    changed = (norm(x) != norm(other)).any(1)[0]
    assert changed[2, 1]
    assert changed.sum() == 1
    torch.testing.assert_close(norm(x).mean(1), torch.zeros(1, 4, 4), atol=1e-6, rtol=0)
    torch.testing.assert_close(
        norm(x).var(1, unbiased=False), torch.ones(1, 4, 4), atol=1e-3, rtol=0
    )


def test_residual_blocks_without_weights_pass_on_what_is_positive():
    x = torch.randn(2, 3, 5, 5)
    assert torch.equal(zeroed(ResidualBlock(3))(x), F.relu(x))
    assert torch.equal(zeroed(StyledResidualBlock(3, 4))(x, torch.ones(2, 4)), F.relu(x))
