"""Tables of every protocol."""

from __future__ import annotations

import torch

from iph_core.evaluation.report import COLUMNS, evaluate, text_table
from iph_core.network import build
from tests.folders import tiny_bank


def test_every_protocol_has_a_table_and_an_untrained_network_gains_nothing():
    torch.manual_seed(0)
    tables = evaluate(tiny_bank(64), build("iph-color").eval(), 32)
    assert set(tables) == {"standard", "look", "untouched", "recolored-rim"}
    for table in tables.values():
        assert set(table) == {"others", "mean"}
        assert set(table["mean"]) == set(COLUMNS)
        assert abs(table["mean"]["gain"]) < 1e-3
    assert tables["untouched"]["mean"]["composite"] > 69.9
    for name in ("standard", "look", "recolored-rim"):
        assert 10 < tables[name]["mean"]["composite"] < 23


def test_text_table():
    row = {"composite": 17.123, "result": 19.5, "gain": 2.377, "worse": 0.25}
    lines = text_table("standard", {"ccp": row, "mean": row}).splitlines()
    assert lines[0].split() == ["standard", "composite", "result", "gain", "worse"]
    assert lines[1].split() == ["ccp", "17.12", "19.50", "2.38", "0.25"]
    assert lines[2].split()[0] == "mean"
    assert len({len(line) for line in lines}) == 1
