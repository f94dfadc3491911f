"""To which certificate, parcel and accepted batch item a reported right belongs; and why to none, or not yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.i18n import _
from models.handover import Batch, BatchItem
from models.numbers import parse_title_no, parse_unit_no
from models.register import Certificate, Parcel
from models.registry_values import CERTIFICATE, PARCEL, TITLE_NO, UNIT_NO, is_taken, taken_words
from models.sharing import MATCHED, ORPHAN, PROBLEM, SharingInbox
from plugins.sharing.queries.agencies import Agreement
from plugins.sharing.queries.found import number_condition

_BATCH_STATES: Final = ("ANSWERED", "FEEDBACK_FILED", "CLOSED")
_ITEM_STATES: Final = ("ACCEPTED", "FEEDBACK_RECEIVED", "FEEDBACK_FILED")


@dataclass(frozen=True, slots=True)
class Match:
    """What a reported right belongs to, or why not."""

    state: str
    reason: str = ""
    certificate_id: int | None = None
    parcel_id: int | None = None
    batch_item_id: int | None = None
    division_code: str = ""


def match(session: Session, agreed: Agreement, row: SharingInbox) -> Match:
    """Return what a row of the inbox belongs to, inside the agreement."""
    found = _items(session, agreed, row)
    if not found:
        return Match(ORPHAN, _("没有移交给本单位并已接收的条目与它对应"))
    if len({certificate.id for _item, certificate in found}) > 1:
        return Match(PROBLEM, _("证号对应不止一本林权证，请写条目代码"))
    item, certificate = found[-1]
    parcels = session.scalars(
        select(Parcel).where(Parcel.certificate_id == certificate.id, ~Parcel.is_withdrawn).order_by(Parcel.seq)
    ).all()
    parcel, reason = _parcel(parcels, row)
    reason = reason or _number_fault(session, row, certificate, parcel)
    return Match(
        state=PROBLEM if reason else MATCHED,
        reason=reason,
        certificate_id=certificate.id,
        parcel_id=parcel.id if parcel else None,
        batch_item_id=item.id,
        division_code=certificate.division_code,
    )


def _items(session: Session, agreed: Agreement, row: SharingInbox) -> list[tuple[BatchItem, Certificate]]:
    """Return the accepted batch items, the latest last."""
    query = (
        select(BatchItem, Certificate)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .join(Certificate, Certificate.id == BatchItem.certificate_id)
        .where(
            Batch.registry_org_id == agreed.org_id,
            Batch.state.in_(_BATCH_STATES),
            BatchItem.list_version == Batch.list_version,
            BatchItem.state.in_(_ITEM_STATES),
            agreed.within(Certificate.division_code),
            ~Certificate.is_withdrawn,
        )
        .order_by(BatchItem.id)
    )
    if row.item_code:
        query = query.where(BatchItem.code == row.item_code)
    if row.cert_no:
        query = query.where(number_condition(row.cert_no))
    return [(item, certificate) for item, certificate in session.execute(query)]


def _parcel(parcels: Sequence[Parcel], row: SharingInbox) -> tuple[Parcel | None, str]:
    """Return the parcel that a unit number is for, and why there is none."""
    if not row.unit_no:
        return None, ""
    if row.parcel_no:
        found = next((parcel for parcel in parcels if parcel.parcel_no == row.parcel_no), None)
        return found, "" if found else _("证上没有宗地号 %(no)s", no=row.parcel_no)
    if len(parcels) == 1:
        return parcels[0], ""
    return None, _("证上有 %(n)s 宗地，请写宗地号", n=len(parcels))


def _number_fault(session: Session, row: SharingInbox, certificate: Certificate, parcel: Parcel | None) -> str:
    unit = parse_unit_no(row.unit_no) if row.unit_no else None
    if unit is not None and unit.county != certificate.county_code:
        return _("不动产单元号不属于本县")
    if unit is not None and parcel is not None and is_taken(session, UNIT_NO, unit.code, PARCEL, parcel.id):
        return taken_words(unit.code)
    title = parse_title_no(row.title_no)
    if title is not None and is_taken(session, TITLE_NO, title.norm, CERTIFICATE, certificate.id):
        return taken_words(row.title_no)
    return ""
