"""What a region's colors are like, in numbers: soft histograms, means and covariances."""

from __future__ import annotations

import torch
from torch import Tensor

from iph_core.network.masks import masked_mean

BINS = 16
CHANNELS = 6
FEATURES = CHANNELS * BINS + 3 + 6 + 1
"""Length of the vector that `region_statistics` returns for one region."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G, B in luma (ITU-R BT.601), on sRGB-encoded values."""


def luma(picture: Tensor) -> Tensor:
    """Luma N1HW of a picture N3HW."""
    red, green, blue = picture.split(1, 1)
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def region_statistics(picture: Tensor, region: Tensor) -> Tensor:
    """Statistics N x FEATURES of the pixels of N3HW inside the region N1HW.

    Cumulative soft histograms of R, G, B, luma and two opponent channels, the mean of R, G, B, the
    signed roots of the six distinct entries of their covariance, and the region's share of the
    picture.
    An empty region gives zeros.
    """
    channels = torch.cat((picture, luma(picture), _opponents(picture)), 1)
    cumulative = _soft_histogram(channels, region).cumsum(-1)
    mean = masked_mean(picture, region)
    centered = picture - mean[:, :, None, None]
    products = torch.stack(
        [centered[:, i] * centered[:, j] for i in range(3) for j in range(i, 3)], 1
    )
    covariance = masked_mean(products, region)
    spread = covariance.sign() * covariance.abs().sqrt()
    share = region.mean((2, 3))
    return torch.cat((cumulative.flatten(1), mean, spread, share), 1)


def _opponents(picture: Tensor) -> Tensor:
    """Red-green and blue-yellow differences, N2HW in [0, 1], 0.5 for gray."""
    red, green, blue = picture.split(1, 1)
    return torch.cat((red - green, blue - (red + green) / 2), 1) / 2 + 0.5


def _soft_histogram(channels: Tensor, region: Tensor) -> Tensor:
    """Histogram N x C x BINS of values in [0, 1]: each pixel is shared by its two nearest bins."""
    values = channels.flatten(2).clamp(0, 1) * (BINS - 1)
    weights = region.flatten(2) / region.flatten(2).sum(-1, keepdim=True).clamp_min(1e-6)
    lower = values.floor().clamp_max(BINS - 2)
    fraction = values - lower
    histogram = torch.zeros(*values.shape[:2], BINS, dtype=values.dtype, device=values.device)
    index = lower.long()
    histogram.scatter_add_(2, index, (1 - fraction) * weights)
    histogram.scatter_add_(2, index + 1, fraction * weights)
    return histogram


HIGHLIGHT, SHADOW = 0.9, 0.1
"""Quantiles of luma that stand for highlights and shadows."""


def luminance_statistics(picture: Tensor, mask: Tensor) -> Tensor:
    """Highlight, mid-tone and shadow N x 3 of the luma inside a mask; differentiable."""
    values = luma(picture)
    inside = binary(mask)
    return torch.stack(
        (
            masked_quantile(values, inside, HIGHLIGHT),
            masked_mean(values, inside)[:, 0],
            masked_quantile(values, inside, SHADOW),
        ),
        1,
    )


def masked_quantile(values: Tensor, mask: Tensor, quantile: float) -> Tensor:
    """Quantile N of values N1HW inside a binary mask N1HW, linear between ranks as in NumPy.

    Zero where the mask is empty.
    """
    flat, inside = values.flatten(1), mask.flatten(1) > 0.5
    count = inside.sum(1, keepdim=True)
    ordered = torch.where(inside, flat, torch.inf).sort(1).values
    ordered = torch.where(count > 0, ordered, 0)
    rank = quantile * (count - 1).clamp_min(0)
    lower = ordered.gather(1, rank.floor().long())
    upper = ordered.gather(1, rank.ceil().long())
    return (lower + (rank - rank.floor()) * (upper - lower))[:, 0]


def binary(mask: Tensor) -> Tensor:
    """A mask with 1 where it is above 0.5, and 0 elsewhere."""
    return (mask > 0.5).to(mask.dtype)
