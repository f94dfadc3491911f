"""Files of tables: every cell a text whatever it holds, equal tables equal bytes, encodings, a full disk."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest
from openpyxl import load_workbook

from plugins.register.adapters import table_files
from plugins.register.adapters.table_files import BOLD, CSV_GB18030, CSV_UTF8, HEADING, XLSX, open_table
from plugins.register.adapters.workbook_reader import open_workbook
from plugins.register.domain.mapping import LONGEST_CELL

HOSTILE = (
    "=1+1", "+1-1", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "0012", "12.30", "1E+15", "141124197001010017", "TRUE", "#REF!",
    "a\x01b\x1f", "_x0041_", " 前后 ", "一\n二", "<&>\"'", "a\ufffeb", "𠀀", "'=1", "2010-05-06", "]]>", "\x7f\x85",
)  # fmt: skip


def write(path: Path, form: str, rows: list[list[str]], name: str = "柳林镇王家沟村") -> Path:
    table = open_table(path, form)
    table.sheet(name, "141124102205", [12] * len(rows[0]), 3)
    table.row(["数字化表"], BOLD)
    table.row(["甲", "乙"], HEADING)
    for row in rows:
        table.row(row)
    table.close()
    return path


def test_every_cell_is_a_text_and_none_a_formula(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", XLSX, [[text, "王"] for text in HOSTILE])
    sheet = load_workbook(path).worksheets[0]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert len(cells) == 3 + 2 * len(HOSTILE)
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    quoted = [sheet.cell(3 + n, 1).quotePrefix for n, _text in enumerate(HOSTILE)]
    assert [text for text, is_quoted in zip(HOSTILE, quoted, strict=True) if is_quoted] == [
        text for text in HOSTILE if text[0] in "=+-@\t\r'" or text[0].isdigit()
    ]
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$1:$3")


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", XLSX, [[text, "王"] for text in HOSTILE])
    [sheet] = open_workbook(path).sheets
    assert [row.cells[0] for row in sheet.rows][2:] == [text.replace("\ufffe", " ") for text in HOSTILE]


def test_a_text_longer_than_a_cell_is_cut_and_shows_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", XLSX, [["长" * (LONGEST_CELL + 5), "𠀀" * 20_000], ["长" * LONGEST_CELL, ""]])
    sheet = load_workbook(path).worksheets[0]
    assert sheet["A3"].value == "长" * (LONGEST_CELL - 1) + "…"
    assert sheet["B3"].value == "𠀀" * 16_383 + "…"
    assert sheet["A4"].value == "长" * LONGEST_CELL


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    digests = {
        hashlib.sha256(write(tmp_path / name, XLSX, [["王", "1"]]).read_bytes()).hexdigest() for name in ("a", "b")
    }
    assert len(digests) == 1


def test_a_full_sheet_goes_on_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "MOST_ROWS", 4)
    path = write(tmp_path / "a.xlsx", XLSX, [[str(n), "王"] for n in range(7)])
    book = load_workbook(path)
    assert book.sheetnames == ["柳林镇王家沟村", "柳林镇王家沟村(2)", "柳林镇王家沟村(3)"]
    assert [sheet["A1"].value for sheet in book.worksheets] == ["数字化表", "2", "6"]


@pytest.mark.parametrize(("form", "encoding"), [(CSV_UTF8, "utf-8-sig"), (CSV_GB18030, "gb18030")])
def test_csv_in_both_encodings(tmp_path: Path, form: str, encoding: str) -> None:
    table = open_table(tmp_path / "a.csv", form)
    for village in ("甲村", "乙村"):
        table.sheet(village, "1", [9, 9], 3)
        table.row(["数字化表"], BOLD)
        table.row(["村", "备注"], HEADING)
        table.row([village, '𠀀，"一"\n=二'])
        table.row([village, "=1+1"])
    table.close()
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == (form == CSV_UTF8)
    lines = list(csv.reader(content.decode(encoding).splitlines(keepends=True)))
    assert lines[:3] == [["村", "备注"], ["甲村", '𠀀，"一"\n=二'], ["甲村", "'=1+1"]]
    assert len(lines) == 5
    [sheet] = open_workbook(tmp_path / "a.csv").sheets
    assert [row.cells[1] for row in sheet.rows] == ["备注", '𠀀，"一"\n=二', "=1+1", '𠀀，"一"\n=二', "=1+1"]


@pytest.mark.parametrize("form", [XLSX, CSV_UTF8])
def test_a_full_disk_is_an_error_and_the_file_can_be_let_go(form: str) -> None:
    table = open_table(Path("/dev/full"), form)
    with pytest.raises(OSError, match="No space left"):
        write_much(table)
    table.abandon()


def write_much(table: table_files.TableFile) -> None:
    table.sheet("甲", "1", [9], 0)
    for number in range(200_000):
        table.row([hashlib.sha256(str(number).encode()).hexdigest()])
    table.close()


def test_a_file_that_is_let_go_leaves_no_open_handle(tmp_path: Path) -> None:
    for form in (XLSX, CSV_UTF8):
        table = open_table(tmp_path / form, form)
        table.sheet("甲", "1", [9], 0)
        table.row(["王"])
        table.abandon()
        table.abandon()
