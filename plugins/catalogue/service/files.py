"""案卷 and 件: opening, describing, adding, changing a code. A code once given is stable: changing it keeps the old one
with the reason and the person who approved it, and is refused once the file stands in a handover batch.

Source: DA/T 13-2022 (stability), DA/T 22-2015 (a 件 and what describes it).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import or_, select, update

from lindang.errors import Conflict, Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Item, OldCode, SchemeNode
from models.checklist import household_classes
from models.codes import CodeParts
from models.digital import Identifier
from models.events import ArchiveFileSaved, ItemFiled
from models.finding import Finding
from models.handover import Batch, BatchItem
from models.identifiers import ARCHIVAL_CODE, CODE, number_row, retire
from models.numbering import fonds_of, next_file_code, next_item_code
from models.place import Division
from models.quality import PageQuality
from models.register import Certificate
from plugins.catalogue.domain.tables import RETENTIONS
from plugins.catalogue.service.finding import change, find_file, find_item

OUT_OF_BATCH: Final = ("WITHDRAWN", "RETURNED")
"""States of a batch item that no longer tie the file to its batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDraft:
    """A 案卷 to be opened; an empty retention is the class's own."""

    class_code: str
    division_code: str
    title: str
    holder_name: str = ""
    year: int | None = None
    retention: str = ""
    box_no: str = ""
    location: str = ""
    paper_pages: int | None = None
    security_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDescription:
    """What may be described anew without touching the code."""

    title: str
    holder_name: str
    box_no: str
    location: str
    paper_pages: int | None
    security_class: str
    is_disputed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """A 件 to be registered, or its new description."""

    title: str
    doc_type: str = ""
    author: str = ""
    doc_no: str = ""
    doc_date: dt.date | None = None
    original_kind: str = ""
    security_class: str = ""


def open_file(uow: UnitOfWork, draft: FileDraft) -> ArchiveFile:
    """Open a 案卷 and give it the next code of its class and village.

    Raises:
        Faults: the class or division is not usable, or words are missing.
        Conflict: no fonds keeps this division's records.
    """
    node = _class_of(uow, draft.class_code)
    _refuse_draft(uow, draft, node)
    fonds = fonds_of(uow.session, draft.division_code)
    if fonds is None:
        raise Conflict(_("这个区划还没有全宗，不能编档号"), remedy=_("请先在“全宗”页登记本单位的全宗号。"))
    retention = draft.retention or (node.retention if node else "")
    parts = next_file_code(
        uow,
        fonds=fonds.code,
        class_code=draft.class_code,
        division_code=draft.division_code,
        year=draft.year,
        retention=retention,
    )
    file = ArchiveFile(
        archival_code=parts.code,
        fonds_code=fonds.code,
        class_code=draft.class_code,
        year=draft.year,
        retention=retention,
        division_code=draft.division_code,
        file_no=parts.number,
        title=draft.title,
        holder_name=draft.holder_name,
        folder_name=None,
        box_no=draft.box_no,
        location=draft.location,
        paper_pages=draft.paper_pages,
        security_class=draft.security_class,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(file)
    uow.session.flush()
    _enter_file_code(uow, file)
    _saved(uow, file, "archive_file.opened", code=file.archival_code)
    return file


def _class_of(uow: UnitOfWork, class_code: str) -> SchemeNode | None:
    query = select(SchemeNode).where(SchemeNode.code == class_code, SchemeNode.is_current, SchemeNode.parent != "")
    return uow.session.scalar(query)


def _refuse_draft(uow: UnitOfWork, draft: FileDraft, node: SchemeNode | None) -> None:
    faults = _placement_faults(uow, draft.class_code, draft.division_code, draft.retention, node)
    if not draft.title.strip():
        faults.append(Fault("title", _("题名不能空"), _("如：王小山林权登记材料。")))
    if faults:
        raise Faults(_("案卷没有建立"), faults)


def _placement_faults(
    uow: UnitOfWork, class_code: str, division_code: str, retention: str, node: SchemeNode | None
) -> list[Fault]:
    faults = []
    if node is None:
        faults.append(Fault("class_code", _("分类方案中没有这个类别"), _("请从列表中选择。")))
    known = select(Division.id).where(Division.code == division_code, uow.actor.within(Division.code))
    if uow.session.scalar(known.limit(1)) is None:
        faults.append(Fault("division_code", _("没有这个区划"), _("请从列表中选择；缺少的区划请在“区划”页载入。")))
    elif class_code in household_classes(uow.session) and len(division_code) != 12:
        faults.append(Fault("division_code", _("一户一档的案卷要立在村一级"), _("请选择到村。")))
    if retention and retention not in RETENTIONS:
        faults.append(Fault("retention", _("没有这种保管期限"), _("请从列表中选择。")))
    return faults


def describe_file(uow: UnitOfWork, file_id: int, description: FileDescription, *, version: int) -> ArchiveFile:
    """Describe a 案卷 anew. Raises NotFound, StaleVersion, or Faults without a title."""
    file = find_file(uow, file_id, version)
    if not description.title.strip():
        raise Faults(_("著录没有保存"), [Fault("title", _("题名不能空"))])
    values = {field: getattr(description, field) for field in FileDescription.__dataclass_fields__}
    changed = change(file, values)
    if changed:
        _saved(uow, file, "archive_file.described", changed=changed)
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class Renumbering:
    """Where a 案卷 is to be placed anew, why, and who approved it (a person other than the one who does it)."""

    class_code: str
    division_code: str
    year: int | None
    retention: str
    reason: str
    approved_by: str


def renumber_file(uow: UnitOfWork, file_id: int, wanted: Renumbering, *, version: int) -> ArchiveFile:
    """Give a 案卷 and its 件 new codes in another place of the scheme; the old codes stay on record and findable.

    Raises:
        Conflict: the file stands in a handover batch, or nothing would change.
        Faults: the place, the reason or the approver is not usable.
    """
    file = find_file(uow, file_id, version)
    node = _class_of(uow, wanted.class_code)
    faults = _placement_faults(uow, wanted.class_code, wanted.division_code, wanted.retention, node)
    faults += _approval_faults(uow, wanted.reason, wanted.approved_by)
    if faults:
        raise Faults(_("档号没有变更"), faults)
    _refuse_renumbering(uow, file, wanted)
    old, left = file.archival_code, file.division_code
    parts = next_file_code(
        uow,
        fonds=file.fonds_code,
        class_code=wanted.class_code,
        division_code=wanted.division_code,
        year=wanted.year,
        retention=wanted.retention,
    )
    _keep_code(uow, "archive_file", file.id, old, wanted)
    _place(file, parts)
    retire(uow.session, ARCHIVAL_CODE, archive_file_id=file.id)
    _enter_file_code(uow, file)
    _renumber_items(uow, file, wanted)
    _move_certificate(uow, file)
    facts = {"old": old, "new": file.archival_code, "reason": wanted.reason, "approved_by": wanted.approved_by}
    _saved(uow, file, "archive_file.renumbered", **facts)
    if left != file.division_code:
        uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=left))
    return file


