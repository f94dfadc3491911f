"""Excerpts given out: the office sees those of its divisions, an agency its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.place import Org
from models.register import Certificate
from models.sharing import SharingAgency, SharingExcerpt
from plugins.sharing.permissions import EXCERPT_BROWSE
from plugins.sharing.queries.agencies import agreement_of


@dataclass(frozen=True, slots=True)
class ExcerptRow:
    """An excerpt in the list."""

    id: int
    excerpt_no: str
    cert_no: str
    agency: str
    purpose: str
    basis: str
    issued_at: dt.datetime
    issued_by: str
    item_id: int | None
    sha256: str


def visible_excerpt(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor may see this excerpt"."""
    if actor.can(EXCERPT_BROWSE):
        return actor.within(SharingExcerpt.division_code)
    agreed = agreement_of(session, actor)
    return false() if agreed is None else SharingExcerpt.agency_id == agreed.id


def excerpt_page(session: Session, actor: Actor, text: str, page: int, size: int) -> tuple[list[ExcerptRow], int]:
    """Return one page of excerpts, the newest first, and how many there are; `text` is part of a number."""
    query = _excerpts().where(visible_excerpt(session, actor)).order_by(SharingExcerpt.id.desc())
    if text:
        parts = (SharingExcerpt.excerpt_no, Certificate.cert_no)
        query = query.where(or_(*(column.contains(text, autoescape=True) for column in parts)))
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = session.execute(query.limit(size).offset((page - 1) * size))
    return [_row(*each) for each in found], total


def find_excerpt(session: Session, actor: Actor, excerpt_id: int) -> SharingExcerpt:
    """Return an excerpt. Raises NotFound when it does not exist or is not the actor's to see."""
    query = select(SharingExcerpt).where(SharingExcerpt.id == excerpt_id, visible_excerpt(session, actor))
    found = session.scalar(query)
    if found is None:
        raise NotFound(_("没有这份证明"), remedy=_("它不存在，或不在您的权限范围内。"))
    return found


def open_agencies(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return (id, name) of the agencies of the actor's divisions, for which an excerpt can be given out."""
    query = (
        select(SharingAgency.id, Org.name)
        .join(Org, Org.id == SharingAgency.org_id)
        .where(actor.within(SharingAgency.division_code))
        .order_by(Org.name)
    )
    return list(session.execute(query).all())


def _excerpts() -> Select[SharingExcerpt, str, str]:
    return (
        select(SharingExcerpt, Certificate.cert_no, Org.name)
        .join(Certificate, Certificate.id == SharingExcerpt.certificate_id)
        .join(SharingAgency, SharingAgency.id == SharingExcerpt.agency_id)
        .join(Org, Org.id == SharingAgency.org_id)
    )


def _row(row: SharingExcerpt, cert_no: str, agency: str) -> ExcerptRow:
    return ExcerptRow(
        id=row.id,
        excerpt_no=row.excerpt_no,
        cert_no=cert_no,
        agency=agency,
        purpose=row.purpose,
        basis=row.basis,
        issued_at=row.issued_at,
        issued_by=row.issued_by,
        item_id=row.item_id,
        sha256=row.sha256,
    )
