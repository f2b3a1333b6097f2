"""The style encoder: a region of a picture to one code (Valanarasu et al., section 3.2)."""

from __future__ import annotations

import itertools

import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.layers import ChannelNorm, PartialConv2d
from iph_core.network.masks import masked_mean


class StyleEncoder(nn.Module):
    """Partial convolutions over the region, then a mean over it.

    Input: picture N3HW in [0, 1] and its region N1HW (1 inside). Output: style code N x D.
    Pixels outside the region have no influence on the code. An empty region gives a zero code.
    """

    def __init__(self, channels: tuple[int, ...], code: int) -> None:
        super().__init__()
        widths = (3, *channels)
        self.convolutions = nn.ModuleList(
            PartialConv2d(before, after, kernel=5 if index == 0 else 3, stride=2)
            for index, (before, after) in enumerate(itertools.pairwise(widths))
        )
        self.norms = nn.ModuleList(ChannelNorm(width) for width in channels)
        self.to_code = nn.Linear(channels[-1], code)

    def forward(self, picture: Tensor, region: Tensor) -> Tensor:
        valid = (region > 0.5).to(picture.dtype)
        occupied = valid.flatten(1).amax(1, keepdim=True)
        x = picture * 2 - 1
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x, valid = convolution(x, valid)
            x = F.gelu(norm(x)) * valid
        return self.to_code(masked_mean(x, valid)) * occupied
