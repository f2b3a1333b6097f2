"""Batches of composites: parts of them, and several as one."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch

from iph_core.data.composites import joined
from iph_core.data.recipe import STANDARD
from iph_core.data.synthesis import Synthesizer
from tests.folders import tiny_bank


@pytest.fixture(scope="module")
def made():
    synthesizer = Synthesizer(tiny_bank(64), STANDARD, 32)
    return synthesizer.batch(torch.arange(5), torch.Generator().manual_seed(0))


def assert_equal(one, other):
    for field in fields(one):
        assert torch.equal(getattr(one, field.name), getattr(other, field.name)), field.name


def test_a_part_holds_the_same_composites_of_every_tensor(made):
    inside = torch.tensor([False, True, False, True, True])
    for chosen, rows in ((slice(1, 3), [1, 2]), (inside, [1, 3, 4])):
        part = made[chosen]
        for field in fields(made):
            assert torch.equal(getattr(part, field.name), getattr(made, field.name)[rows])


def test_parts_joined_are_the_whole(made):
    assert_equal(joined([made[:2], made[2:3], made[3:]]), made)
    assert_equal(joined([made]), made)


def test_a_batch_on_a_device_is_all_there(made):
    there = made.to(torch.device("meta"))
    assert all(getattr(there, field.name).is_meta for field in fields(made))
