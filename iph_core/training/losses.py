"""Losses of the paper (Valanarasu et al., section 3.3) and ours, all means over a batch.

Pictures are N3HW in [0, 1], masks N1HW; only pixels whose mask is above 0.5 count. Style codes are
N x D. The paper's text was at hand in parts only: its terms are here, but the numbers of their
equations, its margin and its three weights could not be checked, and no docstring claims them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from iph_core.network.masks import masked_mean
from iph_core.network.statistics import binary, luminance_statistics

LUMINANCE_TERMS = ("highlight", "mid-tone", "shadow")
"""The parts of the luminance matching loss, in the order of `luminance_statistics`."""

FLOOR = 5e-4
"""Squared error (33 dB) below which a sample is good enough for `decibel_loss`."""

ROUNDING = 1e-5
"""How far apart equal codes may be: in float32 it is about 1e-6."""

MARGIN = 1.0
"""Margin m of the triplet losses, in units of the codes' distance: our choice."""


def harmonization_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """L_harm of the paper: mean absolute error (L1) over the foreground."""
    return masked_mean((output - truth).abs(), binary(mask)).mean()


def decibel_loss(output: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Natural logarithm of each sample's squared error over the foreground, above a floor. Ours.

    Unlike a mean error it counts ratios, as PSNR does: a photo that was nearly right already weighs
    as much as one that was far off.
    """
    error = masked_mean((output - truth) ** 2, binary(mask)).mean(1)
    return (error + FLOOR).log().mean()


def harm_loss(output: Tensor, composite: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """By how much, in natural logarithms as `decibel_loss`, samples end farther from the truth than
    the composite was; 0 for those that end nearer. Ours.

    Beside `decibel_loss`, what makes a sample worse counts more than what makes another as much
    better: where the network cannot tell which way to go, it goes less far.
    """
    inside = binary(mask)
    before, after = (
        masked_mean((picture - truth) ** 2, inside).mean(1) for picture in (composite, output)
    )
    return F.relu(((after + FLOOR) / (before + FLOOR)).log()).mean()


def luminance_matching_loss(
    output: Tensor,
    mask: Tensor,
    reference: Tensor,
    guide: Tensor,
    terms: tuple[str, ...] = LUMINANCE_TERMS,
) -> Tensor:
    """L_LM of the paper = L_highlight + L_mid-tone + L_shadow; `terms` leaves some out.

    Each is the absolute difference of one luma statistic of the harmonized foreground and of the
    reference region. A sample whose foreground or reference is empty counts as matched.
    """
    difference = (luminance_statistics(output, mask) - luminance_statistics(reference, guide)).abs()
    both = binary(mask).amax((1, 2, 3)) * binary(guide).amax((1, 2, 3))
    chosen = [LUMINANCE_TERMS.index(term) for term in terms]
    return (difference[:, chosen].sum(1) * both).mean()


def highlight_loss(output: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """L_highlight of the paper: difference of the 90 % quantiles of luma."""
    return luminance_matching_loss(output, mask, reference, guide, ("highlight",))


def mid_tone_loss(output: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """L_mid-tone of the paper: difference of the means of luma."""
    return luminance_matching_loss(output, mask, reference, guide, ("mid-tone",))


def shadow_loss(output: Tensor, mask: Tensor, reference: Tensor, guide: Tensor) -> Tensor:
    """L_shadow of the paper: difference of the 10 % quantiles of luma."""
    return luminance_matching_loss(output, mask, reference, guide, ("shadow",))


def consistency_loss(harmonized: Tensor, reference: Tensor) -> Tensor:
    """L_consistency of the paper: distance of two style codes, of the harmonized foreground and of
    the reference. Mean absolute difference; the paper's norm could not be checked."""
    return (harmonized - reference).abs().mean()


def departure_loss(harmonized: Tensor, composite: Tensor, margin: float = MARGIN) -> Tensor:
    """The consistency term turned round, for color transfer: max(0, m - d) with the distance d of
    the codes of harmonized and untouched foreground.

    It asks the result to leave the look it had, but no further than the margin.
    """
    return F.relu(margin - distance(harmonized, composite)).mean()


def triplet_loss(anchor: Tensor, near: Tensor, far: Tensor, margin: float = MARGIN) -> Tensor:
    """max(0, d(anchor, near) - d(anchor, far) + m), d Euclidean (Schroff et al. 2015, eq. 2, whose
    distances are squared)."""
    return F.relu(distance(anchor, near) - distance(anchor, far) + margin).mean()


def reference_triplet_loss(
    harmonized: Tensor, reference: Tensor, composite: Tensor, margin: float = MARGIN
) -> Tensor:
    """The first triplet loss: the harmonized foreground's code lies nearer to the reference's than
    to the untouched foreground's (Cong et al. 2021, Bargain-Net, with the reference for the
    background)."""
    return triplet_loss(harmonized, reference, composite, margin)


def truth_triplet_loss(
    harmonized: Tensor, truth: Tensor, composite: Tensor, margin: float = MARGIN
) -> Tensor:
    """The second triplet loss: the true foreground's code lies nearer to the harmonized one's than
    to the untouched one's (Cong et al. 2021, Bargain-Net)."""
    return triplet_loss(truth, harmonized, composite, margin)


def total_loss(
    harmonization: Tensor,
    consistency: Tensor | float,
    luminance: Tensor | float,
    triplets: Tensor | float,
    *,
    alpha: float,
    lambda_: float,
    beta: float,
) -> Tensor:
    """The paper's total: L_harm + alpha L_consistency + lambda L_LM + beta (both triplet losses).

    A term that is not wanted is 0. Which letter stands before which term, and their values, could
    not be checked.
    """
    return harmonization + alpha * consistency + lambda_ * luminance + beta * triplets


def distance(first: Tensor, second: Tensor) -> Tensor:
    """Euclidean distance N of codes N x D; 0, with no gradient, where they are equal but for
    rounding: it would point where rounding does."""
    squared = (first - second).square().sum(1)
    different = squared > ROUNDING**2
    # The root's slope at zero is infinite, and infinite times zero is not a number.
    return torch.where(different, torch.where(different, squared, 1.0).sqrt(), 0.0)
