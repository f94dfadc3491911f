"""Reading personal data leaves a line in the journal: who looked into which 案卷. Turning the pages of one file is one
reading; the line is written again after a while (setting ``reading_note_minutes``).

Source: trust reference 4.1 and 4.3 (audit of access to personal data).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from lindang.auth import Actor
from lindang.host import Host
from lindang.journal import JournalRow

ACTION = "archive_file.read"


def note_reading(host: Host, actor: Actor, file_id: int, division_code: str) -> None:
    """Write that the actor reads this file, unless that was written a short while ago."""
    subject = f"archive_file:{file_id}"
    if not _noted_lately(host, actor, subject):
        with host.uow(actor) as uow:
            uow.journal(ACTION, subject, division=division_code)


def _noted_lately(host: Host, actor: Actor, subject: str) -> bool:
    minutes = host.settings.plugin("catalogue").reading_note_minutes
    since = host.clock.now().astimezone(dt.UTC) - dt.timedelta(minutes=minutes)
    noted = (
        select(JournalRow.seq)
        .where(JournalRow.subject == subject, JournalRow.action == ACTION)
        .where(JournalRow.account_id == actor.account_id, JournalRow.actor == actor.name)
        .where(JournalRow.at > since.isoformat(timespec="microseconds"))
    )
    with host.view(actor) as session:
        return minutes > 0 and session.scalar(noted.limit(1)) is not None
