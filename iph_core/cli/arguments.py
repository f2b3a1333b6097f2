"""Words of the command line that stand for points, boxes and counts."""

from __future__ import annotations

import argparse
import math

from iph_core.errors import InputError
from iph_core.regions.picking import Tap
from iph_core.regions.sam import Box

LARGEST_SEED = 2**63 - 1

SMALLEST_MEASURED = 32
"""Side in pixels below which a metric's window or a method's band does not fit into a picture."""


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add `--split` to a verb that reads data."""
    from iph_core.data.folder import SPLITS

    parser.add_argument("--split", choices=SPLITS, help="without it, every photo")


def add_written(parser: argparse.ArgumentParser) -> None:
    """Add `--quality` and `--keep-place` to a verb that writes photos."""
    parser.add_argument("--quality", metavar="Q", type=count, default=95, help="of JPEG and WebP")
    parser.add_argument(
        "--keep-place", action="store_true", help="keep where photos were taken (GPS)"
    )


def parse_tap(text: str) -> Tap:
    """`X,Y` or `X,Y,+` adds what lies there, `X,Y,-` takes it away; InputError for other words."""
    parts = [part.strip() for part in text.split(",")]
    sign = parts.pop() if len(parts) == 3 else "+"
    numbers = parse_numbers(parts)
    if sign not in ("+", "-") or len(numbers) != 2:
        raise InputError(f"The tap {text!r} is not understood: write X,Y or X,Y,- in pixels.")
    return Tap(numbers[0], numbers[1], positive=sign == "+")


def parse_box(text: str) -> Box:
    """`X0,Y0,X1,Y1`: left, top, right and bottom edge; InputError for other words."""
    numbers = parse_numbers(text.split(","))
    if len(numbers) != 4:
        raise InputError(f"The box {text!r} is not understood: write X0,Y0,X1,Y1 in pixels.")
    x0, y0, x1, y1 = numbers
    return x0, y0, x1, y1


def count(text: str) -> int:
    """A whole number above 0, as a `type` of argparse, which words the sentence for others."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def seed(text: str) -> int:
    """A whole number that generators take, as a `type` of argparse."""
    if not text.isdecimal() or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 2^63 - 1")
    return int(text)


def parse_numbers(words: list[str]) -> list[float]:
    """The words as finite numbers; an empty list when one of them is not."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def minutes(text: str) -> float:
    """A time above 0 in minutes, as a `type` of argparse."""
    numbers = parse_numbers([text])
    if not numbers or numbers[0] <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0")
    return numbers[0]


def check_measured_size(size: int) -> None:
    """InputError for a side in pixels at which pictures cannot be measured."""
    if size < SMALLEST_MEASURED:
        raise InputError(
            f"--size {size} is too small to be measured: give {SMALLEST_MEASURED} pixels or more."
        )
