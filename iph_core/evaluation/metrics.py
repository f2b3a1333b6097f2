"""Metrics over the foreground. Pictures are N3HW in [0, 1], masks N1HW; one figure a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import torch
from torch import Tensor

from iph_core.network.masks import masked_mean

SMALL_SOURCE = 10
"""Sources with fewer photos than this are pooled into one."""


def fmse(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error N over the foreground, in units of 255^2 as the field prints it."""
    inside = (mask > 0.5).to(picture.dtype)
    return masked_mean((picture - truth) ** 2, inside).mean(1) * 255**2


def fpsnr(picture: Tensor, truth: Tensor, mask: Tensor) -> Tensor:
    """Peak signal-to-noise ratio N in dB over the foreground, at most 70 dB."""
    return 10 * torch.log10(255**2 / fmse(picture, truth, mask).clamp_min(255**2 * 1e-7))


def by_source(values: Sequence[float], sources: Sequence[str]) -> dict[str, float]:
    """Mean of each source; those with fewer than SMALL_SOURCE values are pooled as `others`."""
    groups: dict[str, list[float]] = defaultdict(list)
    for value, source in zip(values, sources, strict=True):
        groups[source].append(value)
    pooled: dict[str, list[float]] = defaultdict(list)
    for source, group in groups.items():
        pooled[source if len(group) >= SMALL_SOURCE else "others"].extend(group)
    return {source: sum(group) / len(group) for source, group in sorted(pooled.items())}


def mean_over_sources(values: Sequence[float], sources: Sequence[str]) -> float:
    """Mean of the sources' means, so that a large source does not speak for all."""
    means = by_source(values, sources)
    return sum(means.values()) / len(means)
