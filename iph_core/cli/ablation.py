"""`python -m iph_core ablation`: what each part of the paper's system adds, at equal budgets."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from iph_core import runtime
from iph_core.cli.arguments import check_measured_size, count, minutes, seed
from iph_core.cli.report import check_targets, write_json, write_text
from iph_core.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `ablation` to the program."""
    parser = subparsers.add_parser(
        "ablation",
        help="train and compare the parts of the system",
        description="The paper's ablation: H-Net, + style encoder, + highlight, + mid-tone,"
        " + shadow, and a network like Bargain-Net (R), each trained for the same time on the train"
        " split and measured on the val split. Goes on where it was stopped.",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("--minutes", metavar="N", type=minutes, required=True, help="for each row")
    parser.add_argument(
        "--run", metavar="DIR", type=Path, default=Path("runs/ablation"), dest="folder"
    )
    parser.add_argument(
        "--steps", metavar="N", type=count, help="at most, for equal steps on a busy machine"
    )
    parser.add_argument("--network", metavar="SCALE", default="small", help="small or base")
    parser.add_argument("--size", metavar="PX", type=count, default=128)
    parser.add_argument("--batch", metavar="N", type=count, default=12)
    parser.add_argument("--limit", metavar="N", type=count, help="use N photos of each split only")
    parser.add_argument("--leave-out", metavar="SOURCE", action="append", default=[])
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.add_argument("--markdown", metavar="FILE", type=Path, help="write the tables")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train, measure and print the tables. InputError for data that cannot be used. Returns 0."""
    from iph_core.cli.train import load
    from iph_core.data.synthesis import OVERSAMPLING
    from iph_core.training.ablation import ablate, markdown, variants
    from iph_core.training.checkpoint import check_folder

    if args.network not in RATES:
        raise InputError(f"Unknown scale {args.network!r}: choose {' or '.join(RATES)}.")
    check_measured_size(args.size)
    check_targets([args.json, args.markdown], args.data)
    check_folder(args.folder)
    device = runtime.select_device(args.device)
    runtime.keep_memory()
    side = OVERSAMPLING * args.size
    train = load(args.data, "train", args.size, side, args.leave_out, args.limit)
    validation = load(args.data, "val", args.size, side, limit=args.limit)
    rows = variants(args.network, args.size, args.batch, args.minutes, RATES[args.network])
    if args.steps:
        rows = {name: replace(plan, steps=args.steps) for name, plan in rows.items()}
    result = ablate(rows, train, validation, args.folder, device, args.seed, args.leave_out)
    tables = markdown(result)
    print(tables)
    if args.json:
        words = {"minutes": args.minutes, "size": args.size, "batch": args.batch, "seed": args.seed}
        write_json(args.json, {**result, **words, "data": [str(place) for place in args.data]})
    if args.markdown:
        write_text(args.markdown, tables)
    return 0


RATES = {"small": 5e-4, "base": 3e-4}
"""Peak learning rate of each scale."""
