"""From a parsed file to a 件: find its place, number it, write pages, objects, text and numbers, all in one transaction.

Files of one folder are filed in the order of their names however they were parsed: a parsed file waits until the files
before it are decided, so that 件号 follow the paper. What has no place goes to the sorting desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from lindang.errors import Conflict
from lindang.i18n import _
from lindang.jobs import QUEUED, RUNNING, JobRow
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, ChecklistRule, Item, Page, SchemeNode
from models.digital import MASTER, THUMB, VIEW, DigitalObject
from models.events import ArchiveFileSaved, ItemFiled
from models.handover import BatchItem
from models.identifiers import ARCHIVAL_CODE, CODE, number_row
from models.intake import DUPLICATE, FAILED, FILED, RECEIVED, SORTING, IntakeFile, IntakeRun
from models.numbering import fonds_of, next_file_code, next_item_code
from plugins.ingest.domain.fields import COVER_PREFIX, cover_codes
from plugins.ingest.domain.naming import FileName
from plugins.ingest.domain.placing import Household, household_of
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.record import Derived, PageRecord, ScanRecord, from_json, to_json
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.wording import explain
from plugins.ingest.queries.known import item_with
from plugins.ingest.queries.places import unique_villages
from plugins.ingest.service.links import archive_file_named_in
from plugins.ingest.service.receive import PROCESS_JOB, RECOGNISE_JOB, find_file
from plugins.ingest.service.texts import link_item, store_text
from plugins.ingest.tools import naming_of, settings_of

FEEDBACK_TYPE: Final = "D18"

_RETENTION: Final = "Y"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is filed and as what; ``found_by`` is ``cover``, ``folder``, ``certificate`` or ``person``."""

    archive_file: ArchiveFile
    doc_type: str
    title: str
    found_by: str


def accept_scan(uow: UnitOfWork, file_id: int, record: ScanRecord, engine: str) -> None:
    """Keep what the pipeline found and file whatever is ready now in the same folder."""
    row = find_file(uow, file_id, RECEIVED)
    row.scan = to_json(record)
    row.pages = len(record.pages)
    row.seconds = record.seconds
    uow.session.flush()
    file_ready(uow, row, engine)


def refuse_scan(uow: UnitOfWork, file_id: int, refused: Refused, engine: str, *, seconds: float = 0.0) -> None:
    """Put a file into the failed lane; what waited behind it is filed."""
    row = find_file(uow, file_id, RECEIVED)
    row.state = FAILED
    row.reason_code = refused.code
    row.reason = explain(refused.code, refused.detail)
    row.decided_at, row.seconds = uow.now, round(seconds, 2)
    uow.session.flush()
    subject, facts = f"intake_file:{row.id}", {"reason": refused.code, "sha256": row.sha256}
    uow.journal("intake.failed", subject, division=row.division_code, **facts)
    file_ready(uow, row, engine)


def file_ready(uow: UnitOfWork, row: IntakeFile, engine: str) -> None:
    """Decide the parsed files of the row's folder, in the order of their names, up to the first that is not parsed."""
    # Locked where rows can be: two workers that finish neighbours at once must not each wait for the other.
    run = uow.session.get_one(IntakeRun, row.run_id, with_for_update=True)
    for each in _folder_of(uow, run, row):
        if each.scan is not None:
            _decide(uow, run, each, engine)
        elif _is_under_way(uow, each):
            return


def _is_under_way(uow: UnitOfWork, row: IntakeFile) -> bool:
    """Tell whether a worker will still parse the file: one whose job has failed holds up nobody."""
    alive = select(JobRow.id).where(
        JobRow.kind == PROCESS_JOB, JobRow.argument == str(row.id), JobRow.state.in_((QUEUED, RUNNING))
    )
    return uow.session.scalar(alive.limit(1)) is not None


def _folder_of(uow: UnitOfWork, run: IntakeRun, row: IntakeFile) -> list[IntakeFile]:
    """Return the files that stand in the same folder, in filing order; a file in no folder waits for nobody."""
    folder = row.relative_path.rpartition("/")[0]
    if not folder:
        return [row] if row.state == RECEIVED else []
    query = select(IntakeFile).where(
        IntakeFile.run_id == run.id,
        IntakeFile.state == RECEIVED,
        IntakeFile.relative_path.startswith(f"{folder}/", autoescape=True),
    )
    rows = {each.relative_path: each for each in uow.session.scalars(query)}
    planned = naming_of(uow.host).plan(path for path in rows if path.rpartition("/")[0] == folder)
    return [rows[file.relative_path] for each in planned.folders for file in each.files]


