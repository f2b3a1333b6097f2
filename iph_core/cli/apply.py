"""`python -m iph_core apply`: do again what a sidecar tells."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from iph_core.cli import outputs
from iph_core.photo import open_photo
from iph_core.sidecar import open_sidecar


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `apply` to the program."""
    parser = subparsers.add_parser(
        "apply",
        help="do again to a photo what a sidecar tells",
        description="Recolor a photo as its sidecar tells, which `harmonize --sidecar` or the page"
        " saved with the result. No network is asked: the same photo gives the same pixels."
        " Strength and sliders stand as they did, unless they are given here.",
    )
    parser.add_argument("told", metavar="SIDECAR", type=Path)
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    outputs.add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Apply and write the result; InputError for anything that cannot be used. Returns 0."""
    outputs.check(args, [args.told, args.photo])
    photo = open_photo(args.photo, keep_place=args.keep_place)
    outputs.check_room(args, photo.size)
    edit = open_sidecar(args.told, photo)
    if not edit.is_same_photo:
        print(f"{args.told.name} was saved for another file of this size.", file=sys.stderr)
    strength = edit.strength if args.strength is None else args.strength
    outputs.write(args, edit.result, strength, outputs.adjustment(args, edit.adjustment))
    return 0
