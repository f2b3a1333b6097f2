"""One row's work, wherever it runs: the models of a process are loaded once and kept."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from iph_core.batch.key import key_of
from iph_core.batch.manifest import Job, Marking, Outcome
from iph_core.errors import InputError
from iph_core.models import Models
from iph_core.photo import check_quality, check_size, make_folder, open_mask, open_photo
from iph_core.pipeline import Reference, Scene
from iph_core.regions.mask import Region
from iph_core.regions.sam_checkpoint import find_checkpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What holds for all rows. weights, device: as `Models` takes them; quality: of JPEG and WebP;
    keep_place: whether the results may say where the photos were taken.

    Raises InputError for a quality out of range.
    """

    weights: str | None = None
    device: str = "auto"
    quality: int = 95
    keep_place: bool = False

    def __post_init__(self) -> None:
        check_quality(self.quality)


@dataclass(frozen=True)
class Task:
    """A job with all that its work needs. folder: of the results; known: what became of the same
    output the last time."""

    job: Job
    folder: Path
    settings: Settings
    known: Outcome | None


def work(task: Task) -> Outcome:
    """Do a row's work; whatever goes wrong ends in the outcome and stops no other row."""
    start = time.perf_counter()
    try:
        outcome = _outcome(task)
    except InputError as error:
        outcome = failure(task, str(error))
    except Exception as error:
        # The boundary of a row: its neighbors go on, the log says where it broke.
        logger.exception("row %d", task.job.row)
        outcome = failure(task, f"This row failed unexpectedly ({type(error).__name__}: {error}).")
    return replace(outcome, seconds=round(time.perf_counter() - start, 3))


def failure(task: Task, error: str) -> Outcome:
    """The outcome of a row that failed."""
    return Outcome(task.job.row, task.job.output.as_posix(), "failed", error=error)


def _outcome(task: Task) -> Outcome:
    job, path = task.job, task.folder / task.job.output
    models = _models(task.settings.weights, task.settings.device, find_checkpoint())
    key = key_of(task, models)
    known = task.known
    if known and known.key == key and path.is_file() and path.stat().st_size == known.size:
        return replace(known, row=job.row, status="skipped")
    summary = _harmonize(task, models, path)
    size = path.stat().st_size
    return Outcome(job.row, job.output.as_posix(), "done", summary, key=key, size=size)


def _harmonize(task: Task, models: Models, path: Path) -> str:
    job, settings = task.job, task.settings
    scene = Scene(open_photo(job.composite, keep_place=settings.keep_place), models)
    check_size(scene.photo.size, path.suffix)
    foreground = _region(scene, job.foreground)
    result = scene.harmonize(foreground, _reference(job, scene, models))
    make_folder(path.parent)
    result.save(path, job.strength, quality=settings.quality)
    return result.summary(job.strength)


def _region(scene: Scene, marking: Marking) -> Region:
    if isinstance(marking, Path):
        return scene.region(open_mask(marking, scene.photo.size))
    return scene.pick(marking)


def _reference(job: Job, scene: Scene, models: Models) -> Region | Reference | None:
    if job.reference_image is None:
        return None if job.reference is None else _region(scene, job.reference)
    other = Scene(open_photo(job.reference_image), models)
    if job.reference is None:
        return Reference(other.photo, np.ones(other.photo.size[::-1], np.float32))
    return Reference(other.photo, _region(other, job.reference).mask)


@lru_cache(maxsize=1)
def _models(name: str | None, device: str, checkpoint: Path | None) -> Models:
    """Kept models keep their SAM: with another checkpoint (the user's), these are others."""
    return Models(name, device)
