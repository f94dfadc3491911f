"""Monthly lists: the office sees those of its divisions, an agency its own once they are issued."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.place import Division, Org
from models.sharing import ISSUED, SharingAgency, SharingList, SharingListDoc
from plugins.sharing.permissions import LIST_BROWSE
from plugins.sharing.queries.agencies import agreement_of


@dataclass(frozen=True, slots=True)
class ListRow:
    """A monthly list in the list of lists; `documents` are the kinds that there are."""

    id: int
    list_no: str
    month: str
    county_code: str
    county: str
    agency: str
    state: str
    totals: dict[str, Any]
    ordered_at: dt.datetime
    ordered_by: str
    issued_at: dt.datetime | None
    documents: tuple[str, ...]


def _visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    if actor.can(LIST_BROWSE):
        return actor.within(SharingList.county_code)
    agreed = agreement_of(session, actor)
    return false() if agreed is None else and_(SharingList.agency_id == agreed.id, SharingList.state == ISSUED)


def list_page(session: Session, actor: Actor, page: int, size: int) -> tuple[list[ListRow], int]:
    """Return one page of monthly lists, the latest month first, and how many there are."""
    query = (
        select(SharingList, Org.name)
        .join(SharingAgency, SharingAgency.id == SharingList.agency_id)
        .join(Org, Org.id == SharingAgency.org_id)
        .where(_visible(session, actor))
        .order_by(SharingList.month.desc(), SharingList.id.desc())
    )
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = session.execute(query.limit(size).offset((page - 1) * size)).all()
    names = dict(session.execute(select(Division.code, Division.name).where(Division.level == "county")).all())
    return [_row(session, row, agency, names.get(row.county_code, row.county_code)) for row, agency in found], total


def _row(session: Session, row: SharingList, agency: str, county: str) -> ListRow:
    kinds = select(SharingListDoc.kind).where(SharingListDoc.list_id == row.id).order_by(SharingListDoc.id)
    return ListRow(
        id=row.id,
        list_no=row.list_no,
        month=row.month,
        county_code=row.county_code,
        county=county,
        agency=agency,
        state=row.state,
        totals=dict(row.totals),
        ordered_at=row.ordered_at,
        ordered_by=row.ordered_by,
        issued_at=row.issued_at,
        documents=tuple(session.scalars(kinds)),
    )


def find_list_document(session: Session, actor: Actor, list_id: int, kind: str) -> tuple[SharingList, SharingListDoc]:
    """Return a list and one of its documents. Raises NotFound."""
    query = (
        select(SharingList, SharingListDoc)
        .join(SharingListDoc, SharingListDoc.list_id == SharingList.id)
        .where(SharingList.id == list_id, SharingListDoc.kind == kind, _visible(session, actor))
    )
    found = session.execute(query).first()
    if found is None:
        raise NotFound(_("没有这份月报"), remedy=_("它不存在、还没有生成，或不在您的权限范围内。"))
    return found[0], found[1]


def counties(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (code, name) of the actor's counties."""
    query = select(Division.code, Division.name).where(
        Division.level == "county", Division.valid_to.is_(None), actor.within(Division.code)
    )
    return list(session.execute(query.order_by(Division.code)).all())
