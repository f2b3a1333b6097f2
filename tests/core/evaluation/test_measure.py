"""Every metric of every method, photo by photo, and their figures."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from iph_core.data.recipe import STANDARD
from iph_core.evaluation import metrics
from iph_core.evaluation.measure import METRICS, measure, with_composite
from iph_core.evaluation.protocols import made_set
from tests.folders import tiny_bank

SIZE = 32


@pytest.fixture(scope="module")
def test_set():
    return made_set(tiny_bank(2 * SIZE), STANDARD, SIZE)


def half_way(made):
    return (made.composite + made.truth) / 2


def overdone(made):
    return made.composite + 10 * (made.composite - made.truth)


METHODS = with_composite({"half": half_way, "truth": lambda made: made.truth, "over": overdone})


@pytest.fixture(scope="module")
def measured(test_set):
    return measure(test_set, METHODS)


def test_the_composite_gains_nothing(measured):
    columns = measured.values["composite"]
    assert set(columns) == set(METRICS)
    assert columns["gain"] == [0] * 5
    assert columns["worse"] == [0] * 5


def test_known_methods(measured):
    assert measured.values["truth"]["fpsnr"] == pytest.approx([70] * 5)
    assert measured.values["truth"]["ssim"] == pytest.approx([1] * 5)
    assert measured.values["truth"]["de2000"] == [0] * 5
    # Half the error is 6.02 dB; rounding to 8 bits changes little.
    assert measured.values["half"]["gain"] == pytest.approx([6.02] * 5, abs=0.1)
    assert measured.values["half"]["worse"] == [0] * 5
    assert measured.values["over"]["worse"] == [1] * 5


def test_values_are_those_of_the_metrics_in_8_bits(test_set, measured):
    made = next(test_set.batches())
    output = (half_way(made) * 255).round() / 255
    rows = measured.values["half"]
    assert rows["psnr"] == pytest.approx(metrics.psnr(output, made.truth).tolist())
    assert rows["ssim"] == pytest.approx(metrics.ssim(output, made.truth).tolist())
    expected = metrics.fmse(output, made.truth, made.score).tolist()
    assert rows["fmse"] == pytest.approx(expected)
    expected = metrics.luminance_error(output, made.score, made.reference, made.guide)
    assert rows["luminance_error"] == pytest.approx(expected.tolist())
    shares = (made.mask > 0.5).float().mean((1, 2, 3)).tolist()
    assert measured.shares == pytest.approx(shares)


def test_figures(measured, test_set):
    figures = measured.figures()
    assert list(figures) == ["composite", "half", "truth", "over"]
    for columns in figures.values():
        assert set(columns) == set(METRICS)
        for figure in columns.values():
            assert set(figure) == {"mean", "ci95", "n", "by_source", "by_share", "by_family"}
            assert figure["n"] == 5
            assert set(figure["by_source"]) == {"others"}
            assert sum(part["n"] for part in figure["by_share"].values()) == 5
            assert set(figure["by_family"]) == set(test_set.families)
            assert figure["ci95"][0] <= figure["mean"] <= figure["ci95"][1]
    gains = measured.values["half"]["gain"]
    assert figures["half"]["gain"]["mean"] == pytest.approx(sum(gains) / 5)


def test_parts_pool_small_sources_as_the_mean_does(test_set):
    """One photo of a source, four of another: of a ready set each source counts once."""
    sources = ["a", "b", "b", "b", "b"]
    one_kind = replace(test_set, sources=sources, families=["tone"] * 5, smallest_source=1)
    figure = measure(one_kind, METHODS).figures()["over"]["gain"]
    assert figure["by_family"]["tone"]["mean"] == figure["mean"]
    assert figure["mean"] == pytest.approx(sum(figure["by_source"].values()) / 2)


def test_shares_pool_small_sources_as_the_mean_does(test_set):
    measured = measure(replace(test_set, sources=["a", "b", "b", "b", "b"]), METHODS)
    measured.shares[:] = [0.1] * 5
    pooled = measured.figures()["over"]["gain"]
    assert pooled["by_share"]["5-15%"]["mean"] == pooled["mean"]
    measured.test_set = replace(measured.test_set, smallest_source=1)
    apart = measured.figures()["over"]["gain"]
    assert apart["by_share"]["5-15%"]["mean"] == apart["mean"] != pooled["mean"]


def test_pictures_are_shown_as_they_are_measured(test_set):
    seen = []
    measure(test_set, {"half": half_way}, lambda made, outputs: seen.append((made, outputs)))
    ((made, outputs),) = seen
    assert torch.equal(outputs["half"], (half_way(made) * 255).round() / 255)


def test_every_method_is_timed(measured):
    assert set(measured.seconds) == set(METHODS)
    assert all(seconds > 0 for seconds in measured.seconds.values())
