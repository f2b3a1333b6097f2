"""The color head: one color change for the whole foreground, read out of style codes.

The style encoder reads three regions (reference, foreground, background); a small perceptron turns
the codes and color statistics into a curve a channel and a polynomial of 11 terms. What it predicts
is a function of color alone, so it carries to any size without loss of detail.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from iph_core.network.layers import zeroed
from iph_core.network.masks import blended, core, shrink, surroundings
from iph_core.network.statistics import FEATURES, region_statistics
from iph_core.network.style_encoder import StyleEncoder

NODES = 8
TERMS = 11


class IPHColor(nn.Module):
    """Style codes of reference, foreground and background to a global color change.

    Same call as `harmonizer.IPH`: composite N3HW in [0, 1], mask N1HW, reference N3HW, guide N1HW
    to the harmonized picture N3HW; outside the mask it is the composite, bit by bit.
    """

    def __init__(
        self, style_channels: tuple[int, ...], style: int, hidden: int, working_size: int
    ) -> None:
        super().__init__()
        self.working_size = working_size
        self.style_encoder = StyleEncoder(style_channels, style)
        self.head = nn.Sequential(
            nn.Linear(3 * (style + FEATURES), hidden),
            nn.GELU(),
            nn.LayerNorm(hidden),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.LayerNorm(hidden),
            zeroed(nn.Linear(hidden, 3 * NODES + 3 * TERMS)),
        )

    def style(self, picture: Tensor, region: Tensor) -> Tensor:
        """The style code N x D of a region."""
        return self.style_encoder(*shrink(picture, region, self.working_size))

    def describe(self, picture: Tensor, region: Tensor) -> Tensor:
        """Style code and color statistics of a region."""
        small, valid = shrink(picture, region, self.working_size)
        code = self.style_encoder(small, valid)
        half, half_valid = shrink(small, valid, self.working_size // 2)
        return torch.cat((code, region_statistics(half, half_valid)), 1)

    def change(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        """The numbers of the color change, for `changed`."""
        descriptions = (
            self.describe(reference, guide),
            self.describe(composite, core(mask)),
            self.describe(composite, surroundings(mask)),
        )
        change: Tensor = self.head(torch.cat(descriptions, 1)) * 0.1
        return change

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        return changed(composite, mask, self.change(composite, mask, reference, guide))


def changed(composite: Tensor, mask: Tensor, change: Tensor) -> Tensor:
    """The composite with its foreground recolored; outside the mask bit by bit.

    change: as `recolored` takes it.
    """
    return blended(composite, mask, recolored(composite, change))


def recolored(picture: Tensor, change: Tensor) -> Tensor:
    """All of a picture N3HW after a color change.

    change: N x (3 NODES + 3 TERMS), differences of the curves' nodes (a channel after the other),
    then of the polynomial's factors.
    """
    nodes, factors = change.split((3 * NODES, 3 * TERMS), 1)
    curved = apply_curves(picture, nodes.unflatten(1, (3, NODES)))
    return leaky_clamp(apply_polynomial(curved, factors.unflatten(1, (TERMS, 3))))


def apply_curves(picture: Tensor, nodes: Tensor) -> Tensor:
    """Add to each channel of N3HW a piecewise linear curve with nodes N x 3 x K over [0, 1]."""
    values = picture.flatten(2)
    position = values.clamp(0, 1) * (nodes.shape[-1] - 1)
    lower = position.detach().floor().clamp_max(nodes.shape[-1] - 2).long()
    fraction = position - lower
    change = nodes.gather(2, lower) * (1 - fraction) + nodes.gather(2, lower + 1) * fraction
    return (values + change).view_as(picture)


def apply_polynomial(picture: Tensor, coefficients: Tensor) -> Tensor:
    """Add to each pixel of N3HW its polynomial (Afifi et al. 2019: R, G, B, RG, RB, GB, R^2, G^2,
    B^2, RGB, 1) with coefficients N x 11 x 3."""
    red, green, blue = picture.flatten(2).unbind(1)
    kernel = torch.stack(
        (
            red, green, blue,
            red * green, red * blue, green * blue,
            red**2, green**2, blue**2,
            red * green * blue,
            torch.ones_like(red),
        ),
        1,
    )  # fmt: skip
    return picture + (coefficients.transpose(1, 2) @ kernel).view_as(picture)


def leaky_clamp(picture: Tensor) -> Tensor:
    """Clamp to [0, 1] whose gradient does not die outside."""
    clamped = picture.clamp(0, 1)
    return clamped + (picture - picture.detach()) * (picture != clamped) * 0.05
