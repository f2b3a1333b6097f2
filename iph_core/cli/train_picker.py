"""`python -m iph_core train-picker`: teach picking to see people and to take them by one tap."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from iph_core import runtime
from iph_core.cli.arguments import count, seed
from iph_core.errors import InputError

if TYPE_CHECKING:
    from iph_core.training.people_head import HeadPlan
    from iph_core.training.picker import PickerPlan

PICTURES, VALIDATION_PICTURES = 1200, 60
DECODER_PART, HEAD_PART = "decoder", "people-head"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb `train-picker` to the program."""
    parser = subparsers.add_parser(
        "train-picker",
        help="teach picking to see people and to take whole people",
        description="Fine-tune SAM's mask decoder on folders in the data format: photos whose masks"
        " a human drew, variants of them, and groups pasted of their people over photos without"
        " people. Embeddings are computed first, once. A run goes on from its folder's last"
        " checkpoint; the best weights are RUN/sam-people.safetensors. With --part people-head,"
        " train the small network that finds people on the same embeddings, into"
        " RUN/people-head.safetensors.",
    )
    parser.add_argument("--data", metavar="DIR", type=Path, action="append", required=True)
    parser.add_argument("--run", metavar="DIR", type=Path, required=True, dest="folder")
    parser.add_argument("--part", choices=(DECODER_PART, HEAD_PART), default=DECODER_PART)
    parser.add_argument(
        "--start",
        metavar="NAME",
        help="begin with this decoder instead of SAM's own: a name of the manifest or a file",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", metavar="M", type=positive, help="of training (default: 25)")
    length.add_argument("--steps", metavar="N", type=count, help="instead of minutes (head: 1500)")
    length.add_argument(
        "--embed-only", action="store_true", help="compute the embeddings and do not train"
    )
    parser.add_argument(
        "--embeddings", metavar="FILE", type=Path, help="a .npy file (default: in the run's folder)"
    )
    parser.add_argument("--pictures", metavar="N", type=count, default=PICTURES)
    parser.add_argument(
        "--validation-pictures", metavar="N", type=count, default=VALIDATION_PICTURES
    )
    parser.add_argument("--photos", metavar="N", type=count, default=3, help="in a step (decoder)")
    parser.add_argument(
        "--prompts", metavar="N", type=count, default=4, help="for each photo (decoder)"
    )
    parser.add_argument(
        "--rate", metavar="R", type=positive, help="peak (default: 1.2e-4; head: 2e-3)"
    )
    parser.add_argument("--validate-every", metavar="STEPS", type=count, default=250)
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument(
        "--bf16",
        action="store_true",
        help="nearly twice as fast on CPUs that compute in it",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Embed, then train to the end. InputError for data that cannot be used. Returns 0."""
    import torch

    from iph_core import weights
    from iph_core.data.folder import read_folders
    from iph_core.evaluation.picks import human_drawn
    from iph_core.regions.decoder_weights import taught_decoder
    from iph_core.regions.sam import Sam
    from iph_core.training.people_head import train_head
    from iph_core.training.picker import PickerTrainer
    from iph_core.training.picker_data import (
        draw_chances,
        embedded,
        training_pictures,
        validation_pictures,
    )

    device = runtime.select_device(args.device)
    runtime.keep_memory()
    torch.set_num_threads(runtime.thread_count())
    if args.part == HEAD_PART and args.minutes:
        raise InputError("Give --steps to train the people head: it knows no --minutes.")
    if args.part == HEAD_PART and args.start:
        raise InputError("Leave --start out: the people head is trained from nothing.")
    export = weights.path("sam-decoder")
    given = decoder_file(args.start) if args.start else None
    start = taught_decoder(export, given) if given else None
    drawn = human_drawn(args.data, "train")
    train = training_pictures(drawn, read_folders(args.data, "train"), args.pictures, args.seed)
    validation = validation_pictures(
        human_drawn(args.data, "val"), args.validation_pictures, args.seed
    )
    file = args.embeddings or args.folder / "embeddings.npy"
    print(f"{len(train)} pictures to train, {len(validation)} to validate", flush=True)
    rows = embedded(train, file, lambda: Sam.with_decoder(None))
    validation_rows = embedded(
        validation, file.with_name(f"{file.stem}-val.npy"), lambda: Sam.with_decoder(None)
    )
    if args.embed_only:
        return 0
    chances = draw_chances(train, list(rows["labels"]))
    if args.part == HEAD_PART:
        train_head(train, rows, chances, validation_rows, head_plan(args), args.folder, device)
    else:
        trainer = PickerTrainer(
            export,
            rows,
            chances,
            validation_rows,
            decoder_plan(args),
            args.folder,
            device,
            weights.sha256(given) if given else None,
        )
        if start is not None and not trainer.step:
            trainer.start_from(start)
        trainer.train()
    return 0


def decoder_file(name: str) -> Path:
    """The decoder that a name of the manifest or a path names."""
    from iph_core import weights

    return Path(name) if Path(name).is_file() else weights.path(name)


def decoder_plan(args: argparse.Namespace) -> PickerPlan:
    from iph_core.training.picker import PickerPlan

    return PickerPlan(
        steps=args.steps,
        minutes=None if args.steps else args.minutes or 25.0,
        rate=args.rate or PickerPlan.rate,
        bf16=args.bf16,
        photos=args.photos,
        prompts=args.prompts,
        seed=args.seed,
        validate_every=args.validate_every,
    )


def head_plan(args: argparse.Namespace) -> HeadPlan:
    from iph_core.training.people_head import HeadPlan

    return HeadPlan(
        steps=args.steps or HeadPlan.steps,
        rate=args.rate or HeadPlan.rate,
        bf16=args.bf16,
        seed=args.seed,
        validate_every=args.validate_every,
    )


def positive(text: str) -> float:
    """A number above 0, as a `type` of argparse, which words the sentence for others."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
