"""The ablation: equal budgets, one part more a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from iph_core.errors import InputError
from iph_core.training.ablation import BARGAIN, ablate, markdown, slug, variants
from tests.folders import tiny_bank

CPU = torch.device("cpu")


def test_each_row_adds_one_part_and_has_the_same_budget():
    rows = variants("small", 64, 8, 2.0, 1e-3)
    assert list(rows) == [
        "H-Net", "+ style encoder", "+ highlight", "+ mid-tone", "+ shadow", BARGAIN,
    ]  # fmt: skip
    budgets = {(plan.minutes, plan.batch, plan.size, plan.rate) for plan in rows.values()}
    assert budgets == {(2.0, 8, 64, 1e-3)}
    assert rows["H-Net"].config == "hnet-small"
    assert rows[BARGAIN].config == "bargain-small"
    assert rows["+ style encoder"].luminance == 0
    assert rows["+ mid-tone"].luminance_terms == ("highlight", "mid-tone")
    assert rows["+ shadow"].luminance_terms == ("highlight", "mid-tone", "shadow")


def test_it_trains_measures_and_goes_on(tmp_path):
    rows = variants("small", 16, 2, 1.0, 1e-3)
    rows = {name: replace(rows[name], steps=2) for name in ("H-Net", BARGAIN)}
    train, validation = tiny_bank(32, "train"), tiny_bank(32, "val")
    said = []
    result = ablate(rows, train, validation, tmp_path, CPU, say=said.append)
    assert [row["steps"] for row in result["rows"].values()] == [2, 2]
    assert set(result["results"]) == {"standard", "look"}
    figures = result["results"]["standard"]
    assert list(figures) == ["composite", "H-Net", BARGAIN]
    assert figures["composite"]["gain"]["mean"] == 0
    assert said == ["H-Net: hnet-small", f"{BARGAIN}: bargain-small"]
    table = markdown(result)
    assert table.count("| composite |") == 2
    assert f"{figures['H-Net']['fpsnr']['mean']:.2f}" in table
    assert figures["composite"]["gain"]["n"] == 2
    again = ablate(rows, train, validation, tmp_path, CPU)
    assert again["results"]["look"] == result["results"]["look"]
    assert (tmp_path / slug(BARGAIN) / "best.safetensors").is_file()


def test_the_steps_told_are_those_of_the_weights_that_were_measured(tmp_path, monkeypatch):
    rows = {"H-Net": replace(variants("small", 16, 2, 1.0, 1e-3)["H-Net"], steps=1)}
    words = (tiny_bank(32, "train"), tiny_bank(32, "val"), tmp_path, CPU)
    ablate(rows, *words)
    # Two steps more, of which the weights score worse: those after one stay the best.
    monkeypatch.setattr("iph_core.training.loop.Trainer._gain", lambda *_: -1e9)
    longer = {name: replace(plan, steps=3) for name, plan in rows.items()}
    assert ablate(longer, *words)["rows"]["H-Net"]["steps"] == 1


def test_rows_that_were_trained_for_longer_are_refused(tmp_path):
    words = (tiny_bank(32, "train"), tiny_bank(32, "val"), tmp_path, CPU)
    row = replace(variants("small", 16, 2, 1.0, 1e-3)["H-Net"], steps=1000, minutes=1e-6)
    ablate({"H-Net": row}, *words)
    result = ablate({"H-Net": row}, *words)  # its last step went beyond the time; it stays
    assert result["rows"]["H-Net"]["steps"] == 1
    with pytest.raises(InputError, match=r"h-net was trained for 1 steps in .* longer than is"):
        ablate({"H-Net": replace(row, minutes=1e-7)}, *words)
    two = replace(row, steps=2, minutes=1.0)
    ablate({"H-Net": two}, *words)
    with pytest.raises(InputError, match=r"h-net was trained for 2 steps in .* or another --run"):
        ablate({"H-Net": replace(two, steps=1)}, *words)
    assert ablate({"H-Net": replace(two, minutes=0.5)}, *words)["rows"]["H-Net"]["minutes"] < 0.5


def test_sources_left_out_choose_nothing_and_are_measured(tmp_path, capsys):
    rows = {"H-Net": replace(variants("small", 16, 2, 1.0, 1e-3)["H-Net"], steps=1)}
    everything = tiny_bank(32)
    words = (rows, tiny_bank(32, "train"), everything, tmp_path, CPU)
    result = ablate(*words, leave_out=["things"])
    assert "standard-left-out" in capsys.readouterr().out
    assert result["results"]["standard"]["H-Net"]["fpsnr"]["n"] == 5
