"""Every protocol on known methods, and the tables of it."""

from __future__ import annotations

import pytest

from iph_core.evaluation.measure import with_composite
from iph_core.evaluation.methods import registry
from iph_core.evaluation.protocols import RECIPES, TestSet, made_set
from iph_core.evaluation.report import (
    comparisons,
    evaluate,
    methods_of,
    methods_table,
    parts_table,
    seconds_a_photo,
    text_tables,
    with_methods,
)
from tests.folders import tiny_bank

SIZE = 32


@pytest.fixture(scope="module")
def test_sets():
    bank = tiny_bank(2 * SIZE)
    return {name: made_set(bank, recipe, SIZE) for name, recipe in RECIPES.items()}


def half_way(made):
    return (made.composite + made.truth) / 2


def red_to_half(made):
    """Goes half of what is left to red 0.5 each time."""
    result = made.composite.clone()
    result[:, 0] = (result[:, 0] + 0.5) / 2
    return made.composite + made.mask * (result - made.composite)


@pytest.fixture(scope="module")
def results(test_sets):
    return evaluate(test_sets, {"iph": red_to_half, "reinhard": half_way, "mkl": red_to_half})


OF_ALL_METHODS = ("standard", "look", "transfers", "loose-outline", "untouched")


def test_every_protocol_measures_its_methods(results):
    assert list(results) == [*OF_ALL_METHODS, "recolored-rim", "twice"]
    for protocol in OF_ALL_METHODS:
        assert list(results[protocol].values) == ["composite", "iph", "reinhard", "mkl"]
    assert list(results["recolored-rim"].values) == ["composite", "iph"]
    assert list(results["twice"].values) == ["iph"]
    assert results["untouched"].values["composite"]["fpsnr"] == pytest.approx([70] * 5)


def test_twice_compares_the_second_result_with_the_first(test_sets):
    """The second step towards red 0.5 is half as long as the first, 6.02 dB less of a change."""
    got = evaluate(
        {"twice": test_sets["twice"], "standard": test_sets["standard"]}, {"iph": red_to_half}
    )
    made = next(test_sets["standard"].batches())
    first = red_to_half(made)
    error = ((first - red_to_half_again(made, first)) ** 2 * made.score).sum((1, 2, 3))
    expected = error / (3 * made.score.sum((1, 2, 3)))
    values = got["twice"].values["iph"]["fmse"]
    assert values == pytest.approx((expected * 255**2).tolist(), rel=0.05)


def red_to_half_again(made, first):
    second = first.clone()
    second[:, 0:1] = first[:, 0:1] + made.mask * ((first[:, 0:1] + 0.5) / 2 - first[:, 0:1])
    return second


def test_an_untrained_network_gains_nothing(test_sets, untrained):
    methods = {name: registry(untrained)[name] for name in ("iph", "iph-background")}
    for measured in evaluate(test_sets, methods).values():
        for columns in measured.values.values():
            assert columns["gain"] == [0] * 5


def test_only_the_first_protocol_is_watched(test_sets):
    truths = []
    methods = {"iph": half_way}
    evaluate(test_sets, methods, watch=lambda made, outputs: truths.append(made.truth))
    assert len(truths) == 1


def test_the_second_result_is_watched_too(test_sets):
    shown = []
    evaluate(
        {"twice": test_sets["twice"], "standard": test_sets["standard"]},
        {"iph": red_to_half},
        watch=lambda made, outputs: shown.append((made.composite.equal(made.truth), *outputs)),
    )
    assert shown == [(True, "iph")]


def test_a_protocol_without_methods_is_left_out(test_sets):
    assert not evaluate({"twice": test_sets["twice"]}, {"reinhard": half_way})
    assert list(with_methods(test_sets, {"reinhard": half_way})) == list(OF_ALL_METHODS)


def test_the_first_protocol_that_is_measured_is_watched(test_sets):
    shown = []
    some = {name: test_sets[name] for name in ("twice", "standard", "look")}
    evaluate(some, {"mkl": half_way}, watch=lambda made, outputs: shown.append(list(outputs)))
    assert shown == [["composite", "mkl"]]


