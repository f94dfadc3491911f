"""The dry run: read a workbook sheet by sheet, judge every row, and keep rows and faults as staged; the register is untouched.

Some thousand rows are staged to a transaction; a run that was killed goes on after the last row that was staged. A sheet that
lacks a mandatory column and has headings nobody knows makes the whole import wait for a person.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from lindang.crypto import Vault
from lindang.host import Host
from lindang.i18n import local_time
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.identifiers import canonical_id
from models.persons import mask_id, mask_ids_in, mask_personal_in
from models.register_import import RegisterImport, RegisterImportFault, RegisterImportRow
from plugins.register.domain.cells import RowTexts, as_area, is_totals_row, row_texts
from plugins.register.domain.header import SEARCHED_ROWS, Header, find_header
from plugins.register.domain.row import CellFault, Codes, Row, RowReader
from plugins.register.domain.rules.engine import check_row
from plugins.register.domain.rules.found import Context
from plugins.register.domain.staging import (
    CHANGED,
    FAULTY,
    HIDDEN,
    NEW,
    SAME,
    TOTALS,
    VERDICTS,
    Judged,
    Mark,
    changes_of,
    going_back,
    holds_a_parcel,
    is_masked,
    mask_marks,
    place_of,
    village_marks,
)
from plugins.register.domain.target_rows import is_running_text
from plugins.register.domain.workbook import Notice, RawRow, RawSheet
from plugins.register.queries.imports import Key, known_rows
from plugins.register.queries.states import standing_states

BATCH_ROWS: Final = 2_000
_SHOWN_LENGTH: Final = 200
_SHOWN_ROWS: Final = 20
_TOLERANCE: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ground:
    """What every row of an import is judged against."""

    import_id: int
    county_code: str
    villages: frozenset[str]
    codes: Codes
    memory: Mapping[str, str]
    today: dt.date


@dataclass(slots=True)
class SheetFacts:
    """What is told of a sheet: how it was read, rows by verdict, notices."""

    no: int
    name: str
    village_code: str = ""
    header_row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    strange: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_question(self) -> bool:
        """Whether a person must say what the sheet's headings mean."""
        return bool(self.missing and self.strange)

    def notice(self, code: Notice, **facts: Any) -> None:
        """Add a notice."""
        self.notices.append({"code": code.value, **facts})

    def as_json(self) -> dict[str, Any]:
        """Return plain data for the import's row."""
        return {
            "no": self.no,
            "name": self.name,
            "village_code": self.village_code,
            "header_row": self.header_row,
            "columns": self.columns,
            "strange": self.strange,
            "missing": self.missing,
            "rows": self.rows,
            "verdicts": self.verdicts,
            "notices": self.notices,
        }


def _opened(sheet: RawSheet, ground: Ground) -> tuple[SheetFacts, Header | None, list[RawRow]]:
    facts = SheetFacts(sheet.head.no, sheet.head.name)
    top = list(itertools.islice(sheet.rows, SEARCHED_ROWS))
    header = find_header(top, sheet.head.spans, ground.memory)
    if header is None:
        facts.notice(Notice.NO_HEADER if top else Notice.EMPTY_SHEET)
        return facts, None, []
    facts.header_row, facts.village_code = header.row, header.village_code
    facts.columns = {key: column for column, key in header.columns.items()}
    facts.strange = {str(column): heading for column, heading in header.strange.items()}
    facts.missing = list(header.missing)
    unread = [*header.strange.values(), *header.left_out.values()]
    if unread:
        facts.notice(Notice.NOT_IMPORTED, columns="、".join(unread[:_SHOWN_ROWS]))
    return facts, header, [row for row in top if row.no > header.row]


