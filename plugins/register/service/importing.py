"""What people decide about an import: hand a file in, say what its headings mean, confirm changes, apply it, put it aside."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import select, update

from lindang.errors import BadInput, Conflict, NotFound
from lindang.i18n import _
from lindang.ports import Blob
from lindang.uow import UnitOfWork, stale_version
from models.place import Division
from models.register_import import (
    ALL_OR_NOTHING,
    APPLIED,
    APPLYING,
    CHANGED,
    CHECKED,
    DISCARDED,
    GOOD_ROWS,
    MAPPING,
    REFUSED,
    WAITING,
    HeaderMemory,
    RegisterImport,
    RegisterImportRow,
)
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.header import IGNORED, level_heading
from plugins.register.domain.staging import clean_name
from plugins.register.service.sealed import SealedFile

READ_JOB: Final = "register.import_read"
APPLY_JOB: Final = "register.import_apply"
MARK_JOB: Final = "register.import_mark"


def take_file(uow: UnitOfWork, county_code: str, file_name: str, file: SealedFile) -> RegisterImport:
    """Take a file that is stored sealed in for a county and have it read.

    Raises:
        NotFound: the county is not in the divisions, or not wholly in the actor's scope.
    """
    county = select(Division.id).where(
        Division.code == county_code, Division.level == "county", uow.actor.within(Division.code)
    )
    if uow.session.scalars(county.limit(1)).first() is None:
        raise NotFound(_("没有这个县（市、区）"), remedy=_("请核对六位行政区划代码，或先载入区划表。"))
    record = RegisterImport(
        division_code=county_code,
        file_name=clean_name(file_name),
        bytes=file.bytes,
        sha256=file.blob.sha256,
        file_sha256=file.sha256,
        state=WAITING,
        sheets=[],
        counts={},
        created_at=uow.now,
        created_by=uow.actor.name,
        created_by_id=uow.actor.account_id,
    )
    uow.session.add(record)
    uow.session.flush()
    _enqueue(uow, READ_JOB, record)
    uow.journal("register.import_taken", _subject(record), division=county_code, bytes=file.bytes, sha256=file.sha256)
    return record


def find_import(uow: UnitOfWork, import_id: int, version: int | None = None) -> RegisterImport:
    """Return an import inside the actor's scope. Raises NotFound; StaleVersion when somebody was faster."""
    query = select(RegisterImport).where(RegisterImport.id == import_id, uow.actor.within(RegisterImport.division_code))
    record = uow.session.scalar(query)
    if record is None:
        raise NotFound(_("没有这次导入"))
    if version is not None and record.version != version:
        raise stale_version()
    return record


def remember_headings(uow: UnitOfWork, import_id: int, meanings: Mapping[str, str]) -> RegisterImport:
    """Keep what a county's own headings mean, and read the file again, as a new import.

    Args:
        uow: the unit of work.
        import_id: the import that asked.
        meanings: column key by heading as written; ``domain.header.IGNORED`` leaves a column out.

    Raises:
        Conflict: the import is not waiting for headings.
        BadInput: a column that does not exist, or one that two headings of this answer claim.
    """
    record = find_import(uow, import_id)
    _refuse_unless(record, MAPPING, CHECKED)
    chosen = [key for key in meanings.values() if key != IGNORED]
    for key in chosen:
        if key not in BY_KEY:
            raise BadInput(_("没有“%(key)s”这一列", key=key), where=key)
    known = {
        memory.heading: memory
        for memory in uow.session.scalars(select(HeaderMemory).where(HeaderMemory.county_code == record.division_code))
    }
    for heading, key in meanings.items():
        levelled = level_heading(heading)[:120]
        memory = known.get(levelled)
        if memory is None:
            memory = known[levelled] = HeaderMemory(county_code=record.division_code, heading=levelled)
            uow.session.add(memory)
        memory.field, memory.at, memory.by = key, uow.now, uow.actor.name
    uow.journal("register.headings_kept", _subject(record), division=record.division_code, headings=dict(meanings))
    # what was staged of the earlier reading stays as it is; the same file is read anew beside it
    record.state = DISCARDED
    file = SealedFile(Blob(record.sha256, record.bytes), record.file_sha256, record.bytes)
    return take_file(uow, record.division_code, record.file_name, file)


