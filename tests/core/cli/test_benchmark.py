"""The verb `benchmark`: its photo, its sizes, its files; measuring itself is tested elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pytest

import iph_core.benchmark.run
from iph_core.cli import benchmark as verb
from iph_core.cli import main
from iph_core.photo import open_photo, save_mask

STEP = {"seconds": 0.5, "peak_mb": 700.0}


@pytest.fixture
def asked(monkeypatch):
    """What the measuring was asked for; its answer is made up."""
    calls = []

    def measured(photo, mask, megapixels, **options):
        calls.append((photo, mask, list(megapixels), options))
        bars = {"seconds": 1.5, "peak_mb": 700.0}
        steps = dict.fromkeys(iph_core.benchmark.run.HARMONIZING, STEP)
        run = {"megapixels": 1, "device": "cpu", "steps": steps, "peers": {}, "notes": []}
        return {
            "photo": photo.name,
            "cores": 2,
            "load": [1.0, 1.0, 1.0],
            "runs": [run | {"bars": bars}],
            "bytes_a_pixel": {},
        }

    monkeypatch.setattr(iph_core.benchmark.run, "benchmark", measured)
    return calls


def test_an_example_at_four_sizes_without_words(asked, capsys):
    assert main(["benchmark"]) == 0
    ((photo, mask, sizes, options),) = asked
    assert photo.name == "pioneers.jpg"
    assert mask.shape == photo.pixels.shape[:2]
    assert 0.05 < mask.mean() < 0.5
    assert sizes == [1, 12, 24, 50]
    assert (options["repeats"], options["peers_up_to"]) == (3, 12)
    assert "network + fit + apply" in capsys.readouterr().out


def test_a_photo_of_ones_own(asked, tmp_path, examples):
    file = examples / "visitor.jpg"
    mask = np.zeros(open_photo(file).size[::-1], np.float32)
    mask[100:300, 100:200] = 1
    save_mask(mask, tmp_path / "mask.png")
    words = ["benchmark", "--photo", str(file), "--foreground", str(tmp_path / "mask.png")]
    words += ["--megapixels", "0.5", "2", "--repeat", "1", "--json", str(tmp_path / "out.json")]
    assert main(words) == 0
    ((photo, given, sizes, options),) = asked
    assert photo.name == "visitor.jpg"
    assert np.array_equal(given, mask)
    assert (sizes, options["repeats"]) == ([0.5, 2], 1)
    assert json.loads((tmp_path / "out.json").read_text())["runs"][0]["bars"]["seconds"] == 1.5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--megapixels", "0"], "no number of megapixels"),
        (["--megapixels", "1000"], "no number of megapixels up to 100"),
        (["--photo", "nowhere.jpg"], "nowhere.jpg"),
        (["--repeat", "0"], "whole number above 0"),
    ],
)
def test_what_cannot_be_used_ends_in_one_sentence(asked, capsys, words, sentence):
    assert main(["benchmark", *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert not asked


def test_without_examples_a_photo_is_asked_for(asked, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(verb, "EXAMPLES", tmp_path / "none")
    assert main(["benchmark"]) == 2
    assert "give a photo with --photo" in capsys.readouterr().err