def _decide(uow: UnitOfWork, run: IntakeRun, row: IntakeFile, engine: str) -> None:
    record = from_json(row.scan or {})
    twin = item_with(uow.session, row.division_code, row.sha256)
    if twin is not None:
        mark_duplicate(uow, row, twin)
        return
    place = _find_place(uow, run, row, record)
    if place is not None:
        file_item(uow, row, record, place, engine)
        return
    row.state = SORTING
    uow.session.flush()
    uow.journal("intake.sorting", f"intake_file:{row.id}", division=row.division_code)
    if engine and record.wants_reading:
        enqueue_reading(uow, Target(row.id, is_desk_file=True), row.division_code, row.relative_path)


def mark_duplicate(uow: UnitOfWork, row: IntakeFile, item_id: int) -> None:
    """Settle a file whose content turned out to be in the archive: it points to that item."""
    row.state, row.reason_code, row.item_id, row.decided_at = DUPLICATE, ReasonCode.DUPLICATE, item_id, uow.now
    row.scan = None
    subject = f"intake_file:{row.id}"
    uow.journal("intake.duplicate", subject, division=row.division_code, item=item_id, sha256=row.sha256)


def _find_place(uow: UnitOfWork, run: IntakeRun, row: IntakeFile, record: ScanRecord) -> Place | None:
    """Find the place by cover sheet, then by folder, then by the certificate number in the text."""
    naming = naming_of(uow.host)
    name = naming.file(row.relative_path)
    if by_cover := _file_on_cover(uow, row, record):
        return Place(by_cover, FEEDBACK_TYPE, _title(uow, name, FEEDBACK_TYPE), "cover")
    household = household_of(
        row.relative_path,
        naming,
        division_code=run.division_code,
        run_name=run.name,
        villages=unique_villages(uow.session, run.division_code[:6]),
    )
    if household:
        archive_file = household_file(uow, household)
        return Place(archive_file, name.doc_type, _title(uow, name, name.doc_type), "folder")
    if by_number := archive_file_named_in(uow, row.division_code, record):
        return Place(by_number, name.doc_type, _title(uow, name, name.doc_type), "certificate")
    return None


def _file_on_cover(uow: UnitOfWork, row: IntakeFile, record: ScanRecord) -> ArchiveFile | None:
    """Return the 案卷 that a handover's cover sheet names, inside the county of the run."""
    for code in cover_codes(record.codes):
        query = (
            select(ArchiveFile)
            .join(BatchItem, BatchItem.archive_file_id == ArchiveFile.id)
            .where(
                BatchItem.code == code.removeprefix(COVER_PREFIX),
                ArchiveFile.division_code.startswith(row.division_code[:6]),
                uow.actor.within(ArchiveFile.division_code),
            )
        )
        if found := uow.session.scalars(query.limit(1)).first():
            return found
    return None


def _title(uow: UnitOfWork, name: FileName, doc_type: str) -> str:
    """Return the item's title: as the file name has it, else as the checklist calls the document."""
    rule = select(ChecklistRule.title).where(ChecklistRule.doc_type == doc_type, ChecklistRule.is_current)
    listed = uow.session.scalar(rule.limit(1)) if doc_type else None
    return name.title or listed or (str(name.order) if name.order is not None else _("未命名文件"))


def household_file(uow: UnitOfWork, household: Household) -> ArchiveFile:
    """Return the 案卷 of a household folder, opening it at its first file."""
    known = select(ArchiveFile).where(
        ArchiveFile.division_code == household.division_code, ArchiveFile.folder_name == household.key
    )
    found = uow.session.scalars(known).first()
    if found is not None:
        return found
    return open_file(
        uow,
        division_code=household.division_code,
        title=household.title,
        holder_name=household.name.holder,
        folder_name=household.key,
    )


