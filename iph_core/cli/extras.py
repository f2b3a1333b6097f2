"""What `harmonize` writes beside the picture, and the sliders on top of it."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path

from iph_core.adjustment import LIMITS, Adjustment
from iph_core.errors import InputError
from iph_core.photo import format_of
from iph_core.pixel_map import LUT_SIZES
from iph_core.result import Result

SUFFIXES = {"mask_out": (".png",), "cube": (".cube",), "html": (".html", ".htm")}
UNITS = {
    "exposure": "EV",
    "warmth": "B",
    "tint": "A",
    "contrast": "FACTOR",
    "saturation": "FACTOR",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for further files and for the sliders."""
    files = parser.add_argument_group("further files")
    files.add_argument(
        "--cutout", metavar="FILE", type=Path, help="the foreground alone, with alpha (PNG, TIFF)"
    )
    files.add_argument("--mask-out", metavar="FILE", type=Path, help="the foreground's mask (PNG)")
    files.add_argument("--cube", metavar="FILE", type=Path, help="the color change (.cube)")
    files.add_argument("--cube-size", metavar="N", type=int, default=33, help="its steps (33)")
    files.add_argument("--html", metavar="FILE", type=Path, help="a before/after page (.html)")
    sliders = parser.add_argument_group("adjustment, on top of the result")
    for field in fields(Adjustment):
        low, high = LIMITS[field.name]
        sliders.add_argument(
            f"--{field.name}",
            metavar=UNITS[field.name],
            type=float,
            default=field.default,
            help=f"{low:g} to {high:g} ({field.default:g})",
        )


def check(args: argparse.Namespace) -> None:
    """InputError for files of a wrong kind, before the work."""
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


def targets(args: argparse.Namespace) -> list[Path | None]:
    """The files that `write` writes, None for those that were not asked for."""
    return [getattr(args, name) for name in ("cutout", *SUFFIXES)]


def adjustment(args: argparse.Namespace) -> Adjustment:
    """What the sliders say; InputError outside their limits."""
    return Adjustment(**{field.name: getattr(args, field.name) for field in fields(Adjustment)})


def write(args: argparse.Namespace, result: Result, moved: Adjustment) -> None:
    """Write the files that were asked for."""
    strength = args.strength
    if args.cutout:
        result.save_cutout(args.cutout, strength, moved)
    if args.mask_out:
        result.save_mask(args.mask_out)
    if args.cube:
        result.save_cube(args.cube, strength, moved, args.cube_size)
    if args.html:
        result.save_html(args.html, strength, moved, title=Path(result.photo.name).stem)
