"""`python -m iph_core harmonize`: give a pasted person the look of a reference."""

from __future__ import annotations

import argparse
import time
from math import ceil, floor
from pathlib import Path
from typing import Any

import numpy as np

from iph_core.adjustment import Adjustment
from iph_core.cli import outputs
from iph_core.cli.arguments import parse_box
from iph_core.cli.report import write_json
from iph_core.errors import InputError
from iph_core.models import DEFAULT_WEIGHTS, Models
from iph_core.photo import open_mask, open_photo
from iph_core.pipeline import Reference, Scene
from iph_core.regions import picking
from iph_core.regions.mask import Region
from iph_core.regions.picking import Prompts
from iph_core.result import Result


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `harmonize` to the program."""
    parser = subparsers.add_parser(
        "harmonize",
        help="recolor the foreground of a composite",
        description="Recolor a foreground so that it takes the look of a reference. Without a"
        " reference, what stands out most beside the foreground is taken.",
    )
    parser.add_argument("composite", metavar="COMPOSITE", type=Path)
    parser.add_argument("--foreground", metavar="MASK", type=Path, required=True)
    parser.add_argument("--reference", metavar="MASK", type=Path, help="a mask in the composite")
    parser.add_argument("--reference-box", metavar="X0,Y0,X1,Y1", help="a box in the composite")
    parser.add_argument("--reference-image", metavar="IMAGE", type=Path, help="another photo")
    parser.add_argument("--reference-mask", metavar="MASK", type=Path, help="a mask in that photo")
    parser.add_argument(
        "--second", metavar="MASK", type=Path, help="another reference, a mask in the composite"
    )
    parser.add_argument("--blend", metavar="B", type=float, help="share of --second (0.5)")
    parser.add_argument(
        "--transfer",
        metavar="R",
        type=float,
        default=0.0,
        help="from harmonization (0) to color transfer (1), with weights that have it",
    )
    parser.add_argument("--weights", metavar="NAME", help="a name of the manifest or a file")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write what was done")
    outputs.add_arguments(parser)
    parser.set_defaults(run=run, strength=1.0)


def run(args: argparse.Namespace) -> int:
    """Harmonize and write the result; InputError for anything that cannot be used. Returns 0."""
    _check(args)
    moved = outputs.adjustment(args)
    start = time.perf_counter()
    photo = open_photo(args.composite, keep_place=args.keep_place)
    outputs.check_room(args, photo.size)
    scene = Scene(photo, Models(args.weights, args.device))
    foreground = scene.region(open_mask(args.foreground, photo.size))
    reference, words = _reference(args, scene)
    second = None
    if args.second is not None:
        second = scene.region(open_mask(args.second, photo.size))
    decode = time.perf_counter() - start
    blend = 0.5 if args.blend is None else args.blend
    result = scene.harmonize(
        foreground, reference, second=second, blend=blend, transfer=args.transfer
    )
    outputs.write(args, result, args.strength, moved, beside=args.json)
    if args.json:
        report = _report(args, result, moved, words or result.reference_kind, decode)
        write_json(args.json, report)
    return 0


def _check(args: argparse.Namespace) -> None:
    given = [args.reference, args.reference_box, args.reference_image]
    if sum(value is not None for value in given) > 1:
        raise InputError("Give one of --reference, --reference-box and --reference-image.")
    if args.reference_mask is not None and args.reference_image is None:
        raise InputError(
            "--reference-mask goes with --reference-image: in the composite, use --reference."
        )
    if args.blend is not None and args.second is None:
        raise InputError("--blend goes with --second: name the other reference.")
    outputs.check(args, _inputs(args), beside=args.json)


def _inputs(args: argparse.Namespace) -> list[Path | str | None]:
    """Every file that is read."""
    references = [args.reference, args.reference_image, args.reference_mask, args.second]
    return [args.composite, args.foreground, *references, args.weights]


def _reference(
    args: argparse.Namespace, scene: Scene
) -> tuple[Region | Reference | None, str | None]:
    """The reference that the words name, and what kind it is in the report."""
    if args.reference is not None:
        return scene.region(open_mask(args.reference, scene.photo.size)), "mask"
    if args.reference_box is not None:
        return _box_region(parse_box(args.reference_box), scene), "box"
    if args.reference_image is not None:
        photo = open_photo(args.reference_image)
        mask = np.ones(photo.size[::-1], np.float32)
        if args.reference_mask is not None:
            mask = open_mask(args.reference_mask, photo.size)
        return Reference(photo, mask), "image"
    return None, None


def _box_region(box: tuple[float, float, float, float], scene: Scene) -> Region:
    """The region of every pixel that the box touches."""
    picking.check(Prompts(box=box), scene.photo.size)
    x0, y0, x1, y1 = box
    mask = np.zeros(scene.photo.size[::-1], np.float32)
    mask[max(0, floor(y0)) : ceil(y1), max(0, floor(x0)) : ceil(x1)] = 1
    return Region(mask)


def _report(
    args: argparse.Namespace, result: Result, moved: Adjustment, reference: str, decode: float
) -> dict[str, Any]:
    box = result.reference.box if isinstance(result.reference, Region) else None
    return {
        "composite": args.composite.name,
        "size": list(result.photo.size),
        "reference": {"kind": reference, "box": box and list(box)},
        "strength": args.strength,
        "blend": result.blend.share if result.blend else None,
        "transfer": args.transfer,
        "adjustment": moved.as_dict(),
        "weights": args.weights or DEFAULT_WEIGHTS,
        "color_map": result.color_map.to_dict(),
        "change": result.change(args.strength, moved).as_dict(),
        "summary": result.summary(args.strength, moved),
        "seconds": {"decode": decode, **result.timings},
    }
