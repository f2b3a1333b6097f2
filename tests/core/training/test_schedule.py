"""Named schedules and their learning rates."""

from __future__ import annotations

import itertools

import pytest

from iph_core.errors import InputError
from iph_core.network import CONFIGS
from iph_core.training.schedule import SCHEDULES, Schedule, schedule


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


def test_every_schedule_trains_a_network_there_is():
    for plan in SCHEDULES.values():
        assert plan.config in CONFIGS


def test_paper():
    plan = schedule("paper")
    assert (plan.config, plan.size, plan.batch, plan.rate) == ("iph-base", 256, 48, 1e-4)
    assert plan.harmonization == plan.luminance == 1
    assert plan.decibel == plan.luminance_truth == 0


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'fast'.*color, color-reference, paper"):
        schedule("fast")
