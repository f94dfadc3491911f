"""Imports as pages, commands and the job need them: the list, one import with its sheets, faults and changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _, format_when
from lindang.jobs import QUEUED, RUNNING, JobRow
from models.place import Division
from models.register import Parcel
from models.register_import import (
    CHANGED,
    HeaderMemory,
    RegisterImport,
    RegisterImportFault,
    RegisterImportMarked,
    RegisterImportRow,
)
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.staging import Known
from plugins.register.domain.workbook import NOTICES, column_letters
from plugins.register.queries.written import written_rows
from plugins.register.words import remedy, sentence

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One import; ``counts`` are rows by verdict, faults and findings."""

    id: int
    division_code: str
    county: str
    file_name: str
    bytes: int
    sha256: str
    state: str
    reason: str
    choice: str
    sheets: Sequence[Mapping[str, Any]]
    counts: Mapping[str, Any]
    created_at: dt.datetime
    created_by: str
    applied_at: dt.datetime | None
    applied_by: str
    version: int


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault as a person reads it."""

    sheet_no: int
    sheet: str
    row_no: int
    column: str
    heading: str
    field: str
    value: str
    code: str
    severity: str
    is_refusing: bool
    sentence: str
    remedy: str

    @property
    def cell(self) -> str:
        """The cell as the spreadsheet names it; the row alone where the file has no such column."""
        return f"{self.column}{self.row_no}" if self.column else str(self.row_no or "")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One row that would change: for each column the text that is there and the new one."""

    id: int
    parcel_id: int | None
    sheet: str
    row_no: int
    cert_no: str
    parcel_no: str
    changes: tuple[tuple[str, str, str], ...]
    is_confirmed: bool
    is_applied: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job of an import is; ``error`` when it waits for another try or has failed."""

    is_running: bool
    done: int = 0
    total: int = 0
    note: str = ""
    error: str = ""


def import_list(session: Session, actor: Actor, *, offset: int, limit: int) -> tuple[tuple[ImportLine, ...], int]:
    """Return the imports inside the actor's scope, newest first, and how many there are."""
    mine = actor.within(RegisterImport.division_code)
    query = _lines().where(mine).order_by(RegisterImport.id.desc()).offset(offset).limit(limit)
    total = session.scalar(select(func.count()).select_from(RegisterImport).where(mine)) or 0
    return tuple(_line(row, county) for row, county in session.execute(query)), total


def import_line(session: Session, actor: Actor, import_id: int) -> ImportLine:
    """Return one import. Raises NotFound."""
    query = _lines().where(RegisterImport.id == import_id, actor.within(RegisterImport.division_code))
    found = session.execute(query).first()
    if found is None:
        raise NotFound(_("没有这次导入"))
    return _line(found[0], found[1])