def confirm_changes(uow: UnitOfWork, import_id: int, row_ids: Collection[int] | None, *, confirmed: bool) -> int:
    """Confirm changes of some rows, or of all; returns how many rows were meant."""
    record = find_import(uow, import_id)
    _refuse_unless(record, CHECKED)
    rows = RegisterImportRow
    wanted = [rows.import_id == record.id, rows.verdict == CHANGED]
    if row_ids is not None:
        wanted.append(rows.id.in_(list(row_ids)))
    meant = len(
        uow.session.scalars(update(rows).where(*wanted).values(is_confirmed=confirmed).returning(rows.id)).all()
    )
    uow.journal(
        "register.changes_confirmed", _subject(record), division=record.division_code, rows=meant, confirmed=confirmed
    )
    return meant


def order_apply(uow: UnitOfWork, import_id: int, choice: str, *, version: int | None = None) -> RegisterImport:
    """Have a checked import written, all of it or its good rows.

    Raises:
        Conflict: it is not checked; or all are wanted and some row is faulty or some change unconfirmed.
    """
    record = find_import(uow, import_id, version)
    _refuse_unless(record, CHECKED)
    if choice not in {ALL_OR_NOTHING, GOOD_ROWS}:
        raise BadInput(_("请选择全部导入或只导入合格行"), where="choice")
    if choice == ALL_OR_NOTHING:
        _refuse_faulty(uow, record)
    record.state, record.choice, record.applied_by = APPLYING, choice, uow.actor.name
    _enqueue(uow, APPLY_JOB, record)
    uow.journal("register.import_ordered", _subject(record), division=record.division_code, choice=choice)
    return record


def _refuse_faulty(uow: UnitOfWork, record: RegisterImport) -> None:
    faults = int(record.counts.get("faults", 0))
    if faults:
        raise Conflict(
            _("有 %(n)s 处错误，一行也没有导入", n=faults),
            remedy=_("请改正后重新上传，或选择“只导入合格行”。"),
        )
    rows = RegisterImportRow
    open_change = select(rows.id).where(rows.import_id == record.id, rows.verdict == CHANGED, ~rows.is_confirmed)
    if uow.session.scalars(open_change.limit(1)).first() is not None:
        raise Conflict(_("有改动还没有确认，一行也没有导入"), remedy=_("请先逐行或全部确认改动。"))


def discard(uow: UnitOfWork, import_id: int, *, version: int | None = None) -> None:
    """Put an import aside; what was staged stays, nothing of it is written."""
    record = find_import(uow, import_id, version)
    _refuse_unless(record, CHECKED, MAPPING, REFUSED)
    record.state = DISCARDED
    uow.journal("register.import_discarded", _subject(record), division=record.division_code)


def order_marked(uow: UnitOfWork, import_id: int) -> None:
    """Have the file written again with its faulty cells marked."""
    record = find_import(uow, import_id)
    _refuse_unless(record, CHECKED, APPLYING, APPLIED)
    if not record.counts.get("faults") and not record.counts.get("findings"):
        raise Conflict(_("没有错误可标注"), remedy=_("可以直接导入。"))
    _enqueue(uow, MARK_JOB, record)


def _enqueue(uow: UnitOfWork, kind: str, record: RegisterImport) -> None:
    uow.enqueue(kind, str(record.id), division=record.division_code, label=record.file_name)


def _refuse_unless(record: RegisterImport, *states: str) -> None:
    if record.state not in states:
        raise Conflict(_("这次导入现在不能这样操作"), remedy=_("请刷新页面看它现在的状态。"))


def _subject(record: RegisterImport) -> str:
    return f"register_import:{record.id}"
