"""Agencies: the security administrator enters agreements, changes and suspends them, and gives and takes back keys of programs."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lindang.errors import Conflict, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.place import LEVEL_LENGTHS, Org
from models.sharing import OPEN, SUSPENDED, SharingAgency, SharingToken
from plugins.sharing.domain.groups import GROUPS, tidy_groups
from plugins.sharing.permissions import AGENCY_MANAGE

TOKEN_PREFIX: Final = "lds_"  # noqa: S105 - marks a leaked key for scanners
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementDraft:
    """What an agreement says; `prefixes` and `groups` in any order."""

    prefixes: list[str]
    groups: list[str]
    daily_quota: int
    document: str
    contact: str
    valid_from: dt.date
    valid_to: dt.date | None

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with it."""
        wrong = [code for code in self.prefixes if not _is_division(code)]
        if wrong:
            yield Fault("prefixes", _("“%(code)s”不是行政区划代码", code=wrong[0]), _("请填 4、6、9 或 12 位数字。"))
        elif not self.prefixes:
            yield Fault("prefixes", _("请填可查的区划"), _("没有区划的共享单位什么也查不到。"))
        strange = [group for group in self.groups if group not in GROUPS]
        if strange:
            yield Fault("groups", _("没有这个字段组：%(name)s", name=strange[0]))
        if not self.document.strip():
            yield Fault("document", _("请填协议或文件的名称、文号"), _("提供个人信息要有依据。"))
        if not 0 <= self.daily_quota <= _MOST:
            yield Fault("daily_quota", _("每日次数须在 0 到 %(n)s 之间", n=_MOST))
        if self.valid_to is not None and self.valid_to < self.valid_from:
            yield Fault("valid_to", _("终止日期早于起始日期"))

    def values(self) -> dict[str, Any]:
        """Return the columns of the row."""
        return {
            "prefixes": sorted(set(self.prefixes)),
            "field_groups": tidy_groups(self.groups),
            "daily_quota": self.daily_quota,
            "document": self.document.strip(),
            "contact": self.contact.strip(),
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
        }


def _is_division(code: str) -> bool:
    return re.fullmatch(r"[0-9]+", code, re.ASCII) is not None and len(code) in set(LEVEL_LENGTHS.values()) - {2}


def add_agency(uow: UnitOfWork, org_id: int, draft: AgreementDraft) -> SharingAgency:
    """Enter the agreement with an organisation.

    Raises:
        Faults: something in the agreement cannot be.
        Conflict: the organisation has one already.
    """
    uow.actor.require(AGENCY_MANAGE)
    _refuse(draft)
    org = uow.session.get(Org, org_id)
    if org is None:
        raise NotFound(_("没有这个单位"))
    made = {"state": OPEN, "created_at": uow.now, "created_by": uow.actor.name}
    agency = SharingAgency(org_id=org.id, division_code=org.division_code, **draft.values(), **made)
    try:
        with uow.session.begin_nested():
            uow.session.add(agency)
    except IntegrityError as error:
        raise Conflict(_("%(name)s已经登记为共享单位", name=org.name), remedy=_("请打开它修改协议。")) from error
    uow.journal("sharing.agency_added", f"sharing_agency:{agency.id}", division=org.division_code, **_facts(agency))
    return agency


def change_agency(
    uow: UnitOfWork, agency_id: int, draft: AgreementDraft, *, version: int, is_suspended: bool
) -> SharingAgency:
    """Change an agreement or hold it up; what it said before stands in the journal.

    Raises:
        StaleVersion: somebody else changed it in between.
    """
    uow.actor.require(AGENCY_MANAGE)
    agency = _locked(uow, agency_id)
    if agency.version != version:
        raise stale_version()
    _refuse(draft)
    before = _facts(agency)
    for name, value in draft.values().items():
        setattr(agency, name, value)
    agency.state = SUSPENDED if is_suspended else OPEN
    after = _facts(agency)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if changed:
        was = {name: before[name] for name in changed}
        where = {"division": agency.division_code}
        uow.journal("sharing.agency_changed", f"sharing_agency:{agency.id}", **where, before=was, after=changed)
    return agency


def issue_key(uow: UnitOfWork, agency_id: int, label: str, days: int) -> str:
    """Make a key for a program of an agency; returns it, for the only time.

    Raises:
        Faults: no label, or too long a life.
    """
    uow.actor.require(AGENCY_MANAGE)
    agency = _locked(uow, agency_id)
    longest: int = uow.host.settings.plugin("sharing").token_days
    faults = []
    if not label.strip():
        faults.append(Fault("label", _("请写明用途"), _("例如：登记业务系统。")))
    if not 1 <= days <= longest:
        faults.append(Fault("days", _("有效期须在 1 到 %(n)s 天之间", n=longest)))
    if faults:
        raise Faults(_("密钥没有建立"), faults)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = SharingToken(
        agency_id=agency.id,
        digest=digest_of(secret),
        label=label.strip()[:60],
        created_at=uow.now,
        created_by=uow.actor.name,
        expires_at=uow.now + dt.timedelta(days=days),
    )
    uow.session.add(token)
    uow.session.flush()
    facts = {"token": token.id, "label": token.label, "expires": token.expires_at.isoformat()}
    uow.journal("sharing.key_issued", f"sharing_agency:{agency.id}", division=agency.division_code, **facts)
    return secret


def revoke_key(uow: UnitOfWork, agency_id: int, token_id: int) -> None:
    """Make a key useless at once. Raises NotFound when the agency has no such live key."""
    uow.actor.require(AGENCY_MANAGE)
    agency = _locked(uow, agency_id)
    query = select(SharingToken).where(
        SharingToken.id == token_id, SharingToken.agency_id == agency_id, SharingToken.revoked_at.is_(None)
    )
    token = uow.session.scalar(query)
    if token is None:
        raise NotFound(_("没有这个密钥，或它已经撤销"))
    token.revoked_at, token.revoked_by = uow.now, uow.actor.name
    uow.journal("sharing.key_revoked", f"sharing_agency:{agency_id}", division=agency.division_code, token=token_id)


def digest_of(secret: str) -> str:
    """Return the SHA-256 under which a key is kept; enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _locked(uow: UnitOfWork, agency_id: int) -> SharingAgency:
    agency = uow.session.get(SharingAgency, agency_id, with_for_update=True)
    if agency is None:
        raise NotFound(_("没有这个共享单位"), remedy=_("它不存在，或不在您的权限范围内。"))
    return agency


def _refuse(draft: AgreementDraft) -> None:
    faults = list(draft.faults())
    if faults:
        raise Faults(_("共享协议没有保存"), faults)


def _facts(agency: SharingAgency) -> dict[str, Any]:
    return {
        "prefixes": list(agency.prefixes),
        "groups": list(agency.field_groups),
        "daily_quota": agency.daily_quota,
        "document": agency.document,
        "valid_from": agency.valid_from.isoformat(),
        "valid_to": agency.valid_to.isoformat() if agency.valid_to else "",
        "state": agency.state,
    }
