"""Families of disturbances as functions of color, and the lattice that carries them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from iph_core.data import disturbances as d
from iph_core.data.recipe import ALL_FAMILIES

FAMILIES = pytest.mark.parametrize("name", list(d.FAMILIES))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def colors(samples=8, count=500):
    return torch.rand(1, count, 3, generator=generator(5)).expand(samples, -1, -1)


def grays(samples=8):
    return torch.linspace(0.05, 0.95, 19)[None, :, None].expand(samples, -1, 3)


def test_transfer_functions_of_srgb():
    # IEC 61966-2-1: middle gray, the end of the linear part, both ends.
    encoded = torch.tensor([0.0, 0.04045, 0.5, 1.0])
    light = torch.tensor([0.0, 0.04045 / 12.92, 0.21404114, 1.0])
    torch.testing.assert_close(d.to_linear(encoded), light, atol=1e-6, rtol=0)
    torch.testing.assert_close(d.to_encoded(light), encoded, atol=1e-5, rtol=0)


def test_transfer_functions_are_inverse():
    values = torch.linspace(0, 1, 1001)
    torch.testing.assert_close(d.to_encoded(d.to_linear(values)), values, atol=1e-5, rtol=0)


def test_luma_weights():
    assert d.luma(torch.eye(3)[None]).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114])


@FAMILIES
def test_shape_and_finite_values(name):
    changed = d.FAMILIES[name](colors(), generator())
    assert changed.shape == (8, 500, 3)
    assert changed.isfinite().all()


@FAMILIES
def test_every_sample_has_its_own_draw_fixed_by_the_generator(name):
    changed = d.FAMILIES[name](colors(), generator())
    assert torch.equal(changed, d.FAMILIES[name](colors(), generator()))
    assert not torch.equal(changed, d.FAMILIES[name](colors(), generator(1)))
    for first in range(8):
        for second in range(first):
            assert (changed[first] - changed[second]).abs().max() > 1e-3


@FAMILIES
def test_changes_can_be_seen(name):
    changed = d.FAMILIES[name](colors(200, 100), generator()).clamp(0, 1)
    difference = (changed - colors(200, 100)).square().mean((1, 2)).sqrt()
    # Half of the draws move a color by more than 3 % of the range.
    assert difference.median() > 0.03


@pytest.mark.parametrize("name", ["exposure", "tone", "saturation-hue", "crosstalk"])
def test_gray_stays_gray(name):
    changed = d.FAMILIES[name](grays(), generator())
    assert (changed - changed.mean(-1, keepdim=True)).abs().max() < 1e-5


@pytest.mark.parametrize("name", ["exposure", "tone"])
def test_brighter_stays_brighter(name):
    changed = d.FAMILIES[name](grays(100), generator())
    assert (changed.diff(dim=1) >= -1e-6).all()


def test_white_balance_keeps_the_brightness_of_gray_in_linear_light():
    dark = torch.full((50, 1, 3), 0.25)
    light = d.to_linear(d.white_balance(dark, generator()))
    unclipped = (light < 0.99).all(-1)[:, 0]
    assert unclipped.float().mean() > 0.9
    expected = d.to_linear(dark)[..., :1]
    torch.testing.assert_close(d.luma(light)[unclipped], expected[unclipped], atol=1e-4, rtol=0)


def test_white_balance_is_a_gain_a_channel():
    values = torch.tensor([[0.1, 0.2, 0.3], [0.2, 0.1, 0.15]]).expand(20, 2, 3)
    gains = d.to_linear(d.white_balance(values, generator())) / d.to_linear(values)
    unclipped = d.to_linear(d.white_balance(values, generator())).amax((1, 2)) < 0.99
    torch.testing.assert_close(gains[unclipped, 0], gains[unclipped, 1], atol=1e-3, rtol=1e-3)


def test_exposure_is_a_gain_below_its_shoulder():
    dark = torch.full((500, 1, 3), 0.2)
    stops = (d.to_linear(d.exposure(dark, generator())) / d.to_linear(dark)).log2()[:, 0, 0]
    assert -2.51 < stops.min() < -2.2
    assert 1.4 < stops.max() < 1.71


def test_saturation_zero_to_more_than_double(monkeypatch):
    monkeypatch.setattr(d, "normal", lambda *shape, generator: torch.zeros(shape))
    chroma = colors(300) - d.luma(colors(300))
    changed = d.saturation_hue(colors(300), generator())
    factor = ((changed - d.luma(colors(300))) * chroma).sum((1, 2)) / chroma.square().sum((1, 2))
    assert 0 <= factor.min() < 0.1
    assert 2.4 < factor.max() <= 2.6


def test_hue_turns_around_the_axis_of_grays(monkeypatch):
    monkeypatch.setattr(d, "normal", lambda *shape, generator: torch.full(shape, np.pi / 2 / 0.4))
    monkeypatch.setattr(d, "uniform", lambda *arguments: torch.ones(1, 1, 1))
    red_over_gray = torch.tensor([[[0.7, 0.2, 0.2]]])
    turned = d.saturation_hue(red_over_gray, generator()) - d.luma(red_over_gray)
    chroma = red_over_gray - d.luma(red_over_gray)
    # A quarter turn keeps length and the part along the axis, and makes the rest perpendicular.
    assert turned.norm().item() == pytest.approx(chroma.norm().item(), abs=1e-5)
    assert turned.sum().item() == pytest.approx(chroma.sum().item(), abs=1e-5)
    flat = [vector - vector.mean(-1, keepdim=True) for vector in (turned, chroma)]
    assert (flat[0] * flat[1]).sum().item() == pytest.approx(0, abs=1e-6)


def test_chain_changes_each_sample_by_its_own_family_and_stays_in_range():
    families = torch.tensor([1, -1, 6, 0])
    changed = d.draw_chain(colors(4), families, ALL_FAMILIES, generator())
    assert ALL_FAMILIES[6] == "local-light"  # needs pictures, so the chain leaves it alone
    assert torch.equal(changed[1], colors(4)[1])
    assert torch.equal(changed[2], colors(4)[2])
    # Families draw in the order of their names, each for its samples alone.
    source = generator()
    assert torch.equal(changed[3:], d.white_balance(colors(1), source).clamp(0, 1))
    assert torch.equal(changed[:1], d.exposure(colors(1), source).clamp(0, 1))
    everything = torch.arange(6).repeat(5)
    wild = d.draw_chain(colors(30), everything, ALL_FAMILIES, generator())
    assert wild.min() >= 0
    assert wild.max() <= 1


def test_nodes_of_the_lattice_with_red_fastest():
    nodes = d.lattice(2, torch.device("cpu"))
    step = 1 / (d.NODES - 1)
    assert nodes.shape == (2, d.NODES**3, 3)
    assert nodes[1, 1].tolist() == pytest.approx([step, 0, 0])
    assert nodes[1, d.NODES].tolist() == pytest.approx([0, step, 0])
    assert nodes[1, d.NODES**2].tolist() == pytest.approx([0, 0, step])
    assert d.as_volume(nodes)[0, :, 2, 3, 4].tolist() == pytest.approx(
        [4 * step, 3 * step, 2 * step]
    )


def test_the_plain_lattice_is_the_identity():
    pictures = torch.rand(2, 3, 20, 30, generator=generator())
    pictures[0, :, 0, 0], pictures[0, :, 0, 1] = 0, 1
    same = d.apply_lattice(pictures, d.lattice(2, torch.device("cpu")))
    torch.testing.assert_close(same, pictures, atol=1e-5, rtol=0)


def smooth(values):
    """A function that tells the channels apart; the last axis holds them."""
    red, green, blue = values.unbind(-1)
    return torch.stack((0.8 * red**2 + 0.1 * blue, 1 - 0.5 * green, red * blue * 0.9), -1)


def test_pictures_through_the_lattice_are_what_the_function_gives():
    pictures = torch.rand(2, 3, 20, 30, generator=generator())
    nodes = smooth(d.lattice(2, torch.device("cpu")))
    expected = smooth(pictures.movedim(1, -1)).movedim(-1, 1)
    # Trilinear between 17 nodes: an error of at most 0.8 / (4 * 16^2) for a square.
    torch.testing.assert_close(d.apply_lattice(pictures, nodes), expected, atol=1e-3, rtol=0)


def test_colors_through_the_lattice_are_what_the_function_gives():
    volume = d.as_volume(smooth(d.lattice(8, torch.device("cpu"))))
    read = d.sample_lattice(volume, colors())
    torch.testing.assert_close(read, smooth(colors()), atol=1e-3, rtol=0)


def test_samples_have_lattices_of_their_own():
    pictures = torch.rand(2, 3, 8, 8, generator=generator())
    nodes = d.lattice(2, torch.device("cpu")).clone()
    nodes[1] = 1 - nodes[1]
    first, second = d.apply_lattice(pictures, nodes)
    torch.testing.assert_close(first, pictures[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(second, 1 - pictures[1], atol=1e-5, rtol=0)
