"""`python -m iph_core pick`: a mask of the person or object that taps or a box point at."""

from __future__ import annotations

import argparse
from pathlib import Path

from iph_core.cli.arguments import parse_box, parse_tap
from iph_core.cli.report import check_targets
from iph_core.errors import InputError
from iph_core.photo import Photo, check_mask_name, open_mask, open_photo, save_mask
from iph_core.pipeline import Scene
from iph_core.regions.mask import Region, refined
from iph_core.regions.picking import LEVELS, Prompts


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `pick` to the program."""
    parser = subparsers.add_parser(
        "pick",
        help="write a mask of what you point at",
        description="Write a mask (8-bit gray PNG, 255 inside) of a person or object in a photo.",
    )
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    parser.add_argument(
        "--tap",
        metavar="X,Y[,-]",
        action="append",
        default=[],
        help="a point inside in pixels of the upright photo; with ,- a point outside; repeatable",
    )
    parser.add_argument("--box", metavar="X0,Y0,X1,Y1", help="a box around it")
    parser.add_argument(
        "--level",
        choices=LEVELS,
        default="person",
        help="with --tap: the whole person or thing (the default), a part such as a face, or the"
        " object as SAM sees it",
    )
    parser.add_argument(
        "--auto",
        action="store_true",
        help="the surest person, else what stands out most, without pointing",
    )
    parser.add_argument(
        "--exclude", metavar="MASK", type=Path, help="with --auto: look outside this mask"
    )
    parser.add_argument("-o", "--output", metavar="MASK", type=Path, required=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Pick and write the mask; InputError for anything that cannot be used. Returns 0."""
    prompts = read_prompts(args)
    check_mask_name(args.output)
    check_targets([args.output], [args.photo, args.exclude])
    photo = open_photo(args.photo)
    region = pick_default(photo, args.exclude) if args.auto else pick_prompted(photo, prompts)
    save_mask(region.mask, args.output)
    return 0


def read_prompts(args: argparse.Namespace) -> Prompts:
    """The taps and the box of the command line; InputError where they contradict --auto."""
    prompts = Prompts(
        taps=tuple(parse_tap(text) for text in args.tap),
        box=None if args.box is None else parse_box(args.box),
        level=args.level,
    )
    pointed = bool(prompts.taps) or prompts.box is not None
    if args.auto and pointed:
        raise InputError("Give either --auto or --tap and --box, not both.")
    if not args.auto and not pointed:
        raise InputError("Say what to pick: --tap X,Y, --box X0,Y0,X1,Y1 or --auto.")
    if args.exclude is not None and not args.auto:
        raise InputError("--exclude goes with --auto: with taps, add one that ends in ,- instead.")
    return prompts


def pick_prompted(photo: Photo, prompts: Prompts) -> Region:
    return Scene(photo).pick(prompts.taps, prompts.box, prompts.level)


def pick_default(photo: Photo, exclude: Path | None) -> Region:
    excluded = None if exclude is None else open_mask(exclude, photo.size)
    region = Scene(photo).regions.default(excluded)
    if region is None:
        raise InputError("Nothing stands out in this photo: point at what you want with --tap X,Y.")
    return Region(refined(region.mask, photo.pixels))
