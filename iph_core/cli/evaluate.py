"""`python -m iph_core evaluate`: the network and the baselines on fixed test composites."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core import runtime
from iph_core.cli.arguments import count
from iph_core.cli.report import check_target, write_json
from iph_core.errors import InputError

if TYPE_CHECKING:
    import torch

    from iph_core.evaluation.measure import Measured
    from iph_core.evaluation.protocols import Method, TestSet
    from iph_core.models import Models


SMALLEST_SIZE = 32
"""Side in pixels below which a metric's window or a method's band does not fit into a picture."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `evaluate` to the program."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a network on test composites",
        description="The network and methods without learning on test composites: made from photos"
        " with masks (a folder in the data format, a pack, MHP, COCO), the same at every call, or"
        " made elsewhere: iHarmony4, IntHarmony, PortraitTest, or a ready set (a folder of"
        " NAME_composite.*, NAME_mask.png, NAME_real.* and, if any, NAME_reference.png).",
    )
    parser.add_argument("data", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("--split", help="train or val; without it, every photo")
    parser.add_argument("--weights", metavar="NAME", help="a name of the manifest or a file")
    parser.add_argument(
        "--method", metavar="NAME", action="append", help="one method (repeat it); default: all"
    )
    parser.add_argument(
        "--protocol", metavar="NAME", action="append", help="one protocol (repeat it); default: all"
    )
    parser.add_argument(
        "--compare",
        metavar="NAME=WEIGHTS",
        action="append",
        default=[],
        help="another network as a method of that name (repeat it)",
    )
    parser.add_argument("--leave-out", metavar="SOURCE", action="append", default=[])
    parser.add_argument("--size", metavar="PX", type=count, default=256)
    parser.add_argument(
        "--limit", metavar="N", type=count, help="that many photos, in other composites: for a look"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.add_argument("--sheet", metavar="PNG", type=Path, help="draw a contact sheet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print tables. InputError for data and words that cannot be used. Returns 0."""
    from iph_core.evaluation.protocols import spread
    from iph_core.evaluation.report import comparisons, evaluate, seconds_a_photo
    from iph_core.evaluation.sheet import PHOTOS, Sheet
    from iph_core.models import Models

    _check_size(args.size)
    _check_files(args)
    models = Models(args.weights, args.device)
    methods = {**_methods(args.method, models), **_compared(args)}
    test_sets = _test_sets(args, runtime.select_device(args.device))
    sheet = Sheet(spread(next(iter(test_sets.values())).sources, PHOTOS))
    results = evaluate(test_sets, methods, sheet.see if args.sheet else None, _show)
    if not results:
        raise InputError("These protocols measure none of these methods: add --method iph.")
    figures = {protocol: measured.figures() for protocol, measured in results.items()}
    print(comparisons(figures))
    seconds = seconds_a_photo(results)
    print("seconds a photo: " + ", ".join(f"{name} {s:.4f}" for name, s in seconds.items()))
    if args.json:
        written = {
            "results": figures,
            "seconds": seconds,
            "weights": models.weights,
            "size": args.size,
            "data": [str(folder) for folder in args.data],
            "split": args.split,
        }
        write_json(args.json, written)
    if args.sheet:
        sheet.save(args.sheet)
    return 0


def _check_size(size: int) -> None:
    if size < SMALLEST_SIZE:
        raise InputError(
            f"--size {size} is too small to be measured: give {SMALLEST_SIZE} pixels or more."
        )


def _check_files(args: argparse.Namespace) -> None:
    from iph_core.photo import format_of

    check_target(args.json)
    check_target(args.sheet)
    if args.sheet:
        format_of(args.sheet.suffix)


def _methods(names: Sequence[str] | None, models: Models) -> dict[str, Method]:
    """The methods asked for, in the order of the tables; the network is loaded if one needs it."""
    from iph_core.evaluation.methods import METHODS, NETWORK_METHODS, registry

    _check_names("method", names, METHODS)
    if any(name in NETWORK_METHODS for name in names or METHODS):
        models.load_network()
    known = registry(models)
    return {name: known[name] for name in METHODS if name in (names or METHODS)}


def _compared(args: argparse.Namespace) -> dict[str, Method]:
    """The networks of --compare as methods, loaded."""
    from iph_core.evaluation.methods import METHODS, network_method
    from iph_core.models import Models

    methods = {}
    for words in args.compare:
        name, _, weights = words.partition("=")
        if not name or not weights or name in METHODS:
            raise InputError(f"--compare {words!r} is not understood: write NAME=WEIGHTS.")
        models = Models(weights, args.device)
        models.load_network()
        methods[name] = network_method(models)
    return methods


def _test_sets(args: argparse.Namespace, device: torch.device) -> dict[str, TestSet]:
    """The composites of each protocol asked for."""
    from iph_core.data.bank import load_bank
    from iph_core.data.readers import (
        holds_composites,
        read_composites,
        read_labeled,
        without_sources,
    )
    from iph_core.data.synthesis import OVERSAMPLING
    from iph_core.evaluation.protocols import (
        PROTOCOL_NAMES,
        READY,
        RECIPES,
        chosen,
        made_set,
        without,
    )
    from iph_core.evaluation.ready import ready_set
    from iph_core.evaluation.skin import skin_bank

    _check_names("protocol", args.protocol, PROTOCOL_NAMES)
    wanted = args.protocol or PROTOCOL_NAMES
    recipes = {name: recipe for name, recipe in RECIPES.items() if name in wanted}
    ready = [folder for folder in args.data if holds_composites(folder)]
    folders = [folder for folder in args.data if folder not in ready]
    test_sets = {}
    if folders and recipes:
        examples = read_labeled(folders, args.split)
        kept = without_sources(examples, args.leave_out)
        if args.limit:
            examples = chosen(kept, args.limit)
        bank = load_bank(examples, OVERSAMPLING * args.size).to(device)
        skin = skin_bank(examples, bank)
        test_sets = {
            name: without(made_set(bank, recipe, args.size, skin), args.leave_out)
            for name, recipe in recipes.items()
        }
    if ready and READY in wanted:
        triples = read_composites(ready, args.split, () if folders else args.leave_out)
        test_sets[READY] = ready_set(triples, args.size, device, args.limit)
    if not test_sets:
        raise InputError("No protocol fits the folders: `ready` is for ready sets, the rest not.")
    return test_sets


def _check_names(kind: str, names: Sequence[str] | None, known: Sequence[str]) -> None:
    for name in names or ():
        if name not in known:
            raise InputError(f"Unknown {kind} {name!r}: choose from {', '.join(known)}.")


def _show(protocol: str, measured: Measured) -> None:
    from iph_core.evaluation.report import text_tables

    print(text_tables(protocol, measured.figures()), flush=True)
