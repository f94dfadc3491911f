"""Workbooks of every kind, good and hostile, read in the limited child: rows, or one clear refusal, and the parent lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from plugins.register.adapters.workbook import ReaderLimits, reading
from plugins.register.domain.workbook import Book, Notice, RawRow, Refusal, SheetHead, WorkbookRefused
from tests.support import workbooks as made

HEADINGS = "序号,林权证号,宗地号,坐落\n"


def read(path: Path, **limits: Any) -> tuple[Book, list[tuple[SheetHead, list[RawRow]]]]:
    """Read a whole file."""
    with reading(path, path.parent, ReaderLimits(**limits)) as opened:
        return opened.book, [(sheet.head, list(sheet.rows)) for sheet in opened.sheets]


def refusal(path: Path, **limits: Any) -> WorkbookRefused:
    """Return why a file is refused."""
    with pytest.raises(WorkbookRefused) as caught:
        read(path, **limits)
    assert caught.value.message
    assert caught.value.remedy
    return caught.value


def save(folder: Path, *lines: list[Any]) -> tuple[Workbook, Path]:
    book = Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    return book, folder / "book.xlsx"


def test_a_workbook_with_several_sheets(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1), made.row(2)], "李家庄": [made.row(3)]})
    book, sheets = read(path)
    assert book == Book(("王家沟", "李家庄"))
    assert [(head.no, head.name, len(rows)) for head, rows in sheets] == [(1, "王家沟", 5), (2, "李家庄", 4)]
    assert sheets[0][1][3].no == 4
    assert sheets[0][1][3].cells[5] == "临林证字(2010)第000001号"


def test_what_the_library_does_not_tell(tmp_path: Path) -> None:
    book, path = save(tmp_path, ["序号", "林权证号"], [1, "甲"], [2, "乙"], [3, "=A3+1"])
    sheet = book.worksheets[0]
    sheet["C3"] = "#REF!"
    sheet["C3"].data_type = "e"
    sheet["D2"] = 141124197001010017
    sheet["A6"], sheet["B6"], sheet["B7"], sheet["B8"] = "户", "x", "y", "z"
    sheet.merge_cells("A6:A7")
    sheet.row_dimensions[3].hidden = True
    book.save(path)
    _book, [(head, rows)] = read(path)
    assert head.hidden_rows == (3,)
    assert head.formulas == 1
    by_no = {row.no: row.cells for row in rows}
    assert by_no[3][2] == ["e", "#REF!"]
    assert by_no[2][3] == pytest.approx(1.4112419700101e17)
    assert [by_no[n][0] for n in (6, 7, 8)] == ["户", "户", ""]


def test_macros_and_links_are_left_alone_and_told(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsm", {"王家沟": [made.row(1)]})
    made.repack(path, {"xl/vbaProject.bin": b"macro", "xl/externalLinks/externalLink1.xml": b"<x/>"})
    book, sheets = read(path)
    assert set(book.notices) == {Notice.MACROS, Notice.EXTERNAL_LINKS}
    assert len(sheets[0][1]) == 4


def test_a_million_empty_rows_cost_nothing(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]})
    sheet = made.part(path, "xl/worksheets/sheet1.xml")
    empty = b"".join(b'<row r="%d" ht="15"><c r="A%d" s="0"/></row>' % (n, n) for n in range(5, 1_048_577))
    made.repack(path, {"xl/worksheets/sheet1.xml": sheet.replace(b"</sheetData>", empty + b"</sheetData>")})
    _book, [(_head, rows)] = read(path, cpu_seconds=30)
    assert len(rows) == 4


@pytest.mark.parametrize("name", ["旧表.xls", "金山.et"])
def test_the_old_format(tmp_path: Path, name: str) -> None:
    path = made.old_workbook(tmp_path / name, [["林权证号", "面积（亩）"], ["临林证字(2010)第1号", 12.5]])
    book, [(_head, rows)] = read(path)
    assert book.notices == (Notice.ERRORS_UNSEEN,)
    assert rows[1].cells == ["临林证字(2010)第1号", 12.5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "表.csv"
    path.write_bytes((HEADINGS + '1,临林证字(2010)第1号,0001,"上沟\n下沟"\n').encode(encoding))
    _book, [(_head, rows)] = read(path)
    assert rows[1].cells == ["1", "临林证字(2010)第1号", "0001", "上沟\n下沟"]


def test_a_sheet_with_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADINGS.replace(",", "\t") + "1\t甲,乙\t0001\t沟\n", encoding="utf-8")
    assert read(path)[1][0][1][1].cells == ["1", "甲,乙", "0001", "沟"]


def test_encrypted(tmp_path: Path) -> None:
    assert refusal(made.encrypted_workbook(tmp_path / "a.xlsx")).code is Refusal.ENCRYPTED


def test_bombs(tmp_path: Path) -> None:
    assert refusal(made.bomb(tmp_path / "announced.xlsx", 1000)).code is Refusal.TOO_LARGE
    assert refusal(made.bomb(tmp_path / "small.xlsx", 200)).code is Refusal.TOO_LARGE


def test_a_stray_cell_at_the_end_of_the_sheet(tmp_path: Path) -> None:
    book, path = save(tmp_path, ["序号"])
    book.worksheets[0]["AV1048576"] = "x"
    book.save(path)
    refused = refusal(path, memory_mb=700)
    assert refused.code is Refusal.OUT_OF_MEMORY
    assert refused.message.startswith("Sheet：")


def test_too_many_columns(tmp_path: Path) -> None:
    book, path = save(tmp_path, [f"列{n}" for n in range(10_000)])
    book.save(path)
    assert refusal(path).code is Refusal.TOO_WIDE
    text = tmp_path / "a.csv"
    text.write_text(",".join("列" for _ in range(10_000)), encoding="utf-8")
    assert refusal(text).code is Refusal.TOO_WIDE


def test_truncated(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]})
    whole = path.read_bytes()
    for length in (4, 100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        assert refusal(path).code is Refusal.DAMAGED
    old = made.old_workbook(tmp_path / "a.xls", [["甲"] * 5] * 200)
    old.write_bytes(old.read_bytes()[:1500])
    assert refusal(old).code in {Refusal.DAMAGED, Refusal.READER}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Refusal.EMPTY),
        (b"  \r\n \n", Refusal.EMPTY),
        (b"%PDF-1.4\n", Refusal.NOT_A_WORKBOOK),
        (b"\x89PNG\r\n\x1a\n", Refusal.NOT_A_WORKBOOK),
        ("林权证号,宗地号\n甲,\0乙\n".encode(), Refusal.BINARY),
        ("林权证号,宗地号\n".encode("gb18030") + b"\xff\xff\xff\n", Refusal.ENCODING),
        (b"PK\x05\x06" + b"\0" * 18, Refusal.NOT_A_WORKBOOK),
    ],
)
def test_no_workbook_at_all(tmp_path: Path, content: bytes, code: Refusal) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert refusal(path).code is code


def test_broken_parts_are_refused_with_the_name_of_the_sheet(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]})
    made.repack(path, {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>9"})
    refused = refusal(path)
    assert refused.code is Refusal.DAMAGED
    assert refused.place == "王家沟"


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]})
    (tmp_path / "secret").write_text("geheim", encoding="ascii")
    head = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'.encode()
    book = made.part(path, "xl/workbook.xml")
    made.repack(path, {"xl/workbook.xml": head + book.replace("王家沟".encode(), b"&e;")})
    try:
        text = str(read(path))
    except WorkbookRefused as refused:
        text = refused.message
    assert "geheim" not in text


def test_reading_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(n) for n in range(200)]})
    assert refusal(path, piece_seconds=0.01).code is Refusal.TIMEOUT
