"""`python -m iph_core build-data`, and what reads what it makes."""

from __future__ import annotations

import csv
import json

import pytest
import torch

from iph_core.cli import main
from iph_core.training.checkpoint import load_state
from tests.core.data.sets import write_mhp
from tests.folders import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_folder(tmp_path_factory.mktemp("data") / "ours")


def run(*words):
    return main([str(word) for word in words])


def test_composites_are_trained_on_and_evaluated(folder, tmp_path, capsys):
    out, words = tmp_path / "made", ("--size", 64, "--per-photo", 2, "--workers", 2)
    assert run("build-data", "intharmony", folder, "-o", out, *words) == 0
    printed = capsys.readouterr()
    assert "10 composites, 10 of them new; 0 without" in printed.out
    assert "10/10" in printed.err
    with (out / "made.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["name"] for row in rows}) == 10
    assert run("build-data", "intharmony", folder, "-o", out, *words) == 0
    assert "0 of them new" in capsys.readouterr().out
    train = ("--schedule", "paper-cpu-1", "--steps", 2, "--batch", 2, "--size", 16)
    assert run("train", "--data", out, "--run", tmp_path / "run", *train, "--device", "cpu") == 0
    assert "ready: {" in capsys.readouterr().out
    figures = ("--method", "composite", "--json", tmp_path / "figures.json", "--size", 32)
    assert run("evaluate", out, "--split", "val", *figures, "--device", "cpu") == 0
    results = json.loads((tmp_path / "figures.json").read_text())["results"]
    assert results["ready"]["composite"]["fpsnr"]["n"] == 4
    assert set(results["ready"]["composite"]["fpsnr"]["by_source"]) == {"made"}


def test_splits_are_made_one_after_the_other(folder, tmp_path, capsys):
    out, words = tmp_path / "made", ("--size", 48, "--workers", 2)
    for split, count in (("train", 3), ("val", 2)):
        assert run("build-data", "intharmony", folder, "-o", out, "--split", split, *words) == 0
        assert f"{count} composites, {count} of them new" in capsys.readouterr().out
    with (out / "made.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows].count("train") == 3
    assert [row["split"] for row in rows].count("val") == 2
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)


def test_three_stages_of_a_pack_of_several_layouts(folder, tmp_path, capsys):
    file = tmp_path / "all.pack"
    mhp = write_mhp(tmp_path / "mhp", 2)
    assert run("build-data", "pack", folder, mhp, "-o", file, "--size", 64) == 0
    assert "6 photos of 64 px, WebP quality 95" in capsys.readouterr().out
    words = ("--schedule", "paper-cpu", "--steps", 1, "--batch", 2, "--size", 16)
    assert run("train", "--data", file, "--run", tmp_path / "run", *words, "--device", "cpu") == 0
    stages = [
        load_state(tmp_path / f"run/paper-cpu-{n}/last.pt", torch.device("cpu")) for n in (1, 2, 3)
    ]
    assert [stage["step"] for stage in stages] == [1, 1, 1]
    first, second, _ = (stage["averaged"]["to_change.bias"] for stage in stages)
    assert first.abs().max() > 0
    assert (second - first).abs().max() < first.abs().max() * 2  # it went on from there


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("intharmony", "nowhere", "-o", "out"), "nowhere has no index.csv"),
        (("pack", "{folder}", "-o", "gone/all.pack"), "The folder gone does not exist"),
        (("pack", "{folder}", "-o", "{out}", "--leave-out", "x"), "No photo is of source 'x'"),
        (("pack", "{folder}", "-o", "/proc/self/all.pack"), "all.pack cannot be written"),
        (("intharmony", "{folder}", "-o", "{folder}/index.csv"), "index.csv cannot be made"),
        (("intharmony", "{folder}", "-o", "/proc/self/made"), "made cannot be made"),
        (("train",), "see `python -m iph_core build-data --help`"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, tmp_path, capsys, words, sentence):
    words = [word.format(folder=folder, out=tmp_path / "p") for word in words]
    assert run("build-data", *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_photos_and_composites_do_not_mix(folder, tmp_path, capsys):
    assert run("build-data", "intharmony", folder, "-o", tmp_path / "made", "--size", 32) == 0
    words = ("--data", folder, "--data", tmp_path / "made", "--run", tmp_path / "run")
    assert run("train", *words, "--device", "cpu") == 2
    assert "train on one kind at a time" in capsys.readouterr().err


def test_composites_are_not_written_into_the_photos(folder, capsys):
    before = sorted(folder.iterdir())
    assert run("build-data", "intharmony", folder, "-o", folder / "photos/..") == 2
    error = capsys.readouterr().err
    assert "is an input of this command: write to another folder" in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before
