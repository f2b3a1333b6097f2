"""Colors of one region given to another, as the composites of iHarmony4 were made.

Regions come as samples of their pixels, N x P x 3; what is recolored are colors N x Q x 3. All
ways work in sRGB-encoded values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

QUANTILES = 17
PROJECTIONS = 5
"""Sets of axes, one after the other, along which distributions are matched."""

# Luma and two opponent channels: close to decorrelated for photos, and invertible.
OPPONENT = ((0.299, 0.587, 0.114), (0.5, 0.0, -0.5), (-0.25, 0.5, -0.25))


def transfer(
    colors: Tensor, source: Tensor, target: Tensor, ways: Sequence[str], generator: Generator
) -> Tensor:
    """Recolor as the change from `source` to `target` says, each sample by one of `ways` (names of
    `WAYS`) of its own."""
    drawn = torch.randint(len(ways), (len(colors),), generator=generator, device=colors.device)
    moved = torch.empty_like(colors)
    for index, name in enumerate(ways):
        own = drawn == index
        if own.any():
            moved[own] = WAYS[name](colors[own], source[own], target[own])
    return moved


def match_moments(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Mean and deviation of each opponent channel (after Reinhard et al. 2001)."""
    matrix = torch.tensor(OPPONENT, device=colors.device)
    colors, source, target = (value @ matrix.T for value in (colors, source, target))
    gain = (target.std(1, keepdim=True) + 0.02) / (source.std(1, keepdim=True) + 0.02)
    moved = (colors - source.mean(1, keepdim=True)) * gain.clamp(0.3, 3)
    return (moved + target.mean(1, keepdim=True)) @ torch.linalg.inv(matrix).T


def match_covariance(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Mean and covariance of RGB through Cholesky factors (after Xiao and Ma 2006)."""
    there = torch.linalg.cholesky(_covariance(target))
    back = torch.linalg.cholesky(_covariance(source))
    matrix = there @ torch.linalg.inv(back)
    moved = (colors - source.mean(1, keepdim=True)) @ matrix.transpose(1, 2)
    return moved + target.mean(1, keepdim=True)


def match_axes(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Mean and covariance of RGB, principal axis onto principal axis (Xiao and Ma 2006); of
    both directions of an axis, the one nearer to the source's."""
    before, axes_before = torch.linalg.eigh(_covariance(source))
    after, axes_after = torch.linalg.eigh(_covariance(target))
    along = (axes_before * axes_after).sum(1, keepdim=True)
    axes_after = torch.where(along < 0, -axes_after, axes_after)
    matrix = axes_after @ torch.diag_embed((after / before).sqrt()) @ axes_before.transpose(1, 2)
    moved = (colors - source.mean(1, keepdim=True)) @ matrix.transpose(1, 2)
    return moved + target.mean(1, keepdim=True)


def match_transport(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """Mean and covariance of RGB with as little change as possible: the linear Monge-Kantorovich
    map (Pitié and Kokaram 2007)."""
    root = _root(_covariance(source))
    inverse = torch.linalg.inv(root)
    matrix = inverse @ _root(root @ _covariance(target) @ root) @ inverse
    return (colors - source.mean(1, keepdim=True)) @ matrix + target.mean(1, keepdim=True)


def match_projections(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """The distribution of RGB along one set of axes after the other (Pitié et al. 2007, of whose
    iterations these are the first; always the same axes)."""
    fixed = torch.Generator().manual_seed(0)
    both = torch.cat((colors, source), 1)
    for _ in range(PROJECTIONS):
        axes = torch.linalg.qr(torch.randn(3, 3, generator=fixed)).Q.to(colors.device)
        turned = both @ axes
        both = match_histograms(turned, turned[:, colors.shape[1] :], target @ axes) @ axes.T
    return both[:, : colors.shape[1]]


def match_histograms(colors: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """The distribution of each channel by its quantiles (after Fecker et al. 2008)."""
    steps = torch.linspace(0.02, 0.98, QUANTILES, device=colors.device)
    before = torch.quantile(source, steps, dim=1).permute(1, 2, 0).contiguous()
    after = torch.quantile(target, steps, dim=1).permute(1, 2, 0).contiguous()
    before = before + torch.arange(QUANTILES, device=colors.device) * 1e-5
    values = colors.transpose(1, 2).contiguous()
    upper = torch.searchsorted(before, values).clamp(1, QUANTILES - 1)
    x0, x1 = before.gather(2, upper - 1), before.gather(2, upper)
    y0, y1 = after.gather(2, upper - 1), after.gather(2, upper)
    fraction = ((values - x0) / (x1 - x0)).clamp(0, 1)
    beyond = values - values.clamp(before[..., :1], before[..., -1:])
    return (y0 + fraction * (y1 - y0) + beyond).transpose(1, 2)


def _covariance(pixels: Tensor) -> Tensor:
    centered = pixels - pixels.mean(1, keepdim=True)
    covariance = centered.transpose(1, 2) @ centered / pixels.shape[1]
    return covariance + 1e-3 * torch.eye(3, device=pixels.device)


def _root(matrices: Tensor) -> Tensor:
    """The symmetric square root of symmetric positive matrices N x 3 x 3."""
    values, vectors = torch.linalg.eigh(matrices)
    roots = torch.diag_embed(values.clamp_min(0).sqrt())
    return vectors @ roots @ vectors.transpose(1, 2)


WAYS: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "moments": match_moments,
    "covariance": match_covariance,
    "histograms": match_histograms,
    "axes": match_axes,
    "transport": match_transport,
    "projections": match_projections,
}
"""What a recipe's `transfer_ways` name."""
