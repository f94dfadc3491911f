"""The record of queries, as an auditor reads it: by agency, person, kind, days, or by the person or certificate asked about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import _, format_when
from models.place import Org
from models.sharing import SharingAgency, SharingQuery, SharingQueryHit
from plugins.sharing.domain.asked import ID_NO, KINDS, VILLAGE
from plugins.sharing.domain.days import day_bounds
from plugins.sharing.domain.groups import GROUPS
from plugins.sharing.domain.words import CHANNELS, OUTCOMES
from plugins.sharing.permissions import LOG_READ_ALL

_FIRST, _LAST = dt.date(1970, 1, 2), dt.date(9999, 12, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which queries to list; empty values do not narrow."""

    agency_id: int | None = None
    who: str = ""
    kind: str = ""
    asked: str = ""
    certificate_id: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One query, in words."""

    id: int
    at: dt.datetime
    agency: str
    by: str
    channel: str
    kind: str
    asked: str
    purpose: str
    basis: str
    outcome: str
    is_refused: bool
    found: int
    shown: int
    fields: str

    def texts(self) -> list[str]:
        """Return the line as the cells of a list."""
        when = format_when(self.at)
        told = [str(self.id), when, self.agency, self.by, self.channel, self.kind, self.asked, self.purpose, self.basis]
        return [*told, self.outcome, str(self.found), str(self.shown), self.fields]


def log_page(session: Session, actor: Actor, wanted: LogFilter, page: int, size: int) -> tuple[list[LogLine], int]:
    """Return one page of the record, the newest first, and how many lines there are."""
    query = _filtered(actor, wanted)
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = session.execute(query.limit(size).offset((page - 1) * size)).all()
    return [_line(row, name) for row, name in found], total


def log_lines(session: Session, actor: Actor, wanted: LogFilter, limit: int) -> Iterator[LogLine]:
    """Yield the lines for an export, the newest first."""
    for row, name in session.execute(_filtered(actor, wanted).limit(limit)):
        yield _line(row, name)


def _filtered(actor: Actor, wanted: LogFilter) -> Select[SharingQuery, str]:
    query = (
        select(SharingQuery, Org.name)
        .join(SharingAgency, SharingAgency.id == SharingQuery.agency_id)
        .join(Org, Org.id == SharingAgency.org_id)
        .order_by(SharingQuery.id.desc())
    )
    if not actor.can(LOG_READ_ALL):
        query = query.where(actor.within(SharingQuery.division_code))
    if wanted.agency_id is not None:
        query = query.where(SharingQuery.agency_id == wanted.agency_id)
    if wanted.certificate_id is not None:
        hits = select(SharingQueryHit.query_id).where(SharingQueryHit.certificate_id == wanted.certificate_id)
        query = query.where(SharingQuery.id.in_(hits))
    for column, value in ((SharingQuery.kind, wanted.kind), (SharingQuery.outcome, wanted.outcome)):
        if value:
            query = query.where(column == value)
    for column, part in ((SharingQuery.by, wanted.who), (SharingQuery.asked, wanted.asked)):
        if part:
            query = query.where(column.contains(part, autoescape=True))
    if wanted.since or wanted.until:
        begin, end = day_bounds(wanted.since or _FIRST, wanted.until or _LAST)
        query = query.where(SharingQuery.at >= begin, SharingQuery.at < end)
    return query


def _line(row: SharingQuery, agency: str) -> LogLine:
    return LogLine(
        id=row.id,
        at=row.at,
        agency=agency,
        by=row.by,
        channel=str(CHANNELS.get(row.channel, row.channel)),
        kind=str(KINDS.get(row.kind, row.kind)),
        asked=_asked(row),
        purpose=row.purpose,
        basis=row.basis,
        outcome=str(OUTCOMES.get(row.outcome, row.outcome)),
        is_refused=row.outcome != "answered",
        found=row.found,
        shown=row.shown,
        fields="、".join(str(GROUPS.get(group, group)) for group in GROUPS if group in row.fields),
    )


def _asked(row: SharingQuery) -> str:
    """Return what was asked; of an identity number only the beginning of its digest, which tells equal ones apart."""
    if row.kind == ID_NO:
        return _("号码不留存，摘要 %(digest)s", digest=row.asked_digest[:8])
    if row.kind == VILLAGE:
        return _("%(code)s 第 %(n)s 页", code=row.village_code, n=row.page_no)
    return f"{row.asked} {row.village_code}".strip()


def agency_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return (id, name) of the agencies whose queries the actor may read."""
    query = select(SharingAgency.id, Org.name).join(Org, Org.id == SharingAgency.org_id).order_by(Org.name)
    if not actor.can(LOG_READ_ALL):
        query = query.where(actor.within(SharingAgency.division_code))
    return list(session.execute(query).all())
