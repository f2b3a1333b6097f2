"""The matching head: one change of color, read from the cells of two regions."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from iph_core import weights
from iph_core.network import load_network, match_head, new_network, save_network
from iph_core.network.color_head import NODES, TERMS, changed, recolored
from iph_core.network.confidence import confident, confident_again
from iph_core.network.match_head import (
    CELLS,
    SIDE,
    cell_colors,
    without_halo,
)
from iph_core.network.matcher import COLORS
from iph_core.network.views import VIEWS, window
from iph_core.training.stages import schedule
from iph_core.trunk.published import read_trunk

CELL = SIDE // CELLS


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = new_network("iph-match").eval()
    nn.init.normal_(network.matcher.head[-1].weight, std=0.3)
    return network


def inputs(side=256):
    generator = torch.Generator().manual_seed(0)
    composite = torch.rand(2, 3, side, side, generator=generator)
    mask, guide = torch.zeros(2, 1, side, side), torch.zeros(2, 1, side, side)
    mask[..., side // 8 : side // 2, side // 8 : side // 2] = 1
    guide[..., side * 5 // 8 :, :] = 1
    return composite, mask, composite.clone(), guide


@torch.no_grad()
def test_outside_the_mask_nothing_changes_and_inside_one_function_of_color(network):
    composite, mask, reference, guide = inputs()
    composite[..., 40, 40] = composite[..., 100, 100]
    changed = network(composite, mask, reference, guide)
    outside = (mask == 0).expand_as(composite)
    assert torch.equal(changed[outside], composite[outside])
    assert (changed - composite).abs().amax() > 0.01
    assert torch.equal(changed[..., 40, 40], changed[..., 100, 100])


@torch.no_grad()
def test_the_reference_decides(network):
    composite, mask, reference, guide = inputs()
    first = network(composite, mask, reference, guide)
    second = network(composite, mask, reference * 0.5, guide)
    assert (first - second).abs().amax() > 1e-3


@torch.no_grad()
def test_colors_beside_both_regions_are_not_read():
    """Only the trunk sees them: with features that say nothing they have no influence."""
    network = new_network("iph-match").eval()
    nn.init.normal_(network.matcher.head[-1].weight, std=0.3)
    nn.init.zeros_(network.matcher.semantics.weight)
    composite, mask, reference, guide = inputs()
    other = composite.clone()
    other[:, :, :, 140:] = 1 - other[:, :, :, 140:]
    other = torch.where(guide > 0, composite, other)
    expected = network.change(composite, mask, reference, guide, network.matcher)
    torch.testing.assert_close(
        network.change(other, mask, reference, guide, network.matcher), expected
    )


@torch.no_grad()
@pytest.mark.parametrize("empty", [1, 3])
def test_an_empty_region_is_no_accident(network, empty):
    batch = list(inputs())
    batch[empty] = torch.zeros_like(batch[empty])
    assert torch.isfinite(network(*batch)).all()


def test_cells_by_hand():
    picture, region = torch.zeros(1, 3, SIDE, SIDE), torch.zeros(1, 1, SIDE, SIDE)
    # The first cell: its upper half is the region, half of that is red 1, the rest red 0.
    region[..., : CELL // 2, :CELL] = 1
    picture[:, 0, : CELL // 4, :CELL] = 1
    picture[:, 0, CELL // 2 :, :] = 0.7  # Not in the region.
    cells = cell_colors(picture, region)
    assert cells.shape == (1, CELLS**2, COLORS)
    first = cells[0, 0]
    torch.testing.assert_close(first[:3], torch.tensor([0.5, 0.0, 0.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(first[3:6], torch.tensor([0.5, 0.0, 0.0]), atol=1e-3, rtol=0)
    torch.testing.assert_close(first[6:], torch.tensor([0.5, -1.0, -1.0]))
    assert not cells[0, 1:, :7].any()


def test_the_trunk_begins_as_published_and_is_kept_in_the_network_s_file(network, tmp_path):
    published = read_trunk(weights.path("trunk"))
    assert all(torch.equal(network.trunk.state_dict()[name], published[name]) for name in published)
    own = new_network("iph-match").eval()
    own.load_state_dict(network.state_dict())
    with torch.no_grad():
        own.trunk.stem.weight.mul_(0.5)
    save_network(own, "iph-match", tmp_path / "some.safetensors")
    loaded = load_network(tmp_path / "some.safetensors", torch.device("cpu"))
    batch = inputs()
    with torch.no_grad():
        assert torch.equal(loaded(*batch), own.half().float()(*batch))


def test_first_the_trunk_rests_then_its_last_stages_learn():
    names = [name for name, _ in new_network("iph-match").named_parameters()]

    def learning(name):
        return {part for part in names if part.startswith(schedule(name).trained)}

    matcher = {name for name in names if name.startswith("matcher.")}
    assert matcher and learning("match") == matcher
    tuned = learning("match-tune") - matcher
    assert {name.split(".")[2] for name in tuned} == {"2", "3", "4"}


def test_training_blurs_what_cells_show(network):
    network.train()
    torch.manual_seed(0)
    features = torch.randn(1, 50, 232)
    one, two = network.matcher._semantics(features), network.matcher._semantics(features)
    network.eval()
    assert (one - two).abs().mean() > 0.01
    assert torch.equal(network.matcher._semantics(features), network.matcher._semantics(features))


@torch.no_grad()
def test_in_use_the_change_is_the_mean_of_what_the_views_show(network):
    batch = inputs()
    batch[1][1], batch[1][1, :, :40, :40] = 0, 1  # Only the whole picture shows this foreground.
    shown = [[window(picture, *view) for picture in batch] for view in VIEWS]
    changes = [network.matcher(*network._read(*pictures)) for pictures in shown]
    found = network.change(*batch, network.matcher)
    torch.testing.assert_close(found[0], torch.stack(changes)[:, 0].mean(0))
    torch.testing.assert_close(found[1], changes[0][1])


@torch.no_grad()
def test_true_colors_that_end_inside_the_mask_are_no_colors_of_the_foreground(network):
    composite, mask, reference, guide = inputs()
    rim = mask - F.pad(mask[..., 36:124, 36:124], (36, 132, 36, 132))  # 4 px of 256.
    assert rim.sum() == 2 * (96**2 - 88**2)
    other = composite.lerp(1 - composite, rim)
    before, _, statistics = network._read(composite, mask, reference, guide)
    after, _, statistics_after = network._read(other, mask, reference, guide)
    assert torch.equal(after.colors, before.colors)
    assert torch.equal(statistics_after, statistics)


def test_in_training_one_view_is_read(network, monkeypatch):
    seen = []

    def drawn(pictures, side):
        seen.append(side)
        return tuple(F.interpolate(picture * 0.5, (side, side)) for picture in pictures)

    monkeypatch.setattr(match_head, "drawn_view", drawn)
    batch = list(inputs())
    network.train()
    change = network.change(*batch, lambda ours, theirs, statistics: ours.colors)
    network.eval()
    assert seen == [SIDE]
    assert change[..., :3].max() <= 0.5


@torch.no_grad()
def test_transfer_blends_two_pictures(network):
    both = new_network("match-transfer").eval()
    both.adopt(network)
    batch = inputs()
    harmonized = network(*batch)
    torch.testing.assert_close(both(*batch), harmonized)
    nn.init.constant_(both.transfer_encoder.head[-1].bias, 0.1)
    transferred = changed(*batch[:2], both.change(*batch, both.transfer_encoder))
    torch.testing.assert_close(both(*batch, transfer=1.0), transferred)
    blended = 0.75 * harmonized + 0.25 * transferred
    torch.testing.assert_close(both(*batch, transfer=0.25), blended)
    assert (transferred - harmonized).abs().max() > 0.01


@torch.no_grad()
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_second_look_at_the_result_is_done_in_part(network, elsewhere):
    composite, mask, reference, guide = inputs()
    if elsewhere:
        reference = reference.flip(-1)
    mask = mask * 0.8
    network = copy.deepcopy(network)
    network.matcher.head[-1].weight *= 0.1  # Of large changes little is done again.
    change = network.change(composite, mask, reference, guide, network.matcher)
    first = recolored(composite, confident(composite, mask, change)[0])
    seen = composite.lerp(first, mask)
    again = reference if elsewhere else seen
    more = network.change(seen, mask, again, guide, network.matcher)
    more = confident_again(seen, mask, more)
    expected = composite.lerp(recolored(first, more), mask)
    torch.testing.assert_close(network(composite, mask, reference, guide), expected)
    assert (expected - seen).abs().max() > 0.01


@torch.no_grad()
def test_where_the_first_look_does_nothing_the_second_does_nothing(network, monkeypatch):
    monkeypatch.setattr(network, "change", lambda composite, *rest: small_change(len(composite)))
    batch = inputs()
    assert torch.equal(network(*batch), batch[0])


def small_change(count):
    """Two levels lighter, so little that nothing is done of it."""
    change = torch.zeros(count, 3 * NODES + 3 * TERMS)
    change[:, -3:] = 2 / 255
    return change


def test_only_the_second_matcher_learns_transfer():
    both = new_network("match-transfer")
    names = {name.split(".")[0] for name, _ in both.named_parameters()}
    assert names == {"trunk", "matcher", "transfer_encoder"}
    stage = schedule("match-transfer")
    assert stage.trained == ("transfer_encoder",) and stage.transfer == 1.0


def test_the_halo_by_hand():
    picture = torch.zeros(1, 3, 100, 100)
    mask, guide = torch.zeros(1, 1, 100, 100), torch.ones(1, 1, 100, 100)
    mask[..., 40:60, 40:60] = 1
    far = without_halo(picture, mask, picture, guide)
    assert far.sum() == 100 * 100 - 32 * 32 and far[..., 34:66, 34:66].sum() == 0
    assert torch.equal(without_halo(picture, mask, picture + 0.1, guide), guide)
    near = torch.zeros_like(guide)
    near[..., 30:70, 30:70] = 1
    assert without_halo(picture, mask, picture, near).sum() == 40 * 40 - 32 * 32
    near[..., 30:34, :] = 0
    assert torch.equal(without_halo(picture, mask, picture, near), near)


@torch.no_grad()
def test_the_trunk_looks_once_at_the_same_picture(network):
    composite, mask, reference, guide = inputs()
    reference[1] = 1 - reference[1]
    looked = []
    hook = network.trunk.register_forward_hook(lambda _, seen, __: looked.append(len(seen[0])))
    both = network(composite, mask, reference, guide)
    hook.remove()
    assert looked == [2, 1] * len(VIEWS) * 2
    alone = network(composite[1:], mask[1:], reference[1:], guide[1:])
    assert (both[1:] - alone).abs().amax() < 1e-5
