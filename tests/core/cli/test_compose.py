from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from iph_core.cli import compose, main
from iph_core.photo import encode_png, open_photo

EXAMPLES = Path(__file__).parents[3] / "demo" / "examples"


def run(*words):
    parser = argparse.ArgumentParser()
    compose.add_parser(parser.add_subparsers())
    args = parser.parse_args(["compose", *map(str, words)])
    return args.run(args)


@pytest.fixture
def folder(tmp_path):
    """A gray scene of 60 x 40, a cut-out of 8 x 6, a photo with its mask, a mask in the scene."""
    (tmp_path / "scene.png").write_bytes(encode_png(np.full((40, 60, 3), 100, np.uint8)))
    colors = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
    opaque = np.full((6, 8), 255, np.uint8)
    opaque[0, 0] = 0
    (tmp_path / "cutout.png").write_bytes(encode_png(colors, opaque))
    (tmp_path / "opaque.png").write_bytes(encode_png(colors, np.full_like(opaque, 255)))
    person = np.full((30, 30, 3), 20, np.uint8)
    person[10:20, 12:18] = 200
    (tmp_path / "person.png").write_bytes(encode_png(person))
    inside = np.zeros((30, 30), np.uint8)
    inside[10:20, 12:18] = 255
    (tmp_path / "mask.png").write_bytes(encode_png(inside))
    front = np.zeros((40, 60), np.uint8)
    front[:, :30] = 255
    (tmp_path / "front.png").write_bytes(encode_png(front))
    return tmp_path


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_cutout_needs_no_pointing(folder):
    out, mask = folder / "out.png", folder / "known.png"
    at = ("--at", "30,20", "-o", out, "--mask-out", mask)
    assert run(folder / "scene.png", folder / "cutout.png", *at) == 0
    made, cutout = open_photo(out).pixels, open_photo(folder / "cutout.png")
    expected = np.full((40, 60, 3), 100, np.uint8)
    expected[17:23, 26:34] = cutout.pixels
    expected[17, 26] = 100
    np.testing.assert_array_equal(made, expected)
    assert read(mask).dtype == np.uint8
    np.testing.assert_array_equal(read(mask)[17:23, 26:34], cutout.alpha)
    assert (read(mask) > 0).sum() == 47


def test_quality_and_place(folder, capsys):
    """As `harmonize` has them: where the scene was taken stays on demand only."""
    gps = 0x8825
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(gps)[2] = (48.0, 12.0, 0.0)
    noise = np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8)
    Image.fromarray(noise).save(folder / "scene.png", exif=exif)
    words = (folder / "scene.png", folder / "cutout.png", "--at", "30,20", "-o", folder / "out.jpg")
    sizes = []
    for more in ("--quality", 20), ("--quality", 90, "--keep-place"):
        assert run(*words, *more) == 0
        sizes.append((folder / "out.jpg").stat().st_size)
        with Image.open(folder / "out.jpg") as image:
            assert bool(image.getexif().get_ifd(gps)) == ("--keep-place" in more)
    assert sizes[1] > 2 * sizes[0]
    assert main(["compose", *map(str, words), "--quality", "101"]) == 2
    assert "Quality must lie between 1 and 100" in capsys.readouterr().err


def test_a_center_beyond_the_scenes_edge(folder):
    out, mask = folder / "out.png", folder / "known.png"
    words = ("compose", folder / "scene.png", folder / "cutout.png", "--at", "-1.5,20", "-o", out)
    assert main([*map(str, words), "--mask-out", str(mask)]) == 0
    assert np.flatnonzero(read(mask).any(axis=0))[-1] == 2


def test_flip_turn_and_scale_are_used(folder):
    out = folder / "out.png"
    run(folder / "scene.png", folder / "cutout.png", "--at", "30,20", "--scale", 2, "--rotate", 90,
        "--flip", "-o", out, "--mask-out", folder / "known.png")  # fmt: skip
    rows, columns = np.nonzero(read(folder / "known.png") > 127)
    assert (rows.max() - rows.min() + 1, columns.max() - columns.min() + 1) == (16, 12)


def test_behind_and_shadow_are_used(folder):
    words = (folder / "scene.png", folder / "cutout.png", "--at", "30,20")
    known, out = folder / "known.png", folder / "out.png"
    run(*words, "--behind", folder / "front.png", "-o", out, "--mask-out", known)
    assert not read(known)[:, :30].any()
    assert (read(known)[17:23, 30:34] == 255).all()
    cast = folder / "cast.png"
    run(*words, "--scale", "3", "--shadow", "-o", out)
    run(*words, "--scale", "3", "--shadow", "0", "-o", cast)
    assert (read(out)[29:31, 20:40] < 95).any()
    beside = np.s_[20:30, 43:50]
    assert read(cast)[beside].sum() < read(out)[beside].sum()


def test_a_mask_says_who(folder):
    out, known = folder / "out.png", folder / "known.png"
    run(folder / "scene.png", folder / "person.png", "--mask", folder / "mask.png", "--at", "20,20",
        "-o", out, "--mask-out", known)  # fmt: skip
    assert read(known)[20, 20] >= 250
    assert abs(int(read(out)[20, 20, 0]) - 200) <= 3
    assert 40 < (read(known) > 127).sum() < 80


def test_a_tap_says_who_and_harmonizing_follows(folder, capsys):
    scene, person = EXAMPLES / "pioneers.jpg", EXAMPLES / "visitor.jpg"
    known, done = folder / "known.png", folder / "done.png"
    run(scene, person, "--tap", "700,640", "--at", "640,500", "--scale", "0.5", "--harmonize",
        "--mask-out", known, "-o", done)  # fmt: skip
    inside = read(known)
    assert 0.02 < (inside > 127).mean() < 0.4
    assert inside[500, 640] == 255
    # A mask of 8 bits shows as 0 what is fainter than half a level.
    far = cv2.dilate(inside, np.ones((5, 5), np.uint8)) == 0
    np.testing.assert_array_equal(read(done)[far], open_photo(scene).pixels[far])
    assert (read(done) != open_photo(scene).pixels)[inside == 255].mean() > 0.9
    assert capsys.readouterr().out.startswith(f"{done}: ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("person.png", "--at", "3,3"), "--tap"),
        (("opaque.png", "--at", "3,3"), "--tap"),
        (("cutout.png", "--at", "9,9", "--mask-out", "mask.jpg"), "end in .png"),
        (("cutout.png", "--at", "3"), "X,Y"),
        (("cutout.png", "--at", "900,900"), "another place"),
        (("cutout.png", "--at", "-900,-900"), "another place"),
        (("cutout.png", "--at", "3,3", "--shadow", "nan"), "number of degrees"),
        (("cutout.png", "--at", "3,3", "--scale", "0"), "scale"),
        (("cutout.png", "--at", "3,3", "--tap", "1,1", "--mask", "mask.png"), "not allowed"),
        (("person.png", "--at", "3,3", "--behind", "mask.png", "--mask", "mask.png"), "60x40"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(folder, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(folder)
    assert main(["compose", "scene.png", *words, "-o", "out.png"]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not (folder / "out.png").exists()
