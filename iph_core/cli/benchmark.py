"""`python -m iph_core benchmark`: seconds and memory of every step, at several sizes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core.cli.arguments import count, parse_numbers
from iph_core.cli.report import check_targets, write_json
from iph_core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from iph_core.photo import Photo

SIZES = (1.0, 12.0, 24.0, 50.0)
LARGEST = 100.0
PEERS_UP_TO = 12.0
EXAMPLES = Path(__file__).parents[2] / "demo" / "examples"
EXAMPLE = "pioneers"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `benchmark`."""
    parser = subparsers.add_parser(
        "benchmark", help="time every step at several sizes of a photo", description=__doc__
    )
    parser.add_argument("--photo", type=Path, metavar="FILE", help="without it, a shipped example")
    parser.add_argument(
        "--foreground",
        type=Path,
        metavar="MASK",
        help="who is harmonized; without it, who stands out most",
    )
    parser.add_argument(
        "--megapixels",
        type=megapixels,
        nargs="+",
        default=SIZES,
        metavar="N",
        help="sizes that the photo is scaled to",
    )
    parser.add_argument(
        "--repeat",
        type=count,
        default=3,
        metavar="N",
        help="runs of a step; the shortest counts (3)",
    )
    parser.add_argument(
        "--peers-up-to",
        type=megapixels,
        default=PEERS_UP_TO,
        metavar="N",
        help="largest size at which OpenCV and color-matcher are timed too, in megapixels (12)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure")
    parser.set_defaults(run=run)


def megapixels(text: str) -> float:
    """A number above 0 and at most `LARGEST`, as a `type` of argparse."""
    numbers = parse_numbers([text])
    if not numbers or not 0 < numbers[0] <= LARGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of megapixels up to {LARGEST:g}")
    return numbers[0]


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, write the figures."""
    check_targets([args.json], [args.photo, args.foreground])
    photo, mask = _subject(args)

    from iph_core.benchmark.run import benchmark
    from iph_core.benchmark.table import text_tables

    measured = benchmark(
        photo,
        mask,
        args.megapixels,
        repeats=args.repeat,
        peers_up_to=args.peers_up_to,
        show=lambda line: print(line, file=sys.stderr),
    )
    print(text_tables(measured))
    if args.json:
        write_json(args.json, measured)
    return 0


def _subject(args: argparse.Namespace) -> tuple[Photo, np.ndarray]:
    """The photo and its foreground."""
    from iph_core.photo import open_mask, open_photo

    if args.photo is None:
        if not EXAMPLES.is_dir():
            raise InputError("The examples are not here: give a photo with --photo.")
        photo = open_photo(EXAMPLES / f"{EXAMPLE}.jpg")
        return photo, open_mask(args.foreground or EXAMPLES / f"{EXAMPLE}-mask.png", photo.size)
    photo = open_photo(args.photo)
    if args.foreground:
        return photo, open_mask(args.foreground, photo.size)

    from iph_core.pipeline import Scene

    found = Scene(photo).offers()
    if not found:
        raise InputError("Nobody stands out in this photo: say who with --foreground MASK.")
    return photo, found[0].mask
