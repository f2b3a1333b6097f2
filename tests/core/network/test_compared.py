"""The networks to compare with, and the one with a second style encoder."""

from __future__ import annotations

import pytest
import torch

from iph_core.data.recipe import STANDARD
from iph_core.data.synthesis import Synthesizer
from iph_core.network import build
from iph_core.network.masks import core, surroundings
from tests.folders import tiny_bank


@pytest.fixture(scope="module")
def made():
    synthesizer = Synthesizer(tiny_bank(64), STANDARD, 32)
    return synthesizer.batch(torch.arange(3), torch.Generator().manual_seed(0))


def trained(name):
    """A network whose last layer says something."""
    torch.manual_seed(0)
    network = build(name).eval()
    last = network.harmonizer.to_change if hasattr(network, "harmonizer") else network.to_change
    torch.nn.init.normal_(last.weight, std=0.3)
    if name.startswith("transfer"):
        for parameter in network.transfer_encoder.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
        torch.nn.init.normal_(network.decoder[-1].norm.affine.weight, std=0.3)
    return network


def run(network, made, reference=None, guide=None, **more):
    reference = made.reference if reference is None else reference
    with torch.no_grad():
        return network(made.composite, made.mask, reference, made.guide, **more)


NAMES = ["hnet-small", "bargain-small", "transfer-small"]


@pytest.mark.parametrize("name", NAMES)
def test_untrained_they_change_nothing_and_never_what_is_outside(name, made):
    torch.testing.assert_close(run(build(name), made), made.composite, atol=1e-3, rtol=0)
    changed = run(trained(name), made)
    outside = (made.mask == 0).expand_as(changed)
    assert torch.equal(changed[outside], made.composite[outside])
    assert (changed - made.composite).abs().amax() > 0.01


def test_only_codes_carry_the_reference(made):
    other = 1 - made.reference
    assert torch.equal(run(trained("hnet-small"), made), run(trained("hnet-small"), made, other))
    bargain = trained("bargain-small")
    assert not torch.equal(run(bargain, made), run(bargain, made, other))
    hidden = torch.where(made.guide > 0, made.reference, 0.123)
    assert torch.equal(run(bargain, made), run(bargain, made, hidden))


def test_the_code_is_weighted_by_a_learned_number(made):
    network = trained("bargain-small")
    assert network.code_weight.item() == pytest.approx(0.1)
    before = run(network, made)
    with torch.no_grad():
        network.code_weight.fill_(0.5)
    assert not torch.equal(before, run(network, made))


@pytest.mark.parametrize("name", ["hnet-small", "bargain-small"])
def test_the_rim_is_hidden(name, made):
    """What lies in the band along the edge has no say over the foreground's core."""
    network = trained(name)
    rim = (torch.maximum(core(made.mask), surroundings(made.mask)) == 0) & (made.mask == 0)
    painted = torch.where(rim, 0.9, made.composite)
    inside = (made.mask > 0).expand_as(painted)
    with torch.no_grad():
        ours = network(made.composite, made.mask, made.reference, made.guide)
        theirs = network(painted, made.mask, made.reference, made.guide)
    assert rim.any()
    assert torch.equal(ours[inside], theirs[inside])


def test_transfer_blends_two_codes(made):
    network = trained("transfer-small")
    harmonized, half, whole = (run(network, made, transfer=ratio) for ratio in (0.0, 0.5, 1.0))
    assert torch.equal(harmonized, run(network, made))
    assert not torch.equal(harmonized, whole)
    assert not torch.equal(half, whole)
    codes = []
    hook = network.decoder[0].register_forward_pre_hook(lambda _, inputs: codes.append(inputs[1]))
    for ratio in (0.0, 0.25, 1.0):
        run(network, made, transfer=ratio)
    hook.remove()
    phi, blend, psi = codes
    torch.testing.assert_close(blend, 0.75 * phi + 0.25 * psi)
    torch.testing.assert_close(phi, network.style(made.reference, made.guide))
    torch.testing.assert_close(psi, network.transfer_encoder(made.reference, made.guide))


def test_at_first_psi_is_phi(made):
    harmonizer = trained("iph-small")
    network = build("transfer-small")
    network.adopt(harmonizer)
    for ratio in (0.0, 1.0):
        torch.testing.assert_close(run(network, made, transfer=ratio), run(harmonizer, made))
