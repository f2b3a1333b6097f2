"""The paper's ablation (its table 3): the same budget for each part that is added.

H-Net; + style encoder (with the losses on its codes); + highlight; + mid-tone; + shadow; and beside
them a network like Bargain-Net (R) with its own triplet losses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from iph_core.data.composites import Batch
from iph_core.errors import InputError
from iph_core.evaluation.measure import measure, with_composite
from iph_core.evaluation.methods import COMPOSITE
from iph_core.evaluation.protocols import Method
from iph_core.network import load_network, parameter_count
from iph_core.training.loop import Run, Trainer
from iph_core.training.losses import LUMINANCE_TERMS
from iph_core.training.schedule import Schedule
from iph_core.training.sources import Data, validation_sets

BARGAIN = "Bargain-Net (R)"

LUMINANCE = 0.1
"""Weight of the luminance matching in the ablation."""

CONSISTENCY = 0.1
TRIPLETS = 0.01
"""Weight of the triplet losses, which is Bargain-Net's own."""

NEVER = 10**9

COLUMNS = {
    "fpsnr": ("fPSNR", 2),
    "gain": ("gain", 2),
    "worse": ("worse", 2),
    "psnr": ("PSNR", 2),
    "ssim": ("SSIM", 4),
    "luminance_error": ("luminance", 3),
}


def variants(scale: str, size: int, batch: int, minutes: float, rate: float) -> dict[str, Schedule]:
    """The rows of the table and how each is trained; scale is `base` or `small`."""
    plain = Schedule(f"hnet-{scale}", size, batch, 1_000_000, rate, minutes=minutes)
    rows = {"H-Net": plain}
    styled = replace(plain, config=f"iph-{scale}", consistency=CONSISTENCY, triplets=TRIPLETS)
    rows["+ style encoder"] = styled
    for count, term in enumerate(LUMINANCE_TERMS, start=1):
        terms = LUMINANCE_TERMS[:count]
        rows[f"+ {term}"] = replace(styled, luminance=LUMINANCE, luminance_terms=terms)
    rows[BARGAIN] = replace(plain, config=f"bargain-{scale}", triplets=TRIPLETS)
    return rows


def ablate(
    rows: dict[str, Schedule],
    train: Data,
    validation: Data,
    folder: Path,
    device: torch.device,
    seed: int = 0,
    leave_out: Sequence[str] = (),
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Train every row in a folder of its own and measure it; a stopped ablation goes on.

    leave_out: sources that choose no weights; they are measured as the others are. InputError for a
    row that was trained for longer than all are to be.

    Returns {"rows": {name: {"parameters", "steps", "minutes"}}, "results": {protocol: {name:
    figures}}}, figures as `Measured.figures` gives them, the composite first.
    """
    methods: dict[str, Method] = {}
    trained: dict[str, Any] = {}
    for name, plan in rows.items():
        say(f"{name}: {plan.config}")
        where = Run(folder / slug(name), seed, validate_every=NEVER, leave_out=tuple(leave_out))
        trainer = Trainer(plan, train, validation, where, device)
        _check_length(trainer)
        trainer.train()
        network = load_network(trainer.best_path, device)
        methods[name] = method_of(network)
        trained[name] = {
            "parameters": parameter_count(network),
            "steps": steps_of(trainer.best_path),
            "minutes": trainer.seconds / 60,
        }
    size = next(iter(rows.values())).size
    sets = validation_sets(validation.to(device), size)
    results = {
        protocol: measure(test_set, with_composite(methods)).figures()
        for protocol, test_set in sets.items()
    }
    return {"rows": trained, "results": results}


def _check_length(trainer: Trainer) -> None:
    """InputError where a row's folder was trained for longer than its schedule asks."""
    plan, minutes = trainer.schedule, trainer.seconds / 60
    asked, planned = plan.minutes or math.inf, trainer.planned or math.inf
    if trainer.step > plan.steps or (planned > asked and minutes > asked):
        raise InputError(
            f"{trainer.run.folder} was trained for {trainer.step} steps in {minutes:.3g} minutes,"
            " longer than is asked now: give it the time that it had, or another --run."
        )


def steps_of(weights: Path) -> int:
    """After how many steps a training's best weights were kept."""
    with safe_open(weights, framework="pt") as file:
        return int(file.metadata()["step"])


def method_of(network: nn.Module) -> Method:
    """A network as a method."""

    def method(made: Batch) -> Tensor:
        return network(made.composite, made.mask, made.reference, made.guide)

    return method


def markdown(ablation: dict[str, Any]) -> str:
    """The table of each protocol in Markdown."""
    tables = []
    for protocol, figures in ablation["results"].items():
        titles = [title for title, _ in COLUMNS.values()]
        head = [protocol, *titles, "gain, 95 %", "steps", "parameters"]
        lines = [head, ["---"] * len(head)]
        for name, row in figures.items():
            cells = [f"{row[metric]['mean']:.{digits}f}" for metric, (_, digits) in COLUMNS.items()]
            about = ablation["rows"].get(name)
            told = [f"{about['steps']:,}", f"{about['parameters']:,}"] if about else ["", ""]
            lines.append([name, *cells, _interval(row["gain"]["ci95"], name), *told])
        tables.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(tables) + "\n"


def slug(name: str) -> str:
    """A row's name as the name of a folder."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _interval(ci95: list[float] | None, name: str) -> str:
    if ci95 is None or name == COMPOSITE:
        return ""
    return f"{ci95[0]:.2f} to {ci95[1]:.2f}"
