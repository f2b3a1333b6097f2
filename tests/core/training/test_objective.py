"""What a schedule minimizes."""

from __future__ import annotations

import pytest
import torch

from iph_core.data.recipe import STANDARD
from iph_core.data.synthesis import Synthesizer
from iph_core.errors import InputError
from iph_core.network import build
from iph_core.network.masks import core
from iph_core.training.losses import (
    consistency_loss,
    harm_loss,
    reference_triplet_loss,
    shadow_loss,
    truth_triplet_loss,
)
from iph_core.training.objective import TERMS, Objective
from tests.folders import tiny_bank


@pytest.fixture(scope="module")
def made():
    synthesizer = Synthesizer(tiny_bank(64), STANDARD, 32)
    return synthesizer.batch(torch.arange(3), torch.Generator().manual_seed(0))


def run(objective, network, made):
    output = network(made.composite, made.mask, made.reference, made.guide)
    return output, objective.losses(network, output, made)


def test_terms_and_their_weighted_sum(made):
    torch.manual_seed(0)
    network = build("iph-small")
    weights = dict.fromkeys(TERMS, 0.0) | {"harmonization": 2.0, "consistency": 0.5}
    objective = Objective(
        **weights | {"triplets": 0.25, "luminance": 3.0}, luminance_terms=("shadow",)
    )
    output, losses = run(objective, network, made)
    assert list(losses) == ["harmonization", "luminance", "consistency", "triplets", "total"]
    torch.testing.assert_close(
        losses["total"],
        2 * losses["harmonization"]
        + 3 * losses["luminance"]
        + 0.5 * losses["consistency"]
        + 0.25 * losses["triplets"],
    )
    codes = [
        network.style(picture, core(made.mask)) for picture in (output, made.truth, made.composite)
    ]
    harmonized, truth, composite = codes
    reference = network.style(made.reference, made.guide)
    torch.testing.assert_close(losses["consistency"], consistency_loss(harmonized, reference))
    torch.testing.assert_close(
        losses["triplets"],
        reference_triplet_loss(harmonized, reference, composite)
        + truth_triplet_loss(harmonized, truth, composite),
    )
    torch.testing.assert_close(
        losses["luminance"], shadow_loss(output, made.score, made.reference, made.guide)
    )


def test_harm_is_against_the_composite(made):
    output = made.truth.lerp(made.composite, 1.5)
    losses = Objective(harm=2.0).losses(torch.nn.Identity(), output, made)
    expected = harm_loss(output, made.composite, made.truth, made.score)
    assert expected > 0
    torch.testing.assert_close(losses["harm"], expected)
    torch.testing.assert_close(losses["total"], losses["harmonization"] + 2 * expected)


def test_codes_teach_the_encoder(made):
    torch.manual_seed(0)
    network = build("bargain-small")
    _, losses = run(Objective(harmonization=0.0, triplets=1.0), network, made)
    losses["total"].backward()
    gradient = network.style_encoder.to_code.weight.grad
    assert gradient.abs().max() > 0


def test_a_network_without_codes_cannot_be_asked_for_them(made):
    with pytest.raises(InputError, match="has none: choose a network with a style encoder"):
        run(Objective(consistency=0.1), build("hnet-small"), made)
