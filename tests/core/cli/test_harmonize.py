from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from iph_core import weights
from iph_core.cli import main
from iph_core.network import build, save_network

CHECKOUT = Path(__file__).parents[3]
SIZE = (160, 120)
LEFT, RIGHT = (10, 30, 60, 110), (80, 20, 150, 110)


def run_as_people_do(folder, *words, **environment):
    """`python -m iph_core` in a process of its own, in a folder of the user's."""
    return subprocess.run(
        [sys.executable, "-m", "iph_core", *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def write_mask(path, *boxes, size=SIZE):
    mask = np.zeros(size[::-1], np.uint8)
    for x0, y0, x1, y1 in boxes:
        mask[y0:y1, x0:x1] = 255
    Image.fromarray(mask).save(path)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A composite, masks, another photo and files that are none of these."""
    rng = np.random.default_rng(1)
    width, height = SIZE
    composite = rng.integers(50, 190, (height, width, 3), dtype=np.uint8)
    Image.fromarray(composite).save(tmp_path / "composite.png")
    Image.fromarray(composite[::2, ::-2]).save(tmp_path / "other.jpg")
    write_mask(tmp_path / "me.png", LEFT)
    write_mask(tmp_path / "her.png", RIGHT)
    write_mask(tmp_path / "inside-me.png", (20, 40, 50, 100))
    write_mask(tmp_path / "other-mask.png", (5, 5, 70, 50), size=(80, 60))
    write_mask(tmp_path / "empty.png")
    (tmp_path / "letter.txt").write_text("Dear all,")
    shutil.copy(tmp_path / "letter.txt", tmp_path / "letter.png")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "wrong.safetensors").write_text("no weights")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def harmonize(redder_weights, *words, composite="composite.png", foreground="me.png"):
    """In this process: what was done, by a network that adds 20 to red."""
    command = ["harmonize", composite, "--foreground", foreground, "--weights", redder_weights]
    assert main([*map(str, command), *words, "--json", "done.json", "-o", "out.png"]) == 0
    return json.loads(Path("done.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "kind", "box"),
    [
        (["--reference", "her.png"], "mask", list(RIGHT)),
        (["--reference-box", "80,20,150,110"], "box", list(RIGHT)),
        (["--reference-box", "80.6,-20,1500,110.2"], "box", [80, 0, 160, 111]),
        (["--reference-box", "-80,-20,160,15.5"], "box", [0, 0, 160, 16]),
        (["--reference-image", "other.jpg"], "image", None),
        (["--reference-image", "other.jpg", "--reference-mask", "other-mask.png"], "image", None),
    ],
)
def test_a_reference_that_is_given_is_used(folder, redder_weights, words, kind, box):
    report = harmonize(redder_weights, *words)
    assert report["reference"] == {"kind": kind, "box": box}
    change = read("out.png").astype(int) - read("composite.png")
    x0, y0, x1, y1 = LEFT
    assert np.all(change[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1] == (20, 0, 0))
    assert np.all(change[read("me.png") == 0] == 0)


def test_the_report(folder, redder_weights, capsys):
    report = harmonize(redder_weights, "--reference", "her.png", "--strength", "0.5")
    assert report["composite"] == "composite.png"
    assert report["size"] == list(SIZE)
    assert report["strength"] == 0.5
    assert report["weights"] == str(redder_weights)
    assert set(report["seconds"]) == {"decode", "load", "network", "fit", "apply", "write"}
    assert all(seconds > 0 for seconds in report["seconds"].values())
    assert report["change"]["exposure"] > 0
    assert report["summary"].endswith(".")
    assert capsys.readouterr().out == f"out.png: {report['summary']}\n"


def test_strength(folder, redder_weights):
    middle = np.s_[60:90, 30:50]
    for strength, change in (("0", 0), ("0.5", 10), ("1", 20)):
        harmonize(redder_weights, "--reference", "her.png", "--strength", strength)
        difference = read("out.png").astype(int) - read("composite.png")
        assert np.all(difference[middle] == (change, 0, 0))


def test_nothing_stands_out_so_the_background_is_used(folder, redder_weights):
    width, height = SIZE
    flat = np.full((height, width, 3), 120, np.uint8)
    Image.fromarray(flat).save("flat.png")
    write_mask("most.png", (0, 0, width, 90))
    report = harmonize(redder_weights, composite="flat.png", foreground="most.png")
    assert report["reference"] == {"kind": "background", "box": None}
    assert "default_reference" in report["seconds"]


def afifi_kernel(rgb):
    """Afifi et al. 2019, written down again."""
    r, g, b = np.moveaxis(rgb, -1, 0)
    return np.stack([r, g, b, r * g, r * b, g * b, r * r, g * g, b * b, r * g * b, r * 0 + 1], -1)


def test_what_ships_on_a_real_composite_as_people_run_it(examples, tmp_path):
    """The default reference is the other person, the reported color map makes the output."""
    composite, mask = examples / "pioneers.jpg", examples / "pioneers-mask.png"
    done = run_as_people_do(
        *(tmp_path, "harmonize", composite, "--foreground", mask),
        *("--json", "done.json", "-o", "out.png"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads((tmp_path / "done.json").read_text(encoding="utf-8"))
    assert report["reference"]["kind"] == "default"
    assert report["weights"] == "iph-match"
    x0, y0, x1, y1 = report["reference"]["box"]
    assert x0 < 330 < x1 < 960
    assert y0 < 600 < y1
    before, after, inside = read(composite), read(tmp_path / "out.png"), read(mask)
    assert np.array_equal(after[inside == 0], before[inside == 0])
    deep = cv2.erode(inside, np.ones((3, 3), np.uint8)) == 255
    coefficients = np.array(report["color_map"]["coefficients"])
    assert coefficients.shape == (11, 3)
    mapped = afifi_kernel(before[deep] / 255) @ coefficients
    expected = np.rint(mapped.clip(0, 1) * 255)
    assert np.abs(after[deep] - expected).max() <= 1
    assert np.mean(after[deep] == expected) > 0.999


GOOD = {"--foreground": "me.png", "--reference": "her.png", "-o": "out.png"}


def words_with(changes):
    """A good command with some options changed, or left out (None)."""
    options = {**GOOD, **changes}
    words = ["harmonize", options.pop("composite", "composite.png")]
    for option, value in options.items():
        words += [] if value is None else [option, value]
    return words


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"composite": "nobody.png"}, "There is no file nobody.png"),
        ({"composite": "."}, "is not a file"),
        ({"composite": "letter.txt"}, "letter.txt is not a picture"),
        ({"composite": "letter.png"}, "letter.png is not a picture"),
        ({"--foreground": "nobody.png"}, "There is no file nobody.png"),
        ({"--foreground": "letter.png"}, "letter.png is not a picture"),
        ({"--foreground": "other-mask.png"}, "The mask is 80x60 but the photo is 160x120"),
        ({"--foreground": "empty.png"}, "The mask is empty"),
        ({"--reference": "other-mask.png"}, "The mask is 80x60 but the photo is 160x120"),
        ({"--reference": "empty.png"}, "The mask is empty"),
        ({"--reference": "me.png"}, "The reference lies in the foreground"),
        ({"--reference-box": "80,20,150,110"}, "Give one of --reference"),
        ({"--reference-image": "other.jpg"}, "Give one of --reference"),
        ({"--reference-mask": "other-mask.png"}, "--reference-mask goes with --reference-image"),
        ({"--reference": None, "--reference-box": "1,2,3"}, "The box '1,2,3' is not understood"),
        ({"--reference": None, "--reference-box": "9,9,5,20"}, "The box is empty"),
        ({"--reference": None, "--reference-box": "200,9,300,20"}, "box lies outside the photo"),
        ({"--reference": None, "--reference-image": "letter.txt"}, "letter.txt is not a picture"),
        (
            {
                "--reference": None,
                "--reference-image": "other.jpg",
                "--reference-mask": "her.png",
            },
            "The mask is 160x120 but the photo is 80x60",
        ),
        ({"--strength": "1.2"}, "Strength must lie between 0 and 1"),
        ({"--strength": "-1"}, "Strength must lie between 0 and 1"),
        ({"--strength": "nan"}, "Strength must lie between 0 and 1"),
        ({"--strength": "much"}, "--strength: invalid float value: 'much'"),
        ({"-o": "nowhere/out.png"}, "The folder nowhere does not exist"),
        ({"-o": None}, "required: -o"),
        ({"--foreground": None}, "required: --foreground"),
        ({"--json": "nowhere/done.json"}, "The folder nowhere does not exist"),
        ({"--json": "folder"}, "folder is a folder"),
        ({"-o": "folder.png"}, "folder.png is a folder"),
        ({"--quality": "101"}, "Quality must lie between 1 and 100"),
        ({"--size": "7"}, "--size"),
    ],
)
def test_wrong_input_ends_in_one_sentence(folder, changes, message):
    before = sorted(folder.iterdir())
    done = run_as_people_do(folder, *words_with(changes))
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"--reference": "inside-me.png"}, "The reference lies in the foreground"),
        ({"--weights": "best"}, "No network is called 'best'"),
        ({"--weights": "gone.safetensors"}, "gone.safetensors does not exist"),
        ({"--weights": "wrong.safetensors"}, "wrong.safetensors is not a weights file"),
        ({"--device": "abacus"}, "abacus"),
        ({"-o": "out.gif"}, "Cannot save a photo as '.gif'"),
        ({"-o": "out"}, "Cannot save a photo as"),
    ],
)
def test_what_shows_only_at_work_ends_in_one_sentence(folder, capsys, changes, message):
    """In this process, where torch is loaded already."""
    before = sorted(folder.iterdir())
    assert main(words_with(changes)) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(folder.iterdir()) == before


def test_a_photo_too_wide_for_the_output_is_answered_before_the_work(folder, capsys):
    Image.new("RGB", (65_501, 1)).save("composite.png")
    assert main(words_with({"-o": "out.jpg", "--weights": "gone.safetensors"})) == 2
    assert "JPEG holds at most 65500 pixels a side" in capsys.readouterr().err


def test_missing_weights_are_said_with_what_to_run(folder):
    os.mkdir("models")
    shutil.copy(weights.directory() / weights.MANIFEST, "models")
    done = run_as_people_do(
        *(folder, "harmonize", "composite.png", "--foreground", "me.png", "-o", "out.png"),
        IPH_WEIGHTS="models",
    )
    assert done.returncode == 2
    assert "is missing: run `" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not Path("out.png").exists()


def transfer(weights, ratio):
    words = ["--weights", str(weights), "--reference", "her.png", "--transfer", str(ratio)]
    inputs = ["harmonize", "composite.png", "--foreground", "me.png"]
    return main([*inputs, *words, "--device", "cpu", "--json", "r.json", "-o", "out.png"])


def test_transfer_needs_weights_that_have_it(folder, redder_weights, tmp_path, capsys):
    assert transfer(redder_weights, 0.5) == 2
    assert "cannot transfer colors" in capsys.readouterr().err
    assert transfer(redder_weights, 1.5) == 2
    assert "Transfer must lie between 0 and 1" in capsys.readouterr().err
    torch.manual_seed(0)
    network = build("transfer-small")
    # A last layer that says something, and codes that say different things.
    torch.nn.init.normal_(network.to_change.weight, std=0.3)
    torch.nn.init.normal_(network.decoder[-1].norm.affine.weight, std=0.3)
    torch.nn.init.normal_(network.transfer_encoder.to_code.weight, std=1.0)
    second = tmp_path / "second.safetensors"
    save_network(network, "transfer-small", second)
    results = []
    for ratio in (0, 1):
        assert transfer(second, ratio) == 0
        results.append(read("out.png"))
        assert json.loads(Path("r.json").read_text())["transfer"] == ratio
    assert not np.array_equal(*results)
