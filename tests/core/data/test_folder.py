"""The folder format and what is wrong with folders."""

from __future__ import annotations

import pytest
from PIL import Image
from PIL.ExifTags import Base

from iph_core.data.bank import load_bank
from iph_core.data.builder import Settings, build_intharmony
from iph_core.data.folder import Example, read_folder, read_folders
from iph_core.data.pack import write_pack
from iph_core.errors import InputError
from tests.folders import PICTURES, write_folder


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


def test_several_folders(folder, tmp_path):
    other = write_folder(tmp_path / "other")
    everything = read_folders([folder, other])
    assert len(everything) == 10
    assert everything[5].photo.is_relative_to(other)


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


@pytest.mark.parametrize("split", ["Val", "test", "", " train"])
def test_a_split_that_nothing_asks_for_is_refused(folder, split):
    index = folder / "index.csv"
    index.write_text(index.read_text().replace(",animals,train,", f",animals,{split},"))
    with pytest.raises(InputError, match=f"Line 4 of .*index.csv has the split '{split}': .*train"):
        read_folder(folder, "train")


def test_no_such_split(folder):
    with pytest.raises(InputError, match=r"index\.csv holds no photo of split 'test'"):
        read_folder(folder, "test")


def test_one_of_several_folders_may_lack_a_split(folder, tmp_path):
    portraits = write_folder(tmp_path / "portraits", PICTURES[:2])
    assert len(read_folders([portraits, folder], "val")) == 2
    with pytest.raises(InputError, match=r"portraits, .*portraits hold no photo of split 'val'"):
        read_folders([portraits, portraits], "val")


@pytest.fixture
def example(tmp_path):
    """A photo of 20 x 30 stored pixels that stands upright at 30 x 20."""
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    Image.new("RGB", (20, 30)).save(tmp_path / "photo.jpg", exif=exif)
    return Example(tmp_path / "photo.jpg", tmp_path / "labels.png", "test", "train")


def test_labels_have_the_size_of_the_upright_photo(example):
    Image.new("L", (30, 20)).save(example.labels)
    photo, labels = example.read()
    assert (photo.shape, labels.shape) == ((20, 30, 3), (20, 30))


def test_photo_and_labels_as_squares(example):
    labels = Image.new("L", (30, 20))
    labels.paste(7, (0, 0, 15, 20))
    labels.save(example.labels)
    photo, labels = example.read_square(8)
    assert (photo.shape, labels.shape) == ((8, 8, 3), (8, 8))
    assert (labels[:, :4] == 7).all() and not labels[:, 4:].any()


@pytest.mark.parametrize("size", [(20, 30), (30, 21), (60, 40)])
@pytest.mark.parametrize(
    "read",
    [
        lambda example, _: load_bank([example], 16),
        lambda example, folder: write_pack([example], folder / "a.pack", 16, 1_000_000),
        lambda example, folder: build_intharmony([example], folder, Settings(0, 16, 1, False)),
    ],
)
def test_labels_of_another_size_are_refused_by_all_who_read(example, tmp_path, size, read):
    labels = Image.new("L", size)
    labels.paste(1, (5, 5, 15, 15))
    labels.save(example.labels)
    told = rf"photo\.jpg \(upright 30x20\) and its labels \({size[0]}x{size[1]}\) differ in size"
    with pytest.raises(InputError, match=told):
        read(example, tmp_path)


@pytest.mark.parametrize("value", [100, 200, 254])
@pytest.mark.parametrize("read", [Example.read, lambda example: load_bank([example], 16)])
def test_a_label_that_means_nothing_is_told(example, value, read, caplog):
    labels = Image.new("L", (30, 20))
    labels.paste(1, (5, 5, 15, 15))
    labels.putpixel((0, 0), value)
    labels.save(example.labels)
    read(example)
    assert f"photo.jpg hold the value {value}, which means nothing: write 0" in caplog.text


@pytest.mark.parametrize(("row", "column"), [(",l.png,s,val", "photo"), ("a.jpg,,s,val", "labels")])
def test_an_empty_cell_is_named(folder, row, column):
    (folder / "index.csv").write_text(f"photo,labels,source,split\n{row}\n")
    with pytest.raises(InputError, match=rf"Line 2 of .*index\.csv has no {column}: write a path"):
        read_folder(folder)