def _approval_faults(uow: UnitOfWork, reason: str, approved_by: str) -> list[Fault]:
    faults = []
    if not reason.strip():
        faults.append(Fault("reason", _("请写明变更原因")))
    if not approved_by.strip():
        faults.append(Fault("approved_by", _("请填写批准人")))
    elif approved_by.strip() == uow.actor.name:
        faults.append(Fault("approved_by", _("批准人须为另一人")))
    return faults


def _refuse_renumbering(uow: UnitOfWork, file: ArchiveFile, wanted: Renumbering) -> None:
    place = (wanted.class_code, wanted.division_code, wanted.year, wanted.retention)
    if place == (file.class_code, file.division_code, file.year, file.retention):
        raise Conflict(_("类别、区划、年度和保管期限都没有变，档号不必变更"))
    tied = (
        select(Batch.batch_no)
        .join(BatchItem, BatchItem.batch_id == Batch.id)
        .where(BatchItem.archive_file_id == file.id, BatchItem.state.not_in(OUT_OF_BATCH))
    )
    batch_no = uow.session.scalar(tied.limit(1))
    if batch_no is not None:
        raise Conflict(
            _("案卷已编入移交批次 %(no)s，档号不能变更", no=batch_no), remedy=_("请先将它从批次中移出，或等待退回。")
        )


def _place(file: ArchiveFile, parts: CodeParts) -> None:
    file.archival_code = parts.code
    file.class_code = parts.class_code
    file.division_code = parts.division_code
    file.year = parts.year
    file.retention = parts.retention
    file.file_no = parts.number


