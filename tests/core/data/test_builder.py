"""Composites on disk, and packs."""

from __future__ import annotations

import zipfile
from dataclasses import replace

import numpy as np
import pytest
import torch

from iph_core.data import builder
from iph_core.data.bank import load_bank
from iph_core.data.builder import Settings, build_intharmony
from iph_core.data.folder import read_folder
from iph_core.data.harmony_sets import read_ready_set
from iph_core.data.pack import read_pack, write_pack
from iph_core.data.triples import load_triples
from iph_core.errors import InputError
from tests.folders import write_folder

SETTINGS = Settings(seed=3, size=64, per_photo=2, people_only=False)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return read_folder(write_folder(tmp_path_factory.mktemp("data") / "ours"))


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_the_same_whatever_the_order_and_the_threads(examples, tmp_path):
    built = build_intharmony(examples, tmp_path / "one", SETTINGS)
    assert (built.composites, built.new, built.unusable) == (10, 10, 0)
    build_intharmony(examples[::-1], tmp_path / "two", SETTINGS, workers=3)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert set(one) == set(two)
    assert all(one[name] == two[name] for name in one if name.endswith(".png"))
    other = Settings(seed=4, size=64, per_photo=2, people_only=False)
    build_intharmony(examples[:1], tmp_path / "other", other)
    name = "portraits-astronaut-0_composite.png"
    assert contents(tmp_path / "other")[name] != one[name]


def test_it_is_a_ready_set_with_splits(examples, tmp_path):
    build_intharmony(examples, tmp_path / "set", SETTINGS)
    assert len(read_ready_set(tmp_path / "set")) == 10
    val = read_ready_set(tmp_path / "set", "val")
    assert {triple.composite.name.split("-")[0] for triple in val} == {"things"}
    made = load_triples(val, 32)
    assert (made.composite - made.truth).abs().mean() > 1e-3
    assert (made.guide * (made.mask > 0.5)).sum() == 0
    longest = max(load_size(triple.composite)[0] for triple in val)
    assert longest == 64


def load_size(file):
    from PIL import Image

    with Image.open(file) as image:
        return max(image.size), min(image.size)


def test_it_goes_on_where_it_was_stopped(examples, tmp_path):
    folder = tmp_path / "set"
    whole = build_intharmony(examples, tmp_path / "whole", SETTINGS)
    build_intharmony(examples[:2], folder, SETTINGS)
    gone = next(folder.glob("*astronaut-1_composite.png"))
    gone.unlink()
    built = build_intharmony(examples, folder, SETTINGS)
    assert built.composites == whole.composites
    assert built.new == 7  # six of the other photos and the one that was gone
    assert contents(folder) == contents(tmp_path / "whole")
    with pytest.raises(InputError, match="begun with other settings"):
        build_intharmony(examples, folder, Settings(0, 64, 2, False))


def splits_of(folder):
    return {
        triple.composite.name: name
        for name in ("train", "val")
        for triple in read_ready_set(folder, name)
    }


def test_one_split_follows_another_one(examples, tmp_path):
    folder = tmp_path / "set"
    whole = build_intharmony(examples, tmp_path / "whole", SETTINGS)
    for split in ("train", "val", "train"):
        chosen = [example for example in examples if example.split == split]
        build_intharmony(chosen, folder, SETTINGS)
    assert contents(folder) == contents(tmp_path / "whole")
    assert len(splits_of(folder)) == whole.composites
    assert list(splits_of(folder).values()).count("val") == len(read_ready_set(folder, "val")) == 4


@pytest.mark.parametrize("workers", [1, 3])
def test_a_killed_build_leaves_every_composite_its_split(examples, tmp_path, monkeypatch, workers):
    folder, write, calls = tmp_path / "set", builder._write, []

    def killed(*words):
        calls.append(words)
        write(*words)
        if len(calls) > 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(builder, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        build_intharmony(examples, folder, SETTINGS, workers)
    monkeypatch.undo()
    there = {triple.composite.name for triple in read_ready_set(folder)}
    assert there
    assert set(splits_of(folder)) == there
    assert len(read_ready_set(folder, "train")) + len(read_ready_set(folder, "val")) == len(there)
    build_intharmony(examples, folder, SETTINGS, workers)
    build_intharmony(examples, tmp_path / "whole", SETTINGS)
    assert contents(folder) == contents(tmp_path / "whole")


def test_another_photo_of_the_same_name_is_refused(examples, tmp_path):
    build_intharmony(examples[:1], tmp_path, SETTINGS)
    before = contents(tmp_path)
    other = replace(examples[0], split="val")
    with pytest.raises(InputError, match=r"-0 of astronaut\.jpg \(train\) and not of .*choose"):
        build_intharmony([other], tmp_path, SETTINGS)
    assert contents(tmp_path) == before


def test_composites_without_a_row_are_in_neither_split(examples, tmp_path):
    build_intharmony(examples[:1], tmp_path, SETTINGS)
    made = tmp_path / "made.csv"
    rows = made.read_text().splitlines(keepends=True)
    made.write_text("".join(rows[:2]))
    assert len(read_ready_set(tmp_path)) == 2
    assert len(read_ready_set(tmp_path, "train")) == 1
    assert read_ready_set(tmp_path, "val") == []


def test_people_only(examples, tmp_path):
    settings = Settings(0, 64, 1, people_only=True)
    built = build_intharmony(examples, tmp_path / "set", settings)
    assert (built.composites, built.unusable) == (1, 4)  # two people in one photo
    assert build_intharmony(examples, tmp_path / "set", settings).new == 0


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


def test_a_damaged_pack(examples, tmp_path):
    file = tmp_path / "all.pack"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("something.txt", "else")
    with pytest.raises(InputError, match=r"all\.pack is damaged .* a pack is a ZIP file"):
        read_pack(file)
