"""`apply`: the same file again from a sidecar, moved on demand, without a network."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest
from PIL import Image

from iph_core.adjustment import Adjustment
from iph_core.cli import main


@pytest.fixture
def folder(tmp_path, noise, left, right, monkeypatch, redder_weights):
    """A photo, a result of it at 0.8 with a slider moved, and its sidecar."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(noise).save("us.png")
    for name, mask in (("me", left), ("her", right)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(f"{name}.png")
    words = ["us.png", "--foreground", "me.png", "--reference", "her.png", "--weights"]
    moved = ["--strength", "0.8", "--warmth", "4", "--sidecar", "us.json", "-o", "first.png"]
    assert main(["harmonize", *words, str(redder_weights), *moved]) == 0
    return tmp_path


def test_the_same_file_without_any_weights(folder, monkeypatch, capsys):
    monkeypatch.setenv("IPH_WEIGHTS", str(folder / "nowhere"))
    assert main(["apply", "us.json", "us.png", "-o", "again.png"]) == 0
    assert (folder / "again.png").read_bytes() == (folder / "first.png").read_bytes()
    heard = capsys.readouterr()
    summary = json.loads((folder / "us.json").read_text())["summary"]
    assert (heard.out, heard.err) == (f"again.png: {summary}\n", "")


def test_moved_on(folder, capsys):
    files = ["-o", "more.png", "--mask-out", "mask.png", "--sidecar", "more.json"]
    words = ["--strength", "1", "--exposure", "0.5", *files]
    assert main(["apply", "us.json", "us.png", *words]) == 0
    tells = json.loads((folder / "more.json").read_text())
    assert tells["strength"] == 1
    assert tells["adjustment"] == Adjustment(exposure=0.5, warmth=4).as_dict()
    with Image.open("more.png") as more, Image.open("first.png") as first:
        inside = (slice(25, 75), slice(15, 45))
        assert np.asarray(more)[inside].mean() > np.asarray(first)[inside].mean() + 10
    with Image.open("mask.png") as mask:
        assert np.asarray(mask)[50, 30] == 255


def test_another_file_is_said(folder, capsys):
    Image.open("us.png").save("us.webp", lossless=True)
    assert main(["apply", "us.json", "us.webp", "-o", "again.png"]) == 0
    assert "us.json was saved for another file" in capsys.readouterr().err
    with Image.open("again.png") as again, Image.open("first.png") as first:
        assert np.array_equal(np.asarray(again), np.asarray(first))


@pytest.mark.skipif(sys.platform != "linux", reason="Others have no such file names.")
def test_file_names_that_are_not_utf_8(folder, capsys):
    name, told, output = (os.fsdecode(b"caf\xe9" + end) for end in (b".png", b".json", b"-o.png"))
    (folder / "us.png").rename(folder / name)
    (folder / "us.json").rename(folder / told)
    assert main(["apply", told, name, "-o", output, "--html", "us.html"]) == 0
    assert capsys.readouterr().out.startswith("caf\\udce9-o.png: ")
    assert (folder / output).read_bytes() == (folder / "first.png").read_bytes()
    assert "<title>caf?</title>" in (folder / "us.html").read_text("utf-8")
    assert main(["apply", name, name, "-o", "o.png"]) == 2
    assert "caf\\udce9.png is not a sidecar" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["us.json", "us.png", "-o", "us.png"], "us.png is an input"),
        (["us.json", "us.png", "-o", "o.png", "--sidecar", "us.json"], "us.json is an input"),
        (["us.json", "us.png", "-o", "o.png", "--strength", "2"], "Strength must lie between"),
        (["us.json", "us.png", "-o", "o.png", "--contrast", "9"], "Contrast must lie between"),
        (["us.json", "us.png", "-o", "o.png", "--sidecar", "s.txt"], "--sidecar writes .json"),
        (["us.json", "small.png", "-o", "o.png"], "is for a photo of 128x96 pixels"),
        (["us.png", "us.png", "-o", "o.png"], "us.png is not a sidecar"),
    ],
)
def test_wrong_words(folder, capsys, words, sentence):
    Image.new("RGB", (8, 8)).save("small.png")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert main(["apply", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
