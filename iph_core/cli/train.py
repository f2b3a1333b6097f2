"""`python -m iph_core train`: train a network on folders of labeled photos."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from iph_core import runtime
from iph_core.cli.arguments import count


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `train` to the program."""
    parser = subparsers.add_parser(
        "train",
        help="train a network",
        description="Train on folders in the data format (docs/training.md). A run goes on from its"
        " folder's last checkpoint; the best weights are RUN/best.safetensors.",
    )
    parser.add_argument("--data", metavar="DIR", type=Path, action="append", required=True)
    parser.add_argument("--run", metavar="DIR", type=Path, required=True, dest="folder")
    parser.add_argument("--schedule", metavar="NAME", default="color")
    parser.add_argument(
        "--start", metavar="NAME", help="begin with these weights: a name of the manifest or a file"
    )
    parser.add_argument("--steps", metavar="N", type=count, help="instead of the schedule's")
    parser.add_argument("--batch", metavar="N", type=count, help="instead of the schedule's")
    parser.add_argument("--size", metavar="PX", type=count, help="instead of the schedule's")
    parser.add_argument("--leave-out", metavar="SOURCE", action="append", default=[])
    parser.add_argument("--hold-back", metavar="FAMILY", help="a disturbance never used")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate-every", metavar="STEPS", type=count, default=1000)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train to the last step. InputError for data or names that cannot be used. Returns 0."""
    from iph_core.data.bank import load_bank
    from iph_core.data.folder import read_folders
    from iph_core.data.synthesis import OVERSAMPLING
    from iph_core.models import Models
    from iph_core.training.loop import Run, Trainer
    from iph_core.training.schedule import schedule

    chosen = schedule(args.schedule)
    given = {"steps": args.steps, "batch": args.batch, "size": args.size}
    chosen = replace(chosen, **{name: value for name, value in given.items() if value})
    device = runtime.select_device(args.device)
    start = Models(args.start, args.device).network if args.start else None
    side = OVERSAMPLING * chosen.size
    train = load_bank(read_folders(args.data, "train", args.leave_out), side)
    validation = load_bank(read_folders(args.data, "val"), side)
    if args.hold_back:
        chosen = replace(chosen, recipe=chosen.recipe.without(args.hold_back))
    where = Run(args.folder, args.seed, args.validate_every)
    trainer = Trainer(chosen, train, validation, where, device)
    if start is not None and not trainer.step:
        trainer.start_from(start)
    trainer.train()
    return 0
