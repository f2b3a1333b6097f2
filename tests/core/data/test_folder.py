"""The folder format and what is wrong with folders."""

from __future__ import annotations

import pytest

from iph_core.data.folder import read_folder, read_folders
from iph_core.errors import InputError
from tests.folders import write_folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "data")


def test_examples_of_a_split(folder):
    train = read_folder(folder, "train")
    assert [example.photo.name for example in train] == [
        "astronaut.jpg",
        "hopper.jpg",
        "chelsea.jpg",
    ]
    assert train[0].photo == folder / "photos/astronaut.jpg"
    assert train[0].labels == folder / "labels/astronaut.png"
    assert train[0].source == "portraits"
    assert {example.split for example in read_folder(folder, "val")} == {"val"}
    assert len(read_folder(folder)) == 5


def test_several_folders_without_some_sources(folder, tmp_path):
    other = write_folder(tmp_path / "other")
    everything = read_folders([folder, other])
    assert len(everything) == 10
    kept = read_folders([folder, other], leave_out=["portraits", "things"])
    assert [example.photo.name for example in kept] == ["chelsea.jpg", "chelsea.jpg"]
    assert kept[1].photo.is_relative_to(other)


def test_no_index(tmp_path):
    with pytest.raises(InputError, match=r"has no index\.csv"):
        read_folder(tmp_path / "nowhere")


@pytest.mark.parametrize("column", ["photo", "labels", "source", "split"])
def test_a_missing_column_is_named(folder, column):
    index = folder / "index.csv"
    head, rest = index.read_text().split("\n", 1)
    index.write_text(head.replace(column, "other", 1) + "\n" + rest)
    with pytest.raises(InputError, match=f"lacks the column '{column}'"):
        read_folder(folder)


def test_an_empty_index(folder):
    (folder / "index.csv").write_text("")
    with pytest.raises(InputError, match="lacks the column 'photo'"):
        read_folder(folder)


@pytest.mark.parametrize(
    ("damaged", "sentence"),
    [
        (lambda content: content + b"photos/x.jpg,labels/x.png\n", r"Line 7 of .* is short"),
        (lambda content: content + "photos/\xe4.jpg".encode("latin-1"), "cannot be read"),
        (lambda content: b"\x89PNG\xff\xfe\0" + content, "cannot be read"),
    ],
)
def test_a_damaged_index_names_the_layout(folder, damaged, sentence):
    index = folder / "index.csv"
    index.write_bytes(damaged(index.read_bytes()))
    with pytest.raises(InputError, match=sentence + ".*columns photo, labels, source, split"):
        read_folder(folder)


def test_an_index_of_a_spreadsheet(folder):
    index = folder / "index.csv"
    index.write_bytes(b"\xef\xbb\xbf" + index.read_bytes())
    assert len(read_folder(folder)) == 5


def test_no_such_split(folder):
    with pytest.raises(InputError, match="no photo of split 'test'"):
        read_folder(folder, "test")


def test_leaving_out_what_is_not_there_or_all_there_is(folder):
    with pytest.raises(InputError, match=r"source 'portrait'.*animals"):
        read_folders([folder], leave_out=["portrait"])
    with pytest.raises(InputError, match="Every source is left out"):
        read_folders([folder], leave_out=["portraits", "animals", "things"])
