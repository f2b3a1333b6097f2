"""Masks as a tap gives them: with a stranger's hand or a piece of wall, without an arm.

What they take in of others was never recolored, so it shows the truth among what is to be changed.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from iph_core.data.disturbances import uniform
from iph_core.network.masks import dilate

DISCS = 3
RADII = (0.12, 0.75)
"""How large the discs are that pieces are cut from: to the power of 1.5, so that small ones are
drawn more often, of the root of the region's area."""

ALIKE = (0.05, 0.25)
"""Of the range of values: how far the colors of a piece may lie from those at its middle."""

MISSING = 0.3
"""Share of discs that take a piece away."""

LEAST_LEFT = 0.4
MOST_ADDED = 0.9
"""Of the region's area: an outline that misses more, or takes in more, is left as it was."""


def loose_outline(photos: Tensor, region: Tensor, labels: Tensor, generator: Generator) -> Tensor:
    """Regions N1HW with pieces of what lies beside them and without some of their own.

    photos: N3HW in [0, 1]. labels: N1HW, all that is labeled there (see `data.folder`). A
    piece is what lies in a disc around a place at the region's edge: all of it, what is colored
    like that place, or what is labeled as something else.
    """
    edge = dilate(region, 2) - region
    # Nothing lies beside a region that fills its photo.
    edge = torch.where(edge.sum((1, 2, 3), keepdim=True) > 0, edge, region)
    loose = region
    for _ in range(DISCS):
        place = torch.multinomial(edge.flatten(1), 1, generator=generator)
        piece = _disc(place, region, generator) & _kind(place, photos, region, labels, generator)
        taken = uniform(len(region), 0, 1, generator)[..., None] < MISSING
        loose = torch.where(piece, (~taken).to(loose.dtype), loose)
    area = region.sum((1, 2, 3), keepdim=True)
    added = (loose * (1 - region)).sum((1, 2, 3), keepdim=True) / area
    left = (loose * region).sum((1, 2, 3), keepdim=True) / area
    return torch.where((added <= MOST_ADDED) & (left >= LEAST_LEFT), loose, region)


def _disc(place: Tensor, region: Tensor, generator: Generator) -> Tensor:
    """Bool N1HW: a disc of random radius around a place N x 1 (index into H x W)."""
    height, width = region.shape[-2:]
    rows = torch.arange(height, device=region.device)[:, None]
    columns = torch.arange(width, device=region.device)
    y, x = (place // width)[..., None], (place % width)[..., None]
    distance = torch.hypot((rows - y).float(), (columns - x).float())[:, None]
    root = region.sum((1, 2, 3), keepdim=True).sqrt()
    return distance <= uniform(len(region), *RADII, generator)[..., None] ** 1.5 * root


def _kind(
    place: Tensor, photos: Tensor, region: Tensor, labels: Tensor, generator: Generator
) -> Tensor:
    """Bool N1HW: what is colored like a place, what is labeled as something else, or everything."""
    kind = uniform(len(region), 0, 1, generator)[..., None]
    limit = uniform(len(region), *ALIKE, generator)[..., None]
    color = photos.flatten(2).take_along_dim(place[:, None], 2)[..., None]
    alike = (photos - color).abs().amax(1, keepdim=True) <= limit
    other = (labels > 0) & (region == 0)
    return torch.where(kind < 0.5, alike, torch.where(kind < 0.75, other, True))