# --- staging ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """One line of a sheet: a parcel's row, or (``row`` None) a totals row of which only its marks are kept."""

    facts: SheetFacts
    judged: Judged
    row: Row | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where the line stands in the file; lines come in this order."""
        return self.facts.no, self.judged.row_no


class Stager:
    """Judges the sheets of one file in order; remembers the keys it has seen, a key may stand in the file once."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._context = Context(today=ground.today)
        self._reader = RowReader(ground.codes, today=ground.today)
        self._seen: dict[Key, str] = {}

    def judge(self, sheet: RawSheet) -> tuple[SheetFacts, Iterator[Line]]:
        """Read a sheet's header and lend its lines; the facts are complete when the lines have been read to their end."""
        facts, header, first = _opened(sheet, self._ground)
        if header is None:
            return facts, iter(())
        _notices_of(sheet, facts, header)
        return facts, self._lines(itertools.chain(first, sheet.rows), header, facts)

    def _lines(self, rows: Iterable[RawRow], header: Header, facts: SheetFacts) -> Iterator[Line]:
        totals = _Totals()
        above: dict[str, str] = {}
        dittos = 0
        for row in rows:
            if is_totals_row(row):
                facts.notice(Notice.TOTALS_ROW, row=row.no)
                yield Line(facts, Judged(row.no, "", {}, "", marks=totals.check(row, header)))
                continue
            texts = row_texts(row, header.columns, above)
            if not holds_a_parcel(texts):
                continue
            above = texts.cells
            dittos += len(texts.same_as_above)
            totals.add(texts)
            facts.rows += 1
            yield self._judge_row(texts, header, facts)
        if dittos:
            facts.notice(Notice.SAME_AS_ABOVE, n=dittos)

    def _judge_row(self, texts: RowTexts, header: Header, facts: SheetFacts) -> Line:
        cells = dict(texts.cells)
        cells.setdefault("village_code", header.village_code)
        cells = {key: text for key, text in cells.items() if text}
        spoilt = {key for key, _code, _text in texts.spoilt}
        reading = self._reader.read(cells)
        row = reading.row
        judged = Judged(texts.row_no, row.division_code, dict(row.cells), place_of(facts.name, texts))
        judged.marks = [Mark(key, code, "E", {"value": text}) for key, code, text in texts.spoilt]
        judged.marks += [_of_fault(fault) for fault in reading.faults if fault.field not in spoilt]
        judged.marks += village_marks(
            cells.get("village_code", ""), header.village_code, self._ground.county_code, self._ground.villages
        )
        judged.marks += [Mark(key, HIDDEN, "I", {}, is_refusing=False) for key in reading.masked]
        judged.marks += self._twin(row, judged.place)
        if is_masked(row.id_no):
            spoilt.add("id_no")  # stars have no check digit: what the register has behind them was judged before
        refused = {(mark.field, mark.code) for mark in judged.marks}
        judged.marks += [
            Mark(found.field, found.code, found.severity, found.facts, is_refusing=False)
            for found in check_row(row, self._context)
            if (found.field, found.code) not in refused and found.field not in spoilt
        ]
        return Line(facts, judged, row)

    def _twin(self, row: Row, place: str) -> list[Mark]:
        key = (row.division_code, row.cert_key, row.parcel_no)
        if not row.cert_key or not row.parcel_no:
            return []
        first = self._seen.setdefault(key, place)
        if first == place:
            return []
        return [Mark("parcel_no", "R03", "E", {"case": "parcels", "others": first, "parcels": row.parcel_no})]


class _Totals:
    """The sum of the rows above a totals row: a 小计 starts anew, a 合计 takes all."""

    def __init__(self) -> None:
        self._all = self._part = Decimal(0)

    def add(self, texts: RowTexts) -> None:
        area = as_area(texts.cells.get("area_mu", ""))
        self._all += area
        self._part += area

    def check(self, row: RawRow, header: Header) -> list[Mark]:
        texts = row_texts(row, {n: key for n, key in header.columns.items() if key == "area_mu"}, {})
        written = texts.cells.get("area_mu", "")
        is_part = any(isinstance(cell, str) and "小" in cell for cell in row.cells)
        added = self._part if is_part else self._all
        self._part = Decimal(0)
        if not written or abs(as_area(written) - added) <= _TOLERANCE:
            return []
        return [Mark("area_mu", TOTALS, "E", {"value": written, "written": written, "added": f"{added:f}"})]


