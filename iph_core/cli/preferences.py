"""`python -m iph_core preferences`: scores of methods from the votes of a study."""

from __future__ import annotations

import argparse
from pathlib import Path

from iph_core.cli.report import check_targets, write_json


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `preferences` to the program."""
    parser = subparsers.add_parser(
        "preferences",
        help="scores from the votes of a preference study",
        description="Thurstone Case V and Bradley-Terry scores, with 95 % intervals from photos"
        " drawn again, out of votes: a CSV file with photo, method_a, method_b and choice (a, b or"
        " the preferred method).",
    )
    parser.add_argument("votes", metavar="VOTES.csv", type=Path)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the scores")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the scores, the best method first. InputError for unusable votes. Returns 0."""
    from iph_core.evaluation.preferences import preferences, read_votes, table

    check_targets([args.json], [args.votes])
    results = preferences(read_votes(args.votes))
    print(table(results))
    if args.json:
        write_json(args.json, {"scores": results})
    return 0
