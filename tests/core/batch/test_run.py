"""A batch's work, with a network that adds 20 to red."""

from __future__ import annotations

import csv
import json
import os
import time
from codecs import BOM_UTF8
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iph_core.batch import Job, Settings, engines, run_batch, write_report
from iph_core.batch.manifest import Outcome
from iph_core.batch.run import JOURNAL
from iph_core.batch.work import Task
from iph_core.errors import InputError
from tests.core.conftest import RED_LEVELS

PHOTOS = 3


@pytest.fixture
def folder(tmp_path, noise, left, right):
    """Composites whose foreground and reference are boxes, and a manifest of them."""
    for number in range(PHOTOS):
        Image.fromarray(noise + np.uint8(number)).save(tmp_path / f"{number}.png")
    Image.fromarray((left * 255).astype(np.uint8)).save(tmp_path / "me.png")
    Image.fromarray((right * 255).astype(np.uint8)).save(tmp_path / "her.png")
    rows = [f"{number}.png,me.png,her.png,1" for number in range(PHOTOS)]
    write_manifest(tmp_path, *rows)
    return tmp_path


def write_manifest(folder, *rows, header="composite,foreground,reference,strength"):
    (folder / "wedding.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def run(folder, redder_weights):
    """Run the batch into `out`; statuses in the order of rows, and the outcomes."""

    def run_here(**options):
        options.setdefault("settings", Settings(str(redder_weights), "cpu"))
        outcomes = run_batch(folder / "wedding.csv", folder / "out", **options)
        return [outcome.status for outcome in outcomes], outcomes

    return run_here


def shown(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def assert_harmonized(folder, number):
    change = shown(folder / "out" / f"{number}-harmonized.png") - shown(folder / f"{number}.png")
    assert np.all(change[30:70, 15:45] == (RED_LEVELS, 0, 0))
    assert np.all(change[shown(folder / "me.png") == 0] == 0)


def test_every_row_is_harmonized(folder, run):
    told = []
    statuses, outcomes = run(on_outcome=lambda o, n, total: told.append((o.row, n, total)))
    assert statuses == ["done"] * PHOTOS
    assert told == [(1, 1, 3), (2, 2, 3), (3, 3, 3)]
    for number, outcome in enumerate(outcomes):
        assert_harmonized(folder, number)
        assert outcome.summary.endswith(".")
        assert outcome.seconds > 0


def test_strength_and_references_in_other_photos(folder, run):
    write_manifest(
        folder,
        "0.png,me.png,,1.png,0.5,half.png",
        "2.png,me.png,her.png,1.png,,sub/masked.png",
        header="composite,foreground,reference,reference_image,strength,output",
    )
    statuses, outcomes = run()
    assert statuses == ["done", "done"], outcomes
    change = shown(folder / "out" / "half.png") - shown(folder / "0.png")
    assert np.all(change[30:70, 15:45] == (RED_LEVELS // 2, 0, 0))
    change = shown(folder / "out" / "sub" / "masked.png") - shown(folder / "2.png")
    assert np.all(change[30:70, 15:45] == (RED_LEVELS, 0, 0))


def test_taps_and_no_reference(folder, run, examples):
    """A real photo: taps pick the person, and whoever stands out beside is matched."""
    (folder / "real.jpg").write_bytes((examples / "pioneers-small.jpg").read_bytes())
    with Image.open(folder / "real.jpg") as image:
        width, height = image.size
    tap = f"{0.66 * width:.0f},{0.62 * height:.0f}"
    write_manifest(folder, f'real.jpg,"{tap}",,1')
    (status,), (outcome,) = run()
    assert status == "done", outcome
    change = shown(folder / "out" / "real-harmonized.png") - shown(folder / "real.jpg")
    changed = change.any(axis=2)
    assert 0.01 < changed.mean() < 0.6
    assert changed[int(0.62 * height), int(0.66 * width)]


def test_a_row_that_fails_stops_no_other(folder, run):
    (folder / "1.png").write_bytes(b"no picture")
    write_manifest(
        folder,
        "0.png,me.png,her.png,1",
        "1.png,me.png,her.png,1",
        "none.png,me.png,her.png,1",
        "2.png,me.png,her.png,7",
    )
    statuses, outcomes = run()
    assert statuses == ["done", "failed", "failed", "failed"]
    assert "1.png is not a picture" in outcomes[1].error
    assert "There is no file" in outcomes[2].error
    assert "Strength" in outcomes[3].error
    assert sorted(p.name for p in (folder / "out").iterdir()) == [JOURNAL, "0-harmonized.png"]


def test_a_photo_too_wide_for_its_output_fails_before_the_work(folder, run):
    Image.new("RGB", (65_501, 1)).save(folder / "wide.png")
    write_manifest(folder, "wide.png,me.png,out.jpg", header="composite,foreground,output")
    (status,), (outcome,) = run()
    assert (status, "JPEG holds at most 65500" in outcome.error) == ("failed", True), outcome


def test_an_output_below_a_file_is_one_sentence(folder, run, caplog):
    (folder / "out").mkdir()
    (folder / "out" / "file").write_text("no folder")
    write_manifest(folder, "0.png,me.png,file/0.png", header="composite,foreground,output")
    (status,), (outcome,) = run()
    assert status == "failed"
    assert "file cannot be made" in outcome.error and not caplog.records


def test_an_unforeseen_error_is_a_sentence_too(folder, run, monkeypatch, caplog):
    def breaks(*_, **__):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("iph_core.batch.work.open_photo", breaks)
    statuses, outcomes = run()
    assert statuses == ["failed"] * PHOTOS
    assert outcomes[0].error == "This row failed unexpectedly (RuntimeError: out of luck)."
    assert "out of luck" in caplog.text


# Resume


def stamps(folder):
    return {p.name: p.stat().st_mtime_ns for p in (folder / "out").glob("*.png")}


def test_what_is_finished_is_skipped(folder, run):
    _, first = run()
    before = stamps(folder)
    statuses, again = run()
    assert statuses == ["skipped"] * PHOTOS
    assert stamps(folder) == before
    assert [o.summary for o in again] == [o.summary for o in first]


def test_what_is_missing_cut_short_or_changed_is_done_again(folder, run, noise, left):
    run()
    (folder / "out" / "0-harmonized.png").unlink()
    whole = (folder / "out" / "1-harmonized.png").read_bytes()
    (folder / "out" / "1-harmonized.png").write_bytes(whole[:100])
    assert run()[0] == ["done", "done", "skipped"]
    assert_harmonized(folder, 1)

    Image.fromarray(noise[::-1]).save(folder / "2.png")
    assert run()[0] == ["skipped", "skipped", "done"]
    write_manifest(
        folder, "0.png,me.png,her.png,0.5", "1.png,me.png,her.png,1", "2.png,me.png,her.png,1"
    )
    assert run()[0] == ["done", "skipped", "skipped"]
    Image.fromarray((left[:, ::-1] * 255).astype(np.uint8)).save(folder / "me.png")
    assert run()[0] == ["done"] * PHOTOS


def test_other_weights_and_settings_are_other_results(folder, run, untrained_weights):
    run()
    assert run(settings=Settings(str(untrained_weights), "cpu"))[0] == ["done"] * PHOTOS
    changed = replace(Settings(str(untrained_weights), "cpu"), keep_place=True)
    assert run(settings=changed)[0] == ["done"] * PHOTOS
    assert run(settings=changed)[0] == ["skipped"] * PHOTOS


def test_a_journal_that_a_crash_cut_short(folder, run):
    run()
    journal = folder / "out" / JOURNAL
    lines = journal.read_text(encoding="utf-8").strip().splitlines()
    journal.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:40], encoding="utf-8")
    assert run()[0] == ["skipped", "skipped", "done"]
    assert run()[0] == ["skipped"] * PHOTOS


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line[:20] + b"\xff\xfe\0" + line[20:],
        lambda line: json.dumps(json.loads(line) | {"output": ["a.png"]}).encode(),
        lambda line: json.dumps(json.loads(line) | {"summary": {}, "key": 1}).encode(),
        lambda line: b"[1]",
        lambda line: b"null",
    ],
)
def test_a_damaged_line_of_the_journal_says_nothing(folder, run, damage):
    run()
    journal = folder / "out" / JOURNAL
    *lines, last = journal.read_bytes().strip().splitlines()
    journal.write_bytes(b"\n".join((*lines, damage(last))) + b"\n")
    assert run()[0] == ["skipped", "skipped", "done"]
    assert run()[0] == ["skipped"] * PHOTOS


