"""A workbook as the reading child reports it: sheets, rows of raw cells, what was noticed, and why one is refused.

A raw cell is a text, a number, a truth value, or a pair: ``["d", "2010-05-06"]`` for a date, ``["e", "#REF!"]`` for a formula
that failed. It travels as JSON, so it is plain data here as well.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lindang.i18n import Text, lazy

RawCell = str | float | int | bool | list[str]
DATE, ERROR = "d", "e"
MOST_COLUMNS: Final = 400
"""More columns than this are no register: 48 are known, and a stray cell far to the right costs memory."""


class Refusal(enum.StrEnum):
    """Why a file cannot be read at all."""

    NOT_A_WORKBOOK = "not_a_workbook"
    UNSUPPORTED = "unsupported"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_WIDE = "too_wide"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    ENCODING = "encoding"
    BINARY = "binary"
    EMPTY = "empty"
    NO_HEADER = "no_header"
    READER = "reader"


WORDS: Final[Mapping[Refusal, tuple[Text, Text]]] = {
    Refusal.NOT_A_WORKBOOK: (lazy("不是表格文件"), lazy("请上传 .xlsx、.xls、.et 或 .csv 文件。")),
    Refusal.UNSUPPORTED: (lazy("这种表格格式不能读取"), lazy("请在 WPS 或 Excel 中另存为 .xlsx 后再上传。")),
    Refusal.ENCRYPTED: (lazy("文件设有打开密码"), lazy("请在 WPS 或 Excel 中取消密码，另存后再上传。")),
    Refusal.DAMAGED: (lazy("文件不完整或已损坏"), lazy("请重新拷贝，或用 WPS、Excel 打开后另存再上传。")),
    Refusal.TOO_LARGE: (lazy("文件解开后过大"), lazy("请删去图片等无关内容，或按乡镇分成几个文件。")),
    Refusal.TOO_WIDE: (lazy("列数过多，不像登记表"), lazy("请删去表格右侧的无关内容后再上传。")),
    Refusal.TIMEOUT: (lazy("读取超时"), lazy("请按乡镇分成几个文件后再上传。")),
    Refusal.OUT_OF_MEMORY: (
        lazy("读取所需内存过大，可能在很远的行或列有零星内容"),
        lazy("请删去表格下方和右侧的多余行列，或按乡镇分成几个文件。"),
    ),
    Refusal.ENCODING: (lazy("文字编码不能识别"), lazy("CSV 文件请存为 UTF-8 或 GB18030（GBK）编码。")),
    Refusal.BINARY: (lazy("不是文本，含有二进制内容"), lazy("请上传真正的 CSV 文件，或 .xlsx 文件。")),
    Refusal.EMPTY: (lazy("表格中没有内容"), lazy("请核对是否选对了文件。")),
    Refusal.NO_HEADER: (lazy("没有找到表头"), lazy("表头行须有“林权证号”“宗地号”等列名，请补上后再上传。")),
    Refusal.READER: (lazy("读取程序出错"), lazy("请用 WPS 或 Excel 打开后另存为 .xlsx 再上传。")),
}


class WorkbookRefused(Exception):
    """A file that cannot be read; ``place`` names the sheet where it went wrong, if one is known."""

    def __init__(self, code: Refusal, place: str = "") -> None:
        super().__init__(f"{code} {place}".strip())
        self.code = code
        self.place = place

    @property
    def message(self) -> str:
        """What is wrong, for a person."""
        words = str(WORDS[self.code][0])
        return f"{self.place}：{words}" if self.place else words

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return str(WORDS[self.code][1])


class Notice(enum.StrEnum):
    """What a person should know about a file or a sheet that was read nevertheless."""

    FORMULAS = "formulas"
    EXTERNAL_LINKS = "external_links"
    MACROS = "macros"
    HIDDEN_ROWS = "hidden_rows"
    HIDDEN_SHEET = "hidden_sheet"
    ERRORS_UNSEEN = "errors_unseen"
    NO_HEADER = "no_header"
    EMPTY_SHEET = "empty_sheet"
    NOT_IMPORTED = "not_imported"
    TOTALS_ROW = "totals_row"
    SAME_AS_ABOVE = "same_as_above"
    SAME_FILE = "same_file"


NOTICES: Final[Mapping[str, Text]] = {
    Notice.FORMULAS: lazy("有 %(n)s 个公式，取表中已算好的值"),
    Notice.EXTERNAL_LINKS: lazy("有指向其他文件的链接，没有打开"),
    Notice.MACROS: lazy("带有宏，没有运行"),
    Notice.HIDDEN_ROWS: lazy("隐藏的行也已读取：%(rows)s"),
    Notice.HIDDEN_SHEET: lazy("这是隐藏的工作表，也已读取"),
    Notice.ERRORS_UNSEEN: lazy("旧格式（.xls、.et）中算错的公式读出来是空格子"),
    Notice.NO_HEADER: lazy("没有找到表头，这个工作表没有读取"),
    Notice.EMPTY_SHEET: lazy("空的工作表"),
    Notice.NOT_IMPORTED: lazy("这些列没有读取：%(columns)s"),
    Notice.TOTALS_ROW: lazy("第 %(row)s 行是合计行，不作为一宗地"),
    Notice.SAME_AS_ABOVE: lazy("有 %(n)s 个格子写“同上”，取上一行的值"),
    Notice.SAME_FILE: lazy("%(when)s 已导入过同一个文件（第 %(id)s 号）"),
}


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of the file before its rows: sheet names and notices."""

    sheets: tuple[str, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetHead:
    """A sheet before its rows. ``spans`` are merged ranges near the top that go across: (row, first, last column)."""

    no: int
    name: str
    is_hidden: bool = False
    spans: tuple[tuple[int, int, int], ...] = ()
    hidden_rows: tuple[int, ...] = ()
    formulas: int = 0


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row that holds something; ``no`` counts from 1 as the spreadsheet shows it."""

    no: int
    cells: list[RawCell]


@dataclass(slots=True)
class RawSheet:
    """A sheet with an iterator over its rows, to be read to its end before the next sheet."""

    head: SheetHead
    rows: Iterator[RawRow] = field(repr=False)


def column_letters(number: int) -> str:
    """Return the letters of a column counted from 1: ``A``, ``Z``, ``AA``."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def cell_place(reference: str) -> tuple[int, int]:
    """Return row and column, both from 1, of a reference such as ``AB12``; (0, 0) where it is none."""
    found = _CELL.fullmatch(reference)
    if found is None:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def head_to_json(head: SheetHead) -> dict[str, Any]:
    """Return a sheet head as plain data."""
    return {
        "no": head.no,
        "name": head.name,
        "is_hidden": head.is_hidden,
        "spans": head.spans,
        "hidden_rows": head.hidden_rows,
        "formulas": head.formulas,
    }


def head_from_json(data: dict[str, Any]) -> SheetHead:
    """Read what :func:`head_to_json` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    return SheetHead(
        no=int(data["no"]),
        name=str(data["name"]),
        is_hidden=bool(data["is_hidden"]),
        spans=tuple((int(row), int(first), int(last)) for row, first, last in data["spans"]),
        hidden_rows=tuple(int(row) for row in data["hidden_rows"]),
        formulas=int(data["formulas"]),
    )
