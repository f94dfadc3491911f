"""Filing the papers of a batch: each becomes a 件 of the batch's own 卷 (class YJ01), numbered without a gap, with its digest.

The bytes are made and stored before the transaction; inside it the numbers are given and everything is bound together, or
nothing is. A paper once filed is printed again from its stored bytes, never made anew. Handlers call this after each step
that brings a paper about; called twice, it finds everything filed.

Source: domain reference 1.3 (YJ01, 一批一卷), 3.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.errors import Conflict, Unavailable
from lindang.fonts import FontFile, find_font
from lindang.i18n import _, local_time, official
from models.archive import ArchiveFile, Fonds, Item, SchemeNode
from models.digital import MASTER, DigitalObject
from models.events import ArchiveFileSaved, ItemFiled
from models.handover import LIST_PDF, LIST_XLSX, Batch, TransferDoc
from models.identifiers import ARCHIVAL_CODE, CODE, number_row
from models.numbering import fonds_of, next_file_code, next_item_code
from models.packages import BatchPaper
from plugins.handover.documents import forms, pdf_form, workbook_form
from plugins.handover.documents.forms import LIST, TITLES, Form
from plugins.handover.queries.forms import carriers_of, dated, ending_of, filed_of, returned_of
from plugins.handover.queries.papers import Due, Master, due_papers, filed_papers, volume_of
from plugins.handover.service.manifests import read_manifest
from plugins.handover.service.steps import open_batch

if TYPE_CHECKING:
    from lindang.host import Host
    from lindang.uow import UnitOfWork

CLASS: Final = "YJ01"
_PERMANENT: Final = "Y"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A paper whose bytes are stored and which has no number in the archive yet."""

    due: Due
    title: str
    author: str
    paper_no: str
    day: dt.date
    masters: tuple[Master, ...]


def file_papers(host: Host, batch_id: int) -> int:
    """File the papers of a batch that are due and not filed yet.

    Returns:
        How many were filed; none where no fonds keeps the county's records yet: the batch's page says so.

    Raises:
        Unavailable: somebody else filed one at the same time; to be tried again.
    """
    with host.view() as session, official():
        batch = session.get_one(Batch, batch_id)
        if fonds_of(session, batch.division_code) is None:
            return 0
        filed = filed_papers(session, batch)
        known = {(paper.list_version, paper.kind) for paper in filed}
        waiting = [due for due in due_papers(session, batch) if (due.list_version, due.kind) not in known]
        drawn = [_draw(host, session, batch, due, len(filed) + place) for place, due in enumerate(waiting, 1)]
    for paper in drawn:
        with host.uow(host.system_actor()) as uow:
            _file(uow, batch_id, paper)
    return len(drawn)


def filled_form(host: Host, session: Session, batch: Batch, kind: str, list_version: int) -> Form:
    """Return a paper of a batch, filled in with what is on record; ``list_version`` is whose manifest it speaks of."""
    sha256 = _manifest_digest(session, batch, list_version)
    manifest, sent = read_manifest(host.storage, sha256), carriers_of(batch)
    if kind == forms.TRANSFER:
        return forms.transfer_form(manifest, sha256, sent)
    if kind == forms.DEED:
        return forms.deed(manifest, sent)
    if kind == forms.RETURNS:
        return forms.return_list(manifest, returned_of(session, batch))
    if kind == forms.REGISTER:
        return forms.feedback_register(manifest, filed_of(session, batch))
    return forms.closing_report(manifest, sha256, sent, ending_of(session, batch))


def _manifest_digest(session: Session, batch: Batch, list_version: int) -> str:
    query = select(TransferDoc.sha256).where(
        TransferDoc.batch_id == batch.id, TransferDoc.list_version == list_version, TransferDoc.kind == "manifest"
    )
    return session.scalar(query) or batch.manifest_sha256


# --- before the transaction ---------------------------------------------------------------------------------------


def _draw(host: Host, session: Session, batch: Batch, due: Due, number: int) -> _Drawn:
    """Make and store the bytes of a paper. Its number is the next one of the batch, which filing makes sure of."""
    paper_no = paper_number(batch.batch_no, number)
    manifest = read_manifest(host.storage, _manifest_digest(session, batch, due.list_version))
    made_at = dated(session, batch, due.kind)
    masters = _list_masters(session, batch, due.list_version) if due.kind == LIST else ()
    if due.kind != LIST:
        form = replace(filled_form(host, session, batch, due.kind, due.list_version), paper_no=paper_no)
        masters = _form_masters(host, form, made_at)
    version = "" if due.list_version == 1 else f"（第 {due.list_version} 版清单）"
    title = f"{TITLES[due.kind]}（{batch.batch_no}）{version}"
    return _Drawn(due, title, str(manifest["from_org"]), paper_no, local_time(made_at).date(), masters)


def paper_number(batch_no: str, number: int) -> str:
    """Return the number of a batch's paper: ``141124-2020-YJ003-WJ02``."""
    return f"{batch_no}-WJ{number:02d}"


def _list_masters(session: Session, batch: Batch, list_version: int) -> tuple[Master, ...]:
    query = select(TransferDoc).where(
        TransferDoc.batch_id == batch.id,
        TransferDoc.list_version == list_version,
        TransferDoc.kind.in_((LIST_PDF, LIST_XLSX)),
    )
    found = {doc.kind: doc for doc in session.scalars(query)}
    return tuple(
        Master(kind.rpartition("_")[2], found[kind].media_type, found[kind].sha256, found[kind].bytes)
        for kind in (LIST_PDF, LIST_XLSX)
        if kind in found
    )


