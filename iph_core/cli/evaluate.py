"""`python -m iph_core evaluate`: the network and the baselines on fixed test composites."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iph_core import runtime
from iph_core.cli.arguments import add_split, check_measured_size, count
from iph_core.cli.report import check_targets, write_json
from iph_core.errors import InputError

if TYPE_CHECKING:
    import torch

    from iph_core.data.folder import Example
    from iph_core.data.recipe import Recipe
    from iph_core.evaluation.measure import Measured
    from iph_core.evaluation.protocols import Method, TestSet
    from iph_core.evaluation.report import Figures
    from iph_core.evaluation.sheet import Sheet
    from iph_core.models import Models


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
    add_split(parser)
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
    parser.add_argument(
        "--leave-out",
        metavar="SOURCE",
        action="append",
        default=[],
        help="a source not to measure on (repeat it)",
    )
    parser.add_argument(
        "--size", metavar="PX", type=count, default=256, help="side of the pictures (256)"
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=count,
        help="use N photos only: a quick look, not to be compared with a whole run",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures")
    parser.add_argument("--sheet", metavar="PNG", type=Path, help="draw a contact sheet")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and print tables. InputError for data and words that cannot be used. Returns 0."""
    from iph_core.evaluation.protocols import spread
    from iph_core.evaluation.report import comparisons, evaluate, seconds_a_photo, with_methods
    from iph_core.evaluation.sheet import PHOTOS, Sheet
    from iph_core.models import Models

    check_measured_size(args.size)
    compared = _compared(args.compare)
    _check_files(args, compared)
    runtime.keep_memory()
    models = Models(args.weights, args.device)
    methods = {**_methods(args.method, models), **_networks(compared, args.device)}
    test_sets = with_methods(_test_sets(args, runtime.select_device(args.device)), methods)
    if not test_sets:
        raise InputError("These protocols measure none of these methods: add --method iph.")
    sheet = Sheet(spread(next(iter(test_sets.values())).sources, PHOTOS))
    record = _Record(args, models.weights, compared, sheet)
    results = evaluate(test_sets, methods, sheet.see if args.sheet else None, record.add)
    print(comparisons(record.figures))
    seconds = seconds_a_photo(results)
    print("seconds a photo: " + ", ".join(f"{name} {s:.4f}" for name, s in seconds.items()))
    return 0


class _Record:
    """Shows and writes what was measured after each protocol: a later one may fail.

    figures: those of every protocol so far.
    """

    def __init__(
        self, args: argparse.Namespace, weights: str, compared: Mapping[str, str], sheet: Sheet
    ) -> None:
        self._args = args
        self._weights = weights
        self._compared = compared
        self._sheet = sheet
        self._results: dict[str, Measured] = {}
        self.figures: dict[str, Figures] = {}

    def add(self, protocol: str, measured: Measured) -> None:
        """Take what a protocol measured; the sheet is complete after the first."""
        from iph_core.evaluation.report import text_tables

        self._results[protocol] = measured
        self.figures[protocol] = measured.figures()
        print(text_tables(protocol, self.figures[protocol]), flush=True)
        if self._args.json:
            write_json(self._args.json, self._report())
        if self._args.sheet and len(self._results) == 1:
            self._sheet.save(self._args.sheet)

    def _report(self) -> dict[str, Any]:
        from iph_core.evaluation.report import seconds_a_photo

        args = self._args
        return {
            "results": self.figures,
            "seconds": seconds_a_photo(self._results),
            "weights": self._weights,
            "size": args.size,
            "data": [str(place) for place in args.data],
            "split": args.split,
            "leave_out": args.leave_out,
            "limit": args.limit,
            "compare": self._compared,
        }


def _check_files(args: argparse.Namespace, compared: Mapping[str, str]) -> None:
    from iph_core.photo import format_of

    check_targets([args.json, args.sheet], [*args.data, args.weights, *compared.values()])
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


def _compared(given: Sequence[str]) -> dict[str, str]:
    """The weights that --compare gives each name; InputError for words that give none."""
    from iph_core.evaluation.methods import METHODS

    compared: dict[str, str] = {}
    for words in given:
        name, _, weights = words.partition("=")
        if not name or not weights:
            raise InputError(f"--compare {words!r} is not understood: write NAME=WEIGHTS.")
        if name in METHODS:
            raise InputError(f"--compare {words!r} takes a method's name: choose another name.")
        if name in compared:
            raise InputError(f"--compare names two networks {name!r}: choose two names.")
        compared[name] = weights
    return compared


def _networks(compared: Mapping[str, str], device: str) -> dict[str, Method]:
    """The networks of --compare as methods, loaded."""
    from iph_core.evaluation.methods import network_method
    from iph_core.models import Models

    methods = {}
    for name, weights in compared.items():
        models = Models(weights, device)
        models.load_network()
        methods[name] = network_method(models)
    return methods


def _test_sets(args: argparse.Namespace, device: torch.device) -> dict[str, TestSet]:
    """The composites of each protocol asked for, without those of sources that are left out."""
    from iph_core.data.readers import (
        holds_composites,
        read_composites,
        read_labeled,
        without_sources,
    )
    from iph_core.evaluation.protocols import PROTOCOL_NAMES, READY, RECIPES
    from iph_core.evaluation.ready import ready_set

    _check_names("protocol", args.protocol, PROTOCOL_NAMES)
    wanted = args.protocol or PROTOCOL_NAMES
    recipes = {name: recipe for name, recipe in RECIPES.items() if name in wanted}
    ready = [folder for folder in args.data if holds_composites(folder)]
    folders = [folder for folder in args.data if folder not in ready]
    examples = read_labeled(folders, args.split) if folders and recipes else []
    triples = read_composites(ready, args.split) if ready and READY in wanted else []
    if not examples and not triples:
        raise InputError("No protocol fits the folders: `ready` is for ready sets, the rest not.")
    # Of both kinds at once: a source that one kind lacks may be one of the other's.
    left = {item.source for item in without_sources([*examples, *triples], args.leave_out)}
    test_sets = {}
    if any(example.source in left for example in examples):
        test_sets = _made_sets(args, recipes, examples, device)
    if kept := [triple for triple in triples if triple.source in left]:
        test_sets[READY] = ready_set(kept, args.size, device, args.limit)
    return test_sets


def _made_sets(
    args: argparse.Namespace,
    recipes: Mapping[str, Recipe],
    examples: list[Example],
    device: torch.device,
) -> dict[str, TestSet]:
    """Composites made of photos by each recipe."""
    from iph_core.data.bank import load_bank
    from iph_core.data.synthesis import OVERSAMPLING
    from iph_core.evaluation.protocols import chosen, made_set, without
    from iph_core.evaluation.skin import skin_bank

    if args.limit:
        kept = [example for example in examples if example.source not in args.leave_out]
        examples = chosen(kept, args.limit)
    bank = load_bank(examples, OVERSAMPLING * args.size).to(device)
    skin = skin_bank(examples, bank)
    return {
        name: without(made_set(bank, recipe, args.size, skin), args.leave_out)
        for name, recipe in recipes.items()
    }


def _check_names(kind: str, names: Sequence[str] | None, known: Sequence[str]) -> None:
    for name in names or ():
        if name not in known:
            raise InputError(f"Unknown {kind} {name!r}: choose from {', '.join(known)}.")
