"""Schedules by name, and the names that stand for several, one after the other."""

from __future__ import annotations

from dataclasses import replace

from iph_core.data.recipe import MATCHING, REFERENCE_TRAINING, TRAINING
from iph_core.errors import InputError
from iph_core.training.schedule import Schedule

# Background harmonization: the reference is always all around, and tells the truth.
BACKGROUND = replace(
    TRAINING,
    looks=0.0,
    other_surroundings=0.0,
    other_photo=0.0,
    region_reference=0.0,
    box_reference=0.0,
)

# Color transfer: strong changes, and looks that only the reference shows.
AGGRESSIVE = replace(
    REFERENCE_TRAINING, second_family=0.8, looks=1.0, other_photo=0.5, untouched=0.0, weakest=15.0
)

# Rates, batch, size and the order of the stages are the paper's. Steps and weights are ours: the
# paper's could not be checked.
PAPER_1 = Schedule(
    "iph-base",
    256,
    48,
    100_000,
    1e-4,
    weight_decay=0.0,
    constant=True,
    recipe=BACKGROUND,
    luminance=0.1,
    consistency=0.1,
    triplets=0.01,
)
PAPER_2 = replace(PAPER_1, rate=1e-5, steps=50_000, intharmony=True)
PAPER_3 = replace(PAPER_2, rate=1e-6, steps=10_000, people_only=True)
PAPER_TRANSFER = replace(
    PAPER_2,
    config="transfer-base",
    rate=1e-4,
    intharmony=False,
    recipe=AGGRESSIVE,
    luminance=1.0,
    consistency=0.0,
    triplets=0.0,
    departure=0.1,
    trained=("transfer_encoder",),
    transfer=1.0,
)

# Ours, from here on: a cosine, the weights' decay, larger rates where there is little time, and the
# luminance held to the truth's more than to the reference's.
CPU_1 = Schedule(
    "iph-small",
    128,
    12,
    4000,
    5e-4,
    recipe=BACKGROUND,
    decibel=0.05,
    luminance=0.005,
    luminance_truth=0.2,
    consistency=0.01,
    triplets=0.01,
)
CPU_2 = replace(CPU_1, rate=2e-4, steps=3000, recipe=REFERENCE_TRAINING)
CPU_3 = replace(CPU_2, rate=5e-5, steps=1000, intharmony=True, people_only=True)
CPU_TRANSFER = replace(
    CPU_2,
    config="transfer-small",
    recipe=AGGRESSIVE,
    luminance=0.2,
    luminance_truth=0.0,
    consistency=0.0,
    triplets=0.0,
    departure=0.1,
    trained=("transfer_encoder",),
    transfer=1.0,
)

# Half an hour in all: the clock ends each stage, and the steps stand for "more than it can do".
GPU_1 = replace(
    CPU_1,
    config="iph-base",
    size=256,
    batch=96,
    steps=30_000,
    rate=4e-4,
    minutes=14.0,
    channels_last=True,
)
GPU_2 = replace(GPU_1, rate=2e-4, minutes=12.0, recipe=REFERENCE_TRAINING)
GPU_3 = replace(GPU_2, rate=5e-5, minutes=4.0, intharmony=True, people_only=True)
GPU_TRANSFER = replace(
    CPU_TRANSFER,
    config="transfer-base",
    size=256,
    batch=96,
    steps=30_000,
    minutes=10.0,
    channels_last=True,
)

MATCH = Schedule(
    "iph-match",
    256,
    32,
    9000,
    8e-4,
    oversampling=1,
    weight_decay=0.05,
    decibel=0.05,
    recipe=MATCHING,
    channels_last=True,
    trained=("matcher.",),
)

TUNING = replace(
    MATCH,
    batch=48,
    steps=4000,
    rate=2.5e-4,
    harm=0.03,
    recipe=replace(MATCHING, weakest=30.0),
    trained=("matcher.", "trunk.stages.2.", "trunk.stages.3.", "trunk.stages.4."),
)

SCHEDULES = {
    # The trunk rests. Two CPU cores, about two and a half hours.
    "match": MATCH,
    # Then, with --start, the trunk learns too; much like this, what ships did. Longer.
    "match-tune": TUNING,
    # Both at once in half an hour of one large GPU. Not yet run on one.
    "match-gpu": replace(TUNING, batch=256, steps=60_000, rate=6e-4, minutes=25.0),
    # Its second matcher, for color transfer, with --start.
    "match-transfer": Schedule(
        "match-transfer",
        256,
        32,
        1500,
        4e-4,
        oversampling=1,
        weight_decay=0.05,
        decibel=0.05,
        luminance=0.1,
        recipe=AGGRESSIVE,
        trained=("transfer_encoder",),
        transfer=1.0,
    ),
    # Style codes without semantics: two CPU cores, about an hour.
    "color": Schedule(
        "iph-color", 64, 32, 7500, 1e-3, decibel=0.05, luminance=0.005, luminance_truth=0.2
    ),
    # Then, with --start: the reference is to be followed, whatever the background says.
    "color-reference": Schedule(
        "iph-color",
        64,
        32,
        2200,
        6e-4,
        decibel=0.05,
        luminance=0.005,
        luminance_truth=0.2,
        average=0.998,
        recipe=REFERENCE_TRAINING,
    ),
    "paper-1": PAPER_1,
    "paper-2": PAPER_2,
    "paper-3": PAPER_3,
    "paper-transfer": PAPER_TRANSFER,
    "paper-cpu-1": CPU_1,
    "paper-cpu-2": CPU_2,
    "paper-cpu-3": CPU_3,
    "paper-cpu-transfer": CPU_TRANSFER,
    "paper-gpu-1": GPU_1,
    "paper-gpu-2": GPU_2,
    "paper-gpu-3": GPU_3,
    "paper-gpu-transfer": GPU_TRANSFER,
    # One stage of the paper's network in as much time as two CPU cores have.
    "base-cpu": Schedule("iph-base", 128, 6, 1500, 3e-4, luminance=0.005, luminance_truth=0.2),
    "small-cpu": Schedule(
        "iph-small", 128, 12, 6000, 5e-4, decibel=0.05, luminance=0.005, luminance_truth=0.2
    ),
}

STAGED = {
    name: tuple(f"{name}-{number}" for number in (1, 2, 3))
    for name in ("paper", "paper-cpu", "paper-gpu")
}
"""Background harmonization, reference-guided harmonization, portraits: each begins with the weights
of the one before."""


def schedule(name: str) -> Schedule:
    """The schedule called `name`. Raises InputError for an unknown one."""
    if name not in SCHEDULES:
        known = ", ".join((*SCHEDULES, *STAGED))
        raise InputError(f"Unknown schedule {name!r}: choose one of {known}.")
    return SCHEDULES[name]


def stages(name: str) -> dict[str, Schedule]:
    """The schedules that a name stands for, in their order; InputError for an unknown name."""
    return {stage: schedule(stage) for stage in STAGED.get(name, (name,))}
