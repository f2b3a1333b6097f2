"""How much of a predicted change is done."""

from __future__ import annotations

import math

import pytest
import torch

from iph_core.network.color_head import NODES, TERMS, changed
from iph_core.network.confidence import BOOST, confident, confident_again, factor


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (0, 0),
        (5, 0),
        (5.5, 0.5 * (1 + BOOST * math.exp(-(0.55**2)))),
        (6, 1 + BOOST * math.exp(-0.36)),
        (10, 1 + BOOST / math.e),
        (60, 1),
    ],
)
def test_the_factor_by_hand(levels, expected):
    found = factor(torch.tensor([levels / 255]))
    torch.testing.assert_close(found, torch.tensor([float(expected)]), atol=1e-4, rtol=1e-4)


def test_a_larger_change_stays_the_larger():
    sizes = torch.linspace(0, 0.5, 2000)
    assert ((sizes * factor(sizes)).diff() >= -1e-6).all()


def lighter(levels):
    """The numbers of a change that adds so many levels to every channel."""
    change = torch.zeros(1, 3 * NODES + 3 * TERMS)
    change[:, -3:] = levels / 255
    return change


def test_the_size_is_that_inside_the_mask():
    composite, mask = torch.full((1, 3, 20, 20), 0.4), torch.zeros(1, 1, 20, 20)
    mask[..., :5, :5] = 1
    for levels, expected in ((5, 0), (10, 10 * (1 + BOOST / math.e)), (80, 80)):
        change, anything = confident(composite, mask, lighter(levels))
        assert anything.item() == (levels > 5)
        done = changed(composite, mask, change)
        moved = (done - composite)[0, :, 0, 0] * 255
        torch.testing.assert_close(moved, torch.full((3,), float(expected)), atol=1e-2, rtol=1e-3)
        assert torch.equal(done[..., 5:, :], composite[..., 5:, :])


@pytest.mark.parametrize(("levels", "expected"), [(3, 3 * math.exp(-0.04)), (15, 15 / math.e)])
def test_of_a_second_look_little_is_done_where_it_asks_for_much(levels, expected):
    seen, mask = torch.full((1, 3, 20, 20), 0.4), torch.ones(1, 1, 20, 20)
    moved = changed(seen, mask, confident_again(seen, mask, lighter(levels))) - seen
    torch.testing.assert_close(moved * 255, torch.full_like(moved, expected), atol=1e-2, rtol=1e-3)


def test_without_a_foreground_nothing_is_done():
    composite, mask = torch.full((1, 3, 20, 20), 0.4), torch.zeros(1, 1, 20, 20)
    change, anything = confident(composite, mask, lighter(50))
    assert not change.any() and not anything.any()
