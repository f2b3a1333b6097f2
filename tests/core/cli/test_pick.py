from __future__ import annotations

import argparse

import matplotlib.cbook
import numpy as np
import pytest
import skimage.data
from PIL import Image

from iph_core.cli import main, pick
from iph_core.cli.arguments import parse_box, parse_tap
from iph_core.errors import InputError
from iph_core.regions.picking import Tap


def run(*words):
    parser = argparse.ArgumentParser()
    pick.add_parser(parser.add_subparsers())
    args = parser.parse_args(["pick", *map(str, words)])
    return args.run(args)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """The astronaut beside Grace Hopper, 1024 x 512."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = np.asarray(Image.open(file).convert("RGB"))
    path = tmp_path_factory.mktemp("photo") / "pair.png"
    Image.fromarray(np.hstack([skimage.data.astronaut(), hopper[:512]])).save(path)
    return path


def read(path):
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.mode == "L"
        assert image.size == (1024, 512)
        return np.asarray(image)


def test_tap_writes_the_persons_mask(photo, tmp_path):
    assert run(photo, "--tap", "220,400", "-o", tmp_path / "mask.png") == 0
    mask = read(tmp_path / "mask.png")
    assert np.all(mask[300:480, 80:250] == 255)
    assert np.all(mask[50:120, 200:270] == 255)
    assert np.all(mask[:, 512:] == 0)


def test_negative_tap_and_box_are_used(photo, tmp_path):
    out = tmp_path / "mask.png"
    run(photo, "--tap", "220,400", "--tap", "220,90,-", "-o", out)
    assert read(out)[30:100, 190:260].mean() < 10
    run(photo, "--box", "5,10,365,512", "-o", out)
    assert read(out)[300:480, 80:250].mean() > 250


def test_what_lies_left_of_the_photo_is_no_option(photo, tmp_path, capsys):
    words = ["pick", str(photo), "-o", str(tmp_path / "mask.png")]
    assert main([*words, "--tap", "-5,400"]) == 2
    assert "The tap -5,400 lies outside the photo" in capsys.readouterr().err
    assert main([*words, "--box", "-5,-10,365,512"]) == 0
    assert read(tmp_path / "mask.png")[300:480, 80:250].mean() > 250


def test_auto_looks_outside_the_excluded(photo, tmp_path):
    run(photo, "--tap", "220,400", "-o", tmp_path / "her.png")
    run(photo, "--auto", "--exclude", tmp_path / "her.png", "-o", tmp_path / "other.png")
    other = read(tmp_path / "other.png")
    assert other[100:300, 730:800].mean() > 230
    assert np.all(other[:, :500] == 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Say what to pick"),
        (["--tap", "2000,10"], r"2000,10 lies outside the photo: it is 1024 x 512"),
        (["--tap", "10,10,-"], "Tap what you want"),
        (["--tap", "ten,10"], "'ten,10' is not understood"),
        (["--tap", "10"], "'10' is not understood"),
        (["--tap", "10,10,x"], "'10,10,x' is not understood"),
        (["--tap", "nan,10"], "'nan,10' is not understood"),
        (["--box", "1,2,3"], "'1,2,3' is not understood"),
        (["--box", "50,50,50,90"], "box is empty"),
        (["--box", "2000,50,2100,90"], "box lies outside the photo"),
        (["--auto", "--tap", "10,10"], "not both"),
        (["--tap", "10,10", "--exclude", "x.png"], "--exclude goes with --auto"),
    ],
)
def test_wrong_words_are_explained_in_one_sentence(photo, tmp_path, words, message):
    with pytest.raises(InputError, match=message) as raised:
        run(photo, *words, "-o", tmp_path / "mask.png")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "mask.png").exists()


def test_a_mask_of_another_suffix_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match=r"end in \.png"):
        run(tmp_path / "nowhere.jpg", "--tap", "10,10", "-o", tmp_path / "mask.jpg")


def test_a_photo_without_anything_is_said_to_have_nothing(tmp_path):
    Image.new("RGB", (64, 64), "gray").save(tmp_path / "gray.png")
    Image.new("L", (64, 64), 255).save(tmp_path / "all.png")
    with pytest.raises(InputError, match="Nothing stands out"):
        run(tmp_path / "gray.png", "--auto", "--exclude", tmp_path / "all.png", "-o", "x.png")


@pytest.mark.parametrize(
    ("text", "tap"),
    [
        ("812,640", Tap(812, 640)),
        ("812,640,+", Tap(812, 640)),
        ("812,640,-", Tap(812, 640, positive=False)),
        (" 8.5 , 6 ", Tap(8.5, 6)),
    ],
)
def test_taps_are_read(text, tap):
    assert parse_tap(text) == tap


def test_boxes_are_read():
    assert parse_box("1,2,30,40.5") == (1, 2, 30, 40.5)


def test_a_part_is_less_than_the_person(photo, tmp_path):
    areas = {}
    for level in ("person", "part"):
        run(photo, "--tap", "220,400", "--level", level, "-o", tmp_path / f"{level}.png")
        areas[level] = np.count_nonzero(read(tmp_path / f"{level}.png") > 127)
    assert 0 < areas["part"] < 0.9 * areas["person"]
