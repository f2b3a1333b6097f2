"""Schedules by name and the paper's stages."""

from __future__ import annotations

import pytest

from iph_core.errors import InputError
from iph_core.network import CONFIGS
from iph_core.training.schedule import Schedule
from iph_core.training.stages import SCHEDULES, STAGED, schedule, stages


def test_the_paper_has_three_stages():
    plans = stages("paper")
    assert list(plans) == ["paper-1", "paper-2", "paper-3"]
    assert [plan.rate for plan in plans.values()] == [1e-4, 1e-5, 1e-6]
    for plan in plans.values():
        assert (plan.config, plan.size, plan.batch) == ("iph-base", 256, 48)
        assert plan.weight_decay == 0  # AdamW is Adam
        assert plan.rate_at(0) == plan.rate_at(50_000) == plan.rate
        assert min(plan.harmonization, plan.consistency, plan.luminance, plan.triplets) > 0
        assert plan.decibel == plan.luminance_truth == 0
    background, guided, portraits = plans.values()
    assert background.recipe.region_reference == background.recipe.box_reference == 0
    assert guided.intharmony and portraits.intharmony and portraits.people_only


def test_every_schedule_trains_a_network_there_is():
    for plan in SCHEDULES.values():
        assert plan.config in CONFIGS
    for names in STAGED.values():
        assert set(names) <= set(SCHEDULES)
        # Each begins with the weights of the one before.
        assert len({schedule(name).config for name in names}) == 1


def test_half_an_hour_on_a_gpu():
    plans = stages("paper-gpu").values()
    assert sum(plan.minutes for plan in plans) == 30
    assert all(plan.channels_last for plan in plans)


def test_time_ends_the_cosine_as_steps_do():
    plan = Schedule("iph-color", 64, 8, 1000, 1e-3, minutes=10)
    assert plan.rate_at(0, 0.5) == pytest.approx(plan.rate_at(510), rel=1e-2)
    assert plan.rate_at(0, 0.01) == pytest.approx(0.5e-3)
    assert plan.rate_at(5, 1.0) == pytest.approx(1e-5)


def test_one_schedule_is_one_stage():
    assert list(stages("color")) == ["color"]


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match=r"'fast'.*color, color-reference, paper-1.*paper-gpu"):
        stages("fast")
