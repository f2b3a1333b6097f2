from __future__ import annotations

import json

import numpy as np
import pytest

from iph_core.evaluation.default_picks import (
    DefaultPick,
    default_lines,
    default_report,
    is_hit,
    measure_defaults,
)
from iph_core.regions.mask import Region


def test_a_hit_lies_mostly_on_other_people():
    labels = np.zeros((10, 10), np.uint8)
    labels[:, :3], labels[:, 3:6], labels[:, 9] = 1, 2, 255
    mask = np.zeros((10, 10), bool)
    mask[:, 4:9] = True  # two columns of person 2, three of background
    assert not is_hit(mask, labels, 1)
    mask[:, 3] = True
    assert not is_hit(mask, labels, 1)  # exactly half
    mask[:, 8] = False
    assert is_hit(mask, labels, 1)
    assert not is_hit(mask, labels, 2)
    mask[:, 9] = True  # where nobody knows
    assert is_hit(mask, labels, 1)


class Fixed:
    """Offers the left half, whatever is to be changed; nothing when that is the left half."""

    def __init__(self, photo):
        self.size = photo.size

    def default(self, exclude):
        width, height = self.size
        mask = np.zeros((height, width), np.float32)
        mask[:, : width // 2] = 1
        return None if (exclude * mask).sum() > 0 else Region(mask)


def test_everyone_in_turn_is_the_one_to_be_changed(pair_and_single):
    picks = measure_defaults(pair_and_single, Fixed)
    assert [(pick.hit, pick.people) for pick in picks] == [(False, 2), (True, 2)]


def test_figures_by_hand():
    picks = [DefaultPick("a", True, 2), DefaultPick("a", False, 2), DefaultPick("b", True, 3)]
    figures = default_report(picks)
    assert figures["hits"] == pytest.approx(2 / 3)
    assert figures["n"] == 3
    assert figures["by_source"] == {"a": {"hits": 0.5, "n": 2}, "b": {"hits": 1.0, "n": 1}}
    assert default_report([]) == {"hits": None, "n": 0, "by_source": {}}
    json.dumps(default_report([]), allow_nan=False)
    assert "66.7%" in default_lines(figures)
