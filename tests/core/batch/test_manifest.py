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


def test_the_decimal_mark_of_a_spreadsheet_with_semicolons(read):
    jobs, failed = read(
        'composite;foreground;strength\n1.jpg;1.png;0,8\n2.jpg;"10,20;30,40";0.5\n3.jpg;3.png;8,0\n'
    )
    assert [job.strength for job in jobs] == [0.8, 0.5]
    assert jobs[1].foreground == ((10, 20, True), (30, 40, True))
    assert [outcome.row for outcome in failed] == [3]


def test_the_comma_is_no_decimal_mark_where_it_ends_cells(read):
    _, (failed,) = read('composite,foreground,strength\n1.jpg,1.png,"0,8"\n')
    assert "not '0,8'" in failed.error


@pytest.mark.parametrize("blank", [",", "", " , "])
def test_blank_rows_count_as_in_a_spreadsheet(read, blank):
    rows = ("1.jpg,1.png", blank, blank, ",2.png", "3.jpg,3.png", blank)
    jobs, (failed,) = read("\n".join(("composite,foreground", *rows)))
    assert [job.row for job in jobs] == [1, 5]
    assert failed.row == 4


def test_cells_beyond_the_header_are_left(read):
    (job,), failed = read("composite,foreground,output\n1.jpg,1.png,a.png,more,cells\n")
    assert (job.output, failed) == (Path("a.png"), [])


@pytest.mark.parametrize("column", ["composite", "foreground", "output"])
def test_a_nul_fails_its_row_alone(read, column):
    cells = {"composite": "2.jpg", "foreground": "2.png", "output": "2.png"}
    cells[column] = "a\0" + cells[column]
    header, bad = ",".join(cells), ",".join(cells.values())
    jobs, (failed,) = read(f"{header}\n1.jpg,1.png,\n{bad}\n3.jpg,3.png,\n")
    assert [job.row for job in jobs] == [1, 3]
    assert f"The cell {column} holds a control character" in failed.error


def test_a_quotation_mark_that_is_never_closed(read):
    with pytest.raises(InputError, match="quotation mark"):
        read('composite,foreground\n1.jpg,"1.png\n' + "2.jpg,2.png\n" * 20_000)
    with pytest.raises(InputError, match="quotation mark"):
        read('composite,"foreground\n' + "2.jpg,2.png\n" * 20_000)


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
