"""Means over sources and their interval, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from iph_core.evaluation.summary import (
    by_family,
    by_share,
    by_source,
    figure,
    interval_95,
    mean_over_sources,
)


def test_small_sources_are_pooled_and_every_source_counts_once():
    values = [1.0] * 10 + [4.0] * 30 + [10.0] * 2 + [20.0] * 3
    sources = ["b"] * 10 + ["a"] * 30 + ["tiny"] * 2 + ["small"] * 3
    means = by_source(values, sources)
    assert list(means) == ["a", "b", "others"]
    assert means == pytest.approx({"a": 4, "b": 1, "others": 16})
    assert mean_over_sources(values, sources) == pytest.approx((4 + 1 + 16) / 3)
    assert list(by_source(values, sources, smallest=1)) == ["a", "b", "small", "tiny"]


def test_interval_by_hand():
    # Means 2 and 6; sample variances 1 and 4; 3 and 4 photos.
    groups = [[1.0, 2.0, 3.0], [4.0, 4.0, 8.0, 8.0 - 1e-12]]
    variance = (1 / 3 + (16 / 3) / 4) / 4
    low, high = interval_95(groups)
    assert (low + high) / 2 == pytest.approx(4)
    assert (high - low) / 2 == pytest.approx(1.959964 * math.sqrt(variance))
    assert interval_95([[1.0, 2.0], [3.0]]) is None


def test_the_interval_holds_the_true_mean_95_times_in_100():
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(1000):
        groups = [generator.normal(mean, spread, 40) for mean, spread in ((0, 1), (5, 3), (1, 2))]
        low, high = interval_95(groups)
        held += low <= 2 <= high
    assert 925 <= held <= 970


def test_figure():
    values, sources = [1.0] * 5 + [3.0] * 5 + [10.0] * 12, ["a"] * 10 + ["b"] * 12
    got = figure(values, sources)
    assert set(got) == {"mean", "ci95", "n", "by_source"}
    assert got["mean"] == pytest.approx(6)
    assert got["n"] == 22
    assert got["by_source"] == pytest.approx({"a": 2, "b": 10})
    half = 1.959964 * math.sqrt((10 / 9) / 10 / 4)
    assert got["ci95"] == pytest.approx([6 - half, 6 + half])


def test_bands_of_the_foreground_share():
    shares = [0.01, 0.0499, 0.05, 0.15, 0.6]
    got = by_share([1.0, 3.0, 5.0, 7.0, 9.0], shares, ["a"] * 5)
    assert got == {
        "<5%": {"mean": 2.0, "n": 2},
        "5-15%": {"mean": 5.0, "n": 1},
        ">15%": {"mean": 8.0, "n": 2},
    }
    assert list(by_share([1.0], [0.2], ["a"])) == [">15%"]


def test_families_are_means_over_sources_too():
    values, sources = [1.0] * 10 + [3.0] * 20 + [7.0], ["a"] * 10 + ["b"] * 20 + ["a"]
    got = by_family(values, ["tone"] * 30 + ["look"], sources)
    assert got == {"look": {"mean": 7.0, "n": 1}, "tone": {"mean": 2.0, "n": 30}}
