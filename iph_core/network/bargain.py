"""A network like Bargain-Net (R): the reference's domain code joined to what the network reads."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from iph_core.network.harmonizer import with_change
from iph_core.network.plain import EncoderDecoder, visible_composite
from iph_core.network.style_encoder import StyleEncoder

CODE_WEIGHT, LEAST_WEIGHT = 0.1, 1e-3


class BargainNet(nn.Module):
    """Bargain-Net (Cong et al. 2021) with the reference region for the background, as the paper
    compares itself with: "Bargain-Net (R)".

    A domain encoder of partial convolutions turns the region into a code; the code, spread over the
    picture and weighted by one learned number (0.1 at first, as theirs), is concatenated to the
    composite and its mask at the input of an encoder-decoder. Theirs is a U-Net with attention;
    this one has this project's blocks, sizes and hidden band, so that the two ways of giving the
    code are what differs. Same call as `harmonizer.IPH`.
    """

    def __init__(
        self,
        channels: tuple[int, ...],
        blocks: tuple[int, ...],
        style_channels: tuple[int, ...],
        style: int,
    ) -> None:
        super().__init__()
        self.style_encoder = StyleEncoder(style_channels, style)
        self.harmonizer = EncoderDecoder(4 + style, channels, blocks)
        self.code_weight = nn.Parameter(torch.tensor(CODE_WEIGHT))

    def style(self, picture: Tensor, region: Tensor) -> Tensor:
        """The domain code N x D of a region."""
        return self.style_encoder(picture, region)

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        code = self.style(reference, guide) * self.code_weight.clamp_min(LEAST_WEIGHT)
        spread = code[:, :, None, None].expand(-1, -1, *mask.shape[-2:])
        planes = torch.cat((visible_composite(composite, mask), mask, spread), 1)
        return with_change(composite, mask, self.harmonizer(planes))
