"""Ready sets and iHarmony4, from where one stands and however many composites there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from iph_core.data.harmony_sets import read_ready_set
from iph_core.data.readers import read_composites
from tests.core.data.sets import write_iharmony4
from tests.core.evaluation.ready_folder import write_case


@pytest.mark.parametrize("count", [1, 4])
def test_a_ready_set_is_listed_as_often_however_many_it_holds(tmp_path, monkeypatch, count):
    for number in range(count):
        write_case(tmp_path, f"n{number}", "coffee", ".png", ".png")
    listed, glob = [], Path.glob
    monkeypatch.setattr(Path, "glob", lambda *words: listed.append(words) or glob(*words))
    assert len(read_ready_set(tmp_path)) == count
    assert len(listed) == 2


@pytest.mark.parametrize("lists", [True, False])
def test_a_part_of_iharmony4_is_told_in_the_folder_that_one_is_in(tmp_path, monkeypatch, lists):
    part = write_iharmony4(tmp_path) / "HFlickr"
    if lists:
        (part / "HFlickr_test.txt").write_text("f_9_2_1_1.jpg\n")
    monkeypatch.chdir(part)
    (triple,) = read_composites([Path(".")], "val")
    assert (triple.source, triple.mask.name) == ("HFlickr", "f_9_2_1.png")
