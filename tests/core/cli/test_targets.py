"""No command overwrites what it reads, or one of its outputs by another."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from iph_core.cli import main

VOTES = "photo,method_a,method_b,choice\n1,x,y,a\n2,x,y,b\n"
ROW = "composite,foreground\ncp.png,m.png\n"
HARMONIZE = ["harmonize", "cp.png", "--foreground", "m.png", "--reference", "r.png"]
COMPOSE = ["compose", "scene.png", "cp.png", "--mask", "m.png", "--at", "9,9"]
ABLATION = ["ablation", "data.zip", "--minutes", "1"]


@pytest.fixture
def folder(tmp_path, noise, left, right, monkeypatch):
    for name in ("cp.png", "scene.png"):
        Image.fromarray(noise).save(tmp_path / name)
    for name, mask in (("m.png", left), ("r.png", right)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "vv.csv").write_text(VOTES)
    (tmp_path / "day.csv").write_text(ROW)
    for name in ("data.zip", "mine.safetensors"):
        (tmp_path / name).write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["pick", "cp.png", "--tap", "20,40", "-o", "cp.png"], "cp.png is an input"),
        (["pick", "cp.png", "--auto", "--exclude", "m.png", "-o", "m.png"], "m.png is an input"),
        ([*HARMONIZE, "-o", "cp.png"], "cp.png is an input"),
        ([*HARMONIZE, "-o", "r.png"], "r.png is an input"),
        ([*HARMONIZE, "-o", "q.png", "--mask-out", "m.png"], "m.png is an input"),
        ([*HARMONIZE, "-o", "q.png", "--cutout", "q.png"], "q.png is to be written twice"),
        (
            [*HARMONIZE, "-o", "o.png", "--cutout", "q.png", "--mask-out", "./q.png"],
            "q.png is to be written twice",
        ),
        ([*COMPOSE, "-o", "scene.png"], "scene.png is an input"),
        ([*COMPOSE, "-o", "q.png", "--mask-out", "m.png"], "m.png is an input"),
        ([*COMPOSE, "-o", "q.png", "--mask-out", "q.png"], "q.png is to be written twice"),
        (["batch", "day.csv", "-o", "out", "--report", "day.csv"], "day.csv is an input"),
        (["preferences", "vv.csv", "--json", "vv.csv"], "vv.csv is an input"),
        (["evaluate", "data.zip", "--json", "data.zip"], "data.zip is an input"),
        (
            ["evaluate", "data.zip", "--weights", "mine.safetensors", "--json", "mine.safetensors"],
            "mine.safetensors is an input",
        ),
        (
            ["evaluate", ".", "--compare", "mine=mine.safetensors", "--json", "mine.safetensors"],
            "mine.safetensors is an input",
        ),
        (["evaluate", ".", "--sheet", "cp.png"], "cp.png is there already, in a folder that"),
        (["evaluate", ".", "--json", "day.csv"], "day.csv is there already, in a folder that"),
        (["evaluate", ".", "--json", "q.png", "--sheet", "q.png"], "q.png is to be written twice"),
        (
            ["evaluate-picks", ".", "--decoder", "mine.safetensors", "--json", "mine.safetensors"],
            "mine.safetensors is an input",
        ),
        (["benchmark", "--photo", "cp.png", "--json", "cp.png"], "cp.png is an input"),
        ([*ABLATION, "--markdown", "data.zip"], "data.zip is an input"),
        ([*ABLATION, "--markdown", "t.txt", "--json", "t.txt"], "t.txt is to be written twice"),
    ],
)
def test_nothing_is_overwritten(folder, capsys, words, sentence):
    before = contents(folder)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert contents(folder) == before
    assert not (folder / "out").exists()
