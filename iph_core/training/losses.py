"""Losses of the paper (Valanarasu et al., section 3.3) and ours, all means over a batch.

Pictures are N3HW in [0, 1], masks N1HW; only pixels whose mask is above 0.5 count.
"""

from __future__ import annotations

import torch
from torch import Tensor

from iph_core.network.masks import masked_mean
from iph_core.network.statistics import luma

HIGHLIGHT, SHADOW = 0.9, 0.1
"""Quantiles of luma that stand for highlights and shadows."""

FLOOR = 5e-4
"""Squared error (33 dB) below which a sample is good enough for `decibel_loss`."""


def harmonization_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """L_harm: mean absolute error over the foreground."""
    return masked_mean((output - truth).abs(), binary(mask)).mean()


def decibel_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Natural logarithm of each sample's squared error over the foreground, above a floor.

    Unlike a mean error it counts ratios, as PSNR does: a photo that was nearly right already weighs
    as much as one that was far off.
    """
    error = masked_mean((output - truth) ** 2, binary(mask)).mean(1)
    return (error + FLOOR).log().mean()


def luminance_matching_loss(
    output: Tensor, mask: Tensor, reference: Tensor, guide: Tensor
) -> Tensor:
    """L_LM = L_highlight + L_mid-tone + L_shadow: absolute differences of luma statistics.

    90 % quantile, mean and 10 % quantile of the luma of the harmonized foreground against those of
    the reference region. A sample whose foreground or reference is empty counts as matched.
    """
    ours = luminance_statistics(output, mask)
    theirs = luminance_statistics(reference, guide)
    both = binary(mask).amax((1, 2, 3)) * binary(guide).amax((1, 2, 3))
    return ((ours - theirs).abs().sum(1) * both).mean()


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
    return (mask > 0.5).to(mask.dtype)
