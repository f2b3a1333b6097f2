"""From figures photo by photo to means: over sources, with their interval, and by share."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

SMALL_SOURCE = 10
"""Sources with fewer photos than this are pooled into one."""

OTHERS = "others"
NORMAL_95 = 1.959964

SHARES = {"<5%": (0.0, 0.05), "5-15%": (0.05, 0.15), ">15%": (0.15, math.inf)}
"""Bands of the foreground's share of the picture, the lower end included."""


def grouped(
    values: Sequence[float], sources: Sequence[str], smallest: int = SMALL_SOURCE
) -> dict[str, list[float]]:
    """The values of each source; those with fewer than `smallest` values are pooled as `others`."""
    groups: dict[str, list[float]] = defaultdict(list)
    for value, source in zip(values, sources, strict=True):
        groups[source].append(value)
    pooled: dict[str, list[float]] = defaultdict(list)
    for source, group in groups.items():
        pooled[source if len(group) >= smallest else OTHERS].extend(group)
    return dict(sorted(pooled.items()))


def by_source(
    values: Sequence[float], sources: Sequence[str], smallest: int = SMALL_SOURCE
) -> dict[str, float]:
    """Mean of each source; those with fewer than `smallest` values are pooled as `others`."""
    groups = grouped(values, sources, smallest)
    return {source: sum(group) / len(group) for source, group in groups.items()}


def mean_over_sources(
    values: Sequence[float], sources: Sequence[str], smallest: int = SMALL_SOURCE
) -> float:
    """Mean of the sources' means, so that a large source does not speak for all."""
    means = by_source(values, sources, smallest)
    return sum(means.values()) / len(means)


def interval_95(groups: Sequence[Sequence[float]]) -> list[float] | None:
    """[low, high] of the mean of the groups' means, as a normal 95 % interval.

    The groups are fixed, the photos of each a sample of their own (Cochran, Sampling Techniques,
    section 5.4, equal weights): variance = sum over groups of s_g^2 / n_g, divided by the number of
    groups squared; mean -+ 1.96 sqrt(variance). s_g^2: sample variance with n_g - 1. None where a
    group has one value, which says nothing about its spread.
    """
    if any(len(group) < 2 for group in groups):
        return None
    variance = sum(np.var(group, ddof=1) / len(group) for group in groups) / len(groups) ** 2
    mean = sum(np.mean(group) for group in groups) / len(groups)
    half = NORMAL_95 * math.sqrt(variance)
    return [float(mean - half), float(mean + half)]


def figure(
    values: Sequence[float], sources: Sequence[str], smallest: int = SMALL_SOURCE
) -> dict[str, Any]:
    """One metric of one method: {"mean" (over sources), "ci95", "n" (photos), "by_source"}."""
    return {
        "mean": mean_over_sources(values, sources, smallest),
        "ci95": interval_95(list(grouped(values, sources, smallest).values())),
        "n": len(values),
        "by_source": by_source(values, sources, smallest),
    }


def by_share(
    values: Sequence[float],
    shares: Sequence[float],
    sources: Sequence[str],
    smallest: int = SMALL_SOURCE,
) -> dict[str, dict[str, float]]:
    """{"mean", "n"} of the photos in each band of SHARES; bands without photos are left out."""
    bands = [
        next(name for name, (low, high) in SHARES.items() if low <= share < high)
        for share in shares
    ]
    parts = _by(bands, values, sources, smallest)
    return {band: parts[band] for band in SHARES if band in parts}


def by_family(
    values: Sequence[float],
    families: Sequence[str],
    sources: Sequence[str],
    smallest: int = SMALL_SOURCE,
) -> dict[str, dict[str, float]]:
    """{"mean", "n"} of the photos that each family of disturbances recolored."""
    return _by(families, values, sources, smallest)


def _by(
    keys: Sequence[str], values: Sequence[float], sources: Sequence[str], smallest: int
) -> dict[str, dict[str, float]]:
    """Mean over sources and number of values of each key."""
    parts: dict[str, tuple[list[float], list[str]]] = {}
    for key, value, source in zip(keys, values, sources, strict=True):
        part = parts.setdefault(key, ([], []))
        part[0].append(value)
        part[1].append(source)
    return {
        key: {"mean": mean_over_sources(*part, smallest), "n": len(part[0])}
        for key, part in sorted(parts.items())
    }
