"""The reply workbook (答复工作簿): written for the registry, one line per item, and read back.

Reading takes nothing on trust: the file is a zip of limited size without document types, only texts of cells are read, nothing
in it is computed, opened or followed. The library costs a second of start-up and is imported when it is needed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lindang.errors import BadInput
from lindang.i18n import _, official
from lindang.sheets import cell_text
from plugins.handover.domain.codes import RETURN_REASONS
from plugins.handover.domain.replies import ReplyRow

ITEMS, BATCH = "逐件答复", "批次"
"""The two sheets: the items, and what the registry counted."""
_FORMAT: Final = "lindang-reply/1"
_COLUMNS: Final = (
    ("序号", 6), ("条目代码", 24), ("档号", 30), ("林权证号", 28), ("权利人", 12), ("村", 16), ("宗地数", 8), ("面积（亩）", 10),
    ("纸质页数", 9), ("接收意见", 10), ("退回原因", 26), ("说明", 40), ("行标识（勿改）", 20),
)  # fmt: skip
_FIELDS: Final = {
    "条目代码": "code", "档号": "archival_code", "林权证号": "cert_no", "接收意见": "answer", "退回原因": "reason", "说明": "note",
    "行标识（勿改）": "key",
}  # fmt: skip
_COUNTED: Final = {
    "清点本数": "certs",
    "清点电子文件数": "files",
    "清单核对码": "check_code",
    "接收人": "receiver",
    "备注": "note",
}
_MOST_BYTES, _MOST_MEMBERS, _MOST_ROWS, _MOST_TEXT = 60_000_000, 200, 50_000, 2_000


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line that is written: the item's key, code and what the sheet shows beside it, and the opinion so far."""

    key: str
    code: str
    texts: Sequence[str]
    answer: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReplyBook:
    """A workbook that was read: which list it answers, what the registry counted, and its lines."""

    batch_no: str
    list_version: str
    counted: Mapping[str, str]
    rows: tuple[ReplyRow, ...]


def write_reply_book(batch_no: str, list_version: int, lines: Sequence[ReplyLine]) -> bytes:
    """Return the workbook for the registry: 接收意见 and 退回原因 are chosen from lists, the rest is fixed."""
    from openpyxl import Workbook  # noqa: PLC0415 - see above
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - see above

    book = Workbook()
    book.remove(book.worksheets[0])
    sheet, about = book.create_sheet(ITEMS), book.create_sheet(BATCH)
    _head(sheet)
    for number, line in enumerate(lines, 1):
        _row(sheet, number, line)
    with official():
        reasons = [f"{code} {words}" for code, words in RETURN_REASONS.items()]
    listing = book.create_sheet("退回原因")
    for row, text in enumerate(reasons, 1):
        listing.cell(row, 1, text)
    for column, formula in (("J", '"接收,退回"'), ("K", f"退回原因!$A$1:$A${len(reasons)}")):
        choice = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
        sheet.add_data_validation(choice)
        choice.add(f"{column}2:{column}{max(len(lines) + 1, 2)}")
    _about(about, batch_no, list_version)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any) -> None:
    from openpyxl.styles import Font  # noqa: PLC0415 - see above

    for column, (name, width) in enumerate(_COLUMNS, 1):
        cell = sheet.cell(1, column, name)
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = width
    for letter in "JKL":  # what the registry writes stays as it is written: 03 is not the number 3
        sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes, sheet.print_title_rows = "E2", "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9


def _row(sheet: Any, number: int, line: ReplyLine) -> None:
    texts = [str(number), line.code, *line.texts, line.answer, line.reason, line.note, line.key]
    for column, text in enumerate(texts, 1):
        if not text:
            continue
        cell = sheet.cell(number + 1, column)
        cell.value, cell.data_type = cell_text(text), "s"  # a text, whatever it begins with: never a formula


def _about(sheet: Any, batch_no: str, list_version: int) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 60
    rows = (
        ("格式", _FORMAT),
        ("批次号", batch_no),
        ("清单版本", str(list_version)),
        *((name, "") for name in _COUNTED),
        (
            "填写说明",
            "请在这里填清点的本数、电子文件数和移交清单上印的核对码，在“逐件答复”里逐行选接收意见；退回的选原因。可以排序、筛选，不要改行标识。",
        ),
    )
    for row, (name, text) in enumerate(rows, 1):
        sheet.cell(row, 1, name)
        cell = sheet.cell(row, 2)
        cell.value, cell.data_type, cell.number_format = text, "s", "@"


def read_reply_book(data: bytes) -> ReplyBook:
    """Return what a reply workbook says.

    Raises:
        BadInput: it is no workbook, not one of ours, or too large; the message says what to do.
    """
    _refuse_file(data)
    from openpyxl import load_workbook  # noqa: PLC0415 - see above

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = {
            name: [_texts(row) for row in _rows(book[name])] for name in (ITEMS, BATCH) if name in book.sheetnames
        }
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile, SyntaxError) as error:
        raise _not_ours() from error
    if set(sheets) != {ITEMS, BATCH}:
        raise _not_ours()
    about = {row[0]: row[1] for row in sheets[BATCH] if len(row) > 1}
    if about.get("格式") != _FORMAT:
        raise _not_ours()
    counted = {field: about.get(name, "") for name, field in _COUNTED.items()}
    return ReplyBook(about.get("批次号", ""), about.get("清单版本", ""), counted, tuple(_lines(sheets[ITEMS])))


def _not_ours() -> BadInput:
    return BadInput(
        _("这不是本系统导出的答复工作簿"),
        where="file",
        remedy=_("请从批次页下载答复工作簿，填好后以 .xlsx 保存再导入；两张工作表和标题行不要改。"),
    )


def _refuse_file(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or sum(one.file_size for one in members) > _MOST_BYTES:
                raise BadInput(_("工作簿太大"), where="file", remedy=_("请从批次页重新下载答复工作簿填写。"))
            for one in members:
                if one.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(one):
                    raise _not_ours()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _not_ours() from error


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=len(_COLUMNS) + 5), 1):
        if number > _MOST_ROWS:
            raise BadInput(_("工作簿太大"), where="file", remedy=_("请从批次页重新下载答复工作簿填写。"))
        yield row


def _texts(row: tuple[Any, ...]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: object) -> str:
    """Return a cell as text; a number that was typed without a fraction loses the ``.0`` it never had."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()[:_MOST_TEXT]


def _lines(rows: list[list[str]]) -> Iterator[ReplyRow]:
    heads = rows[0] if rows else []
    places = {field: heads.index(name) for name, field in _FIELDS.items() if name in heads}
    if not {"answer", "reason", "note"} <= set(places) or not {"key", "code"} & set(places):
        raise _not_ours()
    for number, row in enumerate(rows[1:], 2):
        values = {field: row[place] if place < len(row) else "" for field, place in places.items()}
        if any(values.values()):
            yield ReplyRow(row_no=number, **values)
