"""A whole manifest: what is finished already is skipped, the rest is worked on and noted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from iph_core.batch.engines import local, on_ray
from iph_core.batch.manifest import Outcome, read_manifest
from iph_core.batch.originals import apart
from iph_core.batch.work import Settings, Task
from iph_core.errors import InputError
from iph_core.photo import make_folder, write_file

ENGINES = {"local": local, "ray": on_ray}

JOURNAL = ".iph-batch.jsonl"
"""In the folder of results: a line for each finished output, the last one counts."""

REPORTED = ("row", "output", "status", "summary", "seconds", "error")


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
    Raises InputError for a manifest that cannot be read and a folder that cannot be written.
    """
    if engine not in ENGINES:
        raise InputError(f"No engine is called {engine!r}: choose one of {', '.join(ENGINES)}.")
    if workers < 1:
        raise InputError(f"Work needs at least one worker, not {workers}.")
    jobs, outcomes = read_manifest(Path(manifest))
    folder = Path(folder).resolve()
    make_folder(folder)
    known = _finished(folder)
    jobs, overwriting = apart(jobs, folder, known)
    outcomes += overwriting
    settings = settings or Settings()
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


def write_report(outcomes: list[Outcome], file: Path) -> None:
    """The outcomes as .csv or .json; InputError for another suffix."""
    rows = [{name: getattr(outcome, name) for name in REPORTED} for outcome in outcomes]
    if file.suffix.lower() == ".json":
        text = json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    elif file.suffix.lower() == ".csv":
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, REPORTED)
        writer.writeheader()
        writer.writerows(rows)
        text = stream.getvalue()
    else:
        raise InputError(f"A report is .csv or .json: let {file.name} end in one of them.")
    write_file(file, text.encode("utf-8"))


def _finished(folder: Path) -> dict[str, Outcome]:
    """What the journal says of each output. A line cut short by a crash says nothing."""
    journal = folder / JOURNAL
    finished = {}
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.is_file() else []:
        try:
            outcome = Outcome(**json.loads(line))
        except (ValueError, TypeError):
            continue
        finished[outcome.output] = outcome
    return finished


def _noted(outcomes: Iterator[Outcome], folder: Path) -> Iterator[Outcome]:
    with (folder / JOURNAL).open("a", encoding="utf-8") as journal:
        journal.write("\n")  # Behind a line that a crash cut short.
        for outcome in outcomes:
            if outcome.status == "done":
                journal.write(json.dumps(asdict(outcome)) + "\n")
                journal.flush()
            yield outcome
