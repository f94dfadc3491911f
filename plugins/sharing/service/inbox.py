"""登账入库: what the registry reports as newly registered is taken into an inbox, matched with what was handed over, and booked by
an archivist beside what is written – never over it.

Source: the seed (及时将不动产登记部门反馈信息登账入库); domain reference 3.3 (F4, F5), 3.5 (I6, I9).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, ConfigError, Conflict, Fault, Faults, NotFound, Unavailable
from lindang.host import Host
from lindang.i18n import _
from lindang.ports import TableReader
from lindang.uow import UnitOfWork, stale_version
from models.events import CertificatesSaved
from models.identifiers import KEYED, number_row
from models.numbers import parse_title_no, parse_unit_no
from models.register import Certificate
from models.registry_values import CERTIFICATE, PARCEL, PARCEL_CODE, TITLE_NO, UNIT_NO, confirm_value
from models.sharing import (
    BOOKED,
    CHECKED,
    MATCHED,
    ORPHAN,
    PROBLEM,
    RECEIVED,
    SET_ASIDE,
    SharingAgency,
    SharingDelivery,
    SharingInbox,
)
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.reports import Report, faults_of, read_sheets, report_to_json
from plugins.sharing.permissions import INBOX_POST, INBOX_WORK
from plugins.sharing.queries.agencies import Agreement, agreement, agreement_of, find_agency
from plugins.sharing.queries.matching import match

WAITING: Final = (MATCHED, ORPHAN, PROBLEM)
"""States of a row on which work remains."""
_MOST_SHOWN: Final = 200
_PART: Final = 500


def read_workbook(host: Host, path: Path) -> tuple[list[Report], list[Fault]]:
    """Read a workbook outside of any transaction; returns its rows and every fault by cell.

    Raises:
        BadInput: the file cannot be read, or holds no such list.
        Unavailable: the register, which reads workbooks, is switched off.
    """
    try:
        reader: TableReader = host.port("table_reader")
    except ConfigError as error:
        raise Unavailable(
            _("登记册插件没有启用，不能读表格"), remedy=_("请用接口报送，或请系统管理员启用。")
        ) from error
    reports, cells, headless = read_sheets(reader.read(path))
    if not reports:
        raise BadInput(
            _("没有找到登记结果"),
            where="、".join(headless),
            remedy=_("表头要有“业务号”和“林权证号”（或“条目代码”），下面每行一条。"),
        )
    return reports, faults_of(reports, cells)


def keep_delivery(
    uow: UnitOfWork, agreed: Agreement, reports: Sequence[Report], faults: Sequence[Fault], **source: str
) -> SharingDelivery:
    """Keep what was delivered as it was read; nothing is taken in yet. `source` says where it came from."""
    uow.actor.require(INBOX_POST)
    delivery = SharingDelivery(
        agency_id=agreed.id,
        division_code=agreed.division_code,
        rows=[report_to_json(report) for report in reports],
        faults=[[fault.where, fault.message, fault.remedy] for fault in faults],
        state=CHECKED,
        at=uow.now,
        by=uow.actor.name,
        by_id=uow.actor.account_id,
        **source,
    )
    uow.session.add(delivery)
    uow.session.flush()
    facts = {"rows": len(reports), "faults": len(faults), "kind": delivery.source}
    uow.journal("sharing.delivered", f"sharing_delivery:{delivery.id}", division=agreed.division_code, **facts)
    return delivery


def receive(uow: UnitOfWork, delivery_id: int) -> SharingDelivery:
    """Take the rows of a delivery into the inbox; a row that is there already stays as it is.

    Raises:
        Faults: the delivery has faults; nothing is taken in.
        NotFound: there is none such for the actor.
    """
    uow.actor.require(INBOX_POST)
    delivery = find_delivery(uow.session, uow.actor, delivery_id, is_locked=True)
    if delivery.state == RECEIVED:
        return delivery
    if delivery.faults:
        raise Faults(_("登记结果没有接收"), [Fault(*fault) for fault in delivery.faults[:_MOST_SHOWN]])
    # two deliveries of one agency take turns, so that the same row is not taken in twice
    agency = uow.session.get_one(SharingAgency, delivery.agency_id, with_for_update=True)
    agreed = agreement(uow.session, agency)
    query = select(SharingInbox.digest).where(SharingInbox.agency_id == agency.id)
    known = set(uow.session.scalars(query))
    for told in delivery.rows:
        report = Report(**told)
        digest = report.digest()
        if digest in known:
            delivery.unchanged += 1
            continue
        known.add(digest)
        _take(uow, agreed, delivery, report, digest)
    delivery.state = RECEIVED
    facts = {"taken": delivery.taken, "unchanged": delivery.unchanged}
    uow.journal("sharing.received", f"sharing_delivery:{delivery.id}", division=delivery.division_code, **facts)
    return delivery


def _take(uow: UnitOfWork, agreed: Agreement, delivery: SharingDelivery, report: Report, digest: str) -> None:
    row = SharingInbox(
        agency_id=agreed.id,
        delivery_id=delivery.id,
        place=report.place[:120],
        division_code=agreed.division_code,
        digest=digest,
        state=ORPHAN,
        received_at=uow.now,
        **report.kept(),
    )
    _judge(uow.session, agreed, row)
    uow.session.add(row)
    delivery.taken += 1


def _judge(session: Session, agreed: Agreement, row: SharingInbox) -> None:
    found = match(session, agreed, row)
    row.state, row.reason = found.state, found.reason
    row.certificate_id, row.parcel_id, row.batch_item_id = found.certificate_id, found.parcel_id, found.batch_item_id
    row.division_code = found.division_code or agreed.division_code


def find_delivery(session: Session, actor: Actor, delivery_id: int, *, is_locked: bool = False) -> SharingDelivery:
    """Return a delivery: an agency's own, or for the office one of its divisions. Raises NotFound."""
    query = select(SharingDelivery).where(SharingDelivery.id == delivery_id)
    if actor.can(INBOX_WORK):
        query = query.where(actor.within(SharingDelivery.division_code))
    else:
        agreed = agreement_of(session, actor)
        query = query.where(SharingDelivery.agency_id == (agreed.id if agreed else 0))
    found = session.scalar(query.with_for_update() if is_locked else query)
    if found is None:
        raise NotFound(_("没有这次报送"), remedy=_("它不存在，或不在您的权限范围内。"))
    return found


