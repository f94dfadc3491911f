"""Reading personal data leaves a line in the journal: who looked into which 案卷, or which 林权证 without one. Turning the pages of one file is one
reading; the line is written again after a while (setting ``reading_note_minutes``).

Source: trust reference 4.1 and 4.3 (audit of access to personal data).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from lindang.auth import Actor
from lindang.host import Host
from lindang.journal import JournalRow

FILE_READ = "archive_file.read"
CERTIFICATE_READ = "certificate.read"


def note_reading(host: Host, actor: Actor, file_id: int, division_code: str) -> None:
    """Write that the actor reads this file, unless that was written a short while ago."""
    _note(host, actor, FILE_READ, f"archive_file:{file_id}", division_code)


def note_certificate(
    host: Host, actor: Actor, certificate_id: int, archive_file_id: int | None, division_code: str
) -> None:
    """Write that the actor reads this certificate: it is a reading of its file, where it has one."""
    if archive_file_id is not None:
        note_reading(host, actor, archive_file_id, division_code)
    else:
        _note(host, actor, CERTIFICATE_READ, f"certificate:{certificate_id}", division_code)


def _note(host: Host, actor: Actor, action: str, subject: str, division_code: str) -> None:
    if not _noted_lately(host, actor, action, subject):
        with host.uow(actor) as uow:
            uow.journal(action, subject, division=division_code)


def _noted_lately(host: Host, actor: Actor, action: str, subject: str) -> bool:
    minutes = host.settings.plugin("catalogue").reading_note_minutes
    since = host.clock.now().astimezone(dt.UTC) - dt.timedelta(minutes=minutes)
    noted = (
        select(JournalRow.seq)
        .where(JournalRow.subject == subject, JournalRow.action == action)
        .where(JournalRow.account_id == actor.account_id, JournalRow.actor == actor.name)
        .where(JournalRow.at > since.isoformat(timespec="microseconds"))
    )
    with host.view(actor) as session:
        return minutes > 0 and session.scalar(noted.limit(1)) is not None
