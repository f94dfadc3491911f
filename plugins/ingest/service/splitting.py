"""Cutting a stack from the sorting desk into papers: a person decides, a job writes the papers and files all of them at once.

The stack stays in the storage as it came; every paper is an intake file of its own that names the stack as its parent.
Nothing is filed until all papers are written; then all are filed in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select

from lindang.auth import system_actor
from lindang.errors import BadInput, Fault, Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.limits import Limits
from lindang.ports import Blob
from lindang.uow import UnitOfWork, stale_version
from models.archive import ArchiveFile
from models.intake import DISMISSED, RECEIVED, SORTING, SPLIT, SPLITTING, IntakeFile
from plugins.ingest.adapters.parts import DIVISIBLE, parts_of
from plugins.ingest.domain.cutting import Part, from_json, separator_pages, to_json
from plugins.ingest.domain.placing import VILLAGE_DIGITS
from plugins.ingest.domain.reasons import Refused
from plugins.ingest.domain.record import ScanRecord
from plugins.ingest.domain.record import from_json as record_of
from plugins.ingest.domain.record import to_json as record_json
from plugins.ingest.domain.wording import explain
from plugins.ingest.queries.known import item_with
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.stacks import PAGE_FILES, record_of_stack, stack_rows
from plugins.ingest.service.claims import require_claim
from plugins.ingest.service.engine import engine_for_file
from plugins.ingest.service.filing import Place, file_item, file_pages, mark_duplicate
from plugins.ingest.service.households import open_file
from plugins.ingest.service.receive import find_file
from plugins.ingest.service.room import refuse_without_room
from plugins.ingest.tools import settings_of, work_folder

SPLIT_JOB: Final = "ingest.split"


def order_split(uow: UnitOfWork, file_id: int, parts: Sequence[Part], *, pages: int) -> None:
    """Have a stack from the sorting desk cut as a person decided.

    Args:
        uow: the unit of work.
        file_id: the intake file, or the first of a folder's page files.
        parts: the papers in order; together they hold every page but separator sheets and blank ones.
        pages: how many pages the person saw.

    Raises:
        StaleVersion: pages have come or gone since.
        Conflict: somebody else is cutting it, or it was decided already.
        Faults: the cuts are incomplete.
    """
    row = find_file(uow, file_id, SORTING)
    require_claim(uow, file_id)
    rows = stack_rows(uow.session, row)
    record = record_of_stack(rows)
    if len(record.pages) != pages or rows[0] is not row:
        raise stale_version()
    faults = check_parts(uow, row, record, parts)
    if faults:
        raise Faults(_("没有拆分"), faults)
    for each in rows:
        each.state, each.reason = SPLITTING, ""
    row.cuts = {"parts": to_json(parts), "by": uow.actor.name, "files": [each.id for each in rows]}
    uow.journal("intake.split_ordered", f"intake_file:{row.id}", division=row.division_code, parts=len(parts))
    uow.enqueue(SPLIT_JOB, str(row.id), division=row.division_code, label=_("拆分 %(path)s", path=row.relative_path))


def check_parts(uow: UnitOfWork, row: IntakeFile, record: ScanRecord, parts: Sequence[Part]) -> list[Fault]:
    """Return what is wrong with the papers of a stack; nothing when they can be filed."""
    if record.format not in (*DIVISIBLE, PAGE_FILES):
        raise BadInput(_("这种文件不能拆分"), where=record.format)
    return [*_page_faults(record, parts), *_paper_faults(uow, row, parts)]


def _page_faults(record: ScanRecord, parts: Sequence[Part]) -> list[Fault]:
    used = [page for part in parts for page in part.pages]
    may_go = separator_pages(record.pages) | {page.page_no for page in record.pages if page.is_blank}
    missing = sorted({page.page_no for page in record.pages} - may_go - set(used))
    faults = []
    if missing:
        named = "、".join(map(str, missing[:10]))
        faults.append(Fault("pages", _("第 %(n)s 页不属于任何一件", n=named), _("只有分隔页和空白页可以不归档。")))
    if used != sorted(set(used)) or not set(used) <= {page.page_no for page in record.pages}:
        faults.append(Fault("pages", _("页的次序不对"), _("请刷新后重试。")))
    if not parts or not parts[0].starts_file:
        faults.append(Fault("parts", _("第一件必须指定案卷")))
    return faults


def _paper_faults(uow: UnitOfWork, row: IntakeFile, parts: Sequence[Part]) -> list[Fault]:
    titles = doc_titles(uow.session)
    faults = []
    for number, part in enumerate(parts, start=1):
        where = _("第 %(n)s 件", n=number)
        if not part.pages:
            faults.append(Fault(where, _("没有页")))
        if part.doc_type and part.doc_type not in titles:
            faults.append(Fault(where, _("没有这种材料类型"), _("请从列表中选择。")))
        if not part.doc_type and not part.title.strip():
            faults.append(Fault(where, _("请选择材料类型或填写题名")))
        if part.starts_file:
            faults += _file_faults(uow, row, part, where)
    return faults


def _file_faults(uow: UnitOfWork, row: IntakeFile, part: Part, where: str) -> list[Fault]:
    if part.archive_file_id is not None:
        mine = uow.actor.within(ArchiveFile.division_code) & ArchiveFile.division_code.startswith(row.division_code[:6])
        found = uow.session.scalar(select(ArchiveFile.id).where(ArchiveFile.id == part.archive_file_id, mine))
        return [] if found is not None else [Fault(where, _("没有这个案卷"))]
    faults = []
    village = part.village
    is_village = len(village) == VILLAGE_DIGITS and village.startswith(row.division_code[:6])
    if not is_village or not uow.actor.covers(village):
        faults.append(Fault(where, _("请选择村"), _("一户一档的案卷要立在村一级。")))
    if not part.holder.strip():
        faults.append(Fault(where, _("请填写户主，或选已有案卷")))
    return faults


def split(context: JobContext, argument: str) -> None:
    """Run as the job ``ingest.split``: write the papers of a file and file them; a refusal brings it back to the desk."""
    host, file_id = context.host, int(argument)
    with host.view() as session:
        row = session.get_one(IntakeFile, file_id)
    if row.state != SPLITTING or row.cuts is None or row.scan is None:
        return
    record, parts = record_of(row.scan), from_json(row.cuts["parts"])
    engine = engine_for_file(host, file_id)
    if len(row.cuts["files"]) > 1:
        with host.uow(system_actor(str(row.cuts["by"]))) as uow:
            context.still_mine(uow.session)
            _file_page_files(uow, [find_file(uow, each, SPLITTING) for each in row.cuts["files"]], parts, engine)
        return
    try:
        blobs = _write(host, row, record, parts)
    except Refused as refused:
        refuse_without_room(host)
        with host.uow(host.system_actor()) as uow:
            context.still_mine(uow.session)
            _bring_back(uow, file_id, refused)
        return
    with host.uow(system_actor(str(row.cuts["by"]))) as uow:
        context.still_mine(uow.session)
        _file_all(uow, find_file(uow, file_id, SPLITTING), record, list(zip(parts, blobs, strict=True)), engine)


def _write(host: Host, row: IntakeFile, record: ScanRecord, parts: Sequence[Part]) -> list[Blob]:
    settings = settings_of(host)
    limits = Limits(
        memory_mb=settings.parse_memory_mb, cpu_seconds=settings.parse_total_seconds, file_mb=settings.max_file_mb
    )
    with parts_of(
        host.storage.path(row.sha256),
        record.format,
        [part.pages for part in parts],
        folder=work_folder(host, "split"),
        limits=limits,
        seconds=settings.parse_total_seconds,
    ) as written:
        return [host.storage.put_file(path) for path in written]


def _bring_back(uow: UnitOfWork, file_id: int, refused: Refused) -> None:
    row = find_file(uow, file_id, SPLITTING)
    row.state, row.reason_code = SORTING, refused.code
    row.reason = _("没有拆分：%(why)s", why=explain(refused.code))
    subject, facts = f"intake_file:{row.id}", {"reason": refused.code, "detail": refused.detail[:200]}
    uow.journal("intake.split_failed", subject, division=row.division_code, **facts)


def _file_all(
    uow: UnitOfWork, stack: IntakeFile, record: ScanRecord, papers: Sequence[tuple[Part, Blob]], engine: str
) -> None:
    titles = doc_titles(uow.session)
    archive_file: ArchiveFile | None = None
    for part, blob in papers:
        if part.starts_file or archive_file is None:
            archive_file = _file_of(uow, part)
        row = _paper_row(uow, stack, part, blob)
        paper = _record_of_part(record, part)
        row.scan = record_json(paper)
        if _is_twin(uow, row):
            continue
        title = part.title.strip() or titles.get(part.doc_type, "")
        file_item(uow, row, paper, Place(archive_file, part.doc_type, title, "person"), engine)
    stack.state, stack.scan, stack.decided_at, stack.decided_by = SPLIT, None, uow.now, uow.actor.name
    facts = {"sha256": stack.sha256, "papers": len(papers)}
    uow.journal("intake.split", f"intake_file:{stack.id}", division=stack.division_code, **facts)


def _file_page_files(uow: UnitOfWork, rows: Sequence[IntakeFile], parts: Sequence[Part], engine: str) -> None:
    """File the page files of a folder as papers; what was left out of them is set aside, its original stays."""
    titles = doc_titles(uow.session)
    records = [record_of(row.scan or {}) for row in rows]
    archive_file: ArchiveFile | None = None
    for part in parts:
        if part.starts_file or archive_file is None:
            archive_file = _file_of(uow, part)
        files = [(rows[number - 1], records[number - 1]) for number in part.pages]
        fresh = [(row, record) for row, record in files if not _is_twin(uow, row)]
        if fresh:
            title = part.title.strip() or titles.get(part.doc_type, "")
            file_pages(uow, fresh, Place(archive_file, part.doc_type, title, "person"), engine)
    for row in rows:
        if row.state == SPLITTING:
            row.state, row.scan, row.reason = DISMISSED, None, _("分隔页或空白页，不归档")
            row.decided_at, row.decided_by = uow.now, uow.actor.name
    facts = {"files": len(rows), "papers": len(parts)}
    uow.journal("intake.split", f"intake_file:{rows[0].id}", division=rows[0].division_code, **facts)


def _is_twin(uow: UnitOfWork, row: IntakeFile) -> bool:
    """Settle a page that is in the archive already as a duplicate; returns whether it was one."""
    twin = item_with(uow.session, row.division_code, row.sha256)
    if twin is not None:
        mark_duplicate(uow, row, twin)
    return twin is not None


def _file_of(uow: UnitOfWork, part: Part) -> ArchiveFile:
    if part.archive_file_id is not None:
        return uow.session.get_one(ArchiveFile, part.archive_file_id)
    holder = part.holder.strip()
    return open_file(uow, division_code=part.village, title=f"{holder}林权登记材料", holder_name=holder)


def _paper_row(uow: UnitOfWork, stack: IntakeFile, part: Part, blob: Blob) -> IntakeFile:
    span = f"{part.pages[0]}-{part.pages[-1]}" if len(part.pages) > 1 else str(part.pages[0])
    row = IntakeFile(
        run_id=stack.run_id,
        relative_path=f"{stack.relative_path}#{span}",
        division_code=stack.division_code,
        bytes=blob.bytes,
        sha256=blob.sha256,
        state=RECEIVED,
        scan=None,
        parent_id=stack.id,
        cuts=None,
        archive_file_id=None,
        item_id=None,
        pages=len(part.pages),
        received_at=stack.received_at,
        decided_at=None,
        decided_by="",
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def _record_of_part(record: ScanRecord, part: Part) -> ScanRecord:
    """Return the record of one paper: its pages, numbered from one."""
    known = {page.page_no: page for page in record.pages}
    pages = (replace(known[page_no], page_no=number) for number, page_no in enumerate(part.pages, start=1))
    return replace(record, pages=tuple(pages))
