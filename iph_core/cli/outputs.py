"""What `harmonize` and `apply` write: the result, files beside it, and the sliders on top."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from iph_core.adjustment import LIMITS, Adjustment
from iph_core.cli.arguments import add_written
from iph_core.cli.report import check_targets
from iph_core.errors import InputError
from iph_core.photo import check_quality, check_size, format_of
from iph_core.pixel_map import LUT_SIZES
from iph_core.result import Result

SUFFIXES = {
    "mask_out": (".png",),
    "cube": (".cube",),
    "html": (".html", ".htm"),
    "sidecar": (".json",),
}
UNITS = {
    "exposure": "EV",
    "warmth": "B",
    "tint": "A",
    "contrast": "FACTOR",
    "saturation": "FACTOR",
    "highlights": "H",
    "shadows": "S",
}
UNMOVED = Adjustment()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for the result, for further files and for the sliders.

    Strength and sliders that are not given are None.
    """
    parser.add_argument("--strength", metavar="S", type=float, help="0 to 1")
    add_written(parser)
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True)
    files = parser.add_argument_group("further files")
    files.add_argument(
        "--cutout",
        metavar="FILE",
        type=Path,
        help="the foreground alone, with alpha (PNG, TIFF, WebP)",
    )
    files.add_argument("--mask-out", metavar="FILE", type=Path, help="the foreground's mask (PNG)")
    files.add_argument("--cube", metavar="FILE", type=Path, help="the color change (.cube)")
    files.add_argument("--cube-size", metavar="N", type=int, default=33, help="its steps (33)")
    files.add_argument("--html", metavar="FILE", type=Path, help="a before/after page (.html)")
    files.add_argument(
        "--sidecar", metavar="FILE", type=Path, help="what was done, for `apply` (.json)"
    )
    sliders = parser.add_argument_group("adjustment, on top of the result")
    for field in fields(Adjustment):
        low, high = LIMITS[field.name]
        sliders.add_argument(
            f"--{field.name}",
            metavar=UNITS[field.name],
            type=float,
            help=f"{low:g} to {high:g}; {field.default:g} leaves it",
        )


def check(
    args: argparse.Namespace, inputs: Sequence[Path | str | None], beside: Path | None = None
) -> None:
    """InputError, before the work, for numbers out of range and for files that cannot be written.

    inputs: what the command reads; beside: what it writes besides.
    """
    if args.strength is not None and not 0 <= args.strength <= 1:
        raise InputError(f"Strength must lie between 0 and 1, not {args.strength}.")
    check_quality(args.quality)
    format_of(args.output.suffix)
    for name, suffixes in SUFFIXES.items():
        file = getattr(args, name)
        if file and file.suffix.lower() not in suffixes:
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} writes {suffixes[0]}: let {file.name} end in it.")
    if args.cutout and format_of(args.cutout.suffix) == "JPEG":
        raise InputError("JPEG has no transparency: let --cutout end in .png or .tiff.")
    least, most = LUT_SIZES
    if not least <= args.cube_size <= most:
        raise InputError(f"--cube-size is {least} to {most} steps, not {args.cube_size}: take 33.")
    further = [getattr(args, name) for name in ("cutout", *SUFFIXES)]
    check_targets([args.output, beside, *further], inputs)


def check_room(args: argparse.Namespace, size: tuple[int, int]) -> None:
    """InputError where a photo of `size` (width, height) is too large for a file to be written."""
    for file in filter(None, (args.output, args.cutout)):
        check_size(size, file.suffix)


def adjustment(args: argparse.Namespace, standing: Adjustment = UNMOVED) -> Adjustment:
    """Where the sliders stand once those that were given are moved; InputError outside their
    limits."""
    given = {field.name: getattr(args, field.name) for field in fields(Adjustment)}
    return replace(standing, **{name: at for name, at in given.items() if at is not None})


def write(
    args: argparse.Namespace,
    result: Result,
    strength: float,
    moved: Adjustment,
    beside: Path | None = None,
) -> None:
    """Write the result and the files that were asked for, and say what was done.

    beside: what the command writes besides; where that is stdout, it is said on stderr.
    """
    result.save(args.output, strength, moved, args.quality)
    if args.cutout:
        result.save_cutout(args.cutout, strength, moved, args.quality)
    if args.mask_out:
        result.save_mask(args.mask_out)
    if args.cube:
        result.save_cube(args.cube, strength, moved, args.cube_size)
    if args.html:
        result.save_html(args.html, strength, moved, title=Path(result.photo.name).stem)
    if args.sidecar:
        result.save_sidecar(args.sidecar, strength, moved)
    said = sys.stderr if beside is not None and _is_stdout(beside) else sys.stdout
    print(f"{args.output}: {result.summary(strength, moved)}", file=said)


def _is_stdout(file: Path) -> bool:
    try:
        return file.samefile("/dev/stdout")
    except OSError:  # It is not there yet, or there is no such device.
        return False
