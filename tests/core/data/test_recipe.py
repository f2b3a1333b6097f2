"""Recipes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iph_core.data.disturbances import FAMILIES
from iph_core.data.recipe import ALL_FAMILIES, GLOBAL_FAMILIES, PROTOCOLS, STANDARD, TRAINING
from iph_core.errors import InputError


def test_a_family_held_back_is_gone_and_the_rest_stays():
    recipe = TRAINING.without("look")
    assert set(ALL_FAMILIES) - set(recipe.families) == {"look"}
    assert recipe.looks == TRAINING.looks
    assert "look" in TRAINING.families


def test_no_look_is_made_of_a_family_held_back():
    assert set(GLOBAL_FAMILIES) - set(TRAINING.without("tone").look_families) == {"tone"}
    # Tests disturb nothing by crosstalk and make looks of it, whatever else is held back.
    assert "crosstalk" in STANDARD.without("tone").look_families


def test_transfer_held_back_is_not_drawn_more_often_either():
    recipe = replace(TRAINING, transfers=0.3)
    assert recipe.without("transfer").transfers == 0
    assert recipe.without("tone").transfers == 0.3


def test_only_some_families():
    recipe = STANDARD.only(TRAINING.without("tone").families)
    assert recipe == STANDARD.without("tone")
    assert STANDARD.only(ALL_FAMILIES) == STANDARD


def test_global_families_are_those_of_color_alone():
    assert tuple(FAMILIES) == GLOBAL_FAMILIES


def test_an_unknown_family_cannot_be_held_back():
    with pytest.raises(InputError, match=r"'vignette'.*white-balance"):
        TRAINING.without("vignette")


def test_protocols_hold_back_what_training_may_learn_by_heart():
    assert set(PROTOCOLS) == {"standard", "look", "transfers", "loose-outline", "untouched"}
    for recipe in PROTOCOLS.values():
        assert set(recipe.families) < set(TRAINING.families)
        assert recipe.other_photo == 0
    assert PROTOCOLS["untouched"].untouched == 1
    assert PROTOCOLS["look"].looks == 1
    assert PROTOCOLS["loose-outline"] == replace(STANDARD, loose_outlines=1.0)
    assert PROTOCOLS["standard"].looks == PROTOCOLS["standard"].untouched == 0
