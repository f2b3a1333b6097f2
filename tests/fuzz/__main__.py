"""`python -m tests.fuzz`: throw changed files and requests, and count what came of them."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.fuzz.worker import HUNG

WRITE_EVERY = 20  # seconds


def main() -> None:
    arguments = parse_arguments()
    if arguments.case is not None:
        show(arguments.seed, arguments.case)
        return
    with tempfile.TemporaryDirectory() as name:
        summary = run(Path(name), arguments.seed, 60 * arguments.minutes, arguments.json)
    print(as_text(summary))
    sys.exit(bool(summary["finds"]))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="which cases (default 1)")
    parser.add_argument("--json", type=Path, help="a file for the figures, written as they grow")
    parser.add_argument("--case", type=int, help="do one case only, by its number, and show it")
    return parser.parse_args()


def run(folder: Path, seed: int, seconds: float, target: Path | None) -> dict[str, Any]:
    """Workers one after the other: a new one goes on where the last one died."""
    started, first = time.time(), 0
    (folder / "number").write_bytes(bytes(8))
    while time.time() < started + seconds:
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.fuzz.worker"),
                *(str(folder), str(seed), str(first), str(started + seconds)),
            ]
        )
        while worker.poll() is None:
            try:
                worker.wait(WRITE_EVERY)
            except subprocess.TimeoutExpired:
                write(folder, seed, time.time() - started, target)
        number = int.from_bytes((folder / "number").read_bytes(), "little")
        if worker.returncode not in (0, HUNG):
            died = {"number": number, "outcome": "died", "what": f"exit {worker.returncode}"}
            with (folder / "finds.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(died) + "\n")
            if number == first:
                break  # it does not even start
        first = number + 1
    return write(folder, seed, time.time() - started, target)


def write(folder: Path, seed: int, seconds: float, target: Path | None) -> dict[str, Any]:
    """The figures of all workers so far."""
    counted: Counter[str] = Counter()
    slowest: dict[str, list[float]] = {}
    peak = 0
    for file in folder.glob("from-*.json"):
        state = json.loads(file.read_text(encoding="utf-8"))
        counted.update(state["counted"])
        peak = max(peak, state["peak_mb"])
        for name, found in state["slowest"].items():
            slowest[name] = max(slowest.get(name, [0.0, 0]), found)
    finds = folder / "finds.jsonl"
    lines = finds.read_text(encoding="utf-8").splitlines() if finds.exists() else []
    summary = {
        "seed": seed,
        "minutes": round(seconds / 60, 1),
        "cases": sum(counted.values()),
        "outcomes": dict(sorted(counted.items())),
        "slowest": {name: [round(found[0], 3), found[1]] for name, found in slowest.items()},
        "peak_mb": peak,
        "finds": [json.loads(line) for line in lines],
    }
    if target:
        target.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return summary


def as_text(summary: dict[str, Any]) -> str:
    lines = [
        f"{summary['cases']} cases in {summary['minutes']} minutes, seed {summary['seed']}, "
        f"peak {summary['peak_mb']} MB, {len(summary['finds'])} finds"
    ]
    lines += [f"  {name:20} {count:9}" for name, count in summary["outcomes"].items()]
    for name, (seconds, number) in sorted(summary["slowest"].items()):
        lines.append(
            f"  slowest {name}: {seconds:.2f} s (--seed {summary['seed']} --case {number})"
        )
    alike: dict[str, list[dict]] = {}
    for find in summary["finds"]:
        alike.setdefault(find["what"].strip().splitlines()[-1], []).append(find)
    for finds in alike.values():
        numbers = ", ".join(str(find["number"]) for find in finds[:5])
        lines.append(
            f"\n{len(finds)} x {finds[0]['outcome']}, cases {numbers}:\n{finds[0]['what']}"
        )
    return "\n".join(lines)


def show(seed: int, number: int) -> None:
    """One case with its traceback, as the worker does it."""
    from tests.fuzz.page import Page
    from tests.fuzz.targets import targets

    with tempfile.TemporaryDirectory() as data:
        page = Page(Path(data))
        known = targets(page)
        chance = random.Random(f"{seed}:{number}")
        name = chance.choice([name for name, (_, turns) in known.items() for _ in range(turns)])
        try:
            print(name, known[name][0](chance))
        finally:
            page.close()


if __name__ == "__main__":
    main()
