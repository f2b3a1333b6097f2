"""What the server counts, in the text format that Prometheus reads (version 0.0.4)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # seconds
Request = tuple[str, str, int]


class Metrics:
    """Counts of requests by method, route template and status, and how long they took.

    All labels come from our own routes, so there are only so many.
    """

    def __init__(self) -> None:
        self._requests: Counter[Request] = Counter()
        self._sent: Counter[Request] = Counter()
        self._seconds: Counter[str] = Counter()
        self._within: dict[str, Counter[float]] = {}

    def count(self, method: str, route: str, status: int, seconds: float, sent: int) -> None:
        """One request that was answered; `sent` in bytes."""
        self._requests[method, route, status] += 1
        self._sent[method, route, status] += sent
        self._seconds[route] += seconds  # type: ignore[assignment]
        bound = next((bound for bound in BOUNDS if seconds <= bound), float("inf"))
        self._within.setdefault(route, Counter())[bound] += 1

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Everything counted, and what is measured now: name -> (what it is, value)."""
        return "\n".join([*self._counters(), *self._durations(), *measured(gauges), ""])

    def _counters(self) -> Iterator[str]:
        for name, help_, counts in (
            ("iph_requests_total", "Requests answered.", self._requests),
            ("iph_sent_bytes_total", "Bytes of their answers.", self._sent),
        ):
            yield from head(name, help_, "counter")
            for (method, route, status), number in sorted(counts.items()):
                labels = f'method="{method}",route="{escaped(route)}",status="{status}"'
                yield f"{name}{{{labels}}} {number}"

    def _durations(self) -> Iterator[str]:
        name = "iph_request_seconds"
        yield from head(name, "Seconds until a request was answered whole.", "histogram")
        for route, counts in sorted(self._within.items()):
            label = f'route="{escaped(route)}"'
            total = 0
            for bound in (*BOUNDS, float("inf")):
                total += counts[bound]
                shown = "+Inf" if bound == float("inf") else f"{bound:g}"
                yield f'{name}_bucket{{{label},le="{shown}"}} {total}'
            yield f"{name}_sum{{{label}}} {self._seconds[route]:.6f}"
            yield f"{name}_count{{{label}}} {total}"


def measured(gauges: Mapping[str, tuple[str, float]]) -> Iterator[str]:
    for name, (help_, value) in gauges.items():
        yield from head(name, help_, "counter" if name.endswith("_total") else "gauge")
        yield f"{name} {value:g}" if value < 1e6 else f"{name} {value:.0f}"


def head(name: str, help_: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {help_}", f"# TYPE {name} {kind}"


def escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def resident_bytes() -> int:
    """Memory of this process that lies in RAM; at its peak where the system tells no more."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
