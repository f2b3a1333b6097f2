from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iph_core.cli import main

CHECKOUT = Path(__file__).parents[3]
VERBS = ("harmonize", "pick", "train", "evaluate", "train-picker", "evaluate-picks", "weights")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["harmonise"],
        ["--verbose"],
        ["harmonize"],
        ["pick", "photo.jpg", "-o"],
        ["pick", "photo.jpg", "--auto", "--loud", "-o", "mask.png"],
        ["train"],
        ["weights", "all"],
    ],
)
def test_wrong_words_end_in_one_sentence(words, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err[0].isupper()
    assert err.endswith("--help`.\n")


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert f"python -m iph_core {verb}" in capsys.readouterr().out


def test_help_lists_the_verbs(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    first_words = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line}
    assert first_words.issuperset(VERBS)


@pytest.mark.parametrize("words", [[], ["harmonise"], ["weights", "--loud"]])
def test_a_process_ends_with_two_and_no_traceback(words):
    done = subprocess.run(
        [sys.executable, "-m", "iph_core", *words],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_process_ends_with_nothing_where_all_is_well():
    done = subprocess.run(
        [sys.executable, "-m", "iph_core", "weights"], cwd=CHECKOUT, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert "sam-encoder" in done.stdout
    assert done.stderr == ""


def test_who_reads_no_further_is_told_nothing():
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "iph_core", "weights"],
        cwd=CHECKOUT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
