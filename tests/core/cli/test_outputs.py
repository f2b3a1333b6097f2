"""What `harmonize` writes beside the picture, the sliders and the second reference."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from PIL import Image

from iph_core.cli import main
from tests.core.conftest import RED_LEVELS


@pytest.fixture
def folder(tmp_path, noise, left, right, monkeypatch):
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[2] = (48.0, 12.0, 0.0)  # GPS latitude
    Image.fromarray(noise).save(tmp_path / "us.png", exif=exif)
    for name, mask in (("me", left), ("her", right)):
        Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def harmonize(folder, redder_weights):
    def run(*words, output="out.png"):
        weights = ["--weights", str(redder_weights)]
        given = ["us.png", "--foreground", "me.png", "--reference", "her.png"]
        return main(["harmonize", *given, *weights, "-o", output, *words])

    return run


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def deep(mask):
    return cv2.erode(mask, np.ones((9, 9), np.uint8)) > 0


def test_every_further_file(folder, harmonize, left):
    files = ["--cutout", "c.png", "--mask-out", "m.png", "--cube", "l.cube", "--html", "p.html"]
    assert harmonize(*files, "--cube-size", "17") == 0
    cutout, out = read("c.png"), read("out.png")
    assert cutout.shape[2] == 4
    assert np.array_equal(cutout[50, 30, :3], out[50, 30])
    assert read("m.png")[deep(left)].min() == 255
    lines = (folder / "l.cube").read_text().splitlines()
    assert lines[:2] == ['TITLE "us"', "LUT_3D_SIZE 17"]
    assert len(lines) == 4 + 17**3
    black = [float(value) for value in lines[4].split()]
    assert black[0] == pytest.approx(RED_LEVELS / 255, abs=0.02)
    assert "<title>us</title>" in (folder / "p.html").read_text(encoding="utf-8")


def test_the_quality_is_that_of_a_cutout_too(folder, harmonize):
    for quality in ("20", "90"):
        assert harmonize("--cutout", f"{quality}.webp", "--quality", quality) == 0
    small, large = ((folder / f"{quality}.webp").stat().st_size for quality in ("20", "90"))
    assert small < 0.7 * large


def test_a_report_on_stdout_is_alone_there(harmonize, monkeypatch, capsys):
    monkeypatch.setattr("iph_core.cli.harmonize.write_json", lambda *_: print("{}"))
    assert harmonize("--json", "/dev/stdout") == 0
    out, err = capsys.readouterr()
    assert (out, err.startswith("out.png: ")) == ("{}\n", True)
    assert harmonize("--json", "report.json") == 0
    assert capsys.readouterr().out.startswith("out.png: ")


def test_sliders(harmonize, left, noise, capsys):
    assert harmonize("--exposure", "0.5", "--json", "r.json") == 0
    with open("r.json", encoding="utf-8") as file:
        report = json.load(file)
    assert report["adjustment"]["exposure"] == 0.5
    assert report["blend"] is None
    assert report["change"]["exposure"] > 0.4
    assert capsys.readouterr().out == f"out.png: {report['summary']}\n"
    assert np.array_equal(read("out.png")[left == 0], noise[left == 0])


def test_a_second_reference(harmonize):
    assert harmonize("--second", "me.png", "--blend", "0.25") == 2  # hidden by the foreground
    assert harmonize("--second", "her.png", "--blend", "0.25", "--json", "r.json") == 0
    with open("r.json", encoding="utf-8") as file:
        assert json.load(file)["blend"] == 0.25


def test_the_place_stays_only_on_demand(harmonize):
    gps = 0x8825
    assert harmonize() == 0
    with Image.open("out.png") as image:
        assert not image.getexif().get_ifd(gps)
    assert harmonize("--keep-place") == 0
    with Image.open("out.png") as image:
        assert image.getexif().get_ifd(gps)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cutout", "c.jpg"], "JPEG has no transparency"),
        (["--cutout", "c.gif"], "choose one of"),
        (["--mask-out", "m.jpg"], "--mask-out writes .png"),
        (["--cube", "l.png"], "--cube writes .cube"),
        (["--html", "p.pdf"], "--html writes .html"),
        (["--html", "nowhere/p.html"], "does not exist"),
        (["--exposure", "9"], "Exposure must lie between -4 and 4"),
        (["--blend", "0.5"], "--blend goes with --second"),
        (["--second", "her.png", "--blend", "2"], "blend must lie between 0 and 1"),
        (["--cube", "l.cube", "--cube-size", "1000"], "--cube-size is 2 to 129 steps"),
        (["--cube", "l.cube", "--cube-size", "1"], "--cube-size is 2 to 129 steps"),
    ],
)
def test_wrong_words(folder, harmonize, capsys, words, sentence):
    before = {path.name for path in folder.iterdir()}
    assert harmonize(*words) == 2
    assert sentence in capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == before
