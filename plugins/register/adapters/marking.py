"""Writing a workbook back with its faulty cells filled and commented: the only module of the import that writes spreadsheets.

Runs in a limited child (``marking_child``), for the workbook comes from outside. A small ``.xlsx`` is opened and saved as it
is, with its layout; anything else is written anew from its values, row by row, so that size does not matter. Every text is
written as text: a cell that begins with ``=`` stays what it was, words.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from plugins.register.adapters.workbook_reader import open_workbook
from plugins.register.domain.workbook import RawCell, RawSheet

SMALL_BYTES: Final = 2_000_000
"""Up to this size of all its parts unpacked, a workbook is saved with its own layout."""
_AUTHOR: Final = "林档"
_FILLS: Final = {True: PatternFill("solid", fgColor="FFC7CE"), False: PatternFill("solid", fgColor="FFEB9C")}

Marks = Mapping[int, Mapping[int, Mapping[int, tuple[bool, str]]]]
"""Sheet → row → column, all from 1 → whether the row was refused, and what is said."""


def mark_workbook(source: Path, target: Path, marks: Marks) -> None:
    """Write ``source`` with its marks as ``target``, an ``.xlsx``.

    Raises:
        WorkbookRefused: the source cannot be read any more.
    """
    if _is_small(source):
        _mark_in_place(source, target, marks)
    else:
        _write_anew(source, target, marks)


def _is_small(source: Path) -> bool:
    if not zipfile.is_zipfile(source):
        return False
    with zipfile.ZipFile(source) as archive:
        return sum(part.file_size for part in archive.infolist()) <= SMALL_BYTES


def _mark_in_place(source: Path, target: Path, marks: Marks) -> None:
    with source.open("rb") as stream:
        book = openpyxl.load_workbook(stream, keep_links=False)
    for sheet_no, rows in marks.items():
        sheet = book[book.sheetnames[sheet_no - 1]]
        for row_no, columns in rows.items():
            for column_no, (is_refusing, words) in columns.items():
                cell: Cell | MergedCell = sheet.cell(row_no, max(column_no, 1))
                cell.fill = _FILLS[is_refusing]
                cell.comment = _comment(words)
    book.save(target)


def _write_anew(source: Path, target: Path, marks: Marks) -> None:
    book = openpyxl.Workbook(write_only=True)
    for sheet in open_workbook(source).sheets:
        written = book.create_sheet(_title(sheet.head.name))
        for line in _lines(written, sheet, marks.get(sheet.head.no, {})):
            written.append(line)
    book.save(target)


def _title(name: str) -> str:
    return "".join("_" if c in "[]:*?/\\" else c for c in name)[:31] or "Sheet"


def _lines(written: WriteOnlyWorksheet, sheet: RawSheet, marks: Mapping[int, Any]) -> Iterator[Iterable[Any]]:
    last = 0
    for row in sheet.rows:
        yield from ([] for _gap in range(row.no - last - 1))
        last = row.no
        said = marks.get(row.no)
        if said is None:
            yield [_value(written, raw) for raw in row.cells]
            continue
        cells = [*row.cells, *([""] * (max(1, *said) - len(row.cells)))]
        yield [_marked(written, raw, said.get(number)) for number, raw in enumerate(cells, 1)]


def _marked(written: WriteOnlyWorksheet, raw: RawCell, said: tuple[bool, str] | None) -> Any:
    if said is None:
        return _value(written, raw)
    cell = WriteOnlyCell(written, _plain(raw))
    if isinstance(_plain(raw), str):
        cell.data_type = "s"
    cell.fill = _FILLS[said[0]]
    cell.comment = _comment(said[1])
    return cell


def _value(written: WriteOnlyWorksheet, raw: RawCell) -> Any:
    """Return what to append: a bare value, or a text cell where a bare text would become a formula or an error value."""
    plain = _plain(raw)
    if isinstance(plain, str) and plain[:1] in "=#":
        cell = WriteOnlyCell(written, plain)
        cell.data_type = "s"
        return cell
    return plain


def _plain(raw: RawCell) -> Any:
    if isinstance(raw, list):
        return str(raw[1])
    if isinstance(raw, str):
        return ILLEGAL_CHARACTERS_RE.sub(" ", raw) or None
    return raw


def _comment(words: str) -> Comment:
    comment = Comment(words, _AUTHOR)
    comment.width, comment.height = 320, 120
    return comment
