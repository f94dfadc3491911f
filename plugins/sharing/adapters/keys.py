"""The reader of agencies' keys: a program that shows one acts for its agency, inside the agreement, and nowhere else."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from lindang.auth import Actor
from lindang.host import Host
from models.sharing import SharingAgency, SharingToken
from plugins.sharing.domain.days import office_day
from plugins.sharing.permissions import OF_A_PROGRAM
from plugins.sharing.queries.agencies import agreement


class AgencyKeys:
    """Answers from the table of keys; a key of a suspended or expired agreement opens nothing."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def from_bearer(self, token: str) -> Actor | None:
        """Return the agency as an actor, or None."""
        now = self._host.clock.now()
        digest = hashlib.sha256(token.encode()).hexdigest()
        with self._host.view() as session:
            query = select(SharingToken).where(SharingToken.digest == digest, SharingToken.revoked_at.is_(None))
            key = session.scalar(query)
            if key is None or key.expires_at <= now:
                return None
            found = agreement(session, session.get_one(SharingAgency, key.agency_id))
        if found.obstacle(office_day(now)):
            return None
        return Actor(
            account_id=None,
            name=f"{found.name}（{key.label}）",
            permissions=OF_A_PROGRAM,
            prefixes=found.prefixes,
            channel="api",
            org_id=found.org_id,
            is_program=True,
        )
