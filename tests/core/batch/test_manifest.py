from __future__ import annotations

from pathlib import Path

import pytest

from iph_core.batch import read_manifest
from iph_core.errors import InputError


@pytest.fixture
def read(tmp_path):
    def read_text(text: str, encoding: str = "utf-8"):
        file = tmp_path / "wedding.csv"
        file.write_bytes(text.encode(encoding))
        return read_manifest(file)

    return read_text


def test_paths_count_from_the_manifest(read, tmp_path):
    (job,), failed = read("composite,foreground\nday/1.jpg,masks/1.png\n")
    assert failed == []
    assert job.composite == tmp_path / "day" / "1.jpg"
    assert job.foreground == tmp_path / "masks" / "1.png"
    assert (job.row, job.strength, job.reference, job.reference_image) == (1, 1.0, None, None)
    assert job.output == Path("1-harmonized.png")


def test_every_column(read, tmp_path):
    (job,), _ = read(
        "output,strength,reference_image,reference,foreground,composite\n"
        'sub/out.jpg,0.5,/photos/her.jpg,"10,20;30.5,40,-"," 5 , 6 ",a.tif\n'
    )
    assert job.output == Path("sub/out.jpg")
    assert job.strength == 0.5
    assert job.reference_image == Path("/photos/her.jpg")
    assert job.reference == ((10, 20, True), (30.5, 40, False))
    assert job.foreground == ((5, 6, True),)


def test_what_spreadsheets_write(read):
    text = "composite;foreground;strength\r\n1.jpg;1.png;1\r\n;;\r\n2.jpg;2.png;\r\n"
    jobs, failed = read(text, "utf-8-sig")
    assert [job.composite.name for job in jobs] == ["1.jpg", "2.jpg"]
    assert failed == []


def test_a_name_that_holds_numbers_is_a_name(read, tmp_path):
    (job,), _ = read("composite,foreground\n1.jpg,2026-06-01.png\n")
    assert job.foreground == tmp_path / "2026-06-01.png"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a.jpg,,,", "no foreground"),
        (",a.png,,", "no composite"),
        ("a.jpg,a.png,2,", "Strength must lie between 0 and 1, not '2'"),
        ("a.jpg,a.png,much,", "not 'much'"),
        ("a.jpg,a.png,nan,", "not 'nan'"),
        ("a.jpg,a.png,,../a.png", "leaves the folder"),
        ("a.jpg,a.png,,/etc/a.png", "leaves the folder"),
        ("a.jpg,a.png,,a.gif", "choose one of"),
        ("b.jpg,b.png,,good-harmonized.png", "Row 1 writes good-harmonized.png as well"),
    ],
)
def test_a_bad_row_fails_alone(read, row, words):
    jobs, (failed,) = read(
        f"composite,foreground,strength,output\ngood.jpg,good.png,,\n{row}\nlast.jpg,last.png,,\n"
    )
    assert [job.row for job in jobs] == [1, 3]
    assert failed.row == 2
    assert failed.status == "failed"
    assert words in failed.error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lacks the column 'composite'"),
        ("composite\na.jpg\n", "lacks the column 'foreground'"),
        ("composite,foreground,referense\na,b,c\n", "column 'referense'"),
        ("composite,foreground\n", "has no rows"),
    ],
)
def test_a_manifest_that_cannot_be_used(read, text, words):
    with pytest.raises(InputError, match=words):
        read(text)


def test_a_file_that_is_no_text(read, tmp_path):
    with pytest.raises(InputError, match="UTF-8"):
        read("composite,foreground\nÄ.jpg,b.png\n", "latin-1")
    with pytest.raises(InputError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")
