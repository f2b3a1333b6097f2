"""`python -m iph_core train`: train a network on photos with masks, or on composites."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core import runtime
from iph_core.cli.arguments import count, minutes, seed
from iph_core.errors import InputError

if TYPE_CHECKING:
    import torch

    from iph_core.training.distributed import Team
    from iph_core.training.schedule import Schedule
    from iph_core.training.sources import Data


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `train` to the program."""
    parser = subparsers.add_parser(
        "train",
        help="train a network",
        description="Train on photos with masks (folders in the data format, packs, MHP, COCO) or"
        " on composites (iHarmony4, IntHarmony, ready sets); docs/training.md. A run goes on from"
        " its folder's last checkpoint; the best weights are RUN/best.safetensors. Start it with"
        " torchrun for several processes.",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        action="append",
        required=True,
        help="photos or composites to learn from (repeat it)",
    )
    parser.add_argument(
        "--run", metavar="DIR", type=Path, required=True, dest="folder", help="where it is kept"
    )
    parser.add_argument(
        "--schedule", metavar="NAME", default="match", help="what is trained and how (match)"
    )
    parser.add_argument(
        "--start", metavar="NAME", help="begin with these weights: a name of the manifest or a file"
    )
    parser.add_argument("--steps", metavar="N", type=count, help="instead of the schedule's")
    parser.add_argument("--batch", metavar="N", type=count, help="instead of the schedule's")
    parser.add_argument("--size", metavar="PX", type=count, help="instead of the schedule's")
    parser.add_argument("--minutes", metavar="N", type=minutes, help="end each stage after that")
    parser.add_argument("--limit", metavar="N", type=count, help="use N photos of each split only")
    parser.add_argument(
        "--leave-out",
        metavar="SOURCE",
        action="append",
        default=[],
        help="a source not to learn from (repeat it)",
    )
    parser.add_argument("--hold-back", metavar="FAMILY", help="a disturbance never used")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument(
        "--validate-every",
        metavar="STEPS",
        type=count,
        default=1000,
        help="from one validation to the next (1000)",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train to the last step. InputError for data or names that cannot be used. Returns 0."""
    from iph_core.training.distributed import join
    from iph_core.training.stages import stages

    plans = {name: _changed(plan, args) for name, plan in stages(args.schedule).items()}
    if args.hold_back:
        _check_families(plans, args.data)
    if not args.start:
        _check_beginnings(plans, args.folder)
    device = runtime.select_device(args.device)
    runtime.keep_memory()
    with join(device) as team:
        _train(args, plans, device, team)
    return 0


def _check_families(plans: dict[str, Schedule], places: Sequence[Path]) -> None:
    """InputError where nothing is disturbed by families of which one could be held back."""
    from iph_core.data.readers import holds_composites

    for name, plan in plans.items():
        if plan.intharmony:
            raise InputError(
                f"{name} makes the paper's augmentations: choose another schedule for --hold-back."
            )
    if any(map(holds_composites, places)):
        raise InputError("Composites are made already: --hold-back needs photos with masks.")


def _check_beginnings(plans: dict[str, Schedule], folder: Path) -> None:
    """InputError where a second encoder would be taught beside a first that knows nothing."""
    from iph_core.training.loop import STATE

    for name, plan in plans.items():
        if plan.transfer and not (folder / STATE).exists():
            raise InputError(
                f"{name} teaches a second encoder beside a trained first one: name its weights with"
                " --start."
            )


def _train(
    args: argparse.Namespace, plans: dict[str, Schedule], device: torch.device, team: Team
) -> None:
    """The stages one after the other, each in a folder of its own where there are several."""
    from iph_core.models import Models
    from iph_core.network import load_network
    from iph_core.training.checkpoint import check_folder
    from iph_core.training.loop import Run, Trainer
    from iph_core.training.sources import bank_side

    folders = {name: args.folder / name if len(plans) > 1 else args.folder for name in plans}
    for folder in folders.values():
        check_folder(folder)
    given = Models(args.start, args.device) if args.start else None
    start, fingerprint = (given.network, given.fingerprint()) if given else (None, None)
    some = next(iter(plans.values()))
    train = load(args.data, "train", some.size, bank_side(some), args.leave_out, args.limit)
    validation = load(args.data, "val", some.size, bank_side(some), limit=args.limit)
    for name, plan in plans.items():
        if len(plans) > 1 and team.is_first:
            print(f"{name}:", flush=True)
        where = Run(
            folders[name],
            args.seed,
            args.validate_every,
            leave_out=tuple(args.leave_out),
            start=fingerprint,
        )
        trainer = Trainer(plan, train, validation, where, device, team)
        if start is not None and not trainer.step:
            trainer.start_from(start)
        trainer.train()
        if len(plans) > 1:
            # Not to be held against the next stage: this one may go on to better weights.
            start, fingerprint = load_network(trainer.best_path, device), None


def load(
    places: list[Path],
    split: str,
    size: int,
    side: int,
    leave_out: Sequence[str] = (),
    limit: int | None = None,
) -> Data:
    """Photos with masks at `side` pixels, or composites at `size`; at most `limit`, of all sources
    alike. InputError for both kinds at once."""
    from iph_core.data.bank import load_bank
    from iph_core.data.readers import holds_composites, read_composites, read_labeled
    from iph_core.data.triples import load_triple_bank
    from iph_core.evaluation.protocols import chosen

    kinds = {holds_composites(place) for place in places}
    if len(kinds) > 1:
        raise InputError("Photos with masks and ready composites: train on one kind at a time.")
    if kinds == {True}:
        return load_triple_bank(chosen(read_composites(places, split, leave_out), limit), size)
    return load_bank(chosen(read_labeled(places, split, leave_out), limit), side)


def _changed(plan: Schedule, args: argparse.Namespace) -> Schedule:
    """The schedule as the words change it."""
    given = {name: getattr(args, name) for name in ("steps", "batch", "size", "minutes")}
    plan = replace(plan, **{name: value for name, value in given.items() if value})
    if args.hold_back:
        return replace(plan, recipe=plan.recipe.without(args.hold_back))
    return plan
