"""Agencies (共享单位) with their agreements, keys and use of the day's quota."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import Session

from lindang.auth import EVERYWHERE, Actor
from lindang.errors import NotFound
from lindang.i18n import Text, _, lazy
from models.place import ORG_FORESTRY, Org
from models.sharing import OPEN, SharingAgency, SharingQuery, SharingToken, SharingUsage
from plugins.sharing.domain.groups import GROUPS
from plugins.sharing.permissions import AGENCY_MANAGE

IN_FORCE: Text = lazy("有效")


@dataclass(frozen=True, slots=True)
class Agreement:
    """What an agency may ask, as it stands now."""

    id: int
    org_id: int
    name: str
    division_code: str
    prefixes: tuple[str, ...]
    groups: tuple[str, ...]
    daily_quota: int
    document: str
    contact: str
    valid_from: dt.date
    valid_to: dt.date | None
    state: str
    version: int

    def obstacle(self, today: dt.date) -> str:
        """Return why nothing can be asked today; empty when it can."""
        if self.state != OPEN:
            return _("共享协议已暂停")
        if today < self.valid_from:
            return _("共享协议从 %(day)s 起有效", day=self.valid_from)
        if self.valid_to is not None and today > self.valid_to:
            return _("共享协议已于 %(day)s 到期", day=self.valid_to)
        return ""

    def state_words(self, today: dt.date) -> str:
        """Return the state as a list shows it."""
        return self.obstacle(today) or str(IN_FORCE)

    def within(self, column: Any) -> ColumnElement[bool]:
        """Return the SQL condition that keeps rows inside the divisions of the agreement."""
        if EVERYWHERE in self.prefixes:
            return true()
        if not self.prefixes:
            return false()
        return or_(*(column.startswith(prefix, autoescape=True) for prefix in self.prefixes))

    def group_labels(self) -> list[str]:
        """Return the groups of fields in words."""
        return [str(GROUPS[group]) for group in self.groups]


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency in the list."""

    agreement: Agreement
    used_today: int
    live_tokens: int


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A key of an agency's program."""

    id: int
    label: str
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None

    def is_live(self, now: dt.datetime) -> bool:
        """Say whether the key still opens anything."""
        return self.revoked_at is None and self.expires_at > now


def agreement_of(session: Session, actor: Actor) -> Agreement | None:
    """Return the agreement of the organisation for which the actor asks; None when it has none."""
    if actor.org_id is None:
        return None
    agency = session.scalar(select(SharingAgency).where(SharingAgency.org_id == actor.org_id))
    return None if agency is None else agreement(session, agency)


def agreement(session: Session, agency: SharingAgency) -> Agreement:
    """Return an agency's row with the organisation's name."""
    return Agreement(
        id=agency.id,
        org_id=agency.org_id,
        name=session.get_one(Org, agency.org_id).name,
        division_code=agency.division_code,
        prefixes=tuple(agency.prefixes),
        groups=tuple(agency.field_groups),
        daily_quota=agency.daily_quota,
        document=agency.document,
        contact=agency.contact,
        valid_from=agency.valid_from,
        valid_to=agency.valid_to,
        state=agency.state,
        version=agency.version,
    )


def visible_agency(actor: Actor) -> ColumnElement[bool]:
    """Return the condition "the actor may see this agency": all for who manages them, those of his divisions for others."""
    return true() if actor.can(AGENCY_MANAGE) else actor.within(SharingAgency.division_code)


def find_agency(session: Session, actor: Actor, agency_id: int) -> SharingAgency:
    """Return an agency. Raises NotFound when it does not exist or lies outside the actor's divisions."""
    query = select(SharingAgency).where(SharingAgency.id == agency_id, visible_agency(actor))
    found = session.scalar(query)
    if found is None:
        raise NotFound(_("没有这个共享单位"), remedy=_("它不存在，或不在您的权限范围内。"))
    return found


def agency_rows(session: Session, actor: Actor, now: dt.datetime, today: dt.date) -> list[AgencyRow]:
    """Return the agencies that the actor may see, by division and name."""
    query = select(SharingAgency).where(visible_agency(actor)).order_by(SharingAgency.division_code, SharingAgency.id)
    agencies = list(session.scalars(query))
    live = select(SharingToken.agency_id, func.count()).where(
        SharingToken.revoked_at.is_(None), SharingToken.expires_at > now
    )
    tokens: dict[int, int] = dict(session.execute(live.group_by(SharingToken.agency_id)).all())
    return [
        AgencyRow(agreement(session, agency), used_on(session, agency.id, today), tokens.get(agency.id, 0))
        for agency in agencies
    ]


def used_on(session: Session, agency_id: int, day: dt.date) -> int:
    """Return how many queries an agency has made on a day."""
    query = select(SharingUsage.used).where(SharingUsage.agency_id == agency_id, SharingUsage.day == day)
    return session.scalar(query) or 0


def token_rows(session: Session, agency_id: int) -> list[TokenRow]:
    """Return the keys of an agency, the newest first."""
    query = select(SharingToken).where(SharingToken.agency_id == agency_id).order_by(SharingToken.id.desc())
    return [
        TokenRow(one.id, one.label, one.created_at, one.created_by, one.expires_at, one.revoked_at)
        for one in session.scalars(query)
    ]


def queries_of(session: Session, agency_id: int) -> int:
    """Return how many queries an agency has made altogether."""
    query = select(func.count()).select_from(SharingQuery).where(SharingQuery.agency_id == agency_id)
    return session.scalar(query) or 0


def orgs_without_agreement(session: Session) -> list[tuple[int, str]]:
    """Return (id, name) of the organisations that may become an agency: every other body than the forestry offices."""
    taken = select(SharingAgency.org_id)
    query = select(Org.id, Org.name).where(Org.is_active, Org.kind != ORG_FORESTRY, Org.id.not_in(taken))
    return list(session.execute(query.order_by(Org.division_code, Org.name)).all())
