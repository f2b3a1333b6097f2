"""`python -m iph_core build-data`: composites to train and test on, and packs of photos."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from iph_core.cli.arguments import add_split, count, seed
from iph_core.cli.report import check_folder_target, check_targets, progress


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `build-data` with its two kinds to the program."""
    parser = subparsers.add_parser(
        "build-data",
        help="make composites or a pack of photos",
        description="Make data to train and test on out of photos with masks: folders in the data"
        " format, COCO with its annotation files, MHP, packs.",
    )
    kinds = parser.add_subparsers(metavar="KIND", required=True)
    _add_intharmony(kinds)
    _add_pack(kinds)


def _add_intharmony(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "intharmony",
        help="composites with truth, foreground mask and guide mask",
        description="Recolor one instance of each photo by one of the paper's augmentations;"
        " another instance is the reference. Writes a ready set (docs/evaluation.md). Goes on where"
        " it was stopped.",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("-o", "--output", metavar="OUT", type=Path, required=True)
    add_split(parser)
    parser.add_argument("--size", metavar="PX", type=count, default=256, help="long side at most")
    parser.add_argument("--per-photo", metavar="N", type=count, default=1, help="composites (1)")
    parser.add_argument("--people", action="store_true", help="foreground and reference are people")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--workers", metavar="N", type=count, default=os.cpu_count() or 1)
    parser.set_defaults(run=run_intharmony)


def _add_pack(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = kinds.add_parser(
        "pack",
        help="photos and labels in one compact file",
        description="Put photos and labels into one file that `train --data FILE` reads whole.",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    parser.add_argument("--size", metavar="PX", type=count, default=256, help="side of the squares")
    parser.add_argument(
        "--max-mb", metavar="MB", type=count, default=60, help="of the file at most (60)"
    )
    parser.add_argument("--leave-out", metavar="SOURCE", action="append", default=[])
    parser.add_argument("--workers", metavar="N", type=count, default=os.cpu_count() or 1)
    parser.set_defaults(run=run_pack)


def run_intharmony(args: argparse.Namespace) -> int:
    """Make composites. InputError for data that cannot be used. Returns 0."""
    import torch

    from iph_core.data.builder import Settings, build_intharmony
    from iph_core.data.readers import read_labeled
    from iph_core.errors import InputError

    check_folder_target(args.output, args.data)
    examples = read_labeled(args.data, args.split)
    settings = Settings(args.seed, args.size, args.per_photo, args.people)
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, threads // args.workers))
    try:
        built = build_intharmony(examples, args.output, settings, args.workers, progress)
    finally:
        torch.set_num_threads(threads)
    if not built.composites:
        raise InputError(
            "No photo has two instances of 1 to 70 %: give photos with a mask for each person, or a"
            " larger --size where they are scattered."
        )
    print(
        f"{args.output}: {built.composites} composites, {built.new} of them new;"
        f" {built.unusable} without two usable instances"
    )
    return 0


def run_pack(args: argparse.Namespace) -> int:
    """Write a pack. InputError for data that cannot be used or does not fit. Returns 0."""
    from iph_core.data.pack import write_pack
    from iph_core.data.readers import read_labeled

    check_targets([args.output], args.data)
    examples = read_labeled(args.data, leave_out=args.leave_out)
    packed = write_pack(
        examples,
        args.output,
        args.size,
        args.max_mb * 1_000_000,
        args.workers,
        lambda items: progress(items, len(items)),
    )
    print(
        f"{args.output}: {packed.photos} photos of {args.size} px, WebP quality {packed.quality},"
        f" {packed.size / 1e6:.1f} MB"
    )
    return 0
