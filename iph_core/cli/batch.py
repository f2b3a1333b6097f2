"""`python -m iph_core batch`: many composites in one go, from a manifest."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from iph_core.batch import COLUMNS, ENGINES, Outcome, Settings, run_batch, write_report
from iph_core.cli.arguments import add_written, count
from iph_core.cli.report import check_targets
from iph_core.errors import InputError

SOME_FAILED = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `batch` to the program."""
    parser = subparsers.add_parser(
        "batch",
        help="harmonize every row of a manifest",
        description=f"Harmonize every row of a CSV file with the columns {', '.join(COLUMNS)} (the"
        " first two are needed; foreground and reference are masks, or taps such as 120,80;140,90)."
        " Paths count from the manifest's folder. Started again, it skips what is finished. Ends"
        " with 1 if a row failed.",
    )
    parser.add_argument("manifest", metavar="MANIFEST.csv", type=Path)
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True)
    parser.add_argument("--workers", metavar="N", type=count, default=1, help="processes (1)")
    parser.add_argument(
        "--engine", choices=list(ENGINES), default="local", help="this machine, or a Ray cluster"
    )
    parser.add_argument("--report", metavar="FILE", type=Path, help="write a .csv or .json file")
    parser.add_argument("--weights", metavar="NAME", help="a name of the manifest or a file")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    add_written(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work through the manifest; 0, or 1 if a row failed. InputError for what cannot be used."""
    check_targets([args.report], [args.manifest, args.weights])
    if args.report and args.report.suffix.lower() not in (".csv", ".json"):
        raise InputError(f"A report is .csv or .json: let {args.report.name} end in one of them.")
    outcomes = run_batch(
        args.manifest,
        args.output,
        settings=Settings(args.weights, args.device, args.quality, args.keep_place),
        workers=args.workers,
        engine=args.engine,
        on_outcome=_tell,
    )
    if args.report:
        write_report(outcomes, args.report)
    counts = Counter(outcome.status for outcome in outcomes)
    print(", ".join(f"{counts[status]} {status}" for status in ("done", "skipped", "failed")))
    return SOME_FAILED if counts["failed"] else 0


def _tell(outcome: Outcome, number: int, total: int) -> None:
    place = f"[{number}/{total}]"
    if outcome.status == "failed":
        print(f"{place} row {outcome.row} failed: {outcome.error}", file=sys.stderr, flush=True)
    elif outcome.status == "skipped":
        print(f"{place} {outcome.output}: finished before.", flush=True)
    else:
        print(f"{place} {outcome.output}: {outcome.summary}", flush=True)
