"""Rows that would overwrite what a row reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iph_core.batch import Job, Settings, run_batch
from iph_core.batch.originals import apart


@pytest.fixture
def folder(tmp_path, noise, left, right):
    for name in ("0.png", "1.png"):
        Image.fromarray(noise).save(tmp_path / name)
    for name, mask in (("me.png", left), ("her.png", right)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / name)
    return tmp_path


@pytest.fixture
def run(folder, redder_weights):
    """Work on rows into a folder; the outcomes."""

    def run_rows(output, *rows):
        text = "\n".join(["composite,foreground,reference,output", *rows]) + "\n"
        (folder / "day.csv").write_text(text)
        settings = Settings(str(redder_weights), "cpu")
        return run_batch(folder / "day.csv", folder / output, settings=settings)

    return run_rows


@pytest.mark.parametrize("place", [".", "linked"])
@pytest.mark.parametrize("name", ["0.png", "me.png", "her.png"])
def test_a_row_that_would_overwrite_its_photo_or_mask_fails_alone(folder, run, place, name):
    (folder / "linked").symlink_to(folder)
    before = (folder / name).read_bytes()
    first, second = run(place, f"0.png,me.png,her.png,{name}", "1.png,me.png,her.png,fine.png")
    assert (first.status, second.status) == ("failed", "done")
    assert first.error == f"{name} would overwrite what row 1 reads: name another output."
    assert (folder / name).read_bytes() == before


def test_a_row_may_not_overwrite_what_another_reads(folder, run):
    before = (folder / "1.png").read_bytes()
    rows = ("0.png,me.png,her.png,1.png", "1.png,me.png,her.png,fine.png")
    first, second = run(".", *rows)
    assert (first.status, second.status) == ("failed", "done")
    assert "what row 2 reads" in first.error
    assert (folder / "1.png").read_bytes() == before


def test_a_composite_may_be_made_in_steps_and_resumed(run):
    rows = ("0.png,me.png,her.png,step.png", "out/step.png,her.png,me.png,whole.png")
    assert [outcome.status for outcome in run("out", *rows)] == ["done", "done"]
    assert [outcome.status for outcome in run("out", *rows)] == ["skipped", "skipped"]


@pytest.mark.parametrize("linked", [True, False])
def test_what_took_the_place_of_an_output_is_an_original(folder, run, linked):
    rows = ("0.png,me.png,her.png,step.png", "1.png,me.png,her.png,whole.png")
    run("out", *rows)
    step = folder / "out" / "step.png"
    step.unlink()
    if linked:
        step.symlink_to(folder / "1.png")
    else:
        Image.new("RGB", (90, 110)).save(step)
    before = step.read_bytes()
    first, _ = run("out", rows[0], "out/step.png,her.png,me.png,whole.png")
    assert "step.png would overwrite what row 2 reads" in first.error
    assert step.read_bytes() == before


def test_what_is_no_path_is_in_nobodys_way(folder):
    no_path, photo = Path("a\0b.png"), folder / "0.png"
    job = Job(1, no_path, no_path, None, None, 1.0, Path("out.png"))
    other = Job(2, photo, photo, None, None, 1.0, Path("fine.png"))
    assert apart([job, other], folder, {}) == ([job, other], [])
