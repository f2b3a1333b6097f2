"""Building blocks: partial convolution, adaptive instance normalization, residual blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Layer = TypeVar("Layer", bound=nn.Module)


def zeroed(layer: Layer) -> Layer:
    """The layer with all its parameters at zero: a last layer that starts by changing nothing."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class PartialConv2d(nn.Module):
    """Convolution of the valid pixels only (Liu et al. 2018, eq. 1 and 2).

    `x' = W (X * M) * sum(1) / sum(M) + b` where the window holds a valid pixel, else 0; the new
    mask is 1 where the window held one. Pixels outside the mask cannot influence the output,
    whatever they hold (nan and inf included).
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Features NCHW and mask N1HW to features NDhw and mask N1hw."""
        x = torch.where(mask > 0, x, torch.zeros((), dtype=x.dtype, device=x.device))
        share = F.avg_pool2d(mask, self.kernel, self.stride, self.kernel // 2)
        valid = (share > 0).to(x.dtype)
        scale = valid / share.clamp_min(1e-8)
        return (self.conv(x) * scale + self.bias[:, None, None]) * valid, valid


class ChannelNorm(nn.Module):
    """Layer normalization over the channels of each position.

    Unlike batch or instance normalization it mixes no positions, so it keeps masked-out pixels
    without influence.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


class AdaIN(nn.Module):
    """Adaptive instance normalization (Huang and Belongie 2017, eq. 8), driven by a style code.

    Scale and shift of each channel are affine functions of the code N x D.
    """

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.affine = nn.Linear(style, 2 * channels)
        nn.init.normal_(self.affine.weight, std=0.01)
        nn.init.zeros_(self.affine.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        scale, shift = self.affine(code)[:, :, None, None].chunk(2, 1)
        return F.instance_norm(x) * (1 + scale) + shift


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with instance normalization, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(F.instance_norm(self.first(x)))
        return F.relu(x + F.instance_norm(self.second(hidden)))


class StyledResidualBlock(nn.Module):
    """A residual block whose normalizations take scale and shift from the style code."""

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.first_norm = AdaIN(channels, style)
        self.second_norm = AdaIN(channels, style)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        hidden = F.relu(self.first_norm(self.first(x), code))
        return F.relu(x + self.second_norm(self.second(hidden), code))


def doubled(weights: Mapping[str, Tensor], first: str, second: str) -> dict[str, Tensor]:
    """Weights by name, and those whose names begin with `first` once more under `second`."""
    copies = {
        second + name.removeprefix(first): value.clone()
        for name, value in weights.items()
        if name.startswith(first)
    }
    return {**weights, **copies}
