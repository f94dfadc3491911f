"""The register's rows of a batch as workbook, CSV and JSON, from the frozen manifest alone: the same rows, the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from plugins.handover.domain.register_columns import REGISTER_COLUMNS

NAME: Final = "登记册"
_FIXED: Final = ("移交条目", "档号", "宗地号", "行版本")
HEADINGS: Final = (
    *_FIXED,
    *(heading for key, heading in REGISTER_COLUMNS if key not in {"parcel_no", "archival_code"}),
)
_KEYS: Final = tuple(key for key, _heading in REGISTER_COLUMNS if key not in {"parcel_no", "archival_code"})
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - workbooks know no time zone


def register_files(lines: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """Return the files by name; none when the list was frozen without rows."""
    rows = list(_rows(lines))
    if not rows:
        return {}
    return {f"{NAME}.xlsx": _workbook(rows), f"{NAME}.csv": _csv(rows), f"{NAME}.json": _json(lines)}


def _rows(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        for row in line["rows"]:
            cells = row["cells"]
            start = (line["code"], line["archival_code"], row["parcel_no"], str(row["entry_no"]))
            yield (*start, *(cells.get(key, "") for key in _KEYS))


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - it costs half a second, which no other command should wait for
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    from lindang.sheets import begin_list, cell_text, fixed_bytes  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = begin_list(book, NAME, HEADINGS, [22, 30, 10, 8, *([14] * len(_KEYS))])

    def cell(text: str) -> Any:
        if not text.startswith("="):
            return cell_text(text)
        made: Any = WriteOnlyCell(sheet, cell_text(text))
        made.data_type = "s"
        return made

    for row in rows:
        sheet.append([cell(text) if text else None for text in row])
    book.properties.created = book.properties.modified = _EPOCH
    book.properties.creator = "lindang"
    return fixed_bytes(book)


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([f"'{text}" if text.startswith(_FORMULA) else text for text in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _json(lines: Sequence[Mapping[str, Any]]) -> bytes:
    told = [
        {
            "code": line["code"],
            "archival_code": line["archival_code"],
            "cert_no": line["cert_no"],
            "rows": line["rows"],
        }
        for line in lines
    ]
    columns = dict(REGISTER_COLUMNS)
    return json.dumps({"columns": columns, "certificates": told}, ensure_ascii=False, sort_keys=True, indent=1).encode()