def open_file(
    uow: UnitOfWork, *, division_code: str, title: str, holder_name: str = "", folder_name: str | None = None
) -> ArchiveFile:
    """Open a 案卷 of the household class and give it the next code. Raises Conflict when no fonds keeps the records."""
    fonds = fonds_of(uow.session, division_code)
    if fonds is None:
        raise Conflict(_("这个区划还没有全宗，不能编档号"), where=division_code, remedy=_("请先登记本单位的全宗号。"))
    class_code = settings_of(uow.host).class_code
    node = select(SchemeNode.retention).where(SchemeNode.code == class_code, SchemeNode.is_current)
    retention = uow.session.scalar(node.limit(1)) or _RETENTION
    parts = next_file_code(
        uow, fonds=fonds.code, class_code=class_code, division_code=division_code, year=None, retention=retention
    )
    archive_file = ArchiveFile(
        archival_code=parts.code,
        fonds_code=fonds.code,
        class_code=class_code,
        year=None,
        retention=retention,
        division_code=division_code,
        file_no=parts.number,
        title=title,
        holder_name=holder_name,
        folder_name=folder_name,
        paper_pages=None,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(archive_file)
    uow.session.flush()
    _enter_code(uow, archive_file.archival_code, archive_file)
    subject = f"archive_file:{archive_file.id}"
    uow.journal("archive_file.opened", subject, division=division_code, code=archive_file.archival_code)
    uow.emit(ArchiveFileSaved(archive_file_id=archive_file.id, division_code=division_code))
    return archive_file


def _enter_code(uow: UnitOfWork, code: str, archive_file: ArchiveFile, item_id: int | None = None) -> None:
    links = {"archive_file_id": archive_file.id, "item_id": item_id}
    row = number_row(ARCHIVAL_CODE, code, source=CODE, division_code=archive_file.division_code, **links)
    uow.session.add(row)


def file_item(uow: UnitOfWork, row: IntakeFile, record: ScanRecord, place: Place, engine: str) -> Item:
    """File a parsed file as the next 件 of its 案卷, with pages, objects and whatever text it has."""
    archive_file = place.archive_file
    parts = next_item_code(uow, archive_file)
    item = Item(
        archive_file_id=archive_file.id,
        archival_code=parts.code,
        item_no=parts.number,
        division_code=archive_file.division_code,
        doc_type=place.doc_type,
        title=place.title[:200],
        doc_date=None,
        source_name=row.relative_path.rpartition("/")[2],
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(item)
    uow.session.flush()
    _enter_code(uow, item.archival_code, archive_file, item.id)
    _add_master(uow, row, item, record)
    for page in record.pages:
        _add_page(uow, item, page, record)
    _mark_filed(uow, row, item)
    facts = {"code": item.archival_code, "sha256": row.sha256, "pages": len(record.pages), "found_by": place.found_by}
    uow.journal("item.filed", f"item:{item.id}", division=item.division_code, intake_file=row.id, **facts)
    codes = cover_codes(record.codes)
    filed = ItemFiled(
        item_id=item.id, archive_file_id=archive_file.id, cover_codes=codes, division_code=item.division_code
    )
    uow.emit(filed)
    link_item(uow, item)
    if engine and record.wants_reading:
        enqueue_reading(uow, Target(item.id), item.division_code, item.archival_code)
    return item


def _mark_filed(uow: UnitOfWork, row: IntakeFile, item: Item) -> None:
    row.state, row.item_id, row.archive_file_id = FILED, item.id, item.archive_file_id
    row.decided_at, row.decided_by = uow.now, uow.actor.name
    row.scan = None  # pages, objects and texts have their own rows from here on
    uow.session.flush()


def _add_master(uow: UnitOfWork, row: IntakeFile, item: Item, record: ScanRecord) -> None:
    single = record.pages[0] if len(record.pages) == 1 else None
    master = DigitalObject(
        item_id=item.id,
        page_id=None,
        role=MASTER,
        format=record.format,
        media_type=record.media_type,
        bytes=row.bytes,
        sha256=row.sha256,
        width=single.width if single else 0,
        height=single.height if single else 0,
        dpi=single.dpi if single else 0,
        colour_mode=single.colour_mode if single else "",
        tool=record.producer[:80],
        source_name=item.source_name,
        made_at=row.received_at,
        made_by=uow.actor.name,
        verified_at=uow.now,
    )
    uow.session.add(master)


def _add_page(uow: UnitOfWork, item: Item, record: PageRecord, scan: ScanRecord) -> None:
    page = Page(
        item_id=item.id,
        page_no=record.page_no,
        is_blank=record.is_blank,
        width=record.width,
        height=record.height,
        dpi=record.dpi,
        colour_mode=record.colour_mode,
    )
    uow.session.add(page)
    uow.session.flush()
    for role, derived in ((VIEW, record.view), (THUMB, record.thumb)):
        uow.session.add(_derivative(uow, page, role, derived, scan.tool))
    uow.session.flush()
    if record.text is not None:
        store_text(uow, item, page, record.text)


def _derivative(uow: UnitOfWork, page: Page, role: str, derived: Derived, tool: str) -> DigitalObject:
    return DigitalObject(
        item_id=page.item_id,
        page_id=page.id,
        role=role,
        format="jpeg",
        media_type="image/jpeg",
        bytes=derived.bytes,
        sha256=derived.sha256,
        width=derived.width,
        height=derived.height,
        dpi=derived.dpi,
        colour_mode="",
        tool=tool,
        made_at=uow.now,
        made_by=uow.actor.name,
        verified_at=uow.now,
    )


def enqueue_reading(uow: UnitOfWork, target: Target, division_code: str, name: str) -> None:
    """Have the pages of an item, or of a file on the sorting desk, read."""
    uow.enqueue(RECOGNISE_JOB, str(target), division=division_code, label=_("识别 %(name)s", name=name))
