"""The figures of every protocol, and the tables that people read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from iph_core.evaluation.measure import Measured, Watch, measure, with_composite
from iph_core.evaluation.methods import (
    BASELINES,
    COLOR_MAP,
    COMPOSITE,
    IPH,
    WRONG_REFERENCE,
)
from iph_core.evaluation.protocols import READY, RIM, TWICE, Method, TestSet, again

Figures = dict[str, dict[str, dict[str, Any]]]
"""figures[method][metric], as `Measured.figures` gives them."""

ONLY_METHODS: dict[str, Sequence[str]] = {RIM: (COMPOSITE, IPH), TWICE: (IPH,)}
"""Protocols that ask something of some methods only."""

UNCHANGED = ("untouched", TWICE)
"""Protocols whose composite is the truth: nothing can be gained."""

COLUMNS = {
    "fpsnr": ("fPSNR", 2),
    "gain": ("gain", 2),
    "worse": ("worse", 2),
    "fmse": ("fMSE", 1),
    "psnr": ("PSNR", 2),
    "ssim": ("SSIM", 4),
    "de2000": ("dE2000", 2),
    "de2000_skin": ("skin dE", 2),
    "luminance_error": ("luminance", 3),
}
"""What a table shows, as far as it was measured: the metric's title and decimals."""


def methods_of(protocol: str, test_set: TestSet, methods: dict[str, Method]) -> dict[str, Method]:
    """The methods that a protocol measures, in their order; a single photo has no other's
    reference."""
    wanted = ONLY_METHODS.get(protocol, methods)
    alone = (test_set.photos or len(test_set.sources)) < 2
    return {
        name: method
        for name, method in methods.items()
        if name in wanted and not (alone and name == WRONG_REFERENCE)
    }


def with_methods(test_sets: dict[str, TestSet], methods: dict[str, Method]) -> dict[str, TestSet]:
    """The protocols that have a use for any of the methods."""
    return {
        protocol: test_set
        for protocol, test_set in test_sets.items()
        if methods_of(protocol, test_set, methods)
    }


def evaluate(
    test_sets: dict[str, TestSet],
    methods: dict[str, Method],
    watch: Watch | None = None,
    done: Callable[[str, Measured], None] | None = None,
) -> dict[str, Measured]:
    """Measure the methods in every protocol, the composite beside them.

    watch: sees the pictures of the first protocol that is measured. done: called after each
    protocol. Only those of `with_methods` are measured.
    """
    results: dict[str, Measured] = {}
    for protocol, test_set in with_methods(test_sets, methods).items():
        chosen = methods_of(protocol, test_set, methods)
        if protocol == TWICE:
            test_set = again(test_set, chosen[IPH])
        else:
            chosen = with_composite(chosen)
        measured = measure(test_set, chosen, None if results else watch)
        results[protocol] = measured
        if done is not None:
            done(protocol, measured)
    return results


def seconds_a_photo(results: dict[str, Measured]) -> dict[str, float]:
    """Mean time of each method for a photo, over every protocol that it ran in."""
    total: dict[str, float] = {}
    photos: dict[str, int] = {}
    for measured in results.values():
        for name, seconds in measured.seconds.items():
            total[name] = total.get(name, 0.0) + seconds
            photos[name] = photos.get(name, 0) + len(measured.shares)
    return {name: seconds / photos[name] for name, seconds in total.items()}


def text_tables(protocol: str, figures: Figures) -> str:
    """The tables of a protocol: its methods, and the network's figures part by part."""
    tables = [methods_table(protocol, figures)]
    if IPH in figures and COMPOSITE in figures:
        tables.append(parts_table(f"{IPH}, {protocol}", figures, "by_source"))
        if protocol not in UNCHANGED:
            tables.append(parts_table("by share", figures, "by_share"))
        if protocol not in UNCHANGED and "by_family" in figures[IPH]["fpsnr"]:
            tables.append(parts_table("by disturbance", figures, "by_family"))
    return "\n".join(tables)


