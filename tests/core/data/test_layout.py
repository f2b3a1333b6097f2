"""Lists, folders and sentences of data sets."""

from __future__ import annotations

import pytest

from iph_core.data.layout import files_of, naming, read_list
from iph_core.errors import InputError

LAYOUT = "a set holds a list"


def test_lines_are_stripped_and_blank_ones_left_out(tmp_path):
    (tmp_path / "list.txt").write_bytes("\ufeff one.png \r\n\n \ntwo\n".encode())
    assert read_list(tmp_path / "list.txt", LAYOUT) == ["one.png", "two"]


@pytest.mark.parametrize("content", [b"\x89PNG\xff\xfe", b"one\0two", b"x" * 5000])
def test_what_is_no_list(tmp_path, content):
    file = tmp_path / "list.txt"
    with pytest.raises(InputError, match=r"list\.txt is missing: a set holds a list\."):
        read_list(file, LAYOUT)
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"list\.txt is no list.*: a set holds a list\."):
        read_list(file, LAYOUT)


def test_hidden_files_are_passed_over(tmp_path):
    for name in ("b.png", "a.png", ".DS_Store", "._a.png"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert [file.name for file in files_of(tmp_path)] == ["a.png", "b.png"]
    assert [file.name for file in files_of(tmp_path, "b*")] == ["b.png"]


def test_a_sentence_names_file_and_layout(tmp_path):
    with pytest.raises(InputError) as caught, naming(tmp_path / "m.png", LAYOUT):
        raise InputError("The mask is empty: paint it.")
    assert str(caught.value) == (
        f"The mask is empty: paint it ({tmp_path / 'm.png'}; a set holds a list)."
    )
