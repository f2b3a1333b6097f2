"""`python -m iph_core evaluate-picks`: how well one tap picks a person."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core.cli.arguments import add_split
from iph_core.cli.report import check_targets, progress, write_json
from iph_core.errors import InputError

if TYPE_CHECKING:
    from iph_core.photo import Photo
    from iph_core.regions.photo_regions import PhotoRegions
    from iph_core.regions.sam import Segmenter

STOCK = "stock"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `evaluate-picks` to the program."""
    parser = subparsers.add_parser(
        "evaluate-picks",
        help="measure picking by one tap",
        description="Tap the middle of every labeled person and object above 1 % of a photo, and"
        " everyone's head, and give the IoU of what is picked, on photos in the data format whose"
        " masks a human drew.",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    add_split(parser)
    parser.add_argument(
        "--source", metavar="NAME", action="append", default=[], help="only this one (repeat it)"
    )
    parser.add_argument(
        "--decoder", metavar="stock|FILE", help="instead of what picking uses: SAM's own, or a file"
    )
    parser.add_argument(
        "--default",
        action="store_true",
        help="also measure how often the automatic default is another person",
    )
    parser.add_argument(
        "--pasted",
        action="store_true",
        help="also measure how often a recolored person is offered first as the one to change",
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and print a table. InputError for data that cannot be used. Returns 0."""
    from iph_core.evaluation.default_picks import (
        default_lines,
        default_report,
        measure_defaults,
    )
    from iph_core.evaluation.pasted_picks import measure_pasted, pasted_lines, pasted_report
    from iph_core.evaluation.picks import human_drawn, measure_picks, report, text_table
    from iph_core.models import Models
    from iph_core.pipeline import Scene

    if args.pasted and args.decoder:
        raise InputError("--pasted measures what ships: leave --decoder or --pasted out.")
    check_targets([args.json], [*args.data, args.decoder])
    examples = human_drawn(args.data, args.split, args.source)
    open_regions = opener(segmenter(args.decoder))
    figures = report(measure_picks(progress(examples, len(examples)), open_regions))
    print(text_table(figures))
    if args.default:
        picks = measure_defaults(progress(examples, len(examples)), open_regions)
        figures["default"] = default_report(picks)
        print(default_lines(figures["default"]))
    if args.pasted:
        models = Models()
        composites = measure_pasted(
            progress(examples, len(examples)), lambda photo: Scene(photo, models)
        )
        figures["pasted"] = pasted_report(composites)
        print(pasted_lines(figures["pasted"]))
    if args.json:
        write_json(args.json, figures)
    return 0


def segmenter(decoder: str | None) -> Segmenter:
    """What --decoder names; without it what picking uses."""
    from iph_core.regions.sam import Sam
    from iph_core.regions.sam_checkpoint import load_sam

    if decoder is None:
        return load_sam()
    if decoder == STOCK:
        return Sam.with_decoder(None)
    if not Path(decoder).is_file():
        raise InputError(f"{decoder} does not exist: give stock or the path of a decoder's file.")
    return Sam.with_decoder(Path(decoder))


def opener(sam: Segmenter) -> Callable[[Photo], PhotoRegions]:
    """What makes regions of a photo with this SAM, as a scene does."""
    from iph_core.regions.people_head import head_for
    from iph_core.regions.photo_regions import VIEW_SIDE, PhotoRegions
    from iph_core.regions.saliency import Saliency

    saliency = Saliency.load()
    head = head_for(sam)

    def open_regions(photo: Photo) -> PhotoRegions:
        return PhotoRegions(photo.srgb(max_side=VIEW_SIDE), photo.size, sam, saliency, head=head)

    return open_regions
