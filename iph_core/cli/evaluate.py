"""`python -m iph_core evaluate`: gains over the composite on fixed test composites of a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from iph_core import runtime
from iph_core.cli.arguments import count
from iph_core.cli.report import check_target, write_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `evaluate` to the program."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a network on test composites",
        description="fPSNR of composites and results, by source, on composites made from a folder"
        " in the data format; the same composites at every call.",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("--split", help="train or val; without it, every photo")
    parser.add_argument("--weights", metavar="NAME", help="a name of the manifest or a file")
    parser.add_argument("--size", metavar="PX", type=count, default=256)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print a table. InputError for data that cannot be used. Returns 0."""
    from iph_core.data.bank import load_bank
    from iph_core.data.folder import read_folders
    from iph_core.data.synthesis import OVERSAMPLING
    from iph_core.evaluation.report import evaluate, text_table
    from iph_core.models import Models

    check_target(args.json)
    device = runtime.select_device(args.device)
    bank = load_bank(read_folders(args.data, args.split), OVERSAMPLING * args.size).to(device)
    tables: dict[str, Any] = evaluate(bank, Models(args.weights, args.device).network, args.size)
    for protocol, table in tables.items():
        print(text_table(protocol, table))
    if args.json:
        write_json(args.json, tables)
    return 0
