"""A whole manifest: what is finished already is skipped, the rest is worked on and noted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from iph_core import runtime
from iph_core.batch.engines import local, on_ray
from iph_core.batch.manifest import Outcome, read_manifest
from iph_core.batch.originals import apart
from iph_core.batch.work import Settings, Task
from iph_core.errors import InputError
from iph_core.models import Models
from iph_core.photo import make_folder, write_file

ENGINES = {"local": local, "ray": on_ray}

JOURNAL = ".iph-batch.jsonl"
"""In the folder of results: a line for each finished output, the last one counts."""

REPORTED = ("row", "output", "status", "summary", "seconds", "error")

ODD_NAMES = "backslashreplace"  # What becomes of file names that are not UTF-8.
FORMULA = ("=", "+", "-", "@")
"""How a cell begins that spreadsheets compute instead of showing."""


def run_batch(
    manifest: str | Path,
    folder: str | Path,
    *,
    settings: Settings | None = None,
    workers: int = 1,
    engine: str = "local",
    on_outcome: Callable[[Outcome, int, int], None] | None = None,
) -> list[Outcome]:
    """Harmonize every row of a manifest (manifest.read_manifest) into `folder`.

    Outputs that are finished and whose inputs, settings and weights are the same are skipped; each
    file appears complete or not at all; a row that would overwrite what a row reads fails.
    on_outcome(outcome, number, total) is told of every row as it ends. Returns the outcomes in the
    order of the rows; a row that fails stops no other.
    With several workers, a script that calls this needs `if __name__ == "__main__":`.
    Raises InputError for a manifest that cannot be read, a folder that cannot be written, and
    weights or a device that are not there.
    """
    if engine not in ENGINES:
        raise InputError(f"No engine is called {engine!r}: choose one of {', '.join(ENGINES)}.")
    if workers < 1:
        raise InputError(f"Work needs at least one worker, not {workers}.")
    jobs, outcomes = read_manifest(Path(manifest))
    settings = settings or Settings()
    _check(settings, engine)
    folder = Path(folder).resolve()
    make_folder(folder)
    known = _finished(folder)
    jobs, overwriting = apart(jobs, folder, known)
    outcomes += overwriting
    tasks = [Task(job, folder, settings, known.get(job.output.as_posix())) for job in jobs]
    total = len(jobs) + len(outcomes)
    tell = on_outcome or (lambda *_: None)
    for number, outcome in enumerate(outcomes, start=1):
        tell(outcome, number, total)
    ran = ENGINES[engine](tasks, min(workers, max(1, len(tasks))))
    for outcome in _noted(ran, folder):
        outcomes.append(outcome)
        tell(outcome, len(outcomes), total)
    return sorted(outcomes, key=lambda outcome: outcome.row)


def _check(settings: Settings, engine: str) -> None:
    """Raise InputError for what would fail in every row, each after its work."""
    Models(settings.weights, settings.device).fingerprint()
    if engine == "local":  # The nodes of a cluster have devices of their own.
        runtime.select_device(settings.device)


def write_report(outcomes: list[Outcome], file: Path) -> None:
    """The outcomes as .csv or .json, for spreadsheets: a CSV begins with a byte order mark, and a
    text that a spreadsheet would take for a formula with an apostrophe.

    Raises InputError for another suffix and a file that cannot be written.
    """
    rows = [{name: getattr(outcome, name) for name in REPORTED} for outcome in outcomes]
    if file.suffix.lower() == ".json":
        data = (json.dumps(rows, indent=2, ensure_ascii=False) + "\n").encode("utf-8", ODD_NAMES)
    elif file.suffix.lower() == ".csv":
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, REPORTED)
        writer.writeheader()
        writer.writerows({name: _shown(cell) for name, cell in row.items()} for row in rows)
        # Without its mark Excel takes UTF-8 for Windows-1252.
        data = stream.getvalue().encode("utf-8-sig", ODD_NAMES)
    else:
        raise InputError(f"A report is .csv or .json: let {file.name} end in one of them.")
    write_file(file, data)


def _shown(cell: str | float) -> str | float:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def _finished(folder: Path) -> dict[str, Outcome]:
    """What the journal says of each output."""
    journal = folder / JOURNAL
    try:
        lines = journal.read_bytes().splitlines() if journal.is_file() else []
    except OSError as error:
        raise InputError(
            f"{journal} cannot be read ({error.strerror}): choose another folder."
        ) from None
    entries = [entry for line in lines if (entry := _entry(line))]
    return {entry.output: entry for entry in entries}


def _entry(line: bytes) -> Outcome | None:
    """A line of the journal; None for one that is damaged, as where a crash cut it short."""
    try:
        outcome = Outcome(**json.loads(line))
    except (ValueError, TypeError):
        return None
    texts = (outcome.output, outcome.summary, outcome.key)
    return outcome if all(isinstance(text, str) for text in texts) else None


def _noted(outcomes: Iterator[Outcome], folder: Path) -> Iterator[Outcome]:
    journal = folder / JOURNAL
    _append(journal, "")  # Behind a line that a crash cut short.
    for outcome in outcomes:
        if outcome.status == "done":
            _append(journal, json.dumps(asdict(outcome)))
        yield outcome


def _append(journal: Path, line: str) -> None:
    try:
        with journal.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError as error:
        raise InputError(
            f"{journal} cannot be written ({error.strerror}): choose another folder."
        ) from None