def test_another_sam_is_another_result_where_it_finds_regions(folder, run, monkeypatch):
    write_manifest(folder, "0.png,me.png,her.png,1", "1.png,me.png,,1")
    assert run()[0] == ["done", "done"]
    (folder / "sam.pth").write_bytes(b"no checkpoint")
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(folder / "sam.pth"))
    statuses, (_, found) = run()
    assert statuses == ["skipped", "failed"]
    assert "not a SAM checkpoint" in found.error
    monkeypatch.delenv("IPH_SAM_CHECKPOINT")
    assert run()[0] == ["skipped", "skipped"]


def test_a_signature_set_up_later_is_another_result(folder, run, monkeypatch):
    for name in ("IPH_SIGN_CERT", "IPH_SIGN_KEY"):
        monkeypatch.delenv(name, raising=False)
    run()
    for name in ("IPH_SIGN_CERT", "IPH_SIGN_KEY"):
        (folder / name).write_bytes(b"not quite PEM")
        monkeypatch.setenv(name, str(folder / name))
    # Whether this certificate can be used is another matter: no row is skipped.
    assert "skipped" not in run()[0]


def test_a_batch_that_is_stopped_goes_on_where_it_was(folder, run):
    def stop(outcome, *_):
        if outcome.row == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(on_outcome=stop)
    assert run()[0] == ["skipped", "skipped", "done"]


