"""What a schedule minimizes: every term of one batch by name, and their weighted sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from iph_core.data.composites import Batch
from iph_core.errors import InputError
from iph_core.network.masks import core
from iph_core.training.losses import (
    LUMINANCE_TERMS,
    MARGIN,
    consistency_loss,
    decibel_loss,
    departure_loss,
    harm_loss,
    harmonization_loss,
    luminance_matching_loss,
    reference_triplet_loss,
    total_loss,
    truth_triplet_loss,
)

TERMS = (
    "harmonization",
    "decibel",
    "harm",
    "luminance",
    "luminance_truth",
    "consistency",
    "triplets",
    "departure",
)
"""Terms of the objective; a schedule has a weight under each name."""

OURS = ("decibel", "harm", "luminance_truth", "departure")
"""Terms that are added to the paper's total."""

OF_CODES = ("consistency", "triplets", "departure")
"""Terms that compare style codes: the network needs a style encoder."""


@dataclass(frozen=True, kw_only=True)
class Objective:
    """Weights of the terms; those at zero are not computed.

    harmonization: L1 against the truth. consistency, luminance, triplets: the paper's alpha, lambda
    and beta; `luminance_terms` are the parts of the luminance matching. decibel, harm and
    luminance_truth (the statistics against the truth's) are ours. departure: for color transfer.
    margin: of the triplets and the departure.
    """

    harmonization: float = 1.0
    decibel: float = 0.0
    harm: float = 0.0
    luminance: float = 0.0
    luminance_truth: float = 0.0
    consistency: float = 0.0
    triplets: float = 0.0
    departure: float = 0.0
    margin: float = MARGIN
    luminance_terms: tuple[str, ...] = LUMINANCE_TERMS

    def losses(self, network: nn.Module, output: Tensor, made: Batch) -> dict[str, Tensor]:
        """The terms whose weight is not zero, and their weighted sum as `total`.

        InputError where a term compares style codes and the network has none.
        """
        losses = self._of_pictures(output, made) | self._of_codes(network, output, made)
        losses = {name: losses[name] for name in TERMS if name in losses}
        paper = total_loss(
            self.harmonization * losses["harmonization"],
            losses.get("consistency", 0.0),
            losses.get("luminance", 0.0),
            losses.get("triplets", 0.0),
            alpha=self.consistency,
            lambda_=self.luminance,
            beta=self.triplets,
        )
        ours = sum(getattr(self, name) * losses[name] for name in OURS if name in losses)
        return {**losses, "total": paper + ours}

    def _of_pictures(self, output: Tensor, made: Batch) -> dict[str, Tensor]:
        losses = {"harmonization": harmonization_loss(output, made.truth, made.score)}
        if self.decibel:
            losses["decibel"] = decibel_loss(output, made.truth, made.score)
        if self.harm:
            losses["harm"] = harm_loss(output, made.composite, made.truth, made.score)
        if self.luminance:
            losses["luminance"] = luminance_matching_loss(
                output, made.score, made.reference, made.guide, self.luminance_terms
            )
        if self.luminance_truth:
            losses["luminance_truth"] = luminance_matching_loss(
                output, made.score, made.truth, made.score
            )
        return losses

    def _of_codes(self, network: nn.Module, output: Tensor, made: Batch) -> dict[str, Tensor]:
        if not any(getattr(self, name) for name in OF_CODES):
            return {}
        style: Callable[[Tensor, Tensor], Tensor] | None = getattr(network, "style", None)
        if style is None:
            raise InputError(
                "Consistency and triplet losses compare style codes and this network has none:"
                " choose a network with a style encoder."
            )
        foreground = core(made.mask)
        harmonized = style(output, foreground)
        composite = style(made.composite, foreground)
        reference = style(made.reference, made.guide)
        losses = {}
        if self.consistency:
            losses["consistency"] = consistency_loss(harmonized, reference)
        if self.triplets:
            truth = style(made.truth, foreground)
            losses["triplets"] = reference_triplet_loss(
                harmonized, reference, composite, self.margin
            ) + truth_triplet_loss(harmonized, truth, composite, self.margin)
        if self.departure:
            losses["departure"] = departure_loss(harmonized, composite, self.margin)
        return losses
