from __future__ import annotations

import mmap
import os

from demo.metrics import Metrics, resident_bytes


def numbers(text: str) -> dict[str, float]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_counts_and_durations() -> None:
    metrics = Metrics()
    for seconds in (0.005, 0.02, 2.0, 99.0):
        metrics.count("GET", "/iph/state", 200, seconds, 100)
    metrics.count("GET", "/iph/state", 404, 0.01, 7)
    found = numbers(metrics.text({}))
    assert found['iph_requests_total{method="GET",route="/iph/state",status="200"}'] == 4
    assert found['iph_sent_bytes_total{method="GET",route="/iph/state",status="200"}'] == 400
    assert found['iph_sent_bytes_total{method="GET",route="/iph/state",status="404"}'] == 7
    within = {
        bound: found[f'iph_request_seconds_bucket{{route="/iph/state",le="{bound}"}}']
        for bound in ("0.01", "0.03", "1", "3", "30", "+Inf")
    }
    assert within == {"0.01": 2, "0.03": 3, "1": 3, "3": 4, "30": 4, "+Inf": 5}
    assert found['iph_request_seconds_count{route="/iph/state"}'] == 5
    assert abs(found['iph_request_seconds_sum{route="/iph/state"}'] - 101.035) < 1e-6


def test_form_is_what_prometheus_reads() -> None:
    metrics = Metrics()
    metrics.count("GET", 'a"b\\c', 200, 1, 1)
    text = metrics.text(
        {"iph_sessions": ("Sessions now.", 3), "x_bytes": ("Bytes.", 1_234_567_891)}
    )
    assert 'route="a\\"b\\\\c"' in text
    assert "# TYPE iph_sessions gauge\niph_sessions 3\n" in text
    assert "x_bytes 1234567891\n" in text
    assert text.endswith("\n")
    kinds = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(kinds) == len(set(kinds))


def test_resident_memory_is_of_this_process() -> None:
    before = resident_bytes()
    # A mapping of its own: memory that the process has freed and kept would not add anything.
    with mmap.mmap(-1, 80_000_000) as block:
        block.write(os.urandom(1_000_000) * 80)
        assert 60e6 < resident_bytes() - before < 200e6
