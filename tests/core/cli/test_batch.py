from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from iph_core.cli import main


@pytest.fixture
def folder(tmp_path, noise, left, right, monkeypatch):
    Image.fromarray(noise).save(tmp_path / "1.png")
    for name, mask in (("me", left), ("her", right)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    (tmp_path / "day.csv").write_text("composite,foreground,reference\n1.png,me.png,her.png\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def batch(weights, *words):
    return main(["batch", "day.csv", "-o", "out", "--weights", str(weights), *words])


def test_it_works_tells_and_resumes(folder, redder_weights, capsys):
    assert batch(redder_weights, "--report", "report.csv") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("[1/1] 1-harmonized.png: ")
    assert out[1] == "1 done, 0 skipped, 0 failed"
    assert (folder / "out" / "1-harmonized.png").is_file()
    with open("report.csv", newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["status"]) == ("1", "done")
    assert batch(redder_weights) == 0
    assert "[1/1] 1-harmonized.png: finished before." in capsys.readouterr().out


def test_one_if_a_row_failed(folder, redder_weights, capsys):
    with (folder / "day.csv").open("a") as file:
        file.write("none.png,me.png,her.png\n")
    assert batch(redder_weights) == 1
    said = capsys.readouterr()
    assert "1 done, 0 skipped, 1 failed" in said.out
    assert "row 2 failed: There is no file" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--workers", "0"], "whole number"),
        (["--engine", "cloud"], "invalid choice"),
        (["--report", "report.txt"], "A report is .csv or .json"),
        (["--report", "nowhere/report.csv"], "does not exist"),
        (["--quality", "200"], "Quality must lie between 1 and 100"),
        (["--device", "abacus"], "Unknown device 'abacus'"),
        (["--weights", "best"], "No network is called 'best'"),
        (["--weights", "gone.safetensors"], "gone.safetensors does not exist"),
    ],
)
def test_wrong_words_end_before_the_work(folder, redder_weights, capsys, words, sentence):
    assert batch(redder_weights, *words) == 2
    assert sentence in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_a_manifest_that_is_not_there(folder, capsys):
    assert main(["batch", "none.csv", "-o", "out"]) == 2
    assert "none.csv cannot be read" in capsys.readouterr().err