def _of_fault(fault: CellFault) -> Mark:
    return Mark(fault.field, fault.code, fault.severity, fault.facts)


def _notices_of(sheet: RawSheet, facts: SheetFacts, header: Header) -> None:
    hidden = [row for row in sheet.head.hidden_rows if row > header.row]
    if hidden:
        rest = "…" if len(hidden) > _SHOWN_ROWS else ""
        facts.notice(Notice.HIDDEN_ROWS, rows="、".join(map(str, hidden[:_SHOWN_ROWS])) + rest)
    if sheet.head.is_hidden:
        facts.notice(Notice.HIDDEN_SHEET)
    if sheet.head.formulas:
        facts.notice(Notice.FORMULAS, n=sheet.head.formulas)


def compare(host: Host, lines: Iterable[Line], ground: Ground) -> None:
    """Give every row its verdict, against what the register has now."""
    for village, rows in _by_village(lines):
        with host.view() as session:
            known = known_rows(session, village, {_key(row) for _line, row in rows})
            states = standing_states(session, village, {row.cert_key for _line, row in rows})
        for line, row in rows:
            judged, there = line.judged, known.get(_key(row))
            judged.marks += mask_marks(judged.cells.get("id_no", ""), there)
            if any(mark.is_refusing for mark in judged.marks):
                judged.verdict = FAULTY
            elif there is not None:
                digest = host.vault.digest(canonical_id(row.id_no)) if row.id_no else ""
                keys = frozenset(line.facts.columns)
                judged.parcel_id = there.parcel_id
                judged.changes = changes_of(judged.cells, there, keys, id_digest=digest, labels=ground.codes)
                judged.verdict = CHANGED if judged.changes else SAME
            if judged.verdict == NEW or "issue_state" in judged.changes:
                _refuse_going_back(judged, row, states)


def _refuse_going_back(judged: Judged, row: Row, states: Mapping[str, str]) -> None:
    """A row may not say an earlier state than its certificate has, be it a row that is there or a new one."""
    if mark := going_back(states.get(row.cert_key, ""), row):
        judged.marks.append(mark)
        judged.verdict = FAULTY


def _key(row: Row) -> Key:
    return row.division_code, row.cert_key, row.parcel_no


def _by_village(lines: Iterable[Line]) -> list[tuple[str, list[tuple[Line, Row]]]]:
    grouped: dict[str, list[tuple[Line, Row]]] = {}
    for line in lines:
        if line.row is not None:
            grouped.setdefault(line.judged.village_code, []).append((line, line.row))
    return list(grouped.items())


# --- keeping ---------------------------------------------------------------------------------------------------------


def staged_until(session: Session, import_id: int) -> tuple[int, int]:
    """Return the place of the last row that an earlier run staged: lines up to there are kept already."""
    rows = RegisterImportRow
    query = select(rows.sheet_no, rows.row_no).where(rows.import_id == import_id)
    last = session.execute(query.order_by(rows.sheet_no.desc(), rows.row_no.desc()).limit(1)).first()
    return (last[0], last[1]) if last else (0, 0)


def keep(uow: UnitOfWork, import_id: int, lines: Iterable[Line]) -> None:
    """Write rows and faults."""
    vault, rows, faults = uow.host.vault, [], []
    for line in lines:
        facts, judged = line.facts, line.judged
        if line.row is not None:
            rows.append(_staged_row(vault, import_id, facts.no, judged))
        faults += [_staged_fault(import_id, facts, judged, mark) for mark in judged.marks]
    if rows:
        uow.session.execute(insert(RegisterImportRow), rows)
    if faults:
        uow.session.execute(insert(RegisterImportFault), faults)


