"""`python -m iph_core train-picker`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iph_core.cli import main
from tests.folders import PICTURES, write_folder

SMALL = ("--pictures", 1, "--validation-pictures", 1)
ONE_STEP = (*SMALL, "--photos", 1, "--prompts", 1, "--steps", 1)


@pytest.fixture
def folder(tmp_path):
    portraits = (PICTURES[0], replace(PICTURES[1], split="val"))
    return write_folder(tmp_path / "data", portraits)


def run(*words):
    return main(["train-picker", "--device", "cpu", *map(str, words)])


def test_from_photos_to_a_decoder_that_is_measured(folder, tmp_path, capsys):
    words = ("--data", folder, "--run", tmp_path / "run")
    assert run(*words, *SMALL, "--embed-only") == 0
    assert "embedded 1 of 1" in capsys.readouterr().out
    assert not (tmp_path / "run/sam-people.safetensors").exists()
    assert run(*words, *ONE_STEP) == 0
    printed = capsys.readouterr().out
    assert "1 pictures to train, 1 to validate" in printed
    assert "embedded" not in printed
    assert "step 1  validation: group" in printed
    decoder = tmp_path / "run/sam-people.safetensors"
    measure = ("evaluate-picks", folder, "--split", "val", "--decoder", decoder)
    assert main([*map(str, measure)]) == 0
    assert "group" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--data", "nowhere"), "nowhere has no index.csv"),
        (("--minutes", "-1"), "'-1' is not a number above 0"),
        (("--minutes", "nan"), "'nan' is not a number above 0"),
        (("--rate", "fast"), "'fast' is not a number above 0"),
        (("--steps", "0"), "'0' is not a whole number above 0"),
        (("--steps", "3", "--minutes", "3"), "not allowed with argument --steps"),
        (("--start", "nobody"), "No model file is called 'nobody'"),
        (("--start", "people-head"), "is not a mask decoder"),
        (("--start", "saliency"), "is not a mask decoder"),
        (("--start", "sam-people", "--part", "people-head"), "Leave --start out"),
        (("--device", "tpu"), "Unknown device 'tpu'"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, tmp_path, capsys, words, sentence):
    assert run("--data", folder, "--run", tmp_path / "run", *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_photos_to_validate_are_needed(tmp_path, capsys):
    folder = write_folder(tmp_path / "data", PICTURES[:2])
    assert run("--data", folder, "--run", tmp_path / "run") == 2
    assert "'val'" in capsys.readouterr().err
