"""The most memory that this process held, from a moment on."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")
PEAK = "5"  # What `clear_refs` calls the peak (Linux, proc_pid_clear_refs(5)).


def reset_peak() -> None:
    """Count the peak from now on; where the system cannot, it stays that of the whole process."""
    if RESET.exists():
        RESET.write_text(PEAK)


def peak_mb() -> float:
    """The peak of resident memory in MB (10^6 bytes): libraries, models and all."""
    if STATUS.exists():
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
