"""Answering a query (信息共享查询): the day's quota, the certificates inside the agreement, the agreed groups of fields, and the
record of it – in one transaction, so that nothing is shown that is not written down.

Source: domain reference, section 6; trust reference 4.3 (what leaves, to whom, on which basis).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from lindang.auth import Actor
from lindang.errors import Conflict, Faults
from lindang.host import Host
from lindang.i18n import _
from lindang.plugin import Panel
from lindang.uow import UnitOfWork
from models.identifiers import canonical_id
from models.register import Certificate
from models.sharing import ANSWERED, OVER_QUOTA, SharingQuery, SharingQueryHit, SharingUsage
from plugins.sharing.domain.asked import ID_NO, VILLAGE, Asked
from plugins.sharing.domain.days import next_midnight, office_day
from plugins.sharing.domain.groups import EXTENDED, SUBJECT
from plugins.sharing.domain.refusals import OverQuota
from plugins.sharing.permissions import ASK
from plugins.sharing.queries.agencies import Agreement, agreement_of
from plugins.sharing.queries.found import find_certificates
from plugins.sharing.queries.sections import Reader, Section


@dataclass(frozen=True, slots=True)
class CertificateAnswer:
    """What is told of one certificate."""

    id: int
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one query: its number in the record, what was found, and the page that was asked for."""

    query_id: int
    agency: str
    at: dt.datetime
    groups: tuple[str, ...]
    found: int
    page: int
    page_size: int
    certificates: tuple[CertificateAnswer, ...]
    used: int
    quota: int

    @property
    def last_page(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.found // self.page_size))


def ask(host: Host, actor: Actor, asked: Asked) -> Answer:
    """Answer a query of the actor's agency; a refusal for want of quota is in the record, too.

    Raises:
        Conflict: the actor's organisation has no agreement, or it is not in force.
        Faults: the question is not one.
        OverQuota: the day's queries are used up.
    """
    with host.uow(actor) as uow:
        outcome = answer(uow, asked)
    if isinstance(outcome, OverQuota):
        raise outcome
    return outcome


def answer(uow: UnitOfWork, asked: Asked) -> Answer | OverQuota:
    """Answer a query inside a transaction; see `ask`."""
    uow.actor.require(ASK)
    agreed = agreement_in_force(uow)
    faults = list(asked.faults())
    if faults:
        raise Faults(_("查询没有进行"), faults)
    used = _take_one(uow, agreed)
    if used is None:
        _record(uow, agreed, asked, OVER_QUOTA)
        return OverQuota(agreed.daily_quota, next_midnight(uow.now))
    size: int = uow.host.settings.plugin("sharing").page_size
    found, total = find_certificates(uow.session, uow.actor, agreed, asked, vault=uow.host.vault, page_size=size)
    shown = tell(uow.host, uow.session, uow.actor, found, agreed.groups)
    record = _record(uow, agreed, asked, ANSWERED, found=total, shown=shown)
    uow.session.add_all(SharingQueryHit(query_id=record.id, certificate_id=one.id) for one in found)
    return Answer(
        record.id, agreed.name, uow.now, agreed.groups, total, asked.page, size, shown, used, agreed.daily_quota
    )


def agreement_in_force(uow: UnitOfWork) -> Agreement:
    """Return the agreement of the actor's organisation. Raises Conflict when there is none in force."""
    agreed = agreement_of(uow.session, uow.actor)
    if agreed is None:
        raise Conflict(
            _("您的单位还没有登记为共享单位，不能查询"),
            remedy=_("请与林业主管部门签订共享协议，由安全保密管理员登记；账号要写明所属单位。"),
        )
    if obstacle := agreed.obstacle(office_day(uow.now)):
        raise Conflict(obstacle, remedy=_("请与林业主管部门联系。"))
    return agreed


def tell(
    host: Host, session: Any, actor: Actor, certificates: Sequence[Certificate], groups: Sequence[str]
) -> tuple[CertificateAnswer, ...]:
    """Return what these groups say of the certificates: everything that leaves is made here."""
    reader = Reader.over(session, [one.division_code for one in certificates])
    panels = extensions(host)
    return tuple(
        CertificateAnswer(
            one.id,
            tuple(
                _extended(session, actor, group, panels.get(group, []), one.id)
                if group in EXTENDED
                else reader.section(group, one)
                for group in groups
            ),
        )
        for one in certificates
    )


def extensions(host: Host) -> dict[str, list[Panel]]:
    """Return who fills the groups that this plugin does not: panels of kind ``shared_certificate``, by the end of their key."""
    found: dict[str, list[Panel]] = {}
    for plugin in host.plugins:
        for panel in plugin.panels:
            if panel.kind == SUBJECT:
                found.setdefault(panel.key.rpartition(".")[2], []).append(panel)
    return found


def _extended(session: Any, actor: Actor, group: str, panels: Sequence[Panel], certificate_id: int) -> Section:
    """Return what other plugins say; where nobody keeps such records, that is said, and never that there is nothing."""
    held = [panel for panel in panels if actor.can(panel.permission)]
    if not held:
        return Section(group, (), _("本库尚未登记这类信息，不代表没有。请向有关单位核实。"))
    rows: list[dict[str, Any]] = []
    for panel in held:
        table = panel.load(session, actor, certificate_id)
        for cells in table.rows:
            texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
            rows.append(dict(zip(map(str, table.headers), texts, strict=True)))
    return Section(group, tuple(rows), "" if rows else _("本库登记中没有记录。"))


def _take_one(uow: UnitOfWork, agreed: Agreement) -> int | None:
    """Count one query of today and return how many there are now; None when the quota is used up. One statement decides."""
    dialect = uow.session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    if agreed.daily_quota < 1:
        return None
    day = office_day(uow.now)
    statement = (
        insert(SharingUsage)
        .values(agency_id=agreed.id, day=day, used=1)
        .on_conflict_do_update(
            index_elements=[SharingUsage.agency_id, SharingUsage.day],
            set_={"used": SharingUsage.used + 1},
            where=SharingUsage.used < agreed.daily_quota,
        )
    )
    return uow.session.execute(statement.returning(SharingUsage.used)).scalar_one_or_none()


def _record(
    uow: UnitOfWork,
    agreed: Agreement,
    asked: Asked,
    outcome: str,
    *,
    found: int = 0,
    shown: Sequence[CertificateAnswer] = (),
) -> SharingQuery:
    is_person = asked.kind == ID_NO
    value = "" if asked.kind == VILLAGE else asked.value.strip()
    row = SharingQuery(
        agency_id=agreed.id,
        division_code=agreed.division_code,
        at=uow.now,
        by=uow.actor.name,
        by_id=uow.actor.account_id,
        channel=uow.actor.channel,
        kind=asked.kind,
        asked="" if is_person else value,
        asked_digest=uow.host.vault.digest(canonical_id(value)) if is_person else "",
        village_code=asked.village_code,
        page_no=asked.page,
        purpose=asked.purpose_kept(),
        basis=asked.basis_kept(),
        outcome=outcome,
        found=found,
        shown=len(shown),
        fields=_fields(shown),
    )
    uow.session.add(row)
    uow.session.flush()
    facts = {"agency": agreed.name, "kind": row.kind, "purpose_text": row.purpose, "basis": row.basis}
    where = {"division": agreed.division_code}
    uow.journal("sharing.queried", f"sharing_query:{row.id}", **where, outcome=outcome, found=found, **facts)
    return row


def _fields(shown: Sequence[CertificateAnswer]) -> dict[str, Any]:
    """Return the fields of which something was shown, by group."""
    told: dict[str, set[str]] = {}
    for one in shown:
        for section in one.sections:
            for row in section.rows:
                told.setdefault(section.group, set()).update(name for name, value in row.items() if value)
    return {group: sorted(names) for group, names in told.items()}


def hits_of(session: Any, query_id: int) -> list[int]:
    """Return the certificates that a query showed."""
    query = select(SharingQueryHit.certificate_id).where(SharingQueryHit.query_id == query_id)
    return list(session.scalars(query))