def _form_masters(host: Host, form: Form, made_at: dt.datetime) -> tuple[Master, ...]:
    made = [("xlsx", XLSX_TYPE, workbook_form(form, made_at))]
    font = _font(host)
    if font is not None:
        made.insert(0, ("pdf", "application/pdf", pdf_form(form, font, made_at)))
    blobs = [(suffix, media_type, host.storage.put_bytes(data)) for suffix, media_type, data in made]
    return tuple(Master(suffix, media_type, blob.sha256, blob.bytes) for suffix, media_type, blob in blobs)


def _font(host: Host) -> FontFile | None:
    try:
        return find_font(host.settings.plugin("handover").pdf_font)
    except Unavailable:
        return None


# --- inside the transaction ---------------------------------------------------------------------------------------


def _file(uow: UnitOfWork, batch_id: int, paper: _Drawn) -> None:
    batch = open_batch(uow, batch_id, None)
    known = select(BatchPaper.id).where(
        BatchPaper.batch_id == batch.id,
        BatchPaper.list_version == paper.due.list_version,
        BatchPaper.kind == paper.due.kind,
    )
    if uow.session.scalar(known) is not None:
        return
    filed = uow.session.scalar(select(func.count()).where(BatchPaper.batch_id == batch.id)) or 0
    if paper.paper_no != paper_number(batch.batch_no, filed + 1):
        raise Unavailable(_("批次 %(no)s 的文件正由别人归档", no=batch.batch_no), remedy=_("将自动重试。"))
    volume = volume_of(uow.session, batch) or _open_volume(uow, batch)
    item = _new_item(uow, volume, paper)
    uow.session.add_all(_object(uow, item, master) for master in paper.masters)
    row = BatchPaper(
        batch_id=batch.id,
        list_version=paper.due.list_version,
        kind=paper.due.kind,
        paper_no=paper.paper_no,
        item_id=item.id,
        sha256=paper.masters[0].sha256,
        filed_at=uow.now,
        filed_by=uow.actor.name,
    )
    uow.session.add(row)
    facts: dict[str, Any] = {"paper_no": paper.paper_no, "code": item.archival_code, "sha256": row.sha256}
    uow.journal("batch.paper_filed", f"batch:{batch.id}", division=batch.division_code, **facts)
    uow.emit(ItemFiled(item_id=item.id, archive_file_id=volume.id, division_code=item.division_code))


def _open_volume(uow: UnitOfWork, batch: Batch) -> ArchiveFile:
    """Open the batch's 卷. Raises Conflict when no fonds keeps the county's records."""
    fonds: Fonds | None = fonds_of(uow.session, batch.division_code)
    if fonds is None:
        raise Conflict(_("这个区划还没有全宗，不能编档号"), remedy=_("请先在“全宗”页登记本单位的全宗号。"))
    node = select(SchemeNode.retention).where(SchemeNode.code == CLASS, SchemeNode.is_current)
    retention = uow.session.scalar(node.limit(1)) or _PERMANENT
    parts = next_file_code(
        uow,
        fonds=fonds.code,
        class_code=CLASS,
        division_code=batch.division_code,
        year=_year(batch),
        retention=retention,
    )
    volume = ArchiveFile(
        archival_code=parts.code,
        fonds_code=fonds.code,
        class_code=CLASS,
        division_code=batch.division_code,
        year=_year(batch),
        retention=retention,
        file_no=parts.number,
        title=f"{batch.title}（移交批次 {batch.batch_no}）"[:200],
        folder_name=None,
        paper_pages=None,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(volume)
    uow.session.flush()
    _enter_code(uow, volume)
    subject = f"archive_file:{volume.id}"
    uow.journal("archive_file.opened", subject, division=volume.division_code, code=volume.archival_code)
    uow.emit(ArchiveFileSaved(archive_file_id=volume.id, division_code=volume.division_code))
    return volume


def _year(batch: Batch) -> int | None:
    """Return the year in the batch's number."""
    parts: Sequence[str] = batch.batch_no.split("-")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else None


def _new_item(uow: UnitOfWork, volume: ArchiveFile, paper: _Drawn) -> Item:
    parts = next_item_code(uow, volume)
    item = Item(
        archive_file_id=volume.id,
        archival_code=parts.code,
        item_no=parts.number,
        division_code=volume.division_code,
        title=paper.title[:200],
        author=paper.author,
        doc_no=paper.paper_no,
        doc_date=paper.day,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(item)
    uow.session.flush()
    _enter_code(uow, volume, item)
    return item


def _enter_code(uow: UnitOfWork, volume: ArchiveFile, item: Item | None = None) -> None:
    """Make the code of the 卷, or of one of its 件, findable as a number."""
    code = item.archival_code if item else volume.archival_code
    links = {"archive_file_id": volume.id, "item_id": item.id if item else None}
    uow.session.add(number_row(ARCHIVAL_CODE, code, source=CODE, division_code=volume.division_code, **links))


def _object(uow: UnitOfWork, item: Item, master: Master) -> DigitalObject:
    return DigitalObject(
        item_id=item.id,
        page_id=None,
        role=MASTER,
        format=master.suffix,
        media_type=master.media_type,
        bytes=master.bytes,
        sha256=master.sha256,
        tool="lindang",
        source_name=f"{item.title}.{master.suffix}",
        made_at=uow.now,
        made_by=uow.actor.name,
        verified_at=uow.now,
    )
