"""`python -m iph_core train`."""

from __future__ import annotations

import pytest
import torch

from iph_core.cli import main
from iph_core.network import load_network
from iph_core.training.checkpoint import load_state
from tests.core.evaluation.ready_folder import write_ready_set
from tests.folders import write_folder

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


def run(*words):
    return main(["train", "--device", "cpu", *map(str, words)])


def test_end_to_end_and_on_from_there(folder, tmp_path, capsys):
    words = ("--data", folder, "--run", tmp_path / "run", "--batch", 4, "--size", 32)
    assert run(*words, "--steps", 4) == 0
    assert load_network(tmp_path / "run/best.safetensors", CPU).cells == (38, 50)
    assert load_state(tmp_path / "run/last.pt", CPU)["step"] == 4
    assert list((tmp_path / "run/tensorboard").iterdir())
    assert "3 photos, step 0" in capsys.readouterr().out
    assert run(*words, "--steps", 5) == 0
    assert load_state(tmp_path / "run/last.pt", CPU)["step"] == 5
    assert "step 4" in capsys.readouterr().out


def test_a_run_starts_from_given_weights(folder, tmp_path, capsys):
    words = ("--data", folder, "--batch", 2, "--size", 16, "--steps", 1)
    assert run(*words, "--run", tmp_path / "first", "--schedule", "color") == 0
    first = tmp_path / "first/best.safetensors"
    again = ("--start", first, "--run", tmp_path / "again", "--schedule", "color-reference")
    assert run(*words, *again) == 0
    assert load_state(tmp_path / "again/last.pt", CPU)["step"] == 1
    capsys.readouterr()
    assert run(*words, "--start", first, "--run", tmp_path / "x", "--schedule", "small-cpu") == 2
    assert "not of iph-small" in capsys.readouterr().err


def test_a_run_does_not_go_on_with_another_start(folder, tmp_path, capsys):
    words = ("--data", folder, "--batch", 2, "--size", 16, "--schedule", "color")
    for name, seed in (("one", 0), ("two", 1)):
        assert run(*words, "--steps", 1, "--seed", seed, "--run", tmp_path / name) == 0
    one, two = (("--start", tmp_path / name / "best.safetensors") for name in ("one", "two"))
    begun = (*words, "--run", tmp_path / "run")
    assert run(*begun, "--steps", 1, *one) == 0
    assert run(*begun, "--steps", 2, *one) == 0
    assert run(*begun, "--steps", 3) == 0  # with the start that it had
    assert run(*begun, "--steps", 4, *one) == 0
    capsys.readouterr()
    assert run(*begun, "--steps", 5, *two) == 2
    assert "run was begun with another start: train in another" in capsys.readouterr().err
    assert run(*words, "--run", tmp_path / "one", "--steps", 2, *two) == 2
    assert "one was begun with another start" in capsys.readouterr().err


def test_stages_go_on_though_the_one_before_went_on(folder, tmp_path):
    words = ("--data", folder, "--run", tmp_path / "run", "--batch", 2, "--size", 16)
    for steps in (1, 2):
        assert run(*words, "--schedule", "paper-cpu", "--steps", steps) == 0
    for number in (1, 2, 3):
        assert load_state(tmp_path / f"run/paper-cpu-{number}/last.pt", CPU)["step"] == 2


def test_several_folders_sources_and_families(folder, tmp_path, capsys):
    other = write_folder(tmp_path / "other")
    words = ("--data", folder, "--data", other, "--run", tmp_path / "run", "--steps", 1)
    choices = ("--leave-out", "portraits", "--hold-back", "look", "--batch", 2, "--size", 16)
    assert run(*words, *choices) == 0
    assert "2 photos" in capsys.readouterr().out  # a cat a folder


def test_what_is_left_out_is_said_and_chooses_nothing(folder, tmp_path, capsys):
    words = ("--data", folder, "--run", tmp_path / "run", "--steps", 1, "--batch", 2, "--size", 16)
    photos = folder / "index.csv"
    photos.write_text(photos.read_text().replace("animals,train", "animals,val"))
    photos.write_text(
        photos.read_text().replace("rocket.png,things,val", "rocket.png,things,train")
    )
    assert run(*words, "--schedule", "color", "--leave-out", "things") == 0
    printed = capsys.readouterr().out
    assert "  standard: " in printed and "  standard-left-out: " in printed
    assert "2 photos, step 0" in printed


@pytest.mark.parametrize("schedule", ["paper-2", "paper-cpu"])
def test_augmentations_have_no_family_to_hold_back(folder, tmp_path, capsys, schedule):
    words = ("--data", folder, "--run", tmp_path / "run", "--hold-back", "look")
    assert run(*words, "--schedule", schedule) == 2
    assert "choose another schedule for --hold-back" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_composites_have_no_family_to_hold_back(tmp_path, capsys):
    ready = write_ready_set(tmp_path / "triples")
    words = ("--data", ready, "--run", tmp_path / "run", "--hold-back", "look")
    assert run(*words, "--schedule", "paper-cpu-1") == 2
    assert "--hold-back needs photos with masks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--schedule", "fast"), "Unknown schedule 'fast'"),
        (("--data", "nowhere"), "nowhere has no index.csv"),
        (("--hold-back", "vignette"), "Unknown disturbance 'vignette'"),
        (("--leave-out", "portrait"), "No photo is of source 'portrait'"),
        (("--device", "tpu"), "Unknown device 'tpu'"),
        (("--steps", "0"), "'0' is not a whole number above 0"),
        (("--batch", "-3"), "'-3' is not a whole number above 0"),
        (("--size", "wide"), "'wide' is not a whole number above 0"),
        (("--stepps", "4"), "--stepps"),
        (("--start", "gone.safetensors"), "gone.safetensors does not exist"),
        (("--schedule", "match-transfer"), "match-transfer teaches a second encoder beside"),
        (("--run", "/dev/null/run"), "/dev/null/run cannot be made or written to"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, tmp_path, capsys, words, sentence):
    assert run("--data", folder, "--run", tmp_path / "run", "--size", 16, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_data_and_run_are_needed(capsys):
    assert run() == 2
    assert "--data" in capsys.readouterr().err


def test_a_run_of_another_schedule_is_not_continued(folder, tmp_path, capsys):
    words = ("--data", folder, "--run", tmp_path / "run", "--steps", 1, "--batch", 2, "--size", 32)
    assert run(*words) == 0
    assert run(*words, "--schedule", "small-cpu") == 2
    assert "run was begun with another schedule, data: train in another" in capsys.readouterr().err
