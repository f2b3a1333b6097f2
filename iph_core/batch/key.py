"""The key of a row: a hash of all that decides what its output holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import iph_core
from iph_core import weights
from iph_core.batch.manifest import Job, Marking
from iph_core.errors import InputError
from iph_core.export.credentials import configured
from iph_core.models import Models
from iph_core.regions.people_head import PEOPLE_HEAD
from iph_core.regions.sam import PEOPLE_DECODER
from iph_core.regions.sam_checkpoint import find_checkpoint

if TYPE_CHECKING:
    from iph_core.batch.work import Task

SALIENCY = "saliency"
FINDERS = ("sam-encoder", "sam-decoder", PEOPLE_DECODER, PEOPLE_HEAD, "trunk", SALIENCY)
"""The model files of the manifest that find regions; the trunk tells people from things."""


def key_of(task: Task, models: Models) -> str:
    """SHA-256 in hex: another key, another output.

    Raises InputError for a file that is not there and for settings of signing that cannot be used.
    """
    job = task.job
    made_of = {
        "composite": _content(job.composite),
        "foreground": _content(job.foreground),
        "reference": _content(job.reference),
        "reference_image": _content(job.reference_image),
        "strength": job.strength,
        "output": job.output.as_posix(),
        "network": models.fingerprint(),
        "finders": _finders() if _finds(job) else None,
        "signer": _signer(),
        "settings": asdict(task.settings) | {"weights": None, "device": None},
        "version": iph_core.__version__,
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def _content(marking: Marking | None) -> str | None:
    if marking is None:
        return None
    if isinstance(marking, tuple):
        return repr(marking)
    if not marking.is_file():
        raise InputError(f"There is no file {marking}: check the path.")
    return weights.sha256(marking)


def _finds(job: Job) -> bool:
    """Whether a region is found, by taps or as what stands out; masks alone need no model."""
    if job.reference is None and job.reference_image is None:
        return True
    return isinstance(job.foreground, tuple) or isinstance(job.reference, tuple)


def _finders() -> dict[str, str | None]:
    """The hashes of what finds regions here: the manifest's, which loading a model checks."""
    checkpoint = find_checkpoint()
    names = FINDERS if checkpoint is None else (SALIENCY,)
    found: dict[str, str | None] = {
        entry.name: entry.sha256 for entry in weights.entries() if entry.name in names
    }
    return found if checkpoint is None else {**found, "sam": _checkpoint(checkpoint)}


def _checkpoint(file: Path) -> str | None:
    # One that is missing is told by the work.
    return weights.sha256(file) if file.is_file() else None


def _signer() -> tuple[str, str, str | None] | None:
    """What signs the output; None where nothing is configured."""
    signing = configured()
    if signing is None:
        return None
    certificates = hashlib.sha256(signing.certificates).hexdigest()
    return certificates, signing.algorithm, signing.timestamp