def methods_table(protocol: str, figures: Figures) -> str:
    """Methods as rows: means over sources, and the 95 % interval of the gain (of fPSNR where there
    is nothing to gain)."""
    first = next(iter(figures.values()))
    photos = first["fpsnr"]["n"]
    main = "fpsnr" if protocol in UNCHANGED else "gain"
    left_out = ("gain", "worse") if protocol in UNCHANGED else ()
    columns = {
        metric: column
        for metric, column in COLUMNS.items()
        if metric in first and metric not in left_out
    }
    head = "".join(f"{title:>10}" for title, _ in columns.values())
    lines = [f"{f'{protocol} ({photos})':<24}{head}{f'{COLUMNS[main][0]}, 95 %':>18}"]
    for method, row in figures.items():
        cells = "".join(
            f"{row[metric]['mean']:>10.{decimals}f}" for metric, (_, decimals) in columns.items()
        )
        lines.append(f"{method:<24}{cells}{_interval(row[main]['ci95']):>18}")
    return "\n".join(lines) + "\n"


def parts_table(title: str, figures: Figures, parts: str) -> str:
    """Composite, result, gain and share made worse of each source, share or family; then of all."""
    before, after = figures[COMPOSITE]["fpsnr"], figures[IPH]["fpsnr"]
    columns = {
        "composite": before,
        "result": after,
        "gain": figures[IPH]["gain"],
        "worse": figures[IPH]["worse"],
    }
    lines = [f"{title:<24}" + "".join(f"{name:>11}" for name in columns)]
    for part in after[parts]:
        cells = "".join(f"{_mean(column[parts][part]):>11.2f}" for column in columns.values())
        lines.append(f"{part:<24}{cells}")
    cells = "".join(f"{column['mean']:>11.2f}" for column in columns.values())
    lines.append(f"{'mean':<24}{cells}")
    return "\n".join(lines) + "\n"


def comparisons(results: dict[str, Figures]) -> str:
    """What the protocols tell when held against each other, one line each, as far as measured."""
    lines = []
    for protocol in ("standard", "look", READY):
        if IPH in (figures := results.get(protocol, {})):
            lines += _against_others(protocol, figures)
    if RIM in results and IPH in results.get("standard", {}):
        leak = _gain(results[RIM], IPH) - _gain(results["standard"], IPH)
        lines.append(f"leak: gain with the rim painted over {leak:+.2f} dB")
    if TWICE in results:
        same = results[TWICE][IPH]["fpsnr"]["mean"]
        lines.append(f"harmonized twice: fPSNR between both results {same:.2f} dB")
    return "\n".join(lines)


def _against_others(protocol: str, figures: Figures) -> list[str]:
    gain, lines = _gain(figures, IPH), []
    baselines = {name: _gain(figures, name) for name in BASELINES if name in figures}
    if baselines:
        best = max(baselines, key=baselines.__getitem__)
        lines.append(
            f"{protocol}: over the best baseline ({best}) {gain - baselines[best]:+.2f} dB"
        )
    if WRONG_REFERENCE in figures:
        difference = gain - _gain(figures, WRONG_REFERENCE)
        lines.append(f"{protocol}: right over another photo's reference {difference:+.2f} dB")
    if COLOR_MAP in figures:
        difference = _gain(figures, COLOR_MAP) - gain
        lines.append(f"{protocol}: full-size way against the network's own {difference:+.2f} dB")
    return lines


def _gain(figures: Figures, method: str) -> float:
    return float(figures[method]["gain"]["mean"])


def _mean(part: Any) -> float:
    return part["mean"] if isinstance(part, dict) else part


def _interval(ci95: list[float] | None) -> str:
    return "-" if ci95 is None else f"{ci95[0]:.2f} to {ci95[1]:.2f}"
