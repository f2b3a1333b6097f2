"""Where commands may write, and that they write whole files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iph_core.cli.report import check_target, check_targets, write_text
from iph_core.errors import InputError


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").write_bytes(b"once only")
    (tmp_path / "folder").mkdir()
    return tmp_path / "photo.png"


@pytest.mark.parametrize("way", ["photo.png", "folder/../photo.png", "link.png", "hard.png"])
def test_an_input_is_told_by_whatever_path(photo, way):
    (photo.parent / "link.png").symlink_to(photo)
    (photo.parent / "hard.png").hardlink_to(photo)
    target = photo.parent / way
    with pytest.raises(InputError, match=f"{way} is an input of this command"):
        check_targets([target], [None, str(photo)])


@pytest.mark.parametrize("way", ["folder/deep/mask.png", "link/deep/mask.png", "outside.png"])
def test_a_file_in_a_folder_that_is_read_is_not_overwritten(photo, way):
    folder = photo.parent / "folder"
    (folder / "deep").mkdir()
    (folder / "deep" / "mask.png").write_bytes(b"once only")
    (photo.parent / "link").symlink_to(folder)
    (photo.parent / "outside.png").symlink_to(folder / "deep" / "mask.png")
    with pytest.raises(InputError, match=rf"{way} is there already, in a folder .* reads: write"):
        check_targets([photo.parent / way], [photo, Path("folder")])


def test_new_files_may_lie_beside_what_is_read_and_others_anywhere(photo):
    check_targets([Path("folder/new.png"), photo], [photo.parent / "folder"])


def test_two_outputs_are_two_files(photo):
    folder = photo.parent
    with pytest.raises(InputError, match=r"q\.png is to be written twice"):
        check_targets([folder / "q.png", None, folder / "folder" / ".." / "q.png"])
    check_targets([folder / "q.png", folder / "r.png", None], [photo, None])


def test_a_check_leaves_nothing_behind(photo):
    check_targets([photo.parent / "new.json", photo])
    assert sorted(file.name for file in photo.parent.iterdir()) == ["folder", "photo.png"]
    assert photo.read_bytes() == b"once only"


def test_a_folder_that_takes_no_file_is_told_before_the_work(photo):
    with pytest.raises(InputError, match="cannot be written"):
        check_target(Path("/proc/figures.json"))
    (photo.parent / "away.json").symlink_to(photo.parent / "nowhere" / "figures.json")
    with pytest.raises(InputError, match=r"away\.json cannot be written"):
        check_target(photo.parent / "away.json")


def test_a_write_protected_file_is_told_before_the_work(photo):
    there = photo.with_name("final.png")
    there.touch(0o444)
    with pytest.raises(InputError, match=r"final\.png is write-protected: choose another name"):
        check_targets([there], [photo])


def test_a_pipe_is_written_to_and_stays_a_pipe(photo):
    pipe = photo.parent / "pipe"
    os.mkfifo(pipe)
    check_targets([pipe, pipe])
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(pipe, "figures")
        assert os.read(reader, 100) == b"figures"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_text_that_cannot_be_written_is_a_sentence(photo):
    with pytest.raises(InputError, match="cannot be written"):
        write_text(photo / "figures.json", "figures")
    write_text(photo.parent / "figures.json", "é\n")
    assert (photo.parent / "figures.json").read_text(encoding="utf-8") == "é\n"
