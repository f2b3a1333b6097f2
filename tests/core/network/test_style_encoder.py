"""The style code comes from its region alone."""

from __future__ import annotations

import pytest
import torch

from iph_core.network import build
from iph_core.network.style_encoder import StyleEncoder

SIDE = 48


def encoder():
    torch.manual_seed(0)
    return StyleEncoder((8, 12, 16), 10).eval()


def picture_and_region():
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(2, 3, SIDE, SIDE, generator=generator)
    region = torch.zeros(2, 1, SIDE, SIDE)
    region[0, :, 5:20, 8:31] = 1
    region[1, :, 30:47, 0:17] = 1
    return picture, region


@pytest.mark.parametrize("garbage", ["other", 1e20, float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("kind", ["encoder", "iph-small", "iph-color"])
@torch.no_grad()
def test_masked_out_pixels_have_no_influence(kind, garbage):
    torch.manual_seed(0)
    style = encoder() if kind == "encoder" else build(kind).style
    picture, region = picture_and_region()
    outside = torch.rand_like(picture) if garbage == "other" else torch.tensor(garbage)
    code = style(picture, region)
    assert code.isfinite().all()
    assert code.abs().max() > 0
    assert torch.equal(code, style(torch.where(region > 0, picture, outside), region))


@torch.no_grad()
def test_masked_out_pixels_do_not_reach_the_color_heads_statistics():
    network = build("iph-color")
    picture, region = picture_and_region()
    other = torch.where(region > 0, picture, torch.nan)
    assert torch.equal(network.describe(picture, region), network.describe(other, region))


def test_gradient_ends_at_the_region():
    picture, region = picture_and_region()
    picture.requires_grad_()
    encoder()(picture, region).sum().backward()
    reached = picture.grad.abs().sum(1, keepdim=True) > 0
    assert not reached[region == 0].any()
    assert reached[region > 0].float().mean() > 0.95


@torch.no_grad()
def test_pixels_of_the_region_count():
    picture, region = picture_and_region()
    other = picture.clone()
    other[:, :, 10, 10] = 0
    codes, others = encoder()(picture, region), encoder()(other, region)
    assert not torch.equal(codes[0], others[0])
    assert torch.equal(codes[1], others[1])


@torch.no_grad()
def test_an_empty_region_has_a_zero_code():
    picture, region = picture_and_region()
    region[1] = 0
    codes = encoder()(picture, region)
    assert codes[0].abs().max() > 0
    assert codes[1].abs().max() == 0


@torch.no_grad()
def test_half_valid_pixels_are_outside():
    picture, region = picture_and_region()
    soft = torch.where(region > 0, 0.8, 0.4)
    torch.testing.assert_close(encoder()(picture, soft), encoder()(picture, region))
