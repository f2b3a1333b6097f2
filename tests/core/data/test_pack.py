"""Packs: written, read, damaged."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from iph_core.data import pack
from iph_core.data.bank import load_bank
from iph_core.data.folder import read_folder
from iph_core.data.pack import read_pack, write_pack
from iph_core.data.readers import read_labeled
from iph_core.errors import InputError
from tests.folders import PICTURES, write_folder

HEAD = "photo,labels,source,split\n"


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return read_folder(write_folder(tmp_path_factory.mktemp("data") / "ours"))


def test_a_pack_travels_alone_and_reads_as_the_folder(examples, tmp_path):
    file = tmp_path / "all.pack"
    packed = write_pack(examples, file, 64, 1_000_000)
    assert packed.photos == 5
    assert packed.size == file.stat().st_size <= 1_000_000
    read = read_pack(file)
    assert [(e.source, e.split) for e in read] == [(e.source, e.split) for e in examples]
    assert len(read_pack(file, "val")) == 2
    ours, theirs = load_bank(examples, 64), load_bank(read, 64)
    assert torch.equal(ours.labels, theirs.labels)
    assert torch.equal(ours.regions, theirs.regions)
    error = (ours.photos.float() - theirs.photos.float()).square().mean()
    assert 10 * np.log10(255**2 / error.item()) > 30
    again = tmp_path / "again.pack"
    write_pack(examples, again, 64, 1_000_000, workers=1)
    assert again.read_bytes() == file.read_bytes()


def test_a_pack_keeps_its_limit(examples, tmp_path):
    large = write_pack(examples, tmp_path / "large.pack", 64, 1_000_000)
    small = write_pack(examples, tmp_path / "small.pack", 64, int(large.size * 0.7))
    assert small.size <= large.size * 0.7
    assert small.quality < large.quality
    with pytest.raises(InputError, match=r"need .* MB and the limit is 0\.0 MB"):
        write_pack(examples, tmp_path / "none.pack", 64, 5000)
    assert not list(tmp_path.glob("none*"))


def write_archive(file: Path, index: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("index.csv", index)
    return file


def test_an_archive_of_something_else(tmp_path):
    file = tmp_path / "all.pack"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("something.txt", "else")
    with pytest.raises(InputError, match=r"all\.pack is damaged .* a pack is a ZIP file"):
        read_labeled([file])


@pytest.mark.parametrize(
    ("index", "sentence"),
    [
        ("photo,source,split\na.webp,us,val\n", r"index\.csv in .*all\.pack lacks .* 'labels'"),
        (HEAD + "a.webp,a.png\n", r"Line 2 of index\.csv in .*all\.pack is short"),
        (HEAD + "a.webp,a.png,us,Val\n", r"Line 2 of .*all\.pack has the split 'Val': write train"),
        (HEAD + "a.webp,a.png,us,val\n", r"all\.pack is damaged"),
    ],
)
def test_a_pack_with_a_damaged_index(tmp_path, index, sentence):
    with pytest.raises(InputError, match=sentence):
        read_labeled([write_archive(tmp_path / "all.pack", index)])


def test_a_pack_with_any_byte_damaged(tmp_path):
    """Where the damage does not show, there is none in what is read."""
    examples = read_folder(write_folder(tmp_path / "ours", PICTURES[:1]))
    file = tmp_path / "all.pack"
    write_pack(examples, file, 8, 1_000_000)
    whole, wanted = file.read_bytes(), read_pack(file)
    for place in range(len(whole)):
        for flipped in (0x01, 0x80):
            damaged = bytearray(whole)
            damaged[place] ^= flipped
            file.write_bytes(damaged)
            try:
                read = read_labeled([file])
            except InputError as error:
                assert "all.pack" in str(error)
            else:
                assert read == wanted


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_pack_that_is_cut_short(examples, tmp_path, share):
    file = tmp_path / "all.pack"
    size = write_pack(examples, file, 64, 1_000_000).size
    file.write_bytes(file.read_bytes()[: int(share * size)])
    with pytest.raises(InputError, match=r"all\.pack is damaged .*copy or make it again"):
        read_labeled([file])


def test_a_file_of_another_kind_is_no_pack(tmp_path):
    (tmp_path / "notes.txt").write_text("no photos here")
    with pytest.raises(InputError, match=r"notes\.txt has no index\.csv and no other layout"):
        read_labeled([tmp_path / "notes.txt"])


@pytest.mark.parametrize("place", ["file/all.pack", "/proc/self/all.pack"])
def test_a_pack_that_cannot_be_written_is_told_before_photos_are_read(
    examples, tmp_path, monkeypatch, place
):
    def never(*_):
        raise AssertionError("The pack cannot be written: no photo should be read for it.")

    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(pack.Example, "read_square", never)
    with pytest.raises(InputError, match=r"all\.pack cannot be written \(.*choose another"):
        write_pack(examples, tmp_path / place, 64, 1_000_000)


def test_a_disk_that_is_full_in_the_end(examples, tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack.os, "replace", full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        write_pack(examples, tmp_path / "all.pack", 64, 1_000_000)
    assert not list(tmp_path.iterdir())


def test_a_pipe_is_not_replaced_by_a_pack(examples, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="pipe is no file that a pack could replace"):
        write_pack(examples, pipe, 64, 1_000_000)
    assert pipe.is_fifo()


def test_damaged_labels_are_named(examples, tmp_path):
    file = tmp_path / "all.pack"
    write_pack(examples[:2], file, 64, 1_000_000)
    read = read_pack(file)
    cut = replace(read[1], label_bytes=read[1].label_bytes[:40])
    with pytest.raises(InputError, match=r"labels/000001\.png; a pack is a ZIP file"):
        cut.read()
