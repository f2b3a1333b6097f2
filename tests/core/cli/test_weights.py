"""`python -m iph_core weights`."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from iph_core import weights
from iph_core.cli import weights as command
from iph_core.errors import MissingWeightsError


def run() -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["weights"])
    return int(arguments.run(arguments))


def test_lists_every_file_with_source_and_state(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()
    entries = weights.entries()
    for entry, line in zip(entries, lines[1 : len(entries) + 1], strict=True):
        assert line.startswith(entry.name)
        assert entry.file in line
        assert entry.source in line
        assert line.endswith("in place")
    assert "28.1 MB" in lines[1]


def test_says_what_is_wrong_and_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = weights.directory() / "manifest.toml"
    (tmp_path / "manifest.toml").write_bytes(manifest.read_bytes())
    (tmp_path / "sam.onnx").write_bytes(b"half a file")
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path))
    with pytest.raises(MissingWeightsError) as error:
        run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("missing")
    assert lines[2].endswith("wrong content")
    sentence = str(error.value)
    assert "encoder.onnx is missing" in sentence
    assert "sam.onnx has 11 bytes instead of 16501766" in sentence
    assert sentence.count("`make weights`") == 1


def test_lists_networks_and_checkpoints_that_the_user_put_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.toml").write_text("")
    (tmp_path / "sam_vit_b_test.pth").write_bytes(b"0" * 2_000_000)
    (tmp_path / "mine.safetensors").write_bytes(b"0")
    monkeypatch.setenv("IPH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("IPH_SAM_CHECKPOINT", str(tmp_path / "away.pth"))
    assert run() == 0
    _, network, checkpoint, named = capsys.readouterr().out.splitlines()
    assert "mine.safetensors" in network
    assert "sam_vit_b_test.pth" in checkpoint
    assert "2.0 MB" in checkpoint
    assert "away.pth" in named
    assert named.endswith("missing")
