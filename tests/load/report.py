"""What a run of visitors showed, as numbers and as a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.load.visitor import Tally


def describe(tally: Tally, memory: list[float], seconds: float, visitors: int) -> dict[str, Any]:
    """memory: MB over time. Its growth is the slope of the second half of the run, when all caches
    are full, in MB an hour.
    """
    return {
        "visitors": visitors,
        "minutes": round(seconds / 60, 2),
        "visits": tally.visits,
        "visits_per_minute": round(60 * tally.visits / seconds, 2),
        "answered_busy": tally.busy,
        "errors": tally.errors,
        "steps": {name: step(times) for name, times in tally.seconds.items()},
        "memory_mb": memory_of(memory, seconds),
    }


def step(times: list[float]) -> dict[str, float]:
    middle, most = np.percentile(times, [50, 95])
    return {"count": len(times), "p50": round(float(middle), 3), "p95": round(float(most), 3)}


def memory_of(memory: list[float], seconds: float) -> dict[str, float]:
    if len(memory) < 4:
        return {}
    half = np.array(memory[len(memory) // 2 :])
    hours = seconds / 3600 / len(memory) * np.arange(len(half))
    return {
        "start": round(memory[0]),
        "end": round(memory[-1]),
        "most": round(max(memory)),
        "half_way": round(float(half[0])),
        "growth_per_hour": round(float(np.polyfit(hours, half, 1)[0])),
    }


def table(report: dict[str, Any]) -> str:
    lines = [
        f"{report['visitors']} visitors for {report['minutes']} minutes: {report['visits']} visits,"
        f" {report['visits_per_minute']} a minute",
        f'{len(report["errors"])} errors, {report["answered_busy"]} answers "busy"',
        "",
        f"{'step':<12}{'count':>8}{'p50 s':>10}{'p95 s':>10}",
    ]
    for name, numbers in report["steps"].items():
        lines.append(
            f"{name:<12}{numbers['count']:>8}{numbers['p50']:>10.2f}{numbers['p95']:>10.2f}"
        )
    if memory := report["memory_mb"]:
        lines += [
            "",
            "server memory: {start} MB at the start, {end} at the end, {most} at most;"
            " {growth_per_hour:+} MB an hour in the second half".format(**memory),
        ]
    return "\n".join([*lines, *sorted(set(report["errors"]))[:10]])
