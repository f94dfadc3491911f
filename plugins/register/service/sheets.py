"""Closing a village's sheet (定稿) and withdrawing a row (作废): both leave everything as it is and say who agreed to it, and why.

A closed version is what the rows were when it was closed: the newest entry of each row up to ``last_entry_id``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select

from lindang.errors import BadInput, Conflict, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.entries import open_sheet
from models.events import CertificatesSaved, SheetClosed
from models.handover import BatchItem
from models.keying import KeyingDraft
from models.persons import mask_personal_in
from models.register import Parcel, RegisterEntry, RegisterSheet
from plugins.register.domain.digest import digest_of
from plugins.register.queries.versions import rows_as_of
from plugins.register.service.books import withdraw_book

_LONGEST_REASON = 500


def close_sheet(uow: UnitOfWork, village_code: str, version: int, filled_by: str, filled_on: dt.date) -> RegisterSheet:
    """Close the open version of a village's sheet; the next row that is saved opens another.

    Raises:
        NotFound: the village is out of scope, or nothing is keyed there.
        StaleVersion: somebody closed it first.
        Faults: no 填表人, the 填表人 would be the one who closes, or drafts are left over.
    """
    sheet = uow.session.scalar(
        select(RegisterSheet).where(
            RegisterSheet.division_code == village_code,
            RegisterSheet.closed_at.is_(None),
            uow.actor.within(RegisterSheet.division_code),
        )
    )
    if sheet is None:
        raise NotFound(_("本村没有录入中的登记表"), remedy=_("上一版定稿以后还没有改动。"))
    if sheet.version != version:
        raise stale_version()
    faults = list(_obstacles(uow, village_code, filled_by.strip()))
    if faults:
        raise Faults(_("登记表没有定稿"), faults)
    sheet.last_entry_id = uow.session.scalar(select(func.max(RegisterEntry.id)))
    rows = rows_as_of(uow.session, village_code, sheet.last_entry_id or 0)
    sheet.row_count, sheet.rows_digest = len(rows), digest_of(rows)
    sheet.filled_by, sheet.filled_on = filled_by.strip(), filled_on
    sheet.closed_at, sheet.closed_by = uow.now, uow.actor.name
    uow.journal(
        "register_sheet.closed",
        f"register_sheet:{sheet.id}",
        division=village_code,
        sheet_no=sheet.sheet_no,
        rows=sheet.row_count,
        sha256=sheet.rows_digest,
        filled_by=sheet.filled_by,
    )
    uow.emit(SheetClosed(sheet_id=sheet.id, division_code=village_code))
    return sheet


def _obstacles(uow: UnitOfWork, village_code: str, filled_by: str) -> Iterable[Fault]:
    if not filled_by:
        yield Fault("filled_by", _("请填写填表人"))
    elif filled_by == uow.actor.name:
        yield Fault("filled_by", _("填表人和定稿人须是两个人"), _("请由另一位同事定稿。"))
    drafts = uow.session.scalar(
        select(func.count())
        .select_from(KeyingDraft)
        .where(KeyingDraft.division_code == village_code, KeyingDraft.closed_at.is_(None))
    )
    if drafts:
        yield Fault("", _("还有 %(n)s 行暂存、没有入册", n=drafts), _("请录入人补全或放弃这些行。"))
    if not uow.session.scalar(
        select(Parcel.id).where(Parcel.division_code == village_code, ~Parcel.is_withdrawn).limit(1)
    ):
        yield Fault("", _("本村一行也没有"), _("请先录入或导入。"))


def withdraw_row(uow: UnitOfWork, parcel_id: int, reason: str, version: int) -> Parcel:
    """Withdraw a row (作废): it stays with its versions, counts nowhere, and makes room for the right one.

    Raises:
        NotFound, StaleVersion: the row is out of scope, withdrawn already, or was changed.
        BadInput: no reason is given.
        Conflict: its certificate is in a handover batch that is not finished.
    """
    parcel = uow.session.scalar(
        select(Parcel).where(Parcel.id == parcel_id, ~Parcel.is_withdrawn, uow.actor.within(Parcel.division_code))
    )
    if parcel is None:
        raise NotFound(_("没有这一行"))
    if parcel.version != version:
        raise stale_version()
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        raise BadInput(_("请写明作废的原因，500 字以内"), where="reason")
    travels = select(BatchItem.id).where(BatchItem.certificate_id == parcel.certificate_id, BatchItem.is_open)
    if uow.session.scalar(travels.limit(1)) is not None:
        raise Conflict(_("这本证在移交批次中，宗地不能作废"), remedy=_("请联络员先把它移出批次，或等批次结案。"))
    certificate = parcel.certificate
    words = mask_personal_in(reason.strip())
    _write_withdrawal(uow, parcel, words)
    parcel.is_withdrawn = True
    uow.session.flush()
    if all(each.is_withdrawn for each in certificate.parcels):
        withdraw_book(uow, certificate)
    uow.journal(
        "parcel.withdrawn",
        f"certificate:{certificate.id}",
        division=parcel.division_code,
        parcel=parcel.id,
        parcel_no=parcel.parcel_no,
        reason=words,
    )
    uow.emit(CertificatesSaved(certificate_ids=(certificate.id,), division_code=parcel.division_code))
    return parcel


def _write_withdrawal(uow: UnitOfWork, parcel: Parcel, reason: str) -> None:
    """The last version of a withdrawn row says that it is withdrawn, so that an earlier sheet still shows it."""
    current = uow.session.scalar(
        select(RegisterEntry).where(RegisterEntry.parcel_id == parcel.id, RegisterEntry.is_current)
    )
    if current is None:
        return
    current.is_current = False
    uow.session.flush()
    uow.session.add(
        RegisterEntry(
            parcel_id=parcel.id,
            sheet_id=open_sheet(uow, parcel.division_code).id,
            entry_no=current.entry_no + 1,
            cells=current.cells,
            changed={},
            is_withdrawal=True,
            reason=reason,
            at=uow.now,
            by_id=uow.actor.account_id,
            by=uow.actor.name,
        )
    )
