"""From a parsed file to a 件: find its place, number it, write pages, objects, text and numbers, all in one transaction.

Files are decided when it is their turn (see ``turns``), so that 案卷号 and 件号 follow the paper. What has no place goes to
the sorting desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, ChecklistRule, Item, Page
from models.digital import MASTER, THUMB, VIEW, DigitalObject
from models.events import ItemFiled
from models.handover import BatchItem
from models.intake import DUPLICATE, FAILED, FILED, RECEIVED, SORTING, IntakeFile, IntakeRun
from models.numbering import next_item_code
from plugins.ingest.domain.fields import COVER_PREFIX, cover_codes
from plugins.ingest.domain.naming import FileName
from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.record import PDF_BORN, Derived, PageRecord, ScanRecord, from_json, to_json
from plugins.ingest.domain.separator import separator_among
from plugins.ingest.domain.targets import Target
from plugins.ingest.domain.wording import explain
from plugins.ingest.queries.known import item_with
from plugins.ingest.service.households import enter_code, household_file, household_in
from plugins.ingest.service.links import archive_file_named_in
from plugins.ingest.service.quality import judge_item, keep_look
from plugins.ingest.service.receive import RECOGNISE_JOB, find_file
from plugins.ingest.service.texts import link_item, store_text
from plugins.ingest.service.turns import ready_files
from plugins.ingest.tools import naming_of

FEEDBACK_TYPE: Final = "D18"


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
    """Decide the parsed files whose turn it is now that this one is parsed or has failed."""
    # Locked where rows can be: two workers that finish neighbours at once must not each wait for the other.
    run = uow.session.get_one(IntakeRun, row.run_id, with_for_update=True)
    for each in ready_files(uow, run, row):
        _decide(uow, run, each, engine)


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
    # a stack with separator sheets is read as papers, after it is cut
    if engine and record.wants_reading and separator_among(record.codes) is None:
        enqueue_reading(uow, Target(row.id, is_desk_file=True), row.division_code, row.relative_path)


def mark_duplicate(uow: UnitOfWork, row: IntakeFile, item_id: int) -> None:
    """Settle a file whose content turned out to be in the archive: it points to that item."""
    row.state, row.reason_code, row.item_id, row.decided_at = DUPLICATE, ReasonCode.DUPLICATE, item_id, uow.now
    row.scan = None
    subject = f"intake_file:{row.id}"
    uow.journal("intake.duplicate", subject, division=row.division_code, item=item_id, sha256=row.sha256)


def _find_place(uow: UnitOfWork, run: IntakeRun, row: IntakeFile, record: ScanRecord) -> Place | None:
    """Find the place by cover sheet, then by folder, then by the certificate number in the text.

    A stack with separator sheets, and one whose pages are files, has none: a person looks at the cuts first.
    """
    if run.profile.get("stack") or separator_among(record.codes) is not None:
        return None
    name = naming_of(uow.host).file(row.relative_path).or_type(str(run.profile.get("doc_type") or ""))
    if by_cover := _file_on_cover(uow, row, record):
        return Place(by_cover, FEEDBACK_TYPE, _title(uow, name, FEEDBACK_TYPE), "cover")
    household = household_in(uow, run, row.relative_path)
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


def file_item(uow: UnitOfWork, row: IntakeFile, record: ScanRecord, place: Place, engine: str) -> Item:
    """File a parsed file as the next 件 of its 案卷, with pages, objects and whatever text it has."""
    item = _new_item(uow, row, place)
    uow.session.add(_master(uow, row, item, record))
    for page in record.pages:
        _add_page(uow, item, page, record)
    _mark_filed(uow, row, item)
    facts = {"intake_file": row.id, "sha256": row.sha256, "pages": len(record.pages)}
    _tell(uow, item, place, record, engine, facts=facts)
    return item


def file_pages(uow: UnitOfWork, files: Sequence[tuple[IntakeFile, ScanRecord]], place: Place, engine: str) -> Item:
    """File parsed files of one page each as the pages of the next 件; every page keeps its own original."""
    item = _new_item(uow, files[0][0], place)
    pages = [replace(record.pages[0], page_no=number) for number, (_row, record) in enumerate(files, start=1)]
    for page, (row, record) in zip(pages, files, strict=True):
        master = _master(uow, row, item, record)
        master.page_id = _add_page(uow, item, page, record).id
        uow.session.add(master)
        _mark_filed(uow, row, item)
    facts = {"intake_files": [row.id for row, _record in files], "pages": len(files)}
    _tell(uow, item, place, replace(files[0][1], pages=tuple(pages)), engine, facts=facts)
    return item


def _new_item(uow: UnitOfWork, row: IntakeFile, place: Place) -> Item:
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
    enter_code(uow, item.archival_code, archive_file, item.id)
    return item


def _tell(
    uow: UnitOfWork, item: Item, place: Place, record: ScanRecord, engine: str, *, facts: dict[str, object]
) -> None:
    """Journal what was filed, tell the others, and have its pages read."""
    told = {"code": item.archival_code, "found_by": place.found_by, **facts}
    uow.journal("item.filed", f"item:{item.id}", division=item.division_code, **told)
    codes = cover_codes(record.codes)
    filed = ItemFiled(
        item_id=item.id,
        archive_file_id=item.archive_file_id,
        cover_codes=codes,
        division_code=item.division_code,
    )
    uow.emit(filed)
    judge_item(uow, item)
    link_item(uow, item)
    if engine and record.wants_reading:
        enqueue_reading(uow, Target(item.id), item.division_code, item.archival_code)


def _mark_filed(uow: UnitOfWork, row: IntakeFile, item: Item) -> None:
    row.state, row.item_id, row.archive_file_id = FILED, item.id, item.archive_file_id
    row.decided_at, row.decided_by = uow.now, uow.actor.name
    row.scan = None  # pages, objects and texts have their own rows from here on
    uow.session.flush()


def _master(uow: UnitOfWork, row: IntakeFile, item: Item, record: ScanRecord) -> DigitalObject:
    single = record.pages[0] if len(record.pages) == 1 else None
    return DigitalObject(
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


def _add_page(uow: UnitOfWork, item: Item, record: PageRecord, scan: ScanRecord) -> Page:
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
    if record.look is not None or (record.text is not None and record.text.engine == PDF_BORN):
        keep_look(uow, item, page, record.look, record.view.sha256)
    if record.text is not None:
        store_text(uow, item, page, record.text)
    return page


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
