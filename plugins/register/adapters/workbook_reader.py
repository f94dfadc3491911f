"""Reading a workbook or a CSV file: the only module that knows the spreadsheet library (python-calamine).

Runs in the limited child (``reader_child``). The library gives values fast but not which cells hold a failed formula, which
rows are hidden, or that macros and links are there: those are looked up in the file's own XML. Nothing in the file is ever
run, opened or followed.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lxml import etree
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from plugins.register.domain.target_rows import unguarded
from plugins.register.domain.workbook import (
    DATE,
    ERROR,
    MOST_COLUMNS,
    Book,
    Notice,
    RawCell,
    RawRow,
    RawSheet,
    Refusal,
    SheetHead,
    WorkbookRefused,
    cell_place,
)

MOST_BYTES_UNPACKED: Final = 1_000_000_000
MOST_PARTS: Final = 10_000
MOST_SHEETS: Final = 2_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK"
_OTHERS: Final = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
)
_CHUNK: Final = 1 << 20
_LONGEST_ROW: Final = 32 << 20
_TOP_ROWS: Final = 30
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION: Final = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open file: what is known of it, and its sheets one after the other."""

    book: Book
    sheets: Iterator[RawSheet] = field(repr=False)


def open_workbook(path: Path) -> Workbook:
    """Open a file by what is in it, whatever it is called.

    Raises:
        WorkbookRefused: with the reason.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start:
        raise WorkbookRefused(Refusal.EMPTY)
    if start.startswith(_OLE):
        return _old_workbook(path)
    if start.startswith(_ZIP):
        return _zipped_workbook(path)
    if start.startswith(_OTHERS):
        raise WorkbookRefused(Refusal.NOT_A_WORKBOOK)
    return _text_workbook(path)


# --- .xlsx ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Marks:
    """What the XML of one sheet tells beside its values."""

    errors: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    formulas: int = 0


def _zipped_workbook(path: Path) -> Workbook:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise WorkbookRefused(Refusal.DAMAGED) from error
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        strange = {"xl/workbook.bin", "content.xml"} & names
        raise WorkbookRefused(Refusal.UNSUPPORTED if strange else Refusal.NOT_A_WORKBOOK)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES_UNPACKED:
        raise WorkbookRefused(Refusal.TOO_LARGE)
    notices = []
    if any(name.startswith("xl/externalLinks/") for name in names):
        notices.append(Notice.EXTERNAL_LINKS.value)
    if "xl/vbaProject.bin" in names:
        notices.append(Notice.MACROS.value)
    workbook, paths = _open_library(path), _sheet_paths(archive)
    return Workbook(Book(tuple(workbook.sheet_names), tuple(notices)), _sheets(workbook, archive, paths))


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the XML part of each sheet by the sheet's name."""
    targets = {}
    for relation in _parse(archive, "xl/_rels/workbook.xml.rels").iter("{*}Relationship"):
        target = str(relation.get("Target", ""))
        targets[relation.get("Id")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    paths = {}
    for sheet in _parse(archive, "xl/workbook.xml").iter("{*}sheet"):
        link = sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)
        paths[str(sheet.get("name"))] = targets.get(link, "")
    return paths


def _parse(archive: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except (etree.XMLSyntaxError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise WorkbookRefused(Refusal.DAMAGED) from error


_ROW_TAG: Final = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_ROW_NO: Final = re.compile(rb'\br="(\d{1,7})"')
_ROW_HIDDEN: Final = re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ >/]")
_FAILED: Final = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{1,20})<',
    re.DOTALL,
)


def _marks(archive: zipfile.ZipFile, name: str) -> _Marks:
    """Look through the XML of one sheet, a piece at a time."""
    marks = _Marks()
    if not name:
        return marks
    try:
        with archive.open(name) as stream:
            for piece in _row_pieces(stream):
                _mark(piece, marks)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise WorkbookRefused(Refusal.DAMAGED) from error
    return marks


