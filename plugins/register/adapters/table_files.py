"""Writing tables of texts to a file, row by row with memory that does not grow: ``.xlsx``, or CSV.

The ``.xlsx`` is written by hand into its zip, ten times as fast as the spreadsheet library writes it (measured, see
``benchmarks/bench_register_export.py``); what is written here is plain SpreadsheetML: inline texts, five styles. Every cell is a
text, of the format Text, and what a spreadsheet could take for a formula or a number carries its sign for text
(``quotePrefix``): nothing here can become a formula. Characters that XML cannot hold are written in the format's own escape.
Equal tables give equal files, byte for byte.
"""

from __future__ import annotations

import contextlib
import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any, Final, Protocol
from xml.sax.saxutils import quoteattr

from plugins.register.domain.mapping import LONGEST_CELL
from plugins.register.domain.target_rows import SheetNames, cut, guarded, units_of
from plugins.register.domain.workbook import column_letters

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet; what is more goes on on a further sheet."""

PLAIN, BOLD, HEADING = "plain", "bold", "heading"
"""What a row is: data, a line above them, the names of the columns."""

XLSX, CSV_UTF8, CSV_GB18030 = "xlsx", "csv_utf8", "csv_gb18030"
FORMS: Final = (XLSX, CSV_UTF8, CSV_GB18030)
FILE_ENDING: Final = {XLSX: ".xlsx", CSV_UTF8: ".csv", CSV_GB18030: ".csv"}
_ENCODINGS: Final = {CSV_UTF8: "utf-8-sig", CSV_GB18030: "gb18030"}


class TableFile(Protocol):
    """A file of tables, written from the first row to the last."""

    def sheet(self, name: str, otherwise: str, widths: Sequence[int], frozen: int) -> None:
        """Begin a sheet; ``frozen`` rows at its top stay in sight and are repeated on paper."""

    def row(self, texts: Sequence[str], kind: str = PLAIN) -> None:
        """Write a row."""

    def close(self) -> None:
        """Complete the file."""

    def abandon(self) -> None:
        """Let go of the file; what was written of it is worth nothing."""


# --- .xlsx --------------------------------------------------------------------------------------------------------------

_NS: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_MAIN: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TEXT, _QUOTED, _BOLD, _HEADING = 1, 2, 3, 4
_STYLE_OF: Final = {BOLD: _BOLD, HEADING: _HEADING}
_SPECIAL: Final = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_NAMED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FLUSH_ROWS: Final = 200
_LEVEL: Final = 4


class XlsxFile:
    """A workbook that is written while its rows come."""

    def __init__(self, path: Path) -> None:
        """Begin the file."""
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._names = SheetNames()
        self._sheets: list[tuple[str, int]] = []
        self._stream: IO[bytes] | None = None
        self._rows: list[str] = []
        self._row = 0
        self._letters: list[str] = []
        self._begun: tuple[str, str, Sequence[int], int] = ("", "", (), 0)

    def sheet(self, name: str, otherwise: str, widths: Sequence[int], frozen: int) -> None:
        """Begin a sheet."""
        self._end_sheet()
        self._begun = (name, otherwise, widths, frozen)
        self._sheets.append((self._names.name(name, otherwise), frozen))
        self._letters = [column_letters(number) for number in range(1, len(widths) + 1)]
        # a member opened by its name gets the level of the archive and the date 1980-01-01: equal tables, equal bytes
        self._stream = self._archive.open(f"xl/worksheets/sheet{len(self._sheets)}.xml", "w", force_zip64=True)
        self._stream.write(_sheet_head(widths, frozen, is_first=len(self._sheets) == 1).encode())
        self._row = 0

    def row(self, texts: Sequence[str], kind: str = PLAIN) -> None:
        """Write a row; a full sheet goes on on the next."""
        if self._row >= MOST_ROWS:
            self.sheet(*self._begun)
        self._row += 1
        number, fixed = self._row, _STYLE_OF.get(kind, 0)
        cells = [
            f'<c r="{letters}{number}" s="{fixed or (_QUOTED if text[0] in _SIGNS else _TEXT)}" t="inlineStr"><is>{_text(text)}</is></c>'
            for letters, text in zip(self._letters, texts, strict=False)
            if text
        ]
        self._rows.append(f'<row r="{number}">{"".join(cells)}</row>')
        if len(self._rows) >= _FLUSH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._stream is not None and self._rows:
            self._stream.write("".join(self._rows).encode())
        self._rows = []

    def _end_sheet(self) -> None:
        if self._stream is not None:
            self._flush()
            self._stream.write(_SHEET_END)
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        """Write the parts that name the sheets."""
        self._end_sheet()
        for name, text in _frame(self._sheets).items():
            with self._archive.open(name, "w") as stream:
                stream.write(text.encode())
        self._archive.close()

    def abandon(self) -> None:
        """Let go of the file; its last part can no longer be completed, and needs not."""
        self._rows = []
        stream, self._stream = self._stream, None
        with contextlib.suppress(OSError):
            if stream is not None:
                stream.close()
        archive, self._archive.fp = self._archive.fp, None
        with contextlib.suppress(OSError):
            if archive is not None:
                archive.close()


_SIGNS: Final = frozenset("=+-@\t\r\n'.0123456789０１２３４５６７８９＝＋－＠")


def _text(text: str) -> str:
    if len(text) > LONGEST_CELL // 2 and units_of(text) > LONGEST_CELL:
        text = cut(text, LONGEST_CELL - 1) + "…"
    is_plain = _SPECIAL.search(text) is None
    shown = text if is_plain else _SPECIAL.sub(_escaped, text)
    if text[0] <= " " or text[-1] <= " " or "\n" in text:
        return f'<t xml:space="preserve">{shown}</t>'
    return f"<t>{shown}</t>"


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if sign >= "\ud800":
        return " "  # no character at all, in no spelling
    return _NAMED.get(sign) or f"_x{ord(sign):04X}_"


def _sheet_head(widths: Sequence[int], frozen: int, *, is_first: bool) -> str:
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" style="{_TEXT}" customWidth="1"/>'
        for number, width in enumerate(widths, 1)
    )
    pane = (
        f'<pane ySplit="{frozen}" topLeftCell="A{frozen + 1}" activePane="bottomLeft" state="frozen"/>'
        if frozen
        else ""
    )
    selected = ' tabSelected="1"' if is_first else ""
    return (
        f'{_HEAD}<worksheet xmlns="{_NS}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{selected} workbookViewId="0">{pane}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>'
    )


_SHEET_END: Final = (
    b'</sheetData><pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
    b'<pageSetup paperSize="8" orientation="landscape" fitToHeight="0"/></worksheet>'
)
_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_NS}">'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1" applyFont="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
    '<alignment horizontal="center" vertical="center" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def _frame(sheets: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Return the parts around the sheets."""
    numbered = list(enumerate(sheets, 1))
    listed = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, (name, _rows) in numbered)
    titles = "".join(_titles(n - 1, name, frozen) for n, (name, frozen) in numbered if frozen)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _sheet in numbered
    )
    links += f'<Relationship Id="rId{len(sheets) + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_MAIN}.worksheet+xml"/>'
        for n, _sheet in numbered
    )
    names = f"<definedNames>{titles}</definedNames>" if titles else ""
    return {
        "xl/styles.xml": _STYLES,
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_NS}" xmlns:r="{_RELATIONS}"><sheets>{listed}</sheets>{names}</workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_MAIN}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_MAIN}.styles+xml"/>{types}</Types>',
    }


