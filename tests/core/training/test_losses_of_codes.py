"""The paper's terms one by one: hand values and gradients."""

from __future__ import annotations

import pytest
import torch

from iph_core.training.losses import (
    consistency_loss,
    departure_loss,
    distance,
    highlight_loss,
    luminance_matching_loss,
    mid_tone_loss,
    reference_triplet_loss,
    shadow_loss,
    total_loss,
    triplet_loss,
    truth_triplet_loss,
)

ORIGIN = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
NEAR = torch.tensor([[3.0, 4.0], [0.0, 1.0]])  # distances 5 and 1
FAR = torch.tensor([[6.0, 8.0], [0.0, 1.5]])  # distances 10 and 1.5


def test_the_parts_of_luminance_matching_by_hand():
    gray = torch.linspace(0, 1, 11).view(1, 1, 1, 11).expand(1, 3, 1, 11)
    everything, dark = torch.ones(1, 1, 1, 11), torch.zeros(1, 1, 1, 11)
    dark[..., :6] = 1
    inputs = (gray, everything, gray, dark)
    assert highlight_loss(*inputs).item() == pytest.approx(0.9 - 0.45, abs=1e-6)
    assert mid_tone_loss(*inputs).item() == pytest.approx(0.5 - 0.25, abs=1e-6)
    assert shadow_loss(*inputs).item() == pytest.approx(0.1 - 0.05, abs=1e-6)
    two = luminance_matching_loss(*inputs, ("highlight", "shadow"))
    assert two.item() == pytest.approx(0.45 + 0.05, abs=1e-6)


def test_distances_by_hand():
    assert distance(ORIGIN, NEAR).tolist() == [5, 1]
    assert distance(ORIGIN, ORIGIN).tolist() == [0, 0]


def test_the_distance_of_codes_equal_but_for_rounding_pulls_nowhere():
    codes = ORIGIN.clone().requires_grad_()
    distance(codes, torch.full_like(codes, 1e-6)).sum().backward()
    assert not codes.grad.any()
    codes = ORIGIN.clone().requires_grad_()
    distance(codes, NEAR).sum().backward()
    torch.testing.assert_close(codes.grad, -NEAR / torch.tensor([[5.0], [1.0]]))


def test_consistency_by_hand():
    assert consistency_loss(ORIGIN, NEAR).item() == pytest.approx((3 + 4 + 0 + 1) / 4)
    assert consistency_loss(NEAR, NEAR).item() == 0


def test_triplets_by_hand():
    # 5 - 10 + 1 < 0 costs nothing, 1 - 1.5 + 1 = 0.5.
    assert triplet_loss(ORIGIN, NEAR, FAR, 1.0).item() == pytest.approx(0.25)
    # 10 - 5 + 1 = 6, 1.5 - 1 + 1 = 1.5.
    assert triplet_loss(ORIGIN, FAR, NEAR, 1.0).item() == pytest.approx(3.75)
    expected = torch.nn.functional.triplet_margin_loss(NEAR, FAR, ORIGIN, margin=2.0)
    torch.testing.assert_close(triplet_loss(NEAR, FAR, ORIGIN, 2.0), expected, atol=1e-4, rtol=0)


def test_who_is_near_whom():
    harmonized, reference, composite = ORIGIN, NEAR, FAR
    assert reference_triplet_loss(harmonized, reference, composite, 1.0).item() == 0.25
    truth = torch.tensor([[6.0, 8.0], [0.0, 1.5]])
    # The truth is where the composite is: d(truth, harmonized) = 10 and 1.5, d(truth, composite) 0.
    assert truth_triplet_loss(harmonized, truth, composite, 1.0).item() == pytest.approx(6.75)


def test_departure_ends_at_the_margin():
    # Distances 5 and 1 against a margin of 2: nothing, and 1.
    assert departure_loss(ORIGIN, NEAR, 2.0).item() == pytest.approx(0.5)
    assert departure_loss(ORIGIN, ORIGIN, 2.0).item() == 2
    assert departure_loss(ORIGIN, FAR, 1.5).item() == 0


def test_the_total_by_hand():
    parts = [torch.tensor(value) for value in (1.0, 10.0, 100.0, 1000.0)]
    total = total_loss(*parts, alpha=0.1, lambda_=0.2, beta=0.3)
    assert total.item() == pytest.approx(1 + 1 + 20 + 300)


def test_gradients():
    generator = torch.Generator().manual_seed(0)
    codes = [torch.randn(3, 4, generator=generator, dtype=torch.float64) for _ in range(3)]
    codes[0].requires_grad_()
    first, second, third = codes
    assert torch.autograd.gradcheck(lambda x: consistency_loss(x, second), (first,))
    assert torch.autograd.gradcheck(lambda x: triplet_loss(x, second, third, 3.0), (first,))
    assert torch.autograd.gradcheck(lambda x: departure_loss(x, second, 9.0), (first,))


def test_equal_codes_pull_nowhere_and_poison_nothing():
    same = torch.ones(2, 3, requires_grad=True)
    triplet_loss(same, same.detach(), torch.zeros(2, 3)).backward()
    assert same.grad.isfinite().all()