def _row_pieces(stream: Any) -> Iterator[bytes]:
    """Yield the file in pieces that end between two rows."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        cut = rest.rfind(b"row>") + 4
        if cut > 4:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LONGEST_ROW:
            raise WorkbookRefused(Refusal.TOO_LARGE)
    yield rest


def _mark(piece: bytes, marks: _Marks) -> None:
    if b'hidden="' in piece:
        for tag in _ROW_TAG.findall(piece):
            number = _ROW_NO.search(tag)
            if number and _ROW_HIDDEN.search(tag):
                marks.hidden.append(int(number[1]))
    marks.formulas += len(_FORMULA.findall(piece))
    if b't="e"' in piece:
        for reference, value in _FAILED.findall(piece):
            row, column = cell_place(reference.decode())
            if 0 < column <= MOST_COLUMNS:
                marks.errors.setdefault(row, []).append((column, value.decode("utf-8", "replace")))


# --- .xls, .et ------------------------------------------------------------------------------------------------------


def _old_workbook(path: Path) -> Workbook:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise WorkbookRefused(Refusal.ENCRYPTED)
    workbook = _open_library(path)
    notices = [Notice.ERRORS_UNSEEN.value]
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        notices.append(Notice.MACROS.value)
    return Workbook(Book(tuple(workbook.sheet_names), tuple(notices)), _sheets(workbook, None, {}))


# --- both -----------------------------------------------------------------------------------------------------------


def _open_library(path: Path) -> CalamineWorkbook:
    with path.open("rb") as stream:
        try:
            return CalamineWorkbook.from_filelike(stream)
        except PasswordError as error:
            raise WorkbookRefused(Refusal.ENCRYPTED) from error
        except (CalamineError, ZipError, XmlError, OSError, ValueError) as error:
            raise WorkbookRefused(Refusal.DAMAGED) from error


def _sheets(workbook: CalamineWorkbook, archive: zipfile.ZipFile | None, paths: dict[str, str]) -> Iterator[RawSheet]:
    known = {sheet.name: sheet for sheet in workbook.sheets_metadata}
    if len(known) > MOST_SHEETS:
        raise WorkbookRefused(Refusal.TOO_LARGE)
    for number, name in enumerate(workbook.sheet_names, 1):
        if known[name].typ != SheetTypeEnum.WorkSheet:
            continue
        marks = _marks(archive, paths.get(name, "")) if archive else _Marks()
        try:
            sheet = workbook.get_sheet_by_name(name)
        except (CalamineError, ZipError, XmlError, ValueError) as error:
            raise WorkbookRefused(Refusal.DAMAGED, name) from error
        if sheet.total_width > MOST_COLUMNS:
            raise WorkbookRefused(Refusal.TOO_WIDE, name)
        merged = sheet.merged_cell_ranges or []
        head = SheetHead(
            no=number,
            name=name,
            is_hidden=known[name].visible != SheetVisibleEnum.Visible,
            spans=tuple((a + 1, b + 1, d + 1) for (a, b), (_c, d) in merged if d > b and a < _TOP_ROWS),
            hidden_rows=tuple(marks.hidden),
            formulas=marks.formulas,
        )
        yield RawSheet(head, _rows(sheet, merged, marks.errors))


def _rows(
    sheet: CalamineSheet,
    merged: Iterable[tuple[tuple[int, int], tuple[int, int]]],
    errors: dict[int, list[tuple[int, str]]],
) -> Iterator[RawRow]:
    downward: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in merged:
        if bottom > top:
            downward.setdefault(top + 1, []).append((left, bottom + 1))
    running: dict[int, tuple[int, RawCell]] = {}
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [value if type(value) is str else _plain(value) for value in values]
        for column, text in errors.get(number, ()):
            cells.extend([""] * (column - len(cells)))
            cells[column - 1] = [ERROR, text]
        if any(cell != "" for cell in cells):
            _fill_down(number, cells, running)
            yield RawRow(number, cells)
        for left, bottom in downward.get(number, ()):
            running[left] = (bottom, cells[left] if left < len(cells) else "")


def _fill_down(number: int, cells: list[RawCell], running: dict[int, tuple[int, RawCell]]) -> None:
    """Give the cells of a range merged downward the value that stands in its first row."""
    for column, (bottom, value) in list(running.items()):
        if number > bottom:
            del running[column]
        elif column < len(cells):
            cells[column] = value


def _plain(value: object) -> RawCell:
    """Turn a value of the library into plain data."""
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dt.datetime):
        return [DATE, value.date().isoformat()]
    if isinstance(value, dt.date):
        return [DATE, value.isoformat()]
    return str(value)


# --- .csv -----------------------------------------------------------------------------------------------------------

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _text_workbook(path: Path) -> Workbook:
    content = path.read_bytes()
    text = _decode(content)
    if "\0" in text:
        raise WorkbookRefused(Refusal.BINARY)
    if not text.strip():
        raise WorkbookRefused(Refusal.EMPTY)
    csv.field_size_limit(100_000)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    sheet = RawSheet(SheetHead(no=1, name="CSV"), _text_rows(rows))
    return Workbook(Book(("CSV",)), iter((sheet,)))


def _decode(content: bytes) -> str:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\0" in content:
        raise WorkbookRefused(Refusal.BINARY)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, "gb18030")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise WorkbookRefused(Refusal.ENCODING) from error


def _delimiter(text: str) -> str:
    top = text[:20_000]
    return max(",\t;", key=top.count)


def _text_rows(rows: Iterator[list[str]]) -> Iterator[RawRow]:
    number = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise WorkbookRefused(Refusal.DAMAGED) from error
        number += 1
        if len(cells) > MOST_COLUMNS:
            raise WorkbookRefused(Refusal.TOO_WIDE)
        if any(cells):
            yield RawRow(number, [unguarded(cell) if cell[:1] == "'" else cell for cell in cells])
