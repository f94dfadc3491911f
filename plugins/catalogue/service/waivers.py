"""缺件说明: two people agree that a document of the checklist cannot be had. The one asks with a reason, another decides.

Source: proposal of the domain reference, section 1.4 (waivers need a reason and a second person).
"""

from __future__ import annotations

from sqlalchemy import select

from lindang.errors import Conflict, Fault, Faults, Forbidden
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Waiver
from models.checklist import current_rules, facts_of
from models.completeness import Status, assess
from models.events import ArchiveFileSaved
from plugins.catalogue.service.finding import find_file, find_waiver


def request_waiver(uow: UnitOfWork, file_id: int, doc_type: str, reason: str) -> Waiver:
    """Ask to do without a document that is missing now.

    Raises:
        Faults: the reason is empty.
        Conflict: the document is not missing, or somebody asked already.
    """
    file = find_file(uow, file_id)
    if not reason.strip():
        raise Faults(_("缺件说明没有提交"), [Fault("reason", _("请写明为什么缺这份材料"))])
    known = select(Waiver.id).where(Waiver.archive_file_id == file.id, Waiver.doc_type == doc_type)
    if uow.session.scalar(known) is not None:
        raise Conflict(_("这份材料已有缺件说明"), remedy=_("请刷新案卷页查看。"))
    if doc_type not in _missing(uow, file):
        raise Conflict(_("这份材料现在不缺，不必说明"), remedy=_("请刷新案卷页查看。"))
    waiver = Waiver(
        archive_file_id=file.id,
        doc_type=doc_type,
        reason=reason.strip(),
        requested_by_id=uow.actor.account_id,
        requested_by=uow.actor.name,
        requested_at=uow.now,
        approved_by_id=None,
        approved_at=None,
    )
    uow.session.add(waiver)
    uow.session.flush()
    _saved(uow, file, waiver, "waiver.requested")
    return waiver


def _missing(uow: UnitOfWork, file: ArchiveFile) -> set[str]:
    found = assess(current_rules(uow.session), facts_of(uow.session, [file.id])[file.id])
    return {line.rule.doc_type for line in found.of(Status.MISSING)}


def approve_waiver(uow: UnitOfWork, waiver_id: int) -> Waiver:
    """Agree, as the second person; from then on the document counts as present.

    Raises:
        Forbidden: the actor is the one who asked.
        Conflict: it is approved already.
    """
    waiver, file = find_waiver(uow, waiver_id)
    if waiver.approved_at is not None:
        raise Conflict(_("这份缺件说明已经批准"))
    if _is_same_person(uow, waiver):
        raise Forbidden(_("缺件说明须由另一人批准"), remedy=_("请让另一位有权限的同事登录后批准。"))
    waiver.approved_by_id = uow.actor.account_id
    waiver.approved_by = uow.actor.name
    waiver.approved_at = uow.now
    uow.session.flush()
    _saved(uow, file, waiver, "waiver.approved")
    return waiver


def _is_same_person(uow: UnitOfWork, waiver: Waiver) -> bool:
    """An account is compared by its id; the command line has none and is compared by name."""
    if uow.actor.account_id is not None and waiver.requested_by_id is not None:
        return uow.actor.account_id == waiver.requested_by_id
    return uow.actor.name == waiver.requested_by


def _saved(uow: UnitOfWork, file: ArchiveFile, waiver: Waiver, action: str) -> None:
    uow.journal(
        action,
        f"archive_file:{file.id}",
        division=file.division_code,
        doc_type=waiver.doc_type,
        reason=waiver.reason,
        requested_by=waiver.requested_by,
    )
    uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=file.division_code))