def _lines() -> Select[RegisterImport, str | None]:
    county = (
        select(Division.name)
        .where(Division.code == RegisterImport.division_code)
        .order_by(Division.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(RegisterImport, county)


def _line(row: RegisterImport, county: str | None) -> ImportLine:
    return ImportLine(
        id=row.id,
        division_code=row.division_code,
        county=county or row.division_code,
        file_name=row.file_name,
        bytes=row.bytes,
        sha256=row.file_sha256,
        state=row.state,
        reason=row.reason,
        choice=row.choice,
        sheets=tuple(row.sheets),
        counts=dict(row.counts),
        created_at=row.created_at,
        created_by=row.created_by,
        applied_at=row.applied_at,
        applied_by=row.applied_by,
        version=row.version,
    )


def progress_of(session: Session, import_id: int, kinds: Sequence[str]) -> Progress:
    """Return how far the latest job of an import is."""
    query = select(JobRow).where(JobRow.kind.in_(kinds), JobRow.argument == str(import_id)).order_by(JobRow.id.desc())
    job = session.scalars(query.limit(1)).first()
    if job is None:
        return Progress(is_running=False)
    return Progress(job.state in {QUEUED, RUNNING}, job.done, job.total, job.note, job.error)


def fault_lines(
    session: Session,
    line: ImportLine,
    *,
    refusing: bool | None = None,
    sheet_no: int | None = None,
    code: str = "",
    offset: int = 0,
    limit: int = 100,
) -> tuple[tuple[FaultLine, ...], int]:
    """Return the faults of an import (found with :func:`import_line`) in the order of the file, and how many there are."""
    fault = RegisterImportFault
    wanted = [fault.import_id == line.id]
    if refusing is not None:
        wanted.append(fault.is_refusing == refusing)
    if sheet_no is not None:
        wanted.append(fault.sheet_no == sheet_no)
    if code:
        wanted.append(fault.code == code)
    total = session.scalar(select(func.count()).select_from(fault).where(*wanted)) or 0
    order = (fault.sheet_no, fault.row_no, fault.column_no, fault.id)
    rows = session.scalars(select(fault).where(*wanted).order_by(*order).offset(offset).limit(limit))
    sheets = {sheet["no"]: sheet for sheet in line.sheets}
    return tuple(_fault_line(row, sheets.get(row.sheet_no, {})) for row in rows), total


def _fault_line(row: RegisterImportFault, sheet: Mapping[str, Any]) -> FaultLine:
    column = BY_KEY.get(row.field)
    return FaultLine(
        sheet_no=row.sheet_no,
        sheet=str(sheet.get("name", "")),
        row_no=row.row_no,
        column=column_letters(row.column_no),
        heading=str(column.header) if column else "",
        field=row.field,
        value=row.value,
        code=row.code,
        severity=row.severity,
        is_refusing=row.is_refusing,
        sentence=sentence(row.code, row.facts),
        remedy=remedy(row.code),
    )


def fault_codes(session: Session, import_id: int) -> dict[str, int]:
    """Return how often each code stands among the faults of an import."""
    fault = RegisterImportFault
    query = (
        select(fault.code, func.count()).where(fault.import_id == import_id).group_by(fault.code).order_by(fault.code)
    )
    return dict(session.execute(query).all())


def change_lines(session: Session, line: ImportLine, *, offset: int, limit: int) -> tuple[tuple[ChangeLine, ...], int]:
    """Return the rows that would change something that is there, and how many there are."""
    staged = RegisterImportRow
    wanted = (staged.import_id == line.id, staged.verdict == CHANGED)
    total = session.scalar(select(func.count()).select_from(staged).where(*wanted)) or 0
    rows = session.scalars(
        select(staged).where(*wanted).order_by(staged.sheet_no, staged.row_no).offset(offset).limit(limit)
    )
    names = {sheet["no"]: str(sheet["name"]) for sheet in line.sheets}
    return tuple(_change_line(row, names.get(row.sheet_no, "")) for row in rows), total


def _change_line(row: RegisterImportRow, sheet: str) -> ChangeLine:
    changes = tuple(
        (str(BY_KEY[key].header), str(row.changes[key][0]), str(row.changes[key][1]))
        for key in BY_KEY
        if key in row.changes
    )
    return ChangeLine(
        id=row.id,
        parcel_id=row.parcel_id,
        sheet=sheet,
        row_no=row.row_no,
        cert_no=str(row.cells.get("cert_no", "")),
        parcel_no=str(row.cells.get("parcel_no", "")),
        changes=changes,
        is_confirmed=row.is_confirmed,
        is_applied=row.is_applied,
    )


def marked_copy(session: Session, line: ImportLine) -> RegisterImportMarked | None:
    """Return the newest marked copy of an import's file."""
    query = select(RegisterImportMarked).where(RegisterImportMarked.import_id == line.id)
    return session.scalars(query.order_by(RegisterImportMarked.id.desc()).limit(1)).first()


def notice_text(notice: Mapping[str, Any]) -> str:
    """Return a notice in words."""
    template = NOTICES.get(str(notice.get("code")), "")
    values = {key: value for key, value in notice.items() if key != "code"}
    return str(template) % values if values else str(template)


# --- for the job -----------------------------------------------------------------------------------------------------


def remembered_headings(session: Session, county_code: str) -> dict[str, str]:
    """Return what the county's own headings were said to mean, the latest word for each."""
    query = select(HeaderMemory.heading, HeaderMemory.field).where(HeaderMemory.county_code == county_code)
    return dict(session.execute(query).all())


def village_codes(session: Session, county_code: str) -> frozenset[str]:
    """Return the codes that are or were villages of a county."""
    query = select(Division.code).where(Division.level == "village", Division.code.startswith(county_code))
    return frozenset(session.scalars(query))


def known_rows(session: Session, village_code: str, keys: Collection[Key]) -> dict[Key, Known]:
    """Return the rows of a village that are not withdrawn, by key, with their current texts; only those asked for."""
    found = {}
    for row in written_rows(session, Parcel.division_code == village_code):
        key = (village_code, row.cert_key, row.parcel_no)
        if key in keys:
            found[key] = Known(row.parcel_id, row.texts, row.id_no_hash)
    return found


def earlier_import(session: Session, line: ImportLine) -> str:
    """Say when the same bytes were applied before, or ""."""
    same = RegisterImport
    query = (
        select(same.applied_at, same.id)
        .where(same.file_sha256 == line.sha256, same.id != line.id, same.applied_at.is_not(None))
        .where(same.division_code == line.division_code)
        .order_by(same.id.desc())
    )
    found = session.execute(query.limit(1)).first()
    return _("%(when)s 已导入过同一个文件（第 %(id)s 号）", when=format_when(found[0]), id=found[1]) if found else ""


def county_choices(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return the counties that lie wholly inside the actor's scope, by code."""
    query = (
        select(Division.code, Division.name)
        .where(Division.level == "county", Division.valid_to.is_(None), actor.within(Division.code))
        .order_by(Division.code)
    )
    return tuple((code, f"{name}（{code}）") for code, name in session.execute(query))
