"""Which page images a query opened: those of the certificates it showed, for some hours, for the agency that asked."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.digital import VIEW, DigitalObject
from models.register import Certificate
from models.sharing import ANSWERED, SharingQuery, SharingQueryHit
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.groups import PAGES
from plugins.sharing.queries.agencies import agreement_of
from plugins.sharing.queries.sections import shareable_pages


def opened_image(
    session: Session, actor: Actor, query_id: int, page_id: int, *, now: dt.datetime, hours: int
) -> DigitalObject:
    """Return the image of a page that a query of the actor's agency has found.

    Raises:
        NotFound: no such query of the agency, it is too old, the page is not among what it showed, or the agreement no
            longer covers it: all in the same words.
    """
    agreed = agreement_of(session, actor)
    missing = NotFound(_("没有这页图像"), remedy=_("它不存在，或查询已过时。请重新查询后再打开。"))
    if agreed is None or PAGES not in agreed.groups or agreed.obstacle(office_day(now)):
        raise missing
    asked = select(SharingQuery.id).where(
        SharingQuery.id == query_id,
        SharingQuery.agency_id == agreed.id,
        SharingQuery.outcome == ANSWERED,
        SharingQuery.at > now - dt.timedelta(hours=hours),
    )
    column = Certificate.division_code
    files = (
        select(Certificate.archive_file_id)
        .join(SharingQueryHit, SharingQueryHit.certificate_id == Certificate.id)
        .where(SharingQueryHit.query_id.in_(asked), actor.within(column), agreed.within(column))
    )
    for file_id in session.scalars(files):
        if any(found == page_id for found, _code, _no in session.execute(shareable_pages(file_id))):
            query = select(DigitalObject).where(
                DigitalObject.page_id == page_id, DigitalObject.role == VIEW, DigitalObject.is_current
            )
            return session.scalars(query).one()
    raise missing