def _staged_row(vault: Vault, import_id: int, sheet_no: int, judged: Judged) -> dict[str, Any]:
    cells, id_no = dict(judged.cells), judged.cells.get("id_no", "")
    changes = judged.changes
    if id_no:
        cells["id_no"] = mask_id(id_no)
        if "id_no" in changes:
            changes = {**changes, "id_no": [changes["id_no"][0], mask_id(id_no)]}
    return {
        "import_id": import_id,
        "sheet_no": sheet_no,
        "row_no": judged.row_no,
        "division_code": judged.village_code[:12],
        "cells": cells,
        "id_no_enc": vault.seal(id_no) if id_no else "",
        "verdict": judged.verdict,
        "changes": changes,
        "is_confirmed": False,
        "is_applied": False,
        "parcel_id": judged.parcel_id,
        "place": judged.place,
    }


def _staged_fault(import_id: int, facts: SheetFacts, judged: Judged, mark: Mark) -> dict[str, Any]:
    written = str(judged.cells.get(mark.field) or mark.facts.get("value", ""))
    return {
        "import_id": import_id,
        "sheet_no": facts.no,
        "row_no": judged.row_no,
        "column_no": facts.columns.get(mark.field, 0),
        "field": mark.field,
        "value": _shown(mark.field, written),
        "code": mark.code,
        "severity": mark.severity,
        "is_refusing": mark.is_refusing,
        "facts": {name: _shown(mark.field, value) for name, value in mark.facts.items()},
    }


def _shown(key: str, value: Any) -> Any:
    """Return a value as it may be kept in plain text: numbers of persons masked, not too long."""
    if not isinstance(value, str):
        return value
    if key == "id_no":
        return mask_id(value)[:_SHOWN_LENGTH]
    return (mask_personal_in(value) if is_running_text(key) else mask_ids_in(value))[:_SHOWN_LENGTH]


def finish(
    context: JobContext, import_id: int, state: str, *, sheets: Sequence[SheetFacts] = (), reason: str = "", **more: Any
) -> None:
    """Write how the reading of an import ended, with its sheets and counts."""
    host = context.host
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        record = uow.session.get_one(RegisterImport, import_id)
        verdicts = _verdicts(uow.session, import_id)
        for facts in sheets:
            facts.verdicts = verdicts.get(facts.no, {})
        counts = _counts(uow.session, import_id, verdicts)
        record.state, record.reason = state, reason
        record.sheets, record.counts = [facts.as_json() for facts in sheets], {**counts, **more}
        uow.journal("register.import_read", f"register_import:{import_id}", division=record.division_code,
                    state=state, **counts)  # fmt: skip


def _verdicts(session: Session, import_id: int) -> dict[int, dict[str, int]]:
    rows = RegisterImportRow
    query = select(rows.sheet_no, rows.verdict, func.count()).where(rows.import_id == import_id)
    found: dict[int, dict[str, int]] = {}
    for sheet_no, verdict, count in session.execute(query.group_by(rows.sheet_no, rows.verdict)):
        found.setdefault(sheet_no, {})[verdict] = count
    return found


def _counts(session: Session, import_id: int, verdicts: Mapping[int, Mapping[str, int]]) -> dict[str, int]:
    fault = RegisterImportFault
    query = select(fault.is_refusing, func.count()).where(fault.import_id == import_id).group_by(fault.is_refusing)
    faults = dict(session.execute(query).all())
    counts = {verdict: sum(sheet.get(verdict, 0) for sheet in verdicts.values()) for verdict in VERDICTS}
    return {"rows": sum(counts.values()), **counts, "faults": faults.get(True, 0), "findings": faults.get(False, 0)}


def today_of(host: Host) -> dt.date:
    """Return the office's date."""
    return local_time(host.clock.now()).date()
