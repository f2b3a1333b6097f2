"""Named schedules and their learning rates."""

from __future__ import annotations

import itertools

import pytest

from iph_core.training.schedule import Schedule


def test_warm_up_then_cosine():
    plan = Schedule("iph-color", 64, 8, 1000, 1e-3)
    rates = [plan.rate_at(step) for step in range(1001)]
    assert rates[0] == pytest.approx(1e-3 / 20)
    assert rates[9] == pytest.approx(0.5e-3)
    assert rates[19] == rates[20] == max(rates) == pytest.approx(1e-3)
    assert rates[510] == pytest.approx(1e-3 * (0.01 + 0.99 / 2))
    assert rates[1000] == pytest.approx(1e-5)
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[20:]))
    assert plan.rate_at(5000) == pytest.approx(1e-5)


def test_few_steps():
    plan = Schedule("iph-color", 64, 8, 1, 1e-3)
    assert plan.rate_at(0) == pytest.approx(1e-3)
