"""What people decide about an export: order one, have the file made although the target would refuse rows, take the file away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from lindang.errors import BadInput, Conflict, Fault, Faults, Forbidden, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import run_job
from lindang.uow import UnitOfWork, stale_version
from models.register_export import DATA, HELD, ORDERED, RegisterExport, RegisterExportFile
from plugins.register.adapters.mapping_files import TargetFile
from plugins.register.adapters.table_files import FORMS
from plugins.register.permissions import EXPORT_IDS
from plugins.register.queries.export_rows import name_of, names_below, row_count
from plugins.register.queries.exports import export_line, place_name
from plugins.register.settings import RegisterSettings

EXPORT_JOB: Final = "register.export_make"
AT_ONCE: Final = 2_000
"""Up to so many rows are written while the person waits."""
_LONGEST_PURPOSE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What is wanted: place (6, 9 or 12 digits), target, form of the file; full ID numbers only with a purpose.

    ``is_forced``: make the file even when the target would refuse some of its rows.
    """

    place: str
    target: TargetFile
    form: str
    with_id_numbers: bool = False
    purpose: str = ""
    is_forced: bool = False


@dataclass(frozen=True, slots=True)
class Ordered:
    """An export that waits for its job."""

    export_id: int
    job_id: int
    rows: int


def mapping_folder(host: Host) -> Path:
    """Return the folder of the office's own mapping files."""
    settings: RegisterSettings = host.settings.plugin("register")
    return Path(settings.mapping_dir) if settings.mapping_dir else host.data_dir / "mappings"


def order_export(uow: UnitOfWork, order: ExportOrder) -> Ordered:
    """Order the export of a place; who wants full ID numbers, and what for, is in the journal before any file is made.

    Raises:
        NotFound: the place is none, or not wholly in the actor's scope.
        Forbidden: full ID numbers without the right to them.
        Faults: no purpose.
        BadInput: an unknown form, or a mapping file that cannot be used.
        Conflict: the place has no rows.
    """
    _refuse(uow, order)
    place_name(uow.session, uow.actor, order.place)
    rows = row_count(uow.session, uow.actor, order.place)
    if rows == 0:
        raise Conflict(_("这里还没有录入宗地，没有可导出的行"), remedy=_("请先录入或导入。"))
    record = RegisterExport(
        division_code=order.place,
        place=name_of(names_below(uow.session, order.place), order.place)[:120],
        target=order.target.name[:60],
        title=order.target.title[:120],
        mapping=order.target.text,
        format=order.form,
        with_id_numbers=order.with_id_numbers,
        purpose=order.purpose.strip(),
        is_forced=order.is_forced,
        state=ORDERED,
        rows=rows,
        created_at=uow.now,
        created_by=uow.actor.name,
        created_by_id=uow.actor.account_id,
    )
    uow.session.add(record)
    uow.session.flush()
    uow.journal("register.export_ordered", _subject(record), division=order.place, target=record.target, rows=rows,
                with_id_numbers=order.with_id_numbers, purpose=record.purpose)  # fmt: skip
    return Ordered(record.id, _enqueue(uow, record), rows)


def _refuse(uow: UnitOfWork, order: ExportOrder) -> None:
    if order.form not in FORMS:
        raise BadInput(_("没有这种文件格式"), where="file_format", remedy="、".join(FORMS))
    if order.target.mapping is None:
        raise BadInput(order.target.error, where="target")
    if len(order.purpose) > _LONGEST_PURPOSE:
        raise BadInput(_("文字太长，最多 %(n)s 字", n=_LONGEST_PURPOSE), where="purpose")
    if order.with_id_numbers:
        uow.actor.require(EXPORT_IDS)
        if not order.purpose.strip():
            words = _("导出完整证件号码须写明事由")
            raise Faults(words, [Fault("purpose", words, _("请写明给谁、作什么用。"))])


def run_if_small(host: Host, ordered: Ordered) -> None:
    """Do a small export's job here and now, under its lease like any other; a large one is left to the worker."""
    if ordered.rows <= AT_ONCE:
        run_job(host, ordered.job_id)


def force_export(uow: UnitOfWork, export_id: int, *, version: int | None = None) -> Ordered:
    """Have the file made with the rows that the target would refuse.

    Raises:
        NotFound: no such export in scope.
        Forbidden: somebody else ordered it.
        Conflict: it is not held back.
    """
    record = _mine(uow, export_id)
    if version is not None and record.version != version:
        raise stale_version()
    if record.state != HELD:
        raise Conflict(_("这次导出现在不能这样操作"), remedy=_("请刷新页面看它现在的状态。"))
    if record.with_id_numbers:
        uow.actor.require(EXPORT_IDS)
    record.state, record.is_forced = ORDERED, True
    uow.journal("register.export_forced", _subject(record), division=record.division_code, refused=record.refused)
    return Ordered(record.id, _enqueue(uow, record), record.rows)


def take_file_away(uow: UnitOfWork, export_id: int, kind: str = DATA) -> RegisterExportFile:
    """Return a file for the person who had it made; each time it is taken is a line in the journal.

    Raises:
        NotFound: no such export in scope, or no file of this kind.
        Forbidden: somebody else's, or full ID numbers without the right to them.
    """
    record = _mine(uow, export_id)
    if record.with_id_numbers:
        uow.actor.require(EXPORT_IDS)
    line = export_line(uow.session, uow.actor, export_id)
    file = line.file if kind == DATA else line.refusals
    if file is None:
        raise NotFound(_("还没有这个文件"), remedy=_("请等导出完成；有被拒的行时请先看预检结果。"))
    uow.journal("register.export_sent", _subject(record), division=record.division_code, file=kind,
                with_id_numbers=record.with_id_numbers, sha256=file.file_sha256)  # fmt: skip
    return file


def _mine(uow: UnitOfWork, export_id: int) -> RegisterExport:
    query = select(RegisterExport).where(RegisterExport.id == export_id, uow.actor.within(RegisterExport.division_code))
    record = uow.session.scalar(query)
    if record is None:
        raise NotFound(_("没有这次导出"))
    if not export_line(uow.session, uow.actor, export_id).is_of(uow.actor):
        raise Forbidden(_("只有导出的人可以取走文件"), remedy=_("需要的话请自己导出一次，会另记一条。"))
    return record


def _enqueue(uow: UnitOfWork, record: RegisterExport) -> int:
    label = f"{record.place} {record.title}"
    return uow.enqueue(EXPORT_JOB, str(record.id), division=record.division_code, label=label)


def _subject(record: RegisterExport) -> str:
    return f"register_export:{record.id}"
