"""Composites on disk."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from iph_core.data import builder
from iph_core.data.builder import Settings, build_intharmony
from iph_core.data.folder import read_folder
from iph_core.data.harmony_sets import read_ready_set
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


@pytest.mark.parametrize("content", ["", '{"seed": 3, "si', "\0\0\0"])
def test_damaged_settings_are_told(examples, tmp_path, content):
    build_intharmony(examples[:1], tmp_path, SETTINGS)
    (tmp_path / "made.json").write_text(content)
    with pytest.raises(
        InputError, match=r"made\.json is damaged .*choose another folder, or delet"
    ):
        build_intharmony(examples[:1], tmp_path, SETTINGS)
    (tmp_path / "made.json").unlink()
    assert build_intharmony(examples[:1], tmp_path, SETTINGS).new == 0


def stopped_at(name, monkeypatch):
    """From now on the program is killed where it moves a whole file to this name."""
    replace_file = os.replace

    def killed(source, target):
        if Path(target).name == name:
            raise KeyboardInterrupt
        replace_file(source, target)

    monkeypatch.setattr(os, "replace", killed)


@pytest.mark.parametrize("name", ["made.json", "portraits-astronaut-1.txt"])
def test_a_killed_build_leaves_no_half_file(examples, tmp_path, monkeypatch, name):
    stopped_at(name, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        build_intharmony(examples[:1], tmp_path / "set", SETTINGS)
    monkeypatch.undo()
    assert not list((tmp_path / "set").rglob(name))
    assert build_intharmony(examples[:1], tmp_path / "set", SETTINGS).composites == 2


def never(*_):
    raise AssertionError("The folder cannot be written: nothing should be made for it.")


@pytest.mark.parametrize("place", ["file", "file/deeper", "/proc/self/set"])
def test_a_folder_that_cannot_be_made_is_told_first(examples, tmp_path, monkeypatch, place):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(builder, "_make", never)
    with pytest.raises(InputError, match=r"cannot be made .*choose another"):
        build_intharmony(examples, tmp_path / place, SETTINGS)
    assert (tmp_path / "file").read_text() == "no folder"


@pytest.mark.parametrize("name", ["made.json", "made.csv"])
def test_a_folder_that_cannot_be_written_is_told_first(examples, tmp_path, monkeypatch, name):
    def read_only(source, target):
        raise PermissionError(13, "Permission denied")

    build_intharmony([], tmp_path, SETTINGS)
    (tmp_path / name).unlink()
    monkeypatch.setattr(os, "replace", read_only)
    monkeypatch.setattr(builder, "_make", never)
    with pytest.raises(InputError, match=rf"{name} cannot be written \(Permission denied\)"):
        build_intharmony(examples, tmp_path, SETTINGS)


@pytest.mark.parametrize("names", [["a/x", "b/x", "c/x.2"], ["c/x.2", "a/x", "b/x"]])
def test_no_two_photos_share_a_name(examples, tmp_path, names):
    photos = [tmp_path / f"{name}.jpg" for name in names]
    for photo in photos:
        photo.parent.mkdir()
        photo.write_bytes(examples[0].photo.read_bytes())
    alike = [replace(examples[0], photo=photo) for photo in photos]
    built = build_intharmony(alike, tmp_path / "set", replace(SETTINGS, per_photo=1))
    assert (built.composites, built.new) == (3, 3)
    assert len(read_ready_set(tmp_path / "set")) == 3


@pytest.mark.parametrize("source", ["web/portraits", ".hidden", "../up"])
def test_a_source_may_be_called_as_no_file_can_be(examples, tmp_path, source):
    named = [replace(examples[0], source=source)]
    built = build_intharmony(named, tmp_path / "set", SETTINGS)
    assert built.new == len(read_ready_set(tmp_path / "set")) == 2
    assert [place.name for place in tmp_path.iterdir()] == ["set"]


def test_what_vanishes_when_scaled_down_is_not_usable(examples, tmp_path):
    built = build_intharmony(examples, tmp_path / "set", replace(SETTINGS, size=3))
    triples = read_ready_set(tmp_path / "set")
    assert 0 < built.unusable == 10 - len(triples)
    assert load_triples(triples, 32).guide.any()
