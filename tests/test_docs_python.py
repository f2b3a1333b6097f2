"""The examples of docs/python.md run on the shipped photos and write what they name."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest

from iph_core.models import Models

CHECKOUT = Path(__file__).parents[1]
EXAMPLES = sorted((CHECKOUT / "docs" / "examples").glob("*.py"))
TEXT = (CHECKOUT / "docs" / "python.md").read_text(encoding="utf-8")

WRITTEN = {
    "with_taps": ["harmonized.png"],
    "with_masks": ["blended.tif", "blended-more.tif"],
    "other_photo": ["visitor-harmonized.jpg"],
    "adjust": ["brighter.png"],
    "export_all": [
        "result.png", "result.jpg", "foreground.png", "mask.png", "look.cube", "before-after.html",
        "pioneers.json", "again.png",
    ],
    "batch": ["harmonized/pioneers-harmonized.png", "harmonized/visitor.jpg", "report.csv"],
}  # fmt: skip


@pytest.fixture(scope="module")
def models():
    """Loaded once: the examples make their own, which would take longer than what they show."""
    return Models(device="cpu")


@pytest.fixture
def folder(tmp_path, monkeypatch, models):
    monkeypatch.setattr("iph_core.pipeline.Models", lambda: models)
    monkeypatch.setattr("iph_core.batch.work.Models", lambda *_: models)
    for file in (CHECKOUT / "demo" / "examples").glob("*.*g"):
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_runs(example, folder, capsys):
    runpy.run_path(str(example), run_name="__main__")
    for name in WRITTEN[example.stem]:
        assert (folder / name).stat().st_size > 1000 or name == "report.csv"
    said = capsys.readouterr().out
    assert ("print(" in example.read_text(encoding="utf-8")) == bool(said.strip())
    assert "failed" not in said


def test_the_page_shows_the_examples_as_they_are():
    shown = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert sorted(shown) == sorted(file.read_text(encoding="utf-8") for file in EXAMPLES)


def test_links_lead_somewhere():
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", TEXT)
    assert [link for link in links if not (CHECKOUT / "docs" / link).exists()] == []