def _renumber_items(uow: UnitOfWork, file: ArchiveFile, wanted: Renumbering) -> None:
    items = list(file.items)
    for item in items:
        item.item_no = -item.item_no  # out of the way: (file, number) is unique at every step
    uow.session.flush()
    for item in items:
        _keep_code(uow, "item", item.id, item.archival_code, wanted)
        parts = next_item_code(uow, file)
        item.archival_code, item.item_no, item.division_code = parts.code, parts.number, file.division_code
        _enter_item_code(uow, item)
        uow.emit(ItemFiled(item_id=item.id, archive_file_id=file.id, division_code=file.division_code))
    uow.session.flush()


def _move_certificate(uow: UnitOfWork, file: ArchiveFile) -> None:
    """Let what belongs to the file follow it into another village: the certificate, its parcels, their findings, the numbers,
    the verdicts on its images.
    """
    certificate = uow.session.scalar(select(Certificate).where(Certificate.archive_file_id == file.id))
    mine = [Identifier.archive_file_id == file.id, Identifier.item_id.in_([item.id for item in file.items])]
    if certificate is not None:
        certificate.division_code = file.division_code
        certificate.county_code = file.division_code[:6]
        for parcel in certificate.parcels:
            parcel.division_code = file.division_code
        mine.append(Identifier.certificate_id == certificate.id)
        found = update(Finding).where(Finding.certificate_id == certificate.id)
        uow.session.execute(found.values(division_code=file.division_code))
    uow.session.execute(update(Identifier).where(or_(*mine)).values(division_code=file.division_code))
    images = update(PageQuality).where(PageQuality.item_id.in_([item.id for item in file.items]))
    uow.session.execute(images.values(division_code=file.division_code))


def _keep_code(uow: UnitOfWork, kind: str, object_id: int, code: str, wanted: Renumbering) -> None:
    kept = OldCode(
        kind=kind,
        object_id=object_id,
        old_code=code,
        reason=wanted.reason,
        approved_by=wanted.approved_by,
        at=uow.now,
        by=uow.actor.name,
    )
    uow.session.add(kept)


def add_item(uow: UnitOfWork, file_id: int, draft: ItemDraft) -> Item:
    """Register a 件 in a 案卷; its pages are scanned afterwards. Raises NotFound or Faults."""
    file = find_file(uow, file_id)
    _refuse_item(draft)
    parts = next_item_code(uow, file)
    item = Item(
        archive_file_id=file.id,
        archival_code=parts.code,
        item_no=parts.number,
        division_code=file.division_code,
        created_at=uow.now,
        created_by=uow.actor.name,
        **_item_values(draft),
    )
    uow.session.add(item)
    uow.session.flush()
    _enter_item_code(uow, item)
    _item_saved(uow, item, "item.added", code=item.archival_code)
    return item


def describe_item(uow: UnitOfWork, item_id: int, draft: ItemDraft, *, version: int) -> Item:
    """Describe a 件 anew. Raises NotFound, StaleVersion or Faults."""
    item = find_item(uow, item_id, version)
    _refuse_item(draft)
    changed = change(item, _item_values(draft))
    if changed:
        _item_saved(uow, item, "item.described", changed=changed)
    return item


def _refuse_item(draft: ItemDraft) -> None:
    if not draft.title.strip():
        raise Faults(_("件没有保存"), [Fault("title", _("题名不能空"), _("可选材料类型，题名会自动填入。"))])


def _item_values(draft: ItemDraft) -> dict[str, Any]:
    return {field: getattr(draft, field) for field in ItemDraft.__dataclass_fields__}


def _enter_file_code(uow: UnitOfWork, file: ArchiveFile) -> None:
    row = number_row(
        ARCHIVAL_CODE, file.archival_code, source=CODE, division_code=file.division_code, archive_file_id=file.id
    )
    uow.session.add(row)


def _enter_item_code(uow: UnitOfWork, item: Item) -> None:
    row = number_row(
        ARCHIVAL_CODE,
        item.archival_code,
        source=CODE,
        division_code=item.division_code,
        archive_file_id=item.archive_file_id,
        item_id=item.id,
    )
    uow.session.add(row)


def _saved(uow: UnitOfWork, file: ArchiveFile, action: str, **facts: Any) -> None:
    uow.session.flush()
    uow.journal(action, f"archive_file:{file.id}", division=file.division_code, **facts)
    uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=file.division_code))


def _item_saved(uow: UnitOfWork, item: Item, action: str, **facts: Any) -> None:
    uow.session.flush()
    uow.journal(action, f"item:{item.id}", division=item.division_code, **facts)
    uow.emit(ItemFiled(item_id=item.id, archive_file_id=item.archive_file_id, division_code=item.division_code))