def _titles(index: int, name: str, frozen: int) -> str:
    quoted = name.replace("'", "''").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<definedName name="_xlnm.Print_Titles" localSheetId="{index}">\'{quoted}\'!$1:${frozen}</definedName>'


# --- CSV ----------------------------------------------------------------------------------------------------------------


class CsvFile:
    """One table of all rows: sheets follow each other under one heading, lines above the heading are left out."""

    def __init__(self, path: Path, encoding: str) -> None:
        """Begin the file; ``utf-8-sig`` is UTF-8 with its mark, ``gb18030`` the national encoding."""
        self._stream = path.open("w", encoding=encoding, errors="replace", newline="")
        self._writer: Any = csv.writer(self._stream, lineterminator="\r\n")
        self._has_heading = False

    def sheet(self, name: str, otherwise: str, widths: Sequence[int], frozen: int) -> None:
        """Begin a sheet: nothing shows it here."""

    def row(self, texts: Iterable[str], kind: str = PLAIN) -> None:
        """Write a row of data, and the heading once."""
        if kind == BOLD or (kind == HEADING and self._has_heading):
            return
        self._has_heading = self._has_heading or kind == HEADING
        self._writer.writerow([guarded(text.replace("\0", " ")) if text else "" for text in texts])

    def close(self) -> None:
        """Complete the file."""
        self._stream.close()

    def abandon(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(OSError):
            self._stream.close()


def open_table(path: Path, form: str) -> TableFile:
    """Begin a file of one of the three forms."""
    return XlsxFile(path) if form == XLSX else CsvFile(path, _ENCODINGS[form])
