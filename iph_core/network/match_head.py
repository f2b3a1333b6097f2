"""The matching head: the foreground's cells look at the reference's, and one color change results.

A trunk trained on ImageNet says what each cell of the picture shows; a transformer lets skin in the
foreground find skin in the reference, cloth find cloth. What it predicts is a function of color
alone (a curve a channel and a polynomial), so it carries to any size without loss of detail.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.color_head import NODES, TERMS, apply_curves, apply_polynomial, leaky_clamp
from iph_core.network.layers import zeroed
from iph_core.network.masks import core, dilate
from iph_core.network.statistics import FEATURES, region_statistics
from iph_core.trunk import network as trunk
from iph_core.trunk.network import Trunk

SIDE = 128
"""Side of the square picture that the head reads."""

CELLS = SIDE // trunk.STRIDE
FINE_CELLS = 2 * CELLS
STATISTICS_SIDE = 64
SMALLEST_SHARE = 0.04
"""Of a cell that has to lie in the region for the cell to count."""

SEMANTICS_NOISE = 0.3
SEMANTICS_DROPPED = 0.2
"""In training: noise on the normalized features, and the share of cells that show none."""

VIEWS = ((1.0, False), (0.85, True), (0.7, False))
"""In use: how much of the picture's sides is seen around its middle, and whether mirrored."""

LEAST_KEPT = 0.3
"""Of foreground and reference, for a view that leaves a part of the picture out to count."""

HALO = 0.06
"""Of the picture's side: how near to the foreground the same picture is no reference. What was
pasted may bring colors with it that far."""

COLORS = 9
"""Numbers a cell says of its colors: mean and spread of R, G, B, the region's share, position."""


