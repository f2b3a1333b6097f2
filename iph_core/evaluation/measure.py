"""Run methods over a test set and keep every metric, photo by photo."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from iph_core.data.composites import Batch, as_file
from iph_core.evaluation import metrics
from iph_core.evaluation.methods import COMPOSITE
from iph_core.evaluation.protocols import Method, TestSet, together
from iph_core.evaluation.skin import of_enough
from iph_core.evaluation.summary import by_family, by_share, figure

METRICS = ("fpsnr", "gain", "worse", "psnr", "ssim", "de2000", "fmse", "luminance_error")
SKIN_METRIC = "de2000_skin"
"""Beside METRICS where skin is known, over the photos that show enough of it."""

Watch = Callable[[Batch, dict[str, Tensor]], None]
"""What is shown each batch with every method's pictures."""


@dataclass
class Measured:
    """values[method][metric]: a figure a photo. shares: of the foreground. seconds: a method."""

    test_set: TestSet
    values: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    shares: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def figures(self) -> dict[str, dict[str, dict[str, Any]]]:
        """figures[method][metric] = {"mean", "ci95", "n", "by_source", "by_share"}, and "by_family"
        where the families of disturbances are known."""
        return {
            method: {
                metric: self._figure(values)
                for metric, values in columns.items()
                if not all(map(math.isnan, values))
            }
            for method, columns in self.values.items()
        }

    def _figure(self, values: list[float]) -> dict[str, Any]:
        """The figure of the photos that have a value (not nan)."""
        there = [place for place, value in enumerate(values) if not math.isnan(value)]
        values = [values[place] for place in there]
        sources = [self.test_set.sources[place] for place in there]
        smallest = self.test_set.smallest_source
        result = figure(values, sources, smallest)
        shares = [self.shares[place] for place in there]
        result["by_share"] = by_share(values, shares, sources, smallest)
        if self.test_set.families is not None:
            families = [self.test_set.families[place] for place in there]
            result["by_family"] = by_family(values, families, sources, smallest)
        return result


@torch.no_grad()
def measure(test_set: TestSet, methods: dict[str, Method], watch: Watch | None = None) -> Measured:
    """Every metric of METRICS of every method, on its pictures rounded to 8 bits, and SKIN_METRIC
    where the test set knows skin (nan for photos without)."""
    measured = Measured(test_set)
    skin = test_set.skin() if test_set.skin is not None else None
    for made in together(test_set.batches()):
        before = metrics.fpsnr(made.composite, made.truth, made.score)
        start = len(measured.shares)
        measured.shares += (made.mask > 0.5).float().mean((1, 2, 3)).tolist()
        outputs = {}
        for name, method in methods.items():
            outputs[name], seconds = _timed(method, made)
            measured.seconds[name] += seconds
            for metric, values in _figures(outputs[name], made, before).items():
                measured.values[name][metric] += values.double().tolist()
            if skin is not None:
                shown = of_enough(skin[start : start + len(made.mask)], made.score)
                values = metrics.de2000(outputs[name], made.truth, shown)
                measured.values[name][SKIN_METRIC] += values.double().tolist()
        if watch is not None:
            watch(made, outputs)
    return measured


def with_composite(methods: dict[str, Method]) -> dict[str, Method]:
    """The methods, `composite` first: every gain is against it."""
    return {COMPOSITE: lambda made: made.composite, **methods}


def _timed(method: Method, made: Batch) -> tuple[Tensor, float]:
    start = time.perf_counter()
    output = as_file(method(made).float().clamp(0, 1))
    output[0, 0, 0, 0].item()  # Waits for the device.
    return output, time.perf_counter() - start


def _figures(output: Tensor, made: Batch, before: Tensor) -> dict[str, Tensor]:
    after = metrics.fpsnr(output, made.truth, made.score)
    return {
        "fpsnr": after,
        "gain": after - before,
        "worse": (after < before).float(),
        "psnr": metrics.psnr(output, made.truth),
        "ssim": metrics.ssim(output, made.truth),
        "de2000": metrics.de2000(output, made.truth, made.score),
        "fmse": metrics.fmse(output, made.truth, made.score),
        "luminance_error": metrics.luminance_error(output, made.score, made.reference, made.guide),
    }
