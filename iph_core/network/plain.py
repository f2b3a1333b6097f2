"""An encoder-decoder without style codes in its normalizations, and the harmonizer alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.harmonizer import encoder_blocks, padding, with_change
from iph_core.network.layers import ResidualBlock, zeroed
from iph_core.network.masks import core, surroundings


class PlainDecoderBlock(nn.Module):
    """An up-sampling convolution and residual blocks, instance normalization throughout."""

    def __init__(self, inputs: int, outputs: int, blocks: int) -> None:
        super().__init__()
        self.up = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.residual = nn.Sequential(*(ResidualBlock(outputs) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.up(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.residual(F.relu(F.instance_norm(x)))


class EncoderDecoder(nn.Module):
    """Planes N x inputs x H x W to a change N3HW in logit space, zero before training."""

    def __init__(self, inputs: int, channels: tuple[int, ...], blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = encoder_blocks(inputs, channels, blocks)
        outputs = (*channels[-2::-1], channels[0])
        widths = (channels[-1], *(2 * width for width in channels[-2::-1]))
        self.decoder = nn.ModuleList(
            PlainDecoderBlock(before, after, count)
            for before, after, count in zip(widths, outputs, blocks[::-1], strict=True)
        )
        self.to_change = zeroed(nn.Conv2d(channels[0], 3, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        x = F.pad(x, (0, padding(width), 0, padding(height)))
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        x = skips.pop()
        for index, block in enumerate(self.decoder):
            x = block(x if index == 0 else torch.cat((x, skips.pop()), 1))
        return self.to_change(x)[..., :height, :width]


class HNet(nn.Module):
    """The paper's H-Net: its harmonizer without the style encoder (the ablation's first row).

    Without a code it can learn the look from the background alone, so it sees the whole composite,
    but for the band along the foreground's edge, and no reference. Same call as `harmonizer.IPH`.
    """

    def __init__(self, channels: tuple[int, ...], blocks: tuple[int, ...]) -> None:
        super().__init__()
        self.harmonizer = EncoderDecoder(4, channels, blocks)

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        planes = torch.cat((visible_composite(composite, mask), mask), 1)
        return with_change(composite, mask, self.harmonizer(planes))


def visible_composite(composite: Tensor, mask: Tensor) -> Tensor:
    """The composite in [-1, 1], 0 in the band along the foreground's edge."""
    seen = torch.maximum(core(mask), surroundings(mask))
    return (composite * 2 - 1) * seen
