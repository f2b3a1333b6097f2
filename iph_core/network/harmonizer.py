"""The paper's network: style encoder and AdaIN harmonizer (Valanarasu et al., figure 3)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.layers import AdaIN, ResidualBlock, StyledResidualBlock, zeroed
from iph_core.network.masks import blended, core
from iph_core.network.style_encoder import StyleEncoder

STRIDE = 16
"""Four down-samplings by two: pictures are padded to a multiple of this inside."""


def padding(side: int) -> int:
    """Pixels to add to a side: a multiple of STRIDE, and two positions left to normalize over."""
    return max(-side % STRIDE, 2 * STRIDE - side)


class EncoderBlock(nn.Module):
    """A down-sampling convolution, then residual blocks.

    normalize: whether the convolution is followed by instance normalization; it takes away what is
    the same all over the picture, as planes that hold a style code are.
    """

    def __init__(self, inputs: int, outputs: int, blocks: int, normalize: bool = True) -> None:
        super().__init__()
        self.normalize = normalize
        self.down = nn.Conv2d(inputs, outputs, 4, stride=2, padding=1)
        self.residual = nn.Sequential(*(ResidualBlock(outputs) for _ in range(blocks)))

    def forward(self, x: Tensor, added: Tensor | None = None) -> Tensor:
        """added: N x outputs, joins the convolution's answer at every place."""
        x = self.down(x)
        if added is not None:
            x = x + added[..., None, None]
        return self.residual(F.relu(F.instance_norm(x) if self.normalize else x))


def encoder_blocks(
    inputs: int, channels: tuple[int, ...], blocks: tuple[int, ...]
) -> nn.ModuleList:
    """The encoder of a picture with `inputs` planes, the first block without normalization."""
    befores = (inputs, *channels[:-1])
    sizes = enumerate(zip(befores, channels, blocks, strict=True))
    return nn.ModuleList(EncoderBlock(*size, normalize=index > 0) for index, size in sizes)


class DecoderBlock(nn.Module):
    """An up-sampling convolution and residual blocks, normalized by AdaIN."""

    def __init__(self, inputs: int, outputs: int, blocks: int, style: int) -> None:
        super().__init__()
        self.up = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = AdaIN(outputs, style)
        self.residual = nn.ModuleList(StyledResidualBlock(outputs, style) for _ in range(blocks))

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        x = self.up(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        x = F.relu(self.norm(x, code))
        for block in self.residual:
            x = block(x, code)
        return x


def with_change(composite: Tensor, mask: Tensor, change: Tensor) -> Tensor:
    """The composite with its foreground changed in logit space; outside the mask bit by bit."""
    return blended(composite, mask, torch.sigmoid(torch.logit(composite, eps=1e-3) + change))


class IPH(nn.Module):
    """Style encoder, then an encoder-decoder that recolors the foreground.

    The harmonizer sees the foreground alone (never the background, nor the mask's rim) with its
    mask; the look to take comes through the style code of the reference region only: by AdaIN in
    the decoder, and beside the input. There the paper concatenates it as constant planes; a
    convolution of constant planes is a linear layer, so this is one. Skip
    connections join encoder and decoder, and the last layer predicts the change of each pixel in
    logit space, so that an untrained network is the identity; the paper leaves both open.

    Call it with composite N3HW in [0, 1], mask N1HW (1 = foreground), reference N3HW (the composite
    itself or another picture of that size) and guide N1HW (1 = reference region, its rim hidden by
    `masks.visible_guide`). Returns the harmonized picture N3HW in [0, 1]; outside the mask it is
    the composite, bit by bit.
    """

    def __init__(
        self,
        channels: tuple[int, int, int, int],
        blocks: tuple[int, int, int, int],
        style_channels: tuple[int, ...],
        style: int,
    ) -> None:
        super().__init__()
        self.style_encoder = StyleEncoder(style_channels, style)
        self.code_to_input = nn.Linear(style, channels[0], bias=False)
        self.encoder = encoder_blocks(4, channels, blocks)
        outputs = (*channels[-2::-1], channels[0])
        widths = (channels[-1], *(2 * width for width in channels[-2::-1]))
        self.decoder = nn.ModuleList(
            DecoderBlock(before, after, count, style)
            for before, after, count in zip(widths, outputs, blocks[::-1], strict=True)
        )
        self.to_change = zeroed(nn.Conv2d(channels[0], 3, 3, padding=1))

    def style(self, picture: Tensor, region: Tensor) -> Tensor:
        """The style code N x D of a region."""
        return self.style_encoder(picture, region)

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        return self._in_look(composite, mask, self.style(reference, guide))

    def _in_look(self, composite: Tensor, mask: Tensor, code: Tensor) -> Tensor:
        return with_change(composite, mask, self._decode(composite * core(mask), mask, code))

    def _decode(self, foreground: Tensor, mask: Tensor, code: Tensor) -> Tensor:
        height, width = mask.shape[-2:]
        x = torch.cat((foreground * 2 - mask, mask), 1)
        x = F.pad(x, (0, padding(width), 0, padding(height)))
        skips = []
        for index, block in enumerate(self.encoder):
            x = block(x, self.code_to_input(code) if index == 0 else None)
            skips.append(x)
        x = skips.pop()
        for index, block in enumerate(self.decoder):
            x = block(x if index == 0 else torch.cat((x, skips.pop()), 1), code)
        return self.to_change(x)[..., :height, :width]
