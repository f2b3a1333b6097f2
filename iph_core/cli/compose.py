"""`python -m iph_core compose`: put a person from one photo into another."""

from __future__ import annotations

import argparse
from pathlib import Path

from iph_core.cli.arguments import add_written, parse_numbers, parse_tap
from iph_core.cli.report import check_targets
from iph_core.compose import Cutout, Placement, Shadow, compose
from iph_core.errors import InputError
from iph_core.photo import (
    Photo,
    check_mask_name,
    check_quality,
    check_size,
    format_of,
    open_mask,
    open_photo,
    save_mask,
    save_photo,
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `compose` to the program."""
    parser = subparsers.add_parser(
        "compose",
        help="put a person from one photo into another",
        description="Cut a person out of a photo and lay them over a scene, at full size. A PERSON"
        " with transparency is taken as a cut-out and needs neither --tap nor --mask.",
    )
    parser.add_argument("scene", metavar="SCENE", type=Path)
    parser.add_argument("person", metavar="PERSON", type=Path)
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--tap",
        metavar="X,Y[,-]",
        action="append",
        default=[],
        help="a point on the person in pixels of their photo; with ,- a point outside; repeatable",
    )
    who.add_argument("--mask", metavar="MASK", type=Path, help="a mask of the person instead")
    parser.add_argument(
        "--at", metavar="X,Y", required=True, help="where the cut-out's center goes in the scene"
    )
    parser.add_argument("--scale", metavar="S", type=float, default=1.0, help="of the cut-out (1)")
    parser.add_argument("--rotate", metavar="D", type=float, default=0.0, help="degrees, clockwise")
    parser.add_argument("--flip", action="store_true", help="mirror left to right")
    parser.add_argument(
        "--behind",
        metavar="MASK",
        type=Path,
        help="a mask of whoever in the scene stands in front of the person",
    )
    parser.add_argument(
        "--shadow",
        metavar="D",
        type=float,
        nargs="?",
        const=None,
        default=False,
        help="a soft shadow under the feet; with D cast to there as well: degrees clockwise from"
        " the right (0 right, 90 toward the viewer, 180 left)",
    )
    parser.add_argument("--harmonize", action="store_true", help="match the colors of the scene")
    add_written(parser)
    parser.add_argument("--mask-out", metavar="MASK", type=Path, help="write the person's mask")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compose and write; InputError for anything that cannot be used. Returns 0."""
    placement = _placement(args)
    shadow = None if args.shadow is False else Shadow(direction=args.shadow)
    check_quality(args.quality)
    format_of(args.output.suffix)  # Before the work: a wrong suffix is answered at once.
    if args.mask_out is not None:
        check_mask_name(args.mask_out)
    inputs = [args.scene, args.person, args.mask, args.behind]
    check_targets([args.output, args.mask_out], inputs)
    scene = open_photo(args.scene, keep_place=args.keep_place)
    person = open_photo(args.person)
    check_size(scene.size, args.output.suffix)
    behind = None if args.behind is None else open_mask(args.behind, scene.size)
    composite, mask = compose(scene, _cutout(args, person), placement, behind, shadow)
    if args.mask_out is not None:
        save_mask(mask, args.mask_out)
    if not args.harmonize:
        save_photo(composite, args.output, quality=args.quality)
        print(f"{args.output}: composed.")
        return 0
    from iph_core.pipeline import Scene

    whole = Scene(composite)
    result = whole.harmonize(whole.region(mask))
    result.save(args.output, quality=args.quality)
    print(f"{args.output}: {result.summary()}")
    return 0


def _placement(args: argparse.Namespace) -> Placement:
    numbers = parse_numbers(args.at.split(","))
    if len(numbers) != 2:
        raise InputError(f"The place {args.at!r} is not understood: write X,Y in pixels.")
    return Placement(numbers[0], numbers[1], args.scale, args.rotate, args.flip)


def _cutout(args: argparse.Namespace, person: Photo) -> Cutout:
    if args.mask is not None:
        return Cutout.from_mask(person, open_mask(args.mask, person.size))
    if args.tap:
        from iph_core.cli.pick import pick_prompted
        from iph_core.regions.picking import Prompts

        taps = tuple(parse_tap(text) for text in args.tap)
        return Cutout.from_mask(person, pick_prompted(person, Prompts(taps=taps)).mask)
    if person.alpha is None or person.alpha.min() == person.alpha.max():
        raise InputError("Say who to cut out: --tap X,Y on the person, or --mask FILE.")
    return Cutout.from_alpha(person)
