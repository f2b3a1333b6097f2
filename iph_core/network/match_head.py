"""Networks that match cells: one color change of the foreground, read off two regions.

What they predict is a function of color alone (a curve a channel and a polynomial), so it carries
to any size without loss of detail.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from iph_core.network.color_head import changed, recolored
from iph_core.network.confidence import confident, confident_again
from iph_core.network.layers import doubled
from iph_core.network.masks import blended, core, dilate, shrink
from iph_core.network.matcher import Cells, Matcher
from iph_core.network.statistics import region_statistics
from iph_core.network.views import VIEWS, drawn_view, enough, kept, scaled, window
from iph_core.trunk import network as trunk
from iph_core.trunk.network import Trunk

SIDE = 160
"""Side of the square picture that the head reads. The trunk sees more in a larger picture; what
ships learned mostly at 128 pixels, and beyond 160 gains less (docs/experiments.md)."""

UNREAD_RIM = 0.018
"""Of the side, inside the foreground, that is not read: 3 pixels. With 2 of 160, less than with 2
of 128, composites gave 0.4 dB of their gain away in true colors at the rim."""

CELLS = SIDE // trunk.STRIDE
FINE_CELLS = 2 * CELLS
STATISTICS_SIDE = 64
SMALLEST_SHARE = 0.04
"""Of a cell that has to lie in the region for the cell to count."""

HALO = 0.06
"""Of the picture's side: how near to the foreground the same picture is no reference. What was
pasted may bring colors with it that far."""


class IPHMatch(nn.Module):
    """Cells of foreground and reference to a global color change.

    In use, not in training, the change is the mean of those read in several views of the picture:
    where they disagree, it is small. Of a small one, more is done; of a tiny one, nothing
    (`confidence`). Measured on validation photos, each of both makes a sixth to a quarter fewer of
    them worse. Then the network looks a second time, at its own result, where the foreground's
    colors, mostly put right, say less and the reference's say more, and changes that again.

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
        self.matcher = Matcher(width, layers, heads, hidden, dropout)

    def forward(self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
        change = self.change(composite, mask, reference, guide, self.matcher)
        if self.training:
            return changed(composite, mask, change)
        return self._done(composite, mask, reference, guide, change)

    def _done(
        self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor, change: Tensor
    ) -> Tensor:
        """In use: the composite after a first look's change, and a second look."""
        change, anything = confident(composite, mask, change)
        first = recolored(composite, change)
        seen = blended(composite, mask, first)
        again = torch.where(_same(composite, reference)[:, None, None, None], seen, reference)
        second = confident_again(seen, mask, self.change(seen, mask, again, guide, self.matcher))
        return blended(composite, mask, recolored(first, second * anything[:, None]))

    def change(
        self,
        composite: Tensor,
        mask: Tensor,
        reference: Tensor,
        guide: Tensor,
        matcher: Callable[[Cells, Cells, Tensor], Tensor],
    ) -> Tensor:
        """The numbers of the color change, for `color_head.changed`."""
        pictures = (composite, mask, reference, without_halo(composite, mask, reference, guide))
        if self.training:
            return matcher(*self._read(*drawn_view(pictures, SIDE)))
        changes, counts = [], []
        for share, mirrored in VIEWS:
            seen = tuple(window(picture, share, mirrored) for picture in pictures)
            changes.append(matcher(*self._read(*seen)))
            counts.append(enough(pictures, seen) | (share == 1))
        weights = torch.stack(counts)[..., None].to(composite.dtype)
        return (torch.stack(changes) * weights).sum(0) / weights.sum(0)

    def _read(
        self, composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor
    ) -> tuple[Cells, Cells, Tensor]:
        """What a matcher is called with."""
        composite, reference = scaled(composite, SIDE), scaled(reference, SIDE)
        views = [
            (composite, core(scaled(mask, SIDE), UNREAD_RIM)),
            (reference, scaled(guide, SIDE)),
        ]
        features = self._features(composite, reference)
        foreground, wanted = (
            _cells(*view, shown, count)
            for view, shown, count in zip(views, features, self.cells, strict=True)
        )
        ours, theirs = (_statistics(*view) for view in views)
        return foreground, wanted, torch.cat((ours, theirs, theirs - ours), 1)

    def _features(self, composite: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """What the trunk sees in both pictures; where they are the same one, it looks once."""
        seen = self.trunk(composite)
        seen_in_reference = seen.clone()
        other = ~_same(composite, reference)
        if other.any():
            seen_in_reference[other] = self.trunk(reference[other]).to(seen.dtype)
        return seen, seen_in_reference


class IPHMatchTransfer(IPHMatch):
    """With a second matcher, trained for aggressive color transfer.

    As `transfer.IPHTransfer` blends two style codes (Valanarasu et al., equation 7), this blends
    two pictures: (1 - R) of what `IPHMatch` makes and R of what the second matcher does, which
    looks once; harmonization at R = 0, color transfer at R = 1. Takes the sizes of `IPHMatch`.
    """

    def __init__(self, **sizes: Any) -> None:
        super().__init__(**sizes)
        self.transfer_encoder = copy.deepcopy(self.matcher)

    def adopt(self, harmonizer: IPHMatch) -> None:
        """Take the weights of a network without a second matcher, which begins as the first.

        RuntimeError for one of other sizes.
        """
        self.load_state_dict(doubled(harmonizer.state_dict(), "matcher.", "transfer_encoder."))

    def forward(
        self,
        composite: Tensor,
        mask: Tensor,
        reference: Tensor,
        guide: Tensor,
        transfer: float = 0.0,
    ) -> Tensor:
        """As `IPHMatch`; transfer is the ratio R in [0, 1]."""
        if not transfer:
            return super().forward(composite, mask, reference, guide)

        def both(*cells: Any) -> Tensor:
            return torch.cat((self.matcher(*cells), self.transfer_encoder(*cells)), 1)

        first, second = self.change(composite, mask, reference, guide, both).chunk(2, 1)
        if self.training:
            return changed(composite, mask, first.lerp(second, transfer))
        harmonized = self._done(composite, mask, reference, guide, first)
        return harmonized.lerp(changed(composite, mask, second), transfer)


def without_halo(composite: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """The guide without what lies near the foreground in the same picture; whole where too little
    of it would be left, and in another picture."""
    far = guide * (1 - dilate((mask > 0).to(guide.dtype), round(HALO * mask.shape[-1])))
    clear = _same(composite, reference) & kept(guide, far)
    return torch.where(clear[:, None, None, None], far, guide)


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


def _cells(picture: Tensor, region: Tensor, features: Tensor, count: int) -> Cells:
    """The `count` cells that hold most of the region."""
    colors = cell_colors(picture, region)
    share = colors[..., 6]
    chosen = share.topk(count, 1).indices
    return Cells(
        colors.take_along_dim(chosen[..., None], 1),
        features.flatten(2).transpose(1, 2).take_along_dim(chosen[..., None], 1),
        share.take_along_dim(chosen, 1) > SMALLEST_SHARE,
    )


def _statistics(picture: Tensor, region: Tensor) -> Tensor:
    return region_statistics(*shrink(picture, region, STATISTICS_SIDE))
