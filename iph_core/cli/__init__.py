"""The command line: one file a verb."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from iph_core.cli import (
    ablation,
    apply,
    batch,
    benchmark,
    build_data,
    compose,
    evaluate,
    evaluate_edges,
    evaluate_picks,
    harmonize,
    pick,
    preferences,
    train,
    train_picker,
    weights,
)
from iph_core.errors import InputError

VERBS = (
    harmonize,
    pick,
    apply,
    compose,
    batch,
    build_data,
    train,
    evaluate,
    evaluate_edges,
    ablation,
    preferences,
    train_picker,
    evaluate_picks,
    benchmark,
    weights,
)

LONG_OPTION = re.compile(r"--\w[\w-]*")
NEGATIVE = re.compile(r"-\.?\d")

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


UNREAD = 141
"""Exit code where whoever reads what is printed has gone, as shells have it (SIGPIPE)."""


class _Parser(argparse.ArgumentParser):
    """Wrong words end as wrong input does: one sentence, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[0].upper()}{message[1:]}: see `{self.prog} --help`.")


def _joined(words: Sequence[str]) -> list[str]:
    """The words, with `--at -20,500` as `--at=-20,500`: argparse takes what begins with a dash for
    an option, unless it is one number."""
    joined: list[str] = []
    for word in words:
        if NEGATIVE.match(word) and joined and LONG_OPTION.fullmatch(joined[-1]):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _write_any_name() -> None:
    """Let a file name that is not UTF-8 be printed with backslashes instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _print_no_more() -> None:
    """Python prints what is left when it ends, and would complain of a closed pipe once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 after one sentence on stderr for input that cannot be used."""
    _write_any_name()
    parser = _Parser(prog="python -m iph_core", description="Interactive Portrait Harmonization.")
    subparsers = parser.add_subparsers(metavar="VERB", required=True)
    for verb in VERBS:
        verb.add_parser(subparsers)
    try:
        args = parser.parse_args(_joined(sys.argv[1:] if argv is None else argv))
        code = int(args.run(args))
        sys.stdout.flush()
        return code
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        _print_no_more()
        return UNREAD
    except KeyboardInterrupt:
        return INTERRUPTED
