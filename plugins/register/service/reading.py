"""The job that reads a handed-in file in the limited child, to its dry run; resumable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from models.register_import import CHECKED, MAPPING, REFUSED, WAITING, RegisterImport
from plugins.register.adapters.workbook import OpenBook, ReaderLimits, reading
from plugins.register.domain.workbook import NOTICES, Book, Notice, Refusal, WorkbookRefused
from plugins.register.queries.imports import remembered_headings, village_codes
from plugins.register.queries.labels import written_codes
from plugins.register.service.sealed import unsealed, work_folder
from plugins.register.service.staging import (
    BATCH_ROWS,
    Ground,
    Line,
    SheetFacts,
    Stager,
    compare,
    finish,
    keep,
    staged_until,
    today_of,
)
from plugins.register.settings import RegisterSettings


def read_file(context: JobContext, import_id: int) -> None:
    """Read a waiting import to its dry run, to the question what its headings mean, or to its refusal."""
    host = context.host
    with host.view() as session:
        record = session.get_one(RegisterImport, import_id)
    if record.state != WAITING:
        return
    ground = _ground(host, record)
    try:
        book, sheets = _stage(context, import_id, record.sha256, ground)
        _refuse_headless(sheets)
    except WorkbookRefused as refused:
        reason = f"{record.file_name}：{refused.message}。{refused.remedy}"
        finish(context, import_id, REFUSED, reason=reason, refusal=refused.code.value)
        return
    if any(facts.is_question for facts in sheets):
        finish(context, import_id, MAPPING, sheets=sheets, reason=_("有必填列认不出，请指明"))
        return
    finish(context, import_id, CHECKED, sheets=sheets, notices=_book_notices(book))


def _ground(host: Host, record: RegisterImport) -> Ground:
    with host.view() as session:
        return Ground(
            import_id=record.id,
            county_code=record.division_code,
            villages=village_codes(session, record.division_code),
            codes=written_codes(session),
            memory=remembered_headings(session, record.division_code),
            today=today_of(host),
        )


def _refuse_headless(seen: list[SheetFacts]) -> None:
    if any(facts.header_row for facts in seen):
        return
    texts = [facts for facts in seen if any(notice["code"] == Notice.NO_HEADER for notice in facts.notices)]
    raise WorkbookRefused(Refusal.NO_HEADER if texts else Refusal.EMPTY, texts[0].name if texts else "")


def _book_notices(book: Book) -> list[dict[str, Any]]:
    return [{"code": code} for code in book.notices if code in NOTICES]


def _stage(context: JobContext, import_id: int, sha256: str, ground: Ground) -> tuple[Book, list[SheetFacts]]:
    """Judge all sheets and stage their rows, until one of them is a question to a person."""
    host = context.host
    with host.view() as session:
        kept = staged_until(session, import_id)
    stager, waiting, seen = Stager(ground), list[Line](), list[SheetFacts]()
    with opened(host, sha256) as book:
        for sheet in book.sheets:
            facts, lines = stager.judge(sheet)
            context.progress(len(seen), len(book.book.sheets), facts.name)
            seen.append(facts)
            is_question = any(each.is_question for each in seen)
            for line in lines:
                if is_question or line.place <= kept:
                    continue
                waiting.append(line)
                if len(waiting) >= BATCH_ROWS:
                    _keep(context, import_id, waiting, ground)
                    waiting = []
    _keep(context, import_id, waiting, ground)
    context.progress(len(seen), len(seen))
    return book.book, seen


def _keep(context: JobContext, import_id: int, lines: list[Line], ground: Ground) -> None:
    host = context.host
    compare(host, lines, ground)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        keep(uow, import_id, lines)


@contextmanager
def opened(host: Host, sha256: str) -> Iterator[OpenBook]:
    """Open a sealed file in the limited child and lend it as an :class:`OpenBook`."""
    with unsealed(host, sha256) as path, reading(path, work_folder(host), limits_of(host)) as book:
        yield book


def limits_of(host: Host) -> ReaderLimits:
    """Return the bounds on reading one file."""
    settings: RegisterSettings = host.settings.plugin("register")
    return ReaderLimits(memory_mb=settings.import_memory_mb, cpu_seconds=settings.import_seconds)
