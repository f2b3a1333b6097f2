"""`python -m iph_core evaluate-picks`."""

from __future__ import annotations

import json

import pytest

from iph_core.cli import main
from tests.folders import PICTURES, write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data", PICTURES[:2])


def run(*words):
    return main(["evaluate-picks", *map(str, words)])


def test_table_and_figures(folder, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert run(folder, "--split", "train", "--decoder", "stock", "--json", file) == 0
    figures = json.loads(file.read_text())
    assert set(figures) == {"single", "group", "objects", "face"}
    assert figures.pop("face")["n"] >= 1
    counts = {kind: row["n"] for kind, row in figures.items()}
    assert counts == {"single": 1, "group": 2, "objects": 1}
    for row in figures.values():
        assert set(row) == {"mean_iou", "below_half", "n", "by_source"}
        assert set(row["by_source"]) == {"portraits"}
        assert 0 <= row["mean_iou"] <= 1
        assert 0 <= row["below_half"] <= 1
    # The label is an ellipse drawn over Eileen Collins: a tap finds most of it.
    assert figures["single"]["mean_iou"] > 0.5
    printed = capsys.readouterr()
    assert f"{figures['group']['mean_iou']:.3f}" in printed.out
    assert printed.err.splitlines()[-1] == "2/2"  # how far it was, as other commands say it


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--split", "val"), "no photo of split 'val'"),
        (("--source", "weddings"), "is of source 'weddings'"),
        (("--decoder", "nowhere.safetensors"), "nowhere.safetensors does not exist"),
        (("--split", "banana"), "invalid choice: 'banana' (choose from 'train', 'val')"),
        (("--json", "nowhere/figures.json"), "The folder nowhere does not exist"),
        (("nowhere",), "nowhere has no index.csv"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, capsys, words, sentence):
    assert run(*words, folder) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1


def test_a_file_that_is_no_decoder_is_refused(folder, tmp_path, capsys):
    (tmp_path / "other.safetensors").write_bytes(b"nothing")
    assert run(folder, "--decoder", tmp_path / "other.safetensors") == 2
    assert "other.safetensors is not a mask decoder" in capsys.readouterr().err