def delivering_agreement(uow: UnitOfWork, agency_id: int | None = None) -> Agreement:
    """Return for whom a delivery comes: the actor's own agency, or the one that the office names.

    Raises:
        Conflict: there is no agreement in force.
    """
    if agency_id is not None and uow.actor.can(INBOX_WORK):
        agreed: Agreement | None = agreement(uow.session, find_agency(uow.session, uow.actor, agency_id))
    else:
        agreed = agreement_of(uow.session, uow.actor)
    if agreed is None:
        raise Conflict(_("您的单位还没有登记为共享单位，不能报送"), remedy=_("请与林业主管部门联系。"))
    if obstacle := agreed.obstacle(office_day(uow.now)):
        raise Conflict(obstacle, remedy=_("请与林业主管部门联系。"))
    return agreed


def book(uow: UnitOfWork, row_ids: Collection[int]) -> int:
    """Book rows: the registry's numbers go beside what is written. Rows that no longer fit stay, with the reason.

    Returns:
        How many were booked.
    """
    uow.actor.require(INBOX_WORK)
    booked = 0
    touched: dict[str, list[int]] = {}
    for row in _locked(uow, row_ids):
        agreed = agreement(uow.session, uow.session.get_one(SharingAgency, row.agency_id))
        _judge(uow.session, agreed, row)
        if row.state != MATCHED or row.certificate_id is None:
            continue
        certificate = uow.session.get_one(Certificate, row.certificate_id)
        _write(uow, row, certificate)
        row.state, row.decided_at, row.decided_by = BOOKED, uow.now, uow.actor.name
        uow.session.flush()
        facts = {"case_no": row.case_no, "kind": row.kind, "certificate": certificate.id}
        uow.journal("sharing.booked", f"sharing_inbox:{row.id}", division=row.division_code, **facts)
        touched.setdefault(certificate.division_code, []).append(certificate.id)
        booked += 1
    for division, ids in touched.items():
        uow.emit(CertificatesSaved(certificate_ids=tuple(sorted(set(ids))), division_code=division))
    return booked


