"""A newly registered right as the registry reports it (登记结果): its columns, how a sheet of them is read, what can be wrong with a
row. Every fault names its cell.

Source: domain reference 3.3 (F4 and F5 write the registry_confirmed layer), 2.5 (forms of the numbers; 业务号 up to 36 characters).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from lindang.errors import Fault
from lindang.i18n import Text, _, lazy
from models.numbers import parse_title_no, parse_unit_no
from models.persons import mask_personal_in

KINDS: Final[dict[str, Text]] = {"F4": lazy("数据整合结果"), "F5": lazy("登簿换证结果")}
"""Kinds of feedback that carry the registry's numbers."""

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "case_no": ("业务号", "登记业务号", "YWH"),
    "kind": ("反馈类型", "类型"),
    "cert_no": ("林权证号", "原林权证号", "原证号"),
    "item_code": ("条目代码", "移交条目代码"),
    "parcel_no": ("宗地号", "原宗地号"),
    "unit_no": ("不动产单元号", "BDCDYH"),
    "title_no": ("不动产权证号", "BDCQZH"),
    "registered_on": ("登记日期", "登簿日期", "登记时间", "DJSJ"),
    "note": ("备注", "附记"),
}
"""Headings of each column, the first as we write it."""

_LONGEST: Final = {"case_no": 36, "cert_no": 120, "item_code": 60, "parcel_no": 60, "title_no": 80, "note": 300}
_HEADER_ROWS: Final = 10
_WORDS: Final = ("note", "cert_no", "item_code", "parcel_no")
"""Columns in which a person may write what he likes."""
_KIND_WORDS: Final = {"数据整合结果": "F4", "登簿换证结果": "F5", "F4": "F4", "F5": "F5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One reported right, its texts as they came; `place` is where it stood."""

    place: str
    case_no: str = ""
    kind: str = ""
    cert_no: str = ""
    item_code: str = ""
    parcel_no: str = ""
    unit_no: str = ""
    title_no: str = ""
    registered_on: str = ""
    note: str = ""

    def kept(self) -> dict[str, Any]:
        """Return the columns of the row in the inbox: the unit number in its one form, personal numbers in the note masked."""
        unit = parse_unit_no(self.unit_no)
        return {
            "case_no": self.case_no.strip(),
            "kind": kind_of(self.kind),
            "cert_no": self.cert_no.strip(),
            "item_code": self.item_code.strip().upper(),
            "parcel_no": self.parcel_no.strip(),
            "unit_no": unit.code if unit else "",
            "title_no": self.title_no.strip(),
            "registered_on": _day(self.registered_on),
            "note": mask_personal_in(self.note.strip()),
        }

    def digest(self) -> str:
        """Return the digest of the content, wherever it stood and however it was spelt."""
        title = parse_title_no(self.title_no)
        content = self.kept() | {"title_no": title.norm if title else ""}
        told = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()

    def faults(self) -> Iterator[tuple[str, str, str]]:
        """Yield (column, what is wrong, what to do)."""
        if not self.case_no.strip():
            yield "case_no", _("没有业务号"), _("每条登记结果要有登记业务号。")
        for name, longest in _LONGEST.items():
            if len(getattr(self, name).strip()) > longest:
                yield name, _("超过 %(n)s 个字", n=longest), ""
        if not kind_of(self.kind):
            yield "kind", _("反馈类型不是 F4 或 F5"), _("F4 数据整合结果，F5 登簿换证结果。")
        if not self.cert_no.strip() and not self.item_code.strip():
            yield "cert_no", _("没有林权证号，也没有条目代码"), _("至少填一项，才能对应到案卷。")
        yield from self._number_faults()

    def _number_faults(self) -> Iterator[tuple[str, str, str]]:
        if self.unit_no.strip() and parse_unit_no(self.unit_no) is None:
            yield "unit_no", _("不动产单元号不是 28 位的规定格式"), ""
        if self.title_no.strip() and parse_title_no(self.title_no) is None:
            yield "title_no", _("不动产权证号不是规定格式"), ""
        if kind_of(self.kind) == "F4" and not self.unit_no.strip():
            yield "unit_no", _("数据整合结果要有不动产单元号"), ""
        if kind_of(self.kind) == "F5" and not self.title_no.strip():
            yield "title_no", _("登簿换证结果要有不动产权证号"), ""
        if self.registered_on.strip() and _day(self.registered_on) is None:
            yield "registered_on", _("日期不能识别"), _("请写成 2020-09-01。")


def kind_of(text: str) -> str:
    """Return the kind of feedback that a text names; empty when it is none of ours."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return _KIND_WORDS.get(plain, _KIND_WORDS.get(plain.partition(" ")[0], ""))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10].replace("/", "-").replace(".", "-"))
    except ValueError:
        return None


def faults_of(reports: Sequence[Report], cells: Mapping[tuple[str, str], str]) -> list[Fault]:
    """Return all faults; `cells` gives the name of a (place, column), which is the place and the column where there is none."""
    return [
        Fault(cells.get((report.place, column), f"{report.place}.{column}"), message, remedy)
        for report in reports
        for column, message, remedy in report.faults()
    ]


def report_to_json(report: Report) -> dict[str, str]:
    """Return a report as plain data, in which personal numbers that somebody typed are masked."""
    told: dict[str, str] = asdict(report)
    return told | {name: mask_personal_in(told[name]) for name in _WORDS}


def read_sheets(
    sheets: Sequence[tuple[str, Sequence[tuple[int, Sequence[str]]]]],
) -> tuple[list[Report], dict[tuple[str, str], str], list[str]]:
    """Read the rows of a workbook.

    Returns:
        The reports; the cell of each (place, column); the names of sheets in which no heading was found.
    """
    reports: list[Report] = []
    cells: dict[tuple[str, str], str] = {}
    headless = []
    for name, rows in sheets:
        if not rows:
            continue
        header = next(((at, found) for at, row in enumerate(rows[:_HEADER_ROWS]) if (found := _columns(row[1]))), None)
        if header is None:
            headless.append(name)
            continue
        start, columns = header
        for row_no, texts in rows[start + 1 :]:
            values = {key: texts[at] for key, at in columns.items() if at < len(texts) and texts[at].strip()}
            if not values:
                continue
            report = Report(place=f"{name}!{row_no}", **values)
            reports.append(report)
            cells.update({(report.place, key): f"{name}!{_letters(at)}{row_no}" for key, at in columns.items()})
    return reports, cells, headless


def _columns(texts: Sequence[str]) -> dict[str, int]:
    """Return the place of each column in a row of headings; nothing when the row is none."""
    wanted = {_plain(heading): key for key, headings in HEADINGS.items() for heading in headings}
    found: dict[str, int] = {}
    for at, text in enumerate(texts):
        key = wanted.get(_plain(text))
        if key is not None:
            found.setdefault(key, at)
    return found if "case_no" in found and ("cert_no" in found or "item_code" in found) else {}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _letters(at: int) -> str:
    letters, number = "", at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
