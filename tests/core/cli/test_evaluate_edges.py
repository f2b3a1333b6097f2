"""`python -m iph_core evaluate-edges`."""

from __future__ import annotations

import json

import pytest

from iph_core.cli import main
from tests.folders import PICTURES, write_folder


def run(*words):
    return main(["evaluate-edges", *map(str, words)])


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data", PICTURES[:3])


def test_table_and_figures(folder, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert run(folder, "--source", "portraits", "--count", 1, "--json", file) == 0
    figures = json.loads(file.read_text())
    assert set(figures) == {"plain", "all"}
    assert figures["all"]["n"] == 1
    assert figures["all"]["ours"]["sad"] < figures["all"]["feathered"]["sad"]
    assert f"{figures['all']['ours']['sad']:.3f}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Edges need photos of source 'ccp'"),
        (("--source", "weddings"), "Edges need photos of source 'weddings'"),
        (("--split", "val"), "no photo of split 'val'"),
        (("--count", "0"), "'0' is not a whole number above 0"),
        (("--split", "banana"), "invalid choice: 'banana' (choose from 'train', 'val')"),
        (("--json", "nowhere/figures.json"), "The folder nowhere does not exist"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, capsys, words, sentence):
    assert run(folder, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
