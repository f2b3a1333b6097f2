"""`python -m iph_core preferences`."""

from __future__ import annotations

import json

from iph_core.cli import main


def test_scores_of_votes(tmp_path, capsys):
    votes = tmp_path / "votes.csv"
    rows = [f"{photo}.jpg,iph,reinhard,{'a' if photo % 4 else 'b'}" for photo in range(40)]
    votes.write_text("photo,method_a,method_b,choice\n" + "\n".join(rows) + "\n")
    assert main(["preferences", str(votes), "--json", str(tmp_path / "scores.json")]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert "Thurstone" in head and "Bradley-Terry" in head
    assert first.startswith("iph") and "75%" in first
    assert second.startswith("reinhard") and "25%" in second
    scores = json.loads((tmp_path / "scores.json").read_text())["scores"]
    assert round(scores["iph"]["bradley_terry"]["score"], 3) == 0.549  # log(3) / 2
    assert scores["iph"]["votes"] == 40


def test_wrong_files_end_in_one_sentence(tmp_path, capsys):
    assert main(["preferences", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_scores_without_intervals(tmp_path, capsys):
    votes = tmp_path / "votes.csv"
    rows = [f"{photo},m{photo:02},m{photo + 1:02},a" for photo in range(16)]
    votes.write_text("photo,method_a,method_b,choice\n" + "\n".join(rows) + "\n")
    assert main(["preferences", str(votes), "--json", str(tmp_path / "scores.json")]) == 0
    assert "(no interval)" in capsys.readouterr().out
    scores = json.loads((tmp_path / "scores.json").read_text())["scores"]
    assert scores["m00"]["thurstone"]["ci95"] is None
