"""`python -m iph_core evaluate-edges`: how near the edges of picks are to an exact alpha."""

from __future__ import annotations

import argparse
from pathlib import Path

from iph_core.cli.arguments import add_split, count
from iph_core.cli.report import check_targets, write_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `evaluate-edges` to the program."""
    parser = subparsers.add_parser(
        "evaluate-edges",
        help="measure the edges of picks",
        description="Set labeled people with soft edges of known form into other photos and give"
        " the error (SAD, MSE, gradient) of a hard mask, a feathered one and ours, from a mask as"
        " coarse and as far off as picking's.",
    )
    parser.add_argument("data", metavar="DIR", type=Path)
    add_split(parser)
    parser.add_argument("--source", metavar="NAME", help="whose people are cut out (ccp)")
    parser.add_argument("--count", metavar="N", type=count, default=60, help="scenes (60)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and print a table. InputError for data that cannot be used. Returns 0."""
    from iph_core.evaluation.edges import (
        PEOPLE_SOURCE,
        measure_edges,
        report,
        scenes_of,
        text_table,
    )

    check_targets([args.json], [args.data])
    scenes = scenes_of(args.data, args.split, args.count, args.source or PEOPLE_SOURCE)
    figures = report(measure_edges(scenes))
    print(text_table(figures))
    if args.json:
        write_json(args.json, figures)
    return 0
