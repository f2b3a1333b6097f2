from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from demo.study.pairs import Pair, read_study
from iph_core.errors import InputError


def put(folder: Path, *names: str) -> None:
    """Small pictures, and empty files under names of anything else."""
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        if (folder / name).suffix in (".png", ".jpg"):
            Image.new("RGB", (4, 3)).save(folder / name)
        else:
            (folder / name).touch()


def test_pairs_are_all_that_two_methods_have_of_one_photo(tmp_path):
    put(tmp_path, "iph/anna.png", "iph/bo.jpg", "mkl/anna.jpg", "mkl/notes.txt", "rein/anna.png")
    put(tmp_path, "reference/anna.png", "votes.sqlite")
    study = read_study(tmp_path)
    assert study.pairs == [
        Pair("anna", ("iph", "mkl")),
        Pair("anna", ("iph", "rein")),
        Pair("anna", ("mkl", "rein")),
    ]
    assert study.references == {"anna": tmp_path / "reference" / "anna.png"}


@pytest.mark.parametrize("names", [[], ["iph/anna.png"], ["iph/anna.png", "mkl/bo.png"]])
def test_a_folder_without_two_methods_says_what_to_do(tmp_path, names):
    put(tmp_path, *names)
    with pytest.raises(InputError, match="a folder of its own, under the same names"):
        read_study(tmp_path)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        read_study(tmp_path / "nothing")


def test_what_systems_put_beside_pictures_is_passed_over(tmp_path):
    put(tmp_path, "iph/anna.png", "mkl/anna.png", ".cache/anna.png")
    for method in ("iph", "mkl"):
        (tmp_path / method / "._anna.png").write_bytes(b"\0\5\x16\7Mac OS X")
        (tmp_path / method / "folder.png").mkdir()
    assert read_study(tmp_path).pairs == [Pair("anna", ("iph", "mkl"))]


def test_a_pair_names_its_files_and_opens_none(tmp_path):
    names = ["iph/anna.png", "mkl/anna.png", "reference/anna.png"]
    put(tmp_path, *names, "reference/bo.png")
    for name in names:
        (tmp_path / name).write_bytes(b"no picture")
    study = read_study(tmp_path)
    (pair,) = study.pairs
    assert study.files(pair) == [tmp_path / name for name in names]


def test_two_pictures_of_one_name_are_told(tmp_path):
    put(tmp_path, "iph/anna.png", "mkl/anna.png", "mkl/anna.jpg")
    with pytest.raises(InputError, match=r"mkl holds anna\.jpg and anna\.png"):
        read_study(tmp_path)
