"""`python -m iph_core evaluate`."""

from __future__ import annotations

import json

import pytest
import torch

from iph_core.cli import main
from iph_core.network import build, save_network
from tests.folders import write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


@pytest.fixture
def weights(tmp_path):
    """A color head that does something, whatever it is."""
    torch.manual_seed(0)
    network = build("iph-color")
    torch.nn.init.normal_(network.head[-1].weight, std=0.1)
    save_network(network, "iph-color", tmp_path / "random.safetensors")
    return tmp_path / "random.safetensors"


def run(*words):
    return main(["evaluate", "--device", "cpu", "--size", "32", *map(str, words)])


def test_tables_and_figures_are_the_same_at_every_call(folder, weights, tmp_path, capsys):
    words = (folder, "--weights", weights, "--json", tmp_path / "figures.json")
    assert run(*words) == 0
    printed, figures = capsys.readouterr().out, (tmp_path / "figures.json").read_text()
    assert run(*words) == 0
    assert capsys.readouterr().out == printed
    assert (tmp_path / "figures.json").read_text() == figures
    tables = json.loads(figures)
    assert set(tables) == {"standard", "look", "untouched", "recolored-rim"}
    for table in tables.values():
        assert set(table) == {"others", "mean"}  # every source is small
        for row in table.values():
            assert set(row) == {"composite", "result", "gain", "worse"}
            assert row["gain"] == pytest.approx(row["result"] - row["composite"])
            assert row["gain"] != 0
            assert 0 <= row["worse"] <= 1
    assert "standard" in printed
    assert f"{tables['look']['mean']['result']:.2f}" in printed


def test_a_split_and_several_folders(folder, weights, tmp_path):
    other = write_folder(tmp_path / "other")
    run(folder, "--split", "val", "--weights", weights, "--json", tmp_path / "val.json")
    run(folder, other, "--weights", weights, "--json", tmp_path / "all.json")
    val, everything = (
        json.loads((tmp_path / name).read_text()) for name in ("val.json", "all.json")
    )
    assert val != everything


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--split", "test"), "no photo of split 'test'"),
        (("--device", "tpu"), "Unknown device 'tpu'"),
        (("--size", "0"), "'0' is not a whole number above 0"),
        (("--weights", "nowhere.safetensors"), "nowhere.safetensors does not exist"),
        (("--weights", "iph-huge"), "No model file is called 'iph-huge'"),
        (("--json", "nowhere/figures.json"), "The folder nowhere does not exist"),
        (("nowhere",), "nowhere has no index.csv"),
    ],
)
def test_wrong_words_end_in_one_sentence(folder, weights, capsys, words, sentence):
    given = () if "--weights" in words else ("--weights", weights)
    assert run(*given, *words, folder) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
