"""The matcher: the foreground's cells look at the reference's, and one color change results.

A trunk trained on ImageNet says what each cell of the picture shows; a transformer lets skin in the
foreground find skin in the reference, cloth find cloth.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.color_head import NODES, TERMS
from iph_core.network.layers import zeroed
from iph_core.network.statistics import FEATURES
from iph_core.trunk import network as trunk

COLORS = 9
"""Numbers a cell says of its colors: mean and spread of R, G, B, the region's share, position."""

SEMANTICS_NOISE = 0.3
SEMANTICS_DROPPED = 0.2
"""In training: noise on the normalized features, and the share of cells that show none."""


@dataclass(frozen=True)
class Cells:
    """The cells of a picture that hold most of a region.

    colors: N x K x COLORS. features: N x K x trunk.FEATURES, what the trunk takes them for. valid:
    bool N x K, which of them count.
    """

    colors: Tensor
    features: Tensor
    valid: Tensor


class Matcher(nn.Module):
    """Cells of foreground and reference to the numbers of a color change, N x (3 NODES + 3 TERMS).

    statistics: N x 3 FEATURES, of both regions and their difference, which the head reads beside
    the cells.
    """

    def __init__(self, width: int, layers: int, heads: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.semantics_norm = nn.LayerNorm(trunk.FEATURES)
        self.semantics = nn.Linear(trunk.FEATURES, width)
        self.colors = nn.Sequential(nn.Linear(COLORS, width), nn.GELU(), nn.Linear(width, width))
        self.role = nn.Embedding(2, width)
        self.summary = nn.Parameter(torch.zeros(1, 1, width))
        layer = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout, F.gelu, batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        read = 3 * width + 3 * FEATURES
        self.head = nn.Sequential(
            nn.LayerNorm(read),
            nn.Linear(read, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.LayerNorm(hidden),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.LayerNorm(hidden),
            zeroed(nn.Linear(hidden, 3 * NODES + 3 * TERMS)),
        )

    def forward(self, foreground: Cells, reference: Cells, statistics: Tensor) -> Tensor:
        regions = (foreground, reference)
        summary = self.summary.expand(len(statistics), -1, -1)
        tokens = [summary, *(self._tokens(role, cells) for role, cells in enumerate(regions))]
        present = [torch.ones_like(summary[..., 0], dtype=torch.bool)]
        present += [cells.valid for cells in regions]
        read = self.transformer(torch.cat(tokens, 1), src_key_padding_mask=~torch.cat(present, 1))
        summary, *bodies = self.norm(read).split([part.shape[1] for part in tokens], 1)
        means = [_mean(body, cells.valid) for body, cells in zip(bodies, regions, strict=True)]
        change: Tensor = self.head(torch.cat((summary[:, 0], *means, statistics), 1))
        return change * 0.1

    def _tokens(self, role: int, cells: Cells) -> Tensor:
        mean, spread, rest = cells.colors.split((3, 3, COLORS - 6), -1)
        tokens = self.colors(torch.cat((mean * 2 - 1, spread * 4, rest), -1))
        return tokens + self._semantics(cells.features) + self.role.weight[role]

    def _semantics(self, features: Tensor) -> Tensor:
        """What cells show, N x K x width; blurred in training, or photos would be known by heart
        and their true colors with them."""
        features = self.semantics_norm(features)
        if self.training:
            shown = torch.rand_like(features[..., :1]) > SEMANTICS_DROPPED
            features = (features + SEMANTICS_NOISE * torch.randn_like(features)) * shown
        return self.semantics(features)


def _mean(tokens: Tensor, valid: Tensor) -> Tensor:
    weights = valid[..., None].to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp_min(1)