def test_a_single_photo_has_no_wrong_reference():
    one, two = (TestSet(lambda: iter(()), ["a"] * count) for count in (1, 2))
    methods = {"iph": half_way, "iph-wrong-reference": half_way}
    assert list(methods_of("ready", one, methods)) == ["iph"]
    assert list(methods_of("ready", two, methods)) == ["iph", "iph-wrong-reference"]
    shown_twice = TestSet(lambda: iter(()), ["a"] * 2, photos=1)
    assert list(methods_of("ready", shown_twice, methods)) == ["iph"]


def test_seconds_are_means_over_protocols(results):
    seconds = seconds_a_photo(results)
    assert set(seconds) == {"composite", "iph", "reinhard", "mkl"}
    total = sum(results[name].seconds["mkl"] for name in OF_ALL_METHODS)
    assert seconds["mkl"] == pytest.approx(total / (5 * len(OF_ALL_METHODS)))


def test_the_methods_table_shows_the_means(results):
    figures = results["standard"].figures()
    head, *rows = methods_table("standard", figures).splitlines()
    assert head.split()[:10] == [
        "standard", "(5)", "fPSNR", "gain", "worse", "fMSE", "PSNR", "SSIM", "dE2000",
        "luminance",
    ]  # fmt: skip
    assert [row.split()[0] for row in rows] == ["composite", "iph", "reinhard", "mkl"]
    cells = rows[2].split()
    shown = {"fpsnr": 2, "gain": 2, "worse": 2, "fmse": 1, "psnr": 2, "ssim": 4}
    for cell, (metric, decimals) in zip(cells[1:], shown.items(), strict=False):
        assert cell == f"{figures['reinhard'][metric]['mean']:.{decimals}f}"
    low, high = figures["reinhard"]["gain"]["ci95"]
    assert cells[-3:] == [f"{low:.2f}", "to", f"{high:.2f}"]
    assert len({len(line) for line in (head, *rows)}) == 1


def test_where_nothing_can_be_gained_no_gain_is_shown(results):
    table = methods_table("untouched", results["untouched"].figures())
    assert "gain" not in table
    assert "worse" not in table
    assert "gain" not in methods_table("twice", results["twice"].figures())


def test_the_parts_table_has_sources_and_their_mean(results):
    figures = results["standard"].figures()
    head, others, mean = parts_table("iph", figures, "by_source").splitlines()
    assert head.split() == ["iph", "composite", "result", "gain", "worse"]
    expected = [
        figures["composite"]["fpsnr"]["mean"],
        *(figures["iph"][metric]["mean"] for metric in ("fpsnr", "gain", "worse")),
    ]
    assert others.split() == ["others", *(f"{value:.2f}" for value in expected)]
    assert mean.split()[1:] == others.split()[1:]


def test_all_tables_of_a_protocol(results):
    text = text_tables("standard", results["standard"].figures())
    assert text.count("mean") == 3
    for title in ("iph, standard", "by share", "by disturbance", "exposure", ">15%"):
        assert title in text
    assert "by share" not in text_tables("untouched", results["untouched"].figures())
    assert "iph, twice" not in text_tables("twice", results["twice"].figures())


def gain(value, fpsnr=20.0):
    return {"gain": {"mean": value}, "fpsnr": {"mean": fpsnr}}


def test_comparisons_by_hand():
    made = {
        "standard": {
            "composite": gain(0),
            "iph": gain(5.0),
            "iph-wrong-reference": gain(2.25),
            "iph-color-map": gain(4.5),
            "reinhard-half": gain(3.0),
            "mkl": gain(-1.0),
            "oracle-color-map": gain(20.0),
        },
        "recolored-rim": {"iph": gain(4.75)},
        "twice": {"iph": gain(0, fpsnr=36.5)},
    }
    assert comparisons(made).splitlines() == [
        "standard: over the best baseline (reinhard-half) +2.00 dB",
        "standard: right over another photo's reference +2.75 dB",
        "standard: full-size way against the network's own -0.50 dB",
        "leak: gain with the rim painted over -0.25 dB",
        "harmonized twice: fPSNR between both results 36.50 dB",
    ]
    assert comparisons({"look": {"mkl": gain(1)}}) == ""


def test_the_composite_stands_first():
    assert list(with_composite({"iph": half_way, "composite": half_way})) == ["composite", "iph"]
