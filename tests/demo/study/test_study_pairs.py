from __future__ import annotations

from pathlib import Path

import pytest

from demo.study.pairs import Pair, read_study
from iph_core.errors import InputError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def test_pairs_are_all_that_two_methods_have_of_one_photo(tmp_path):
    touch(tmp_path, "iph/anna.png", "iph/bo.jpg", "mkl/anna.jpg", "mkl/notes.txt", "rein/anna.png")
    touch(tmp_path, "reference/anna.png", "votes.sqlite")
    study = read_study(tmp_path)
    assert study.pairs == [
        Pair("anna", ("iph", "mkl")),
        Pair("anna", ("iph", "rein")),
        Pair("anna", ("mkl", "rein")),
    ]
    assert study.references == {"anna": tmp_path / "reference" / "anna.png"}


@pytest.mark.parametrize("names", [[], ["iph/anna.png"], ["iph/anna.png", "mkl/bo.png"]])
def test_a_folder_without_two_methods_says_what_to_do(tmp_path, names):
    touch(tmp_path, *names)
    with pytest.raises(InputError, match="a folder of its own, under the same names"):
        read_study(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        read_study(tmp_path / "nothing")
