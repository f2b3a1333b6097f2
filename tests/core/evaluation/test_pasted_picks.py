from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import skimage.data

from iph_core.evaluation.pasted_picks import (
    CASTS,
    PastedPick,
    measure_pasted,
    pasted_lines,
    pasted_report,
    recolored,
)
from iph_core.regions.mask import Region


@pytest.mark.parametrize("name", CASTS)
def test_a_cast_is_as_far_from_the_truth_as_composites_are(name):
    photo = (skimage.data.astronaut() * 0.6 + 30).astype(np.uint8)
    inside = np.zeros(photo.shape[:2], bool)
    inside[100:400, 100:300] = True
    made = recolored(photo, inside, CASTS[name]).astype(float)
    assert -10 * np.log10(np.mean(((made - photo)[inside] / 255) ** 2)) == pytest.approx(
        18, abs=0.3
    )
    assert np.array_equal(made[:90], photo[:90])
    channels = (made - photo)[150:350, 150:250].mean((0, 1))
    moved = np.array(CASTS[name]) != 1
    assert np.array_equal(np.sign(channels)[moved], np.sign(np.array(CASTS[name]) - 1)[moved])


class Halves:
    """Offers the left half, then the right one."""

    def __init__(self, photo):
        self.width, self.height = photo.size

    def likely_pasted(self):
        masks = np.zeros((2, self.height, self.width), np.float32)
        masks[0, :, : self.width // 2] = masks[1, :, self.width // 2 :] = 1
        return [SimpleNamespace(region=Region(mask)) for mask in masks]


def test_everyone_of_several_people_is_recolored_and_looked_for(pair_and_single):
    picks = measure_pasted(pair_and_single, Halves)
    assert [(pick.place, pick.offered) for pick in picks] == [(0, 2), (0, 2), (1, 2), (1, 2)]


def test_figures_by_hand():
    places = [(0, 2), (1, 4), (2, 4), (None, 3)]
    figures = pasted_report([PastedPick("a", place, offered) for place, offered in places])
    assert figures == {
        "n": 4,
        "found": 0.75,
        "first": pytest.approx(1 / 3),
        "first_two": pytest.approx(2 / 3),
        "chance": pytest.approx(1 / 3),
    }
    assert "33% offered first (33% by chance)" in pasted_lines(figures)
    nothing = pasted_report([])
    assert (nothing["n"], nothing["found"], nothing["first"]) == (0, None, None)
    json.dumps(nothing, allow_nan=False)
    assert "no recolored person" in pasted_lines(nothing)