class IPHMatch(nn.Module):
    """Cells of foreground and reference to a global color change.

    In use, not in training, the change is the mean of those read in several views of the picture:
    where they disagree, it is small. Measured on validation photos, this makes a sixth to a quarter
    fewer of them worse.

    Same call as `harmonizer.IPH`: composite N3HW in [0, 1], mask N1HW, reference N3HW, guide N1HW
    to the harmonized picture N3HW; outside the mask it is the composite, bit by bit. What lies
    neither in the foreground nor in the guide has no influence on the colors that are matched, only
    on what the trunk takes each cell for.
    """

    def __init__(
        self,
        width: int,
        layers: int,
        heads: int,
        hidden: int,
        foreground_cells: int,
        reference_cells: int,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.cells = (foreground_cells, reference_cells)
        self.trunk = Trunk()
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

    def color_change(
        self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Curve nodes N x 3 x NODES and polynomial N x TERMS x 3, both as differences."""
        pictures = (composite, mask, reference, without_halo(composite, mask, reference, guide))
        look = self._seen if self.training else self._seen_in_views
        curves, polynomial = look(*pictures).split((3 * NODES, 3 * TERMS), 1)
        return curves.unflatten(1, (3, NODES)), polynomial.unflatten(1, (TERMS, 3))

    def _seen_in_views(
        self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor
    ) -> Tensor:
        """The mean change of all views that show enough of both regions."""
        changes, counts = [], []
        for share, mirrored in VIEWS:
            seen = [
                window(picture, share, mirrored) for picture in (composite, mask, reference, guide)
            ]
            enough = kept(mask, seen[1]) & kept(guide, seen[3]) | (share == 1)
            changes.append(self._seen(*seen))
            counts.append(enough.to(composite.dtype))
        weights = torch.stack(counts)[..., None]
        return (torch.stack(changes) * weights).sum(0) / weights.sum(0)

    def _seen(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        """The change N x (3 NODES + 3 TERMS) as read off the whole of the pictures given."""
        composite, reference = _scaled(composite), _scaled(reference)
        views = [(composite, core(_scaled(mask))), (reference, _scaled(guide))]
        features = self._features(composite, reference)
        regions = [
            self._tokens(role, *view, shown)
            for role, (view, shown) in enumerate(zip(views, features, strict=True))
        ]
        summary = self.summary.expand(len(composite), -1, -1)
        tokens = torch.cat((summary, *(tokens for tokens, _ in regions)), 1)
        present = [torch.ones_like(summary[..., 0], dtype=torch.bool)]
        present += [valid for _, valid in regions]
        tokens = self.transformer(tokens, src_key_padding_mask=~torch.cat(present, 1))
        summary, *bodies = self.norm(tokens).split((1, *self.cells), 1)
        means = [_mean(body, valid) for body, (_, valid) in zip(bodies, regions, strict=True)]
        statistics = [_statistics(*view) for view in views]
        difference = statistics[1] - statistics[0]
        read = torch.cat((summary[:, 0], *means, *statistics, difference), 1)
        change: Tensor = self.head(read) * 0.1
        return change

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        curves, polynomial = self.color_change(composite, mask, reference, guide)
        recolored = leaky_clamp(apply_polynomial(apply_curves(composite, curves), polynomial))
        return torch.where(mask > 0, composite + mask * (recolored - composite), composite)

    def _features(self, composite: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """What the trunk sees in both pictures; where they are the same one, it looks once."""
        seen = self.trunk(composite)
        seen_in_reference = seen.clone()
        other = ~_same(composite, reference)
        if other.any():
            seen_in_reference[other] = self.trunk(reference[other]).to(seen.dtype)
        return seen, seen_in_reference

    def _tokens(
        self, role: int, picture: Tensor, region: Tensor, features: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The cells N x K x width that hold most of the region, and which of them count."""
        colors = cell_colors(picture, region)
        share = colors[..., 6]
        chosen = share.topk(self.cells[role], 1).indices
        features = features.flatten(2).transpose(1, 2)
        features = features.take_along_dim(chosen[..., None], 1)
        colors = colors.take_along_dim(chosen[..., None], 1)
        mean, spread, rest = colors.split((3, 3, COLORS - 6), -1)
        tokens = self.colors(torch.cat((mean * 2 - 1, spread * 4, rest), -1))
        tokens = tokens + self._semantics(features) + self.role.weight[role]
        return tokens, share.take_along_dim(chosen, 1) > SMALLEST_SHARE

    def _semantics(self, features: Tensor) -> Tensor:
        """What cells show, N x K x width; blurred in training, or photos would be known by heart
        and their true colors with them."""
        features = self.semantics_norm(features)
        if self.training:
            shown = torch.rand_like(features[..., :1]) > SEMANTICS_DROPPED
            features = (features + SEMANTICS_NOISE * torch.randn_like(features)) * shown
        return self.semantics(features)


def without_halo(composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """The guide without what lies near the foreground in the same picture; whole where too little
    of it would be left, and in another picture."""
    far = guide * (1 - dilate((mask > 0).to(guide.dtype), round(HALO * mask.shape[-1])))
    clear = _same(composite, reference) & kept(guide, far)
    return torch.where(clear[:, None, None, None], far, guide)


def window(picture: Tensor, share: float, mirrored: bool) -> Tensor:
    """The middle of a picture, `share` of its sides, perhaps mirrored."""
    height, width = (max(1, round(side * share)) for side in picture.shape[-2:])
    top, left = (picture.shape[-2] - height) // 2, (picture.shape[-1] - width) // 2
    seen = picture[..., top : top + height, left : left + width]
    return seen.flip(-1) if mirrored else seen


def kept(region: Tensor, seen: Tensor) -> Tensor:
    """For each of N regions, whether the part of it that is seen is large enough: bool (N,)."""
    return seen.sum((1, 2, 3)) >= LEAST_KEPT * region.sum((1, 2, 3))


def cell_colors(picture: Tensor, region: Tensor) -> Tensor:
    """What each cell of the picture N3SS says of the region's colors: N x CELLS^2 x COLORS.

    Spread is measured in cells of half the side: that of a texture, not of an edge between things.
    """
    inside = (region > 0.5).to(picture.dtype)
    share = F.adaptive_avg_pool2d(inside, FINE_CELLS)
    weight = share.clamp_min(1e-4)
    mean = F.adaptive_avg_pool2d(picture * inside, FINE_CELLS) / weight
    square = F.adaptive_avg_pool2d(picture**2 * inside, FINE_CELLS) / weight
    spread = (square - mean**2).clamp_min(0).sqrt()
    fine = torch.cat((mean, spread), 1) * (share > 0.02)
    weight = share + 1e-6
    coarse = F.avg_pool2d(fine * weight, 2) / F.avg_pool2d(weight, 2)
    axis = torch.linspace(-1, 1, CELLS, device=picture.device, dtype=picture.dtype)
    position = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))
    position = position.expand(len(picture), -1, -1, -1)
    cells = torch.cat((coarse, F.avg_pool2d(share, 2), position), 1)
    return cells.flatten(2).transpose(1, 2)


def _same(first: Tensor, second: Tensor) -> Tensor:
    """Which of N pictures are equal, bool (N,)."""
    return (first == second).flatten(1).all(1)


def _scaled(picture: Tensor) -> Tensor:
    if min(picture.shape[-2:]) >= SIDE:
        return F.interpolate(picture, (SIDE, SIDE), mode="area")
    return F.interpolate(picture, (SIDE, SIDE), mode="bilinear")


def _mean(tokens: Tensor, valid: Tensor) -> Tensor:
    weights = valid[..., None].to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp_min(1)


def _statistics(picture: Tensor, region: Tensor) -> Tensor:
    side = (STATISTICS_SIDE, STATISTICS_SIDE)
    small = F.interpolate(picture, side, mode="area")
    inside = F.interpolate((region > 0.5).to(picture.dtype), side, mode="area")
    return region_statistics(small, (inside > 0.5).to(picture.dtype))
