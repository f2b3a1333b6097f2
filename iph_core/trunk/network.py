"""The trunk that tells skin from cloth from sky: EfficientNet-Lite0 up to its fifth stage.

Tan and Le 2019 (EfficientNet); the Lite variant has no squeeze-and-excitation and ReLU6 throughout.
Batch normalization is folded into the convolutions, so the trunk is convolutions and ReLU6 alone.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGES = (
    # kernel, stride, expansion, channels, blocks
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
)
STEM = 32
STRIDE = 16
"""Pixels of the picture a cell of the features."""

FEATURES = 40 + 80 + 112
"""Channels of the features: of the third stage (averaged over 2 x 2 cells), fourth and fifth."""


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same": what is odd goes right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, groups: int) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups)

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        needed = [
            max((-(-side // stride) - 1) * stride + kernel - side, 0) for side in x.shape[-2:]
        ]
        (top, bottom), (left, right) = ((total // 2, total - total // 2) for total in needed)
        if (top, left) != (bottom, right):
            x, top, left = F.pad(x, (left, right, top, bottom)), 0, 0
        return F.conv2d(x, self.weight, self.bias, stride, (top, left), groups=self.groups)


class InvertedBottleneck(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes allow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = SameConv2d(inputs, inner, 1, 1, 1) if expansion > 1 else None
        self.filter = SameConv2d(inner, inner, kernel, stride, inner)
        self.project = SameConv2d(inner, outputs, 1, 1, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x if self.expand is None else F.relu6(self.expand(x), inplace=True)
        y = self.project(F.relu6(self.filter(y), inplace=True))
        return x + y if self.residual else y


class Trunk(nn.Module):
    """Pictures N3HW in [0, 1] to features N x FEATURES x H/16 x W/16 (sides: multiples of 16)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv2d(3, STEM, 3, 2, 1)
        self.stages = nn.ModuleList()
        inputs = STEM
        for kernel, stride, expansion, channels, blocks in STAGES:
            widths = [inputs] + [channels] * (blocks - 1)
            self.stages.append(
                nn.Sequential(
                    *(
                        InvertedBottleneck(
                            width, channels, kernel, stride if block == 0 else 1, expansion
                        )
                        for block, width in enumerate(widths)
                    )
                )
            )
            inputs = channels

    def forward(self, pictures: Tensor) -> Tensor:
        x = F.relu6(self.stem((pictures * 255 - 127) / 128), inplace=True)
        outputs = []
        for stage in self.stages:
            x = stage(x)
            outputs.append(x)
        third, fourth, fifth = outputs[2:]
        return torch.cat((F.avg_pool2d(third, 2), fourth, fifth), 1)
