"""The job that writes a checked import into the register: one unit of work per village sheet, resumable at any point.

A row is marked as applied in the transaction that writes it, so a job that was killed goes on with the rows that are left and
never writes one twice. What others did to a row since the dry run is respected: such a row is left alone and counted.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lindang.host import Host
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.identifiers import canonical_id
from models.register_import import APPLIED, APPLYING, CHANGED, NEW, RegisterImport, RegisterImportRow
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.row import Codes, Row, RowReader
from plugins.register.domain.staging import Known, changes_of, going_back, is_masked
from plugins.register.queries.imports import Key, known_rows
from plugins.register.queries.labels import written_codes
from plugins.register.queries.states import standing_states
from plugins.register.service.rows import RowToSave, save_rows
from plugins.register.service.staging import today_of

SOURCE: Final = "import"
_PART: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A staged row made ready outside the transaction."""

    staged: Any
    row: Row
    id_digest: str

    @property
    def key(self) -> Key:
        return self.row.division_code, self.row.cert_key, self.row.parcel_no


def apply_import(context: JobContext, import_id: int) -> None:
    """Write the rows of an import that a person has ordered to be applied."""
    host = context.host
    with host.view() as session:
        record = session.get_one(RegisterImport, import_id)
        villages = _villages(session, import_id)
        codes = written_codes(session)
    if record.state != APPLYING:
        return
    reader = RowReader(codes, today=today_of(host))
    done, total = _count(host, import_id, applied=True), _count(host, import_id)
    for sheet_no, village in villages:
        while prepared := _prepared(host, import_id, sheet_no, village, reader):
            with host.uow(host.system_actor(name=record.applied_by)) as uow:
                context.still_mine(uow.session)
                _write(uow, record, village, prepared, codes)
            done += len(prepared)
            context.progress(done, total, village)
    _finish(context, import_id)


def _wanted(import_id: int) -> tuple[Any, ...]:
    rows = RegisterImportRow
    return rows.import_id == import_id, (rows.verdict == NEW) | ((rows.verdict == CHANGED) & rows.is_confirmed)


def _villages(session: Session, import_id: int) -> list[tuple[int, str]]:
    rows = RegisterImportRow
    query = (
        select(rows.sheet_no, rows.division_code)
        .where(*_wanted(import_id), ~rows.is_applied)
        .group_by(rows.sheet_no, rows.division_code)
        .order_by(rows.sheet_no, rows.division_code)
    )
    return [(sheet, village) for sheet, village in session.execute(query)]


def _count(host: Host, import_id: int, *, applied: bool | None = None) -> int:
    query = select(func.count()).select_from(RegisterImportRow).where(*_wanted(import_id))
    if applied is not None:
        query = query.where(RegisterImportRow.is_applied == applied)
    with host.view() as session:
        return session.scalar(query) or 0


def _prepared(host: Host, import_id: int, sheet_no: int, village: str, reader: RowReader) -> list[_Prepared]:
    rows = RegisterImportRow
    columns = (rows.id, rows.sheet_no, rows.cells, rows.id_no_enc, rows.verdict, rows.changes, rows.place)
    query = (
        select(*columns)
        .where(*_wanted(import_id), ~rows.is_applied, rows.sheet_no == sheet_no, rows.division_code == village)
        .order_by(rows.row_no)
        .limit(_PART)
    )
    with host.view() as session:
        staged = session.execute(query).all()
    return [_prepare(host, row, reader) for row in staged]


def _prepare(host: Host, staged: Any, reader: RowReader) -> _Prepared:
    cells = dict(staged.cells)
    if staged.id_no_enc:
        cells["id_no"] = host.vault.open(staged.id_no_enc)
    row = reader.read(cells).row
    if is_masked(row.id_no):
        row = dataclasses.replace(row, id_no="")  # changes_of looks at the text: it has judged the mask
    return _Prepared(staged, row, host.vault.digest(canonical_id(row.id_no)) if row.id_no else "")


def _write(uow: UnitOfWork, record: RegisterImport, village: str, prepared: Sequence[_Prepared], codes: Codes) -> None:
    known = known_rows(uow.session, village, {each.key for each in prepared})
    states = standing_states(uow.session, village, {each.row.cert_key for each in prepared})
    keys = _keys_of(record, prepared[0].staged.sheet_no)
    rows, stale = [], []
    for each in prepared:
        there = known.get(each.key)
        changes = {}
        if there is not None:
            changes = changes_of(each.row.cells, there, keys, id_digest=each.id_digest, labels=codes)
        if _is_stale(each, there, changes, states):
            stale.append(each.staged.id)
            continue
        written = changes if there is not None else each.row.cells
        rows.append(
            RowToSave(
                row=each.row,
                sources=dict.fromkeys((key for key in written if key in BY_KEY), SOURCE),
                parcel_id=there.parcel_id if there is not None else None,
                place=each.staged.place,
                import_id=record.id,
            )
        )
    if rows:
        save_rows(uow, village, rows)
    staged = RegisterImportRow
    ids = [each.staged.id for each in prepared]
    uow.session.execute(update(staged).where(staged.id.in_(ids)).values(is_applied=True))
    if stale:
        _count_stale(uow, record.id, len(stale))


def _is_stale(each: _Prepared, there: Known | None, changes: Mapping[str, Any], states: Mapping[str, str]) -> bool:
    """Say whether the register is no longer what the dry run saw of it: another row, other changes, a later state."""
    if (there is None) != (each.staged.verdict == NEW) or set(changes) != set(each.staged.changes):
        return True
    writes_state = there is None or "issue_state" in changes
    return writes_state and going_back(states.get(each.row.cert_key, ""), each.row) is not None


def _keys_of(record: RegisterImport, sheet_no: int) -> frozenset[str]:
    return frozenset(key for sheet in record.sheets if sheet["no"] == sheet_no for key in sheet["columns"])


def _count_stale(uow: UnitOfWork, import_id: int, count: int) -> None:
    record = uow.session.get_one(RegisterImport, import_id)
    record.counts = {**record.counts, "stale": int(record.counts.get("stale", 0)) + count}


def _finish(context: JobContext, import_id: int) -> None:
    host = context.host
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        record = uow.session.get_one(RegisterImport, import_id)
        stale = int(record.counts.get("stale", 0))
        applied = _count(host, import_id, applied=True) - stale
        record.state, record.applied_at = APPLIED, uow.now
        record.counts = {**record.counts, "applied": applied}
        uow.journal(
            "register.imported",
            f"register_import:{import_id}",
            division=record.division_code,
            rows=applied,
            stale=stale,
            sha256=record.file_sha256,
        )