def _locked(uow: UnitOfWork, row_ids: Collection[int]) -> list[SharingInbox]:
    query = (
        select(SharingInbox)
        .where(
            SharingInbox.id.in_(row_ids), SharingInbox.state.in_(WAITING), uow.actor.within(SharingInbox.division_code)
        )
        .order_by(SharingInbox.id)
        .with_for_update()
    )
    return list(uow.session.scalars(query))


def _write(uow: UnitOfWork, row: SharingInbox, certificate: Certificate) -> None:
    links: dict[str, Any] = {"archive_file_id": certificate.archive_file_id, "certificate_id": certificate.id}
    unit = parse_unit_no(row.unit_no) if row.unit_no else None
    if (
        unit is not None
        and row.parcel_id is not None
        and confirm_value(uow, PARCEL, row.parcel_id, field=UNIT_NO, value=unit.code)
    ):
        confirm_value(uow, PARCEL, row.parcel_id, field=PARCEL_CODE, value=unit.parcel_code)
        _findable(uow, UNIT_NO, unit.code, certificate, links)
    title = parse_title_no(row.title_no)
    if title is not None and confirm_value(uow, CERTIFICATE, certificate.id, field=TITLE_NO, value=title.norm):
        _findable(uow, TITLE_NO, row.title_no, certificate, links)


def _findable(uow: UnitOfWork, kind: str, raw: str, certificate: Certificate, links: dict[str, Any]) -> None:
    uow.session.add(number_row(kind, raw, source=KEYED, division_code=certificate.division_code, **links))


def rematch(uow: UnitOfWork) -> int:
    """Match the rows again on which work remains, for instance after a batch was answered; returns how many are ready now."""
    uow.actor.require(INBOX_WORK)
    query = select(SharingInbox.id).where(
        SharingInbox.state.in_((ORPHAN, PROBLEM)), uow.actor.within(SharingInbox.division_code)
    )
    ids = uow.session.scalars(query.order_by(SharingInbox.id)).all()
    ready = 0
    for start in range(0, len(ids), _PART):
        for row in _locked(uow, ids[start : start + _PART]):
            agreed = agreement(uow.session, uow.session.get_one(SharingAgency, row.agency_id))
            _judge(uow.session, agreed, row)
            ready += row.state == MATCHED
    return ready


def set_aside(uow: UnitOfWork, row_id: int, reason: str, *, version: int) -> SharingInbox:
    """Close a row that will not be booked; the reason stays with it.

    Raises:
        StaleVersion: somebody else dealt with it in between.
    """
    uow.actor.require(INBOX_WORK)
    query = select(SharingInbox).where(SharingInbox.id == row_id, uow.actor.within(SharingInbox.division_code))
    row = uow.session.scalar(query.with_for_update())
    if row is None:
        raise NotFound(_("没有这条登记结果"), remedy=_("它不存在，或不在您的权限范围内。"))
    if row.version != version or row.state not in WAITING:
        raise stale_version()
    if not reason.strip():
        raise BadInput(_("请写明不登账的原因"), where="reason")
    row.state, row.reason = SET_ASIDE, reason.strip()[:300]
    row.decided_at, row.decided_by = uow.now, uow.actor.name
    facts = {"case_no": row.case_no, "reason_text": row.reason}
    uow.journal("sharing.set_aside", f"sharing_inbox:{row.id}", division=row.division_code, **facts)
    return row


def digest_of_file(data: bytes) -> str:
    """Return the SHA-256 of a delivered file."""
    return hashlib.sha256(data).hexdigest()
