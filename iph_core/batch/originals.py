"""Rows that would write over what a row reads: a photo that somebody has only once, or a mask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from iph_core.batch.manifest import Job, Outcome

Identity = tuple[int, int]
"""Device and number of a file, the same by whatever path it is reached."""


def apart(
    jobs: Sequence[Job], folder: Path, made: Mapping[str, Outcome]
) -> tuple[list[Job], list[Outcome]]:
    """The jobs that overwrite no file that a row reads, and the failures of those that would.

    made: outputs of an earlier run. Other rows may read them, as a composite may be made in steps;
    but not what stands in the place of one since then.
    """
    readers = _readers(jobs)
    kept, failed = [], []
    for job in jobs:
        identity = _identity(folder / job.output)
        rows = readers.get(identity, []) if identity else []
        output = job.output.as_posix()
        if job.row in rows or (rows and not _is_ours(folder / job.output, made.get(output))):
            error = f"{output} would overwrite what row {rows[0]} reads: name another output."
            failed.append(Outcome(job.row, output, "failed", error=error))
        else:
            kept.append(job)
    return kept, failed


def _is_ours(file: Path, made: Outcome | None) -> bool:
    """Whether a file is still the one that was made, as far as its size tells."""
    return made is not None and not file.is_symlink() and file.stat().st_size == made.size


def _readers(jobs: Sequence[Job]) -> dict[Identity, list[int]]:
    """The rows that read each file that is there."""
    readers: dict[Identity, list[int]] = defaultdict(list)
    for job in jobs:
        for file in _inputs(job):
            if identity := _identity(file):
                readers[identity].append(job.row)
    return readers


def _inputs(job: Job) -> Iterator[Path]:
    for each in (job.composite, job.foreground, job.reference, job.reference_image):
        if isinstance(each, Path):
            yield each


def _identity(file: Path) -> Identity | None:
    try:
        status = file.stat()
    except (OSError, ValueError):  # It is not there or no path at all, which the work tells.
        return None
    return status.st_dev, status.st_ino
