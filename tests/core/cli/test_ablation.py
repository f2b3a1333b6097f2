"""`python -m iph_core ablation`."""

from __future__ import annotations

import json

import pytest

from iph_core.cli import main, train
from iph_core.training import ablation
from tests.folders import write_folder


def test_one_command_one_table(tmp_path, monkeypatch, capsys):
    rows = ablation.variants

    def two(*words):
        return dict(list(rows(*words).items())[:2])

    monkeypatch.setattr(ablation, "variants", two)
    folder = write_folder(tmp_path / "ours")
    words = ["--minutes", "5", "--steps", "1", "--size", "32", "--batch", "2", "--device", "cpu"]
    files = ["--json", str(tmp_path / "t.json"), "--markdown", str(tmp_path / "t.md")]
    run = ["--run", str(tmp_path / "run")]
    assert main(["ablation", str(folder), *words, *files, *run]) == 0
    table = (tmp_path / "t.md").read_text()
    assert table in capsys.readouterr().out
    assert "| H-Net |" in table and "| + style encoder |" in table
    written = json.loads((tmp_path / "t.json").read_text())
    assert [row["steps"] for row in written["rows"].values()] == [1, 1]
    assert set(written["results"]) == {"standard", "look"}


def test_files_that_cannot_be_written_are_told_before_the_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(ablation, "ablate", lambda *words: pytest.fail("trained"))
    files = ["--markdown", "/proc/t.md", "--json", str(tmp_path / "t.json")]
    assert main(["ablation", str(write_folder(tmp_path / "ours")), "--minutes", "1", *files]) == 2
    error = capsys.readouterr().err
    assert "/proc/t.md cannot be written" in error and error.count("\n") == 1


def test_the_figures_are_kept_when_the_tables_cannot_be_written(tmp_path, monkeypatch, capsys):
    (tmp_path / "tables").mkdir()

    def trained(*words):
        (tmp_path / "tables").rmdir()
        return {"rows": {}, "results": {}}

    monkeypatch.setattr(ablation, "ablate", trained)
    words = [str(write_folder(tmp_path / "ours")), "--minutes", "1", "--size", "32"]
    files = ["--markdown", str(tmp_path / "tables" / "t.md"), "--json", str(tmp_path / "t.json")]
    assert main(["ablation", *words, *files, "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "t.md cannot be written" in error and error.count("\n") == 1
    assert json.loads((tmp_path / "t.json").read_text())["size"] == 32


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--minutes", "0"], "'0' is not a number of minutes above 0"),
        (["--minutes", "1", "--network", "huge"], "Unknown scale 'huge': choose small or base"),
        (["--minutes", "1", "--size", "10"], "--size 10 is too small to be measured: give 32"),
        ([], "--minutes"),
    ],
)
def test_wrong_words_end_in_one_sentence(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.setattr(ablation, "ablate", lambda *words: pytest.fail("trained"))
    assert main(["ablation", str(tmp_path), *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_told_before_photos_are_read(monkeypatch, capsys):
    monkeypatch.setattr(train, "load", lambda *words, **more: pytest.fail("read"))
    assert main(["ablation", "ours", "--minutes", "1", "--run", "/dev/null/run"]) == 2
    error = capsys.readouterr().err
    assert "/dev/null/run cannot be made" in error and error.count("\n") == 1