# Engines


def test_processes_work_side_by_side(folder, run):
    (folder / "1.png").write_bytes(b"no picture")
    statuses, _ = run(workers=2)
    assert statuses == ["done", "failed", "done"]
    assert_harmonized(folder, 0)
    assert_harmonized(folder, 2)


def done(task):
    return Outcome(task.job.row, task.job.output.as_posix(), "done")


def test_processes_that_are_stopped_leave_nothing_running(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "work", done)
    jobs = [Job(row, tmp_path, tmp_path, None, None, 1.0, Path(str(row))) for row in range(40)]
    outcomes = engines.local([Task(job, tmp_path, Settings(), None) for job in jobs], 2)
    assert next(outcomes).status == "done"
    outcomes.close()  # As where somebody presses Ctrl-C.
    assert active_children() == []


def dies_at_the_second(task):
    if task.job.row == 2:
        os._exit(1)
    time.sleep(0.2)
    return Outcome(task.job.row, task.job.output.as_posix(), "done")


def test_a_process_that_dies_takes_its_row_only(run, monkeypatch):
    monkeypatch.setattr(engines, "work", dies_at_the_second)
    statuses, outcomes = run(workers=2)
    assert statuses == ["done", "failed", "done"]
    assert "memory" in outcomes[1].error


def test_a_ray_cluster_does_the_same(folder, run):
    pytest.importorskip("ray")
    (folder / "1.png").write_bytes(b"no picture")
    statuses, outcomes = run(workers=2, engine="ray")
    assert statuses == ["done", "failed", "done"]
    assert "not a picture" in outcomes[1].error
    assert_harmonized(folder, 0)
    assert_harmonized(folder, 2)
    assert run()[0] == ["skipped", "failed", "skipped"]


def test_without_ray_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(InputError, match=r"requirements-extras\.txt"):
        run(engine="ray")


def test_engines_workers_and_folders_that_are_not_there(folder, run):
    with pytest.raises(InputError, match="choose one of local, ray"):
        run(engine="cloud")
    with pytest.raises(InputError, match="at least one worker"):
        run(workers=0)
    (folder / "out").write_text("a file")
    with pytest.raises(InputError, match="cannot be made"):
        run()


def test_a_folder_that_cannot_be_written(folder, run):
    (folder / "out" / JOURNAL).mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be written"):
        run()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do anything")
def test_a_folder_of_somebody_else(folder, run):
    run()
    journal = folder / "out" / JOURNAL
    journal.chmod(0o200)
    with pytest.raises(InputError, match="cannot be read"):
        run()
    journal.unlink()
    (folder / "out").chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        run()


# The report


def test_the_report_as_csv_and_json(tmp_path):
    outcomes = [
        Outcome(1, "a.png", "done", "Warmer, brighter.", 1.5, key="k", size=9),
        Outcome(2, "b.png", "failed", error="There is no file b.jpg: check the path."),
    ]
    write_report(outcomes, tmp_path / "r.csv")
    write_report(outcomes, tmp_path / "r.json")
    assert (tmp_path / "r.csv").read_bytes().startswith(BOM_UTF8)
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8-sig") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "row": "1",
        "output": "a.png",
        "status": "done",
        "summary": "Warmer, brighter.",
        "seconds": "1.5",
        "error": "",
    }
    assert second["error"] == "There is no file b.jpg: check the path."
    parsed = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [row["status"] for row in parsed] == ["done", "failed"]
    with pytest.raises(InputError, match=r"\.csv or \.json"):
        write_report(outcomes, tmp_path / "r.txt")


@pytest.mark.parametrize("name", ['=HYPERLINK("http://a.b")', "+1.png", "-1.png", "@SUM(A1).png"])
def test_no_cell_of_the_report_is_a_formula(tmp_path, name):
    outcomes = [Outcome(1, name, "failed", seconds=-1.0, error=f"{name} is no file.")]
    write_report(outcomes, tmp_path / "r.csv")
    write_report(outcomes, tmp_path / "r.json")
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert row["output"] == f"'{name}"
    assert row["error"] == f"'{name} is no file."
    assert row["seconds"] == "-1.0"
    (parsed,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert parsed["output"] == name


@pytest.mark.parametrize("suffix", [".csv", ".json"])
def test_a_name_that_is_not_utf8_is_reported_with_backslashes(tmp_path, suffix):
    report = tmp_path / f"r{suffix}"
    write_report([Outcome(1, "caf\udce9.png", "done", "Warmer.", 1.5)], report)
    assert "caf\\udce9.png" in report.read_text(encoding="utf-8")
