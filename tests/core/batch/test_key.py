"""What decides whether a row is done again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iph_core import weights
from iph_core.batch import Job, Settings, work
from iph_core.batch.key import FINDERS, key_of
from iph_core.batch.work import Task
from iph_core.errors import InputError

TAPS = ((10.0, 20.0, True),)


@pytest.fixture
def task(tmp_path, monkeypatch):
    """A row of masks alone; nothing signs and SAM is the small one."""
    for name in ("IPH_SIGN_CERT", "IPH_SIGN_KEY", "IPH_SIGN_ALGORITHM", "IPH_SIGN_TIMESTAMP"):
        monkeypatch.delenv(name, raising=False)
    files = [tmp_path / name for name in ("1.png", "me.png", "her.png")]
    for file in files:
        file.write_bytes(file.name.encode())
    return Task(Job(1, *files, None, 1.0, Path("out.png")), tmp_path, Settings(), None)


def row(task, **changed):
    return replace(task, job=replace(task.job, **changed))


@pytest.fixture
def key(untrained):
    return lambda task: key_of(task, untrained)


@pytest.fixture
def other_sam(tmp_path, monkeypatch):
    def use(content):
        (tmp_path / "sam.pth").write_bytes(content)
        monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(tmp_path / "sam.pth"))

    return use


@pytest.mark.parametrize(
    "changed", [{"foreground": TAPS}, {"reference": TAPS}, {"reference": None}]
)
def test_rows_whose_regions_are_found_depend_on_sam(task, key, other_sam, changed):
    found = row(task, **changed)
    keys = [key(found)]
    for content in (b"a checkpoint", b"another one"):
        other_sam(content)
        keys.append(key(found))
    assert len(set(keys)) == 3


def test_rows_of_masks_and_of_whole_pictures_do_not(task, key, other_sam):
    rows = (task, row(task, reference=None, reference_image=task.job.composite))
    before = [key(each) for each in rows]
    other_sam(b"a checkpoint")
    assert [key(each) for each in rows] == before


@pytest.mark.parametrize("name", FINDERS)
def test_every_file_that_finds_regions_counts(task, key, monkeypatch, name):
    found = row(task, reference=None)
    before = key(found)
    changed = [
        replace(entry, sha256="0" * 64) if entry.name == name else entry
        for entry in weights.entries()
    ]
    monkeypatch.setattr(weights, "entries", lambda: changed)
    assert key(found) != before


def test_the_names_are_those_of_the_manifest():
    assert set(FINDERS) <= {entry.name for entry in weights.entries()}


def test_a_checkpoint_that_is_missing_is_told_by_the_work(task, key, monkeypatch):
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", "nowhere.pth")
    assert key(row(task, foreground=TAPS)) != key(task)


def test_models_that_are_kept_have_the_sam_of_today(other_sam, monkeypatch, task, untrained):
    made = []
    monkeypatch.setattr(work, "Models", lambda *_: made.append(1) or untrained)
    work._models.cache_clear()
    work.work(task)
    work.work(task)
    assert len(made) == 1
    other_sam(b"a checkpoint")
    work.work(task)
    assert len(made) == 2
    work._models.cache_clear()


def test_who_signs_counts_whatever_the_row(task, key, tmp_path, monkeypatch):
    (tmp_path / "key.pem").write_bytes(b"a key")
    keys = [key(task)]
    for name in ("one", "other"):
        (tmp_path / f"{name}.pem").write_bytes(name.encode())
        monkeypatch.setenv("IPH_SIGN_CERT", str(tmp_path / f"{name}.pem"))
        monkeypatch.setenv("IPH_SIGN_KEY", str(tmp_path / "key.pem"))
        keys.append(key(task))
    monkeypatch.setenv("IPH_SIGN_ALGORITHM", "ed25519")
    keys.append(key(task))
    assert len(set(keys)) == 4
    monkeypatch.delenv("IPH_SIGN_KEY")
    with pytest.raises(InputError, match="set both"):
        key(task)
