"""The paper's network: what it may see, what it may change, at any size."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from iph_core.network import build
from iph_core.network.harmonizer import IPH, encoder_blocks


def untrained(seed=0):
    torch.manual_seed(seed)
    return build("iph-small").eval()


def with_random_weights(seed=0):
    """A network whose last layer does something and whose AdaIN listens to the code."""
    network = untrained(seed)
    nn.init.normal_(network.to_change.weight, std=0.05)
    for name, parameter in network.named_parameters():
        if "affine.weight" in name or "to_code.weight" in name:
            nn.init.normal_(parameter, std=0.3)
    return network


def inputs(height=64, width=64, count=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    composite = torch.rand(count, 3, height, width, generator=generator)
    mask = torch.zeros(count, 1, height, width)
    mask[..., height // 4 : 3 * height // 4, width // 4 : width // 2] = 1
    guide = torch.zeros_like(mask)
    guide[..., 3 * width // 4 :] = 1
    return composite, mask, composite, guide


@torch.no_grad()
def test_untrained_it_changes_nothing():
    composite, mask, reference, guide = inputs()
    composite[:, :, 20] = 0.0
    composite[:, :, 21] = 1.0
    output = untrained()(composite, mask, reference, guide)
    torch.testing.assert_close(output, composite, atol=1.001e-3, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(50, 70), (33, 47), (16, 16), (9, 100), (256, 256)])
@torch.no_grad()
def test_any_size_and_untouched_outside(height, width):
    composite, mask, reference, guide = inputs(height, width, count=1)
    mask[..., 0, 0] = 0.3
    output = with_random_weights()(composite, mask, reference, guide)
    assert output.shape == composite.shape
    assert output.min() >= 0
    assert output.max() <= 1
    outside = (mask == 0).expand_as(composite)
    assert torch.equal(output[outside], composite[outside])
    assert (output[~outside] != composite[~outside]).float().mean() > 0.9


@torch.no_grad()
def test_a_soft_mask_mixes():
    composite, mask, reference, guide = inputs(count=1)
    network = with_random_weights()
    nn.init.zeros_(network.to_change.weight)
    nn.init.constant_(network.to_change.bias, 0.7)
    whole = network(composite, mask, reference, guide)
    half = network(composite, mask * 0.25, reference, guide)
    torch.testing.assert_close(half, composite + 0.25 * (whole - composite))


@torch.no_grad()
def test_samples_do_not_depend_on_their_batch():
    network = with_random_weights()
    composite, mask, reference, guide = inputs(count=3)
    mask[1] = mask[1].flip(-2)
    guide[2, ..., :50, :] = 0
    together = network(composite, mask, reference, guide)
    for index in range(3):
        one = slice(index, index + 1)
        alone = network(composite[one], mask[one], reference[one], guide[one])
        torch.testing.assert_close(together[one], alone, atol=2e-4, rtol=0)


@torch.no_grad()
def test_bottleneck_is_a_sixteenth():
    network = untrained()
    shapes = []
    network.encoder[-1].register_forward_hook(lambda *call: shapes.append(call[-1].shape))
    network(*inputs(64, 96, count=1))
    network(*inputs(50, 70, count=1))
    assert [tuple(shape[2:]) for shape in shapes] == [(4, 6), (4, 5)]


@torch.no_grad()
def test_the_code_beside_the_input_is_that_of_concatenated_planes():
    network = with_random_weights()
    block = network.encoder[0]
    planes, code = torch.rand(2, 4, 32, 32), torch.randn(2, 128)
    joined = nn.Conv2d(4 + 128, block.down.out_channels, 4, stride=2, padding=1)
    joined.weight[:, :4], joined.bias[:] = block.down.weight, block.down.bias
    network.code_to_input.weight[:] = joined.weight[:, 4:].sum((2, 3))
    spread = code[..., None, None].expand(-1, -1, 32, 32)
    expected = joined(torch.cat((planes, spread), 1))
    found = block.down(planes) + network.code_to_input(code)[..., None, None]
    inner = (..., slice(1, -1), slice(1, -1))  # At the border the planes end.
    torch.testing.assert_close(found[inner], expected[inner], atol=1e-4, rtol=0)


@torch.no_grad()
def test_normalization_would_take_a_code_away_that_is_the_same_everywhere():
    torch.manual_seed(0)
    first, second = encoder_blocks(4, (8, 8), (1, 1))
    code = torch.randn(1, 8)
    assert (first(planes := torch.rand(1, 4, 16, 16), code) - first(planes)).abs().max() > 0.1
    planes = torch.rand(1, 8, 16, 16)
    torch.testing.assert_close(second(planes, code), second(planes), atol=1e-4, rtol=0)


@torch.no_grad()
def test_the_code_beside_the_input_decides():
    network = with_random_weights()
    composite, mask, reference, guide = inputs()
    for block in network.decoder:  # Deaf to AdaIN.
        for name, parameter in block.named_parameters():
            if "affine" in name:
                nn.init.zeros_(parameter)
    before = network(composite, mask, reference, guide)
    after = network(composite, mask, reference * 0.3, guide)
    assert (after - before).abs().max() > 1e-4


@torch.no_grad()
def test_background_has_no_influence():
    network = with_random_weights()
    composite, mask, _, guide = inputs()
    reference = torch.rand_like(composite)
    before = network(composite, mask, reference, guide)
    other = torch.where(mask > 0, composite, torch.rand_like(composite))
    after = network(other, mask, reference, guide)
    inside = (mask > 0).expand_as(composite)
    assert torch.equal(before[inside], after[inside])


@torch.no_grad()
def test_reference_decides_inside_its_guide_only():
    network = with_random_weights()
    composite, mask, _, guide = inputs()
    reference = torch.rand_like(composite)
    before = network(composite, mask, reference, guide)
    unseen = torch.where(guide > 0, reference, 1 - reference)
    assert torch.equal(before, network(composite, mask, unseen, guide))
    darker = network(composite, mask, torch.where(guide > 0, reference * 0.3, reference), guide)
    assert (darker - before).abs().max() > 1e-3


def test_gradient_reaches_every_weight():
    network = with_random_weights().train()
    composite, mask, reference, guide = inputs()
    (network(composite, mask, reference, guide) - 0.3).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        # A bias before instance normalization is subtracted again.
        if not name.endswith(("down.bias", "up.bias", "first.bias", "second.bias")):
            assert parameter.grad.abs().max() > 0, name


def test_paper_has_four_blocks_each_way_with_adain_in_every_decoder_block():
    with torch.device("meta"):
        network = build("iph-base")
    assert isinstance(network, IPH)
    assert len(network.encoder) == len(network.decoder) == 4
    assert all(hasattr(block.norm, "affine") for block in network.decoder)
    shapes = []
    network.encoder[-1].register_forward_hook(lambda *call: shapes.append(call[-1].shape))
    picture, plane = (torch.empty(1, channels, 256, 256, device="meta") for channels in (3, 1))
    assert network(picture, plane, picture, plane).shape == (1, 3, 256, 256)
    assert tuple(shapes[0]) == (1, 512, 16, 16)
