"""`made.csv`: rows that threads add, and files that are damaged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from iph_core.data.made import COLUMNS, MadeRows, read_made
from iph_core.errors import InputError

HEAD = ",".join(COLUMNS)


def row(name, split="train"):
    return dict(zip(COLUMNS, (name, split, "ours", "gamma", f"{name}.jpg"), strict=True))


def test_no_file(tmp_path):
    assert read_made(tmp_path) is None


def test_rows_are_there_at_once_and_in_order_in_the_end(tmp_path):
    rows = MadeRows(tmp_path)
    rows.add(row("b"))
    assert read_made(tmp_path) == {"b": row("b")}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rows.add, [row(f"{number:03}") for number in reversed(range(200))]))
    assert len(read_made(tmp_path)) == 201
    rows.save()
    assert list(read_made(tmp_path)) == [f"{number:03}" for number in range(200)] + ["b"]


def test_a_row_is_written_once(tmp_path):
    rows = MadeRows(tmp_path)
    for _ in range(2):
        rows.add(row("a"))
    MadeRows(tmp_path).add(row("a"))
    assert (tmp_path / "made.csv").read_text().count("a.jpg") == 1


def test_two_builds_keep_each_others_rows(tmp_path):
    first, second = MadeRows(tmp_path), MadeRows(tmp_path)
    first.add(row("a"))
    second.add(row("b", "val"))
    first.save()
    second.save()
    assert read_made(tmp_path) == {"a": row("a"), "b": row("b", "val")}


def test_half_a_row_is_passed_over(tmp_path):
    (tmp_path / "made.csv").write_text(f"{HEAD}\na,train,ours,gamma,a.jpg\nb,tra")
    MadeRows(tmp_path).add(row("c"))
    assert list(read_made(tmp_path)) == ["a", "c"]


def test_names_and_splits_are_enough(tmp_path):
    (tmp_path / "made.csv").write_text("name,split\nb,val\n")
    assert read_made(tmp_path)["b"]["split"] == "val"


def test_a_row_that_cannot_be_written(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    rows = MadeRows(folder)
    (folder / "made.csv").unlink()
    folder.rmdir()
    with pytest.raises(InputError, match=r"made\.csv cannot be written .*choose another folder"):
        rows.add(row("a"))
    with pytest.raises(InputError, match=r"made\.csv cannot be written .*choose another folder"):
        rows.save()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"name,place\nb,val\n", "lacks the column 'split'"),
        (b"\xff\xfe\x00b", "cannot be read .*columns name, split"),
    ],
)
def test_damaged_files(tmp_path, content, sentence):
    (tmp_path / "made.csv").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_made(tmp_path)
