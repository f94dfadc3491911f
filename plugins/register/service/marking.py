"""The job that hands a file back with its faulty cells filled and commented."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.errors import PermanentFailure
from lindang.i18n import _
from lindang.jobs import JobContext
from models.register_import import RegisterImport, RegisterImportFault, RegisterImportMarked
from plugins.register.adapters.marker import Mark, marked
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.workbook import WorkbookRefused
from plugins.register.service.reading import limits_of
from plugins.register.service.sealed import keep_sealed, unsealed, work_folder
from plugins.register.words import remedy, sentence

_LONGEST: Final = 900


def mark_file(context: JobContext, import_id: int) -> None:
    """Make the marked copy of an import's file, once for each state of its faults."""
    host = context.host
    with host.view() as session:
        record = session.get_one(RegisterImport, import_id)
        if _has_copy(session, record):
            return
        marks = _marks(session, import_id)
    context.progress(0, 1, _("标注"))
    try:
        with (
            unsealed(host, record.sha256) as source,
            marked(source, marks, work_folder(host), limits_of(host)) as path,
        ):
            file = keep_sealed(host, path)
    except WorkbookRefused as refused:
        raise PermanentFailure(refused.message, remedy=refused.remedy) from refused
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        stem = record.file_name.rpartition(".")[0] or record.file_name
        copy = RegisterImportMarked(
            import_id=import_id,
            import_version=record.version,
            file_name=_("%(name)s-标注.xlsx", name=stem),
            bytes=file.bytes,
            sha256=file.blob.sha256,
            at=uow.now,
            by=uow.actor.name,
        )
        uow.session.add(copy)


def _has_copy(session: Session, record: RegisterImport) -> bool:
    query = select(RegisterImportMarked.id).where(RegisterImportMarked.import_id == record.id)
    return session.scalars(query.limit(1)).first() is not None


def _marks(session: Session, import_id: int) -> list[Mark]:
    """Return one mark per cell: everything said of it, the refusing first."""
    fault = RegisterImportFault
    query = select(fault).where(fault.import_id == import_id).order_by(fault.is_refusing.desc(), fault.id)
    said: dict[tuple[int, int, int], tuple[bool, list[str]]] = {}
    for row in session.scalars(query):
        cell = (row.sheet_no, row.row_no, row.column_no)
        is_refusing, words = said.setdefault(cell, (row.is_refusing, []))
        words.append(_words(row))
        said[cell] = (is_refusing or row.is_refusing, words)
    return [(*cell, is_refusing, "\n".join(words)[:_LONGEST]) for cell, (is_refusing, words) in said.items()]


def _words(row: RegisterImportFault) -> str:
    column = BY_KEY.get(row.field)
    heading = f"{column.header}：" if column and not row.column_no else ""
    return f"{row.code} {heading}{sentence(row.code, row.facts)}。{remedy(row.code)}"
