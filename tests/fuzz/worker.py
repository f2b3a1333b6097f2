"""The process that does the cases. It tells its number first, so that its death tells the case."""

from __future__ import annotations

import json
import logging
import mmap
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from types import FrameType
from typing import Any

LONGEST = 10.0  # seconds
HUNG = 3  # exit status after a case that hung: its thread may still be running


class Hang(BaseException):
    """A case took longer than LONGEST."""


def ring(signal_number: int, frame: FrameType | None) -> None:
    raise Hang


def work(folder: Path, seed: int, first: int, until: float) -> int:
    """Cases from number `first` on, until the clock says `until`; results go into `folder`."""
    from tests.fuzz.page import Page
    from tests.fuzz.targets import targets

    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, ring)
    with tempfile.TemporaryDirectory() as data, (folder / "number").open("r+b") as file:
        number_now = mmap.mmap(file.fileno(), 8)
        page = Page(Path(data))
        known = targets(page)
        names = [name for name, (_, turns) in known.items() for _ in range(turns)]
        counted: dict[str, int] = {}
        slowest: dict[str, tuple[float, int]] = {}
        number, status, saved = first, 0, time.time()
        while status == 0 and time.time() < until:
            number_now[:] = number.to_bytes(8, "little")
            chance = random.Random(f"{seed}:{number}")
            name = chance.choice(names)
            started = time.perf_counter()
            outcome, found = one(known[name][0], chance)
            seconds = time.perf_counter() - started
            key = f"{name} {outcome}"
            counted[key] = counted.get(key, 0) + 1
            slowest[name] = max(slowest.get(name, (0.0, 0)), (seconds, number))
            if found:
                report(
                    folder, {"number": number, "target": name, "outcome": outcome, "what": found}
                )
            status = HUNG if outcome == "hang" else 0
            number += 1
            if status or time.time() > saved + 5:
                save(folder, first, counted, slowest)
                saved = time.time()
        save(folder, first, counted, slowest)
        if status == 0:
            page.close()
    return status


def one(target: Any, chance: random.Random) -> tuple[str, str]:
    """How a case ended, and what was found (empty: nothing)."""
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        return target(chance), ""
    except Hang:
        return "hang", traceback.format_exc()
    except Exception:
        return "crash", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def report(folder: Path, find: dict[str, Any]) -> None:
    with (folder / "finds.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(find) + "\n")


def save(folder: Path, first: int, counted: dict, slowest: dict) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    state = {"counted": counted, "slowest": slowest, "peak_mb": round(peak)}
    target = folder / f"from-{first}.json"
    target.with_suffix(".new").write_text(json.dumps(state), encoding="utf-8")
    target.with_suffix(".new").replace(target)


if __name__ == "__main__":
    place, seed_text, first_text, until_text = sys.argv[1:]
    sys.exit(work(Path(place), int(seed_text), int(first_text), float(until_text)))
