"""The journal as its readers see it: filtered, paged, with the state of the chain beside every line."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import OFFICE_ZONE, local_time
from lindang.journal import GENESIS, JournalRow, canonical, chain_hash
from models.account import Account
from plugins.accounts.domain.journal_words import value_words
from plugins.accounts.permissions import JOURNAL_READ_ALL
from plugins.accounts.queries.paging import Page, Place, read_page

CHAIN_CHECKED = "journal.verified"
_EXPORT_CHUNK = 500
_ACCOUNT = "account:"


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """What the journal is narrowed to; empty means everything. The days are the office's, both included."""

    who: str = ""
    action: str = ""
    subject: str = ""
    division: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of the journal."""

    seq: int
    at: dt.datetime
    actor: str
    account_id: int | None
    channel: str
    action: str
    subject: str
    division_code: str
    facts: tuple[tuple[str, str], ...]
    hash: str

    @property
    def when(self) -> str:
        """The second in the office's zone."""
        return f"{local_time(self.at):%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class ChainState:
    """The last check of the whole chain: when, up to which line, and the first break (0 = none)."""

    at: dt.datetime
    lines: int
    first_break: int


def journal_page(session: Session, actor: Actor, wanted: JournalFilter, place: Place) -> Page[JournalLine]:
    """Return a page of the lines that the actor may read, the newest first."""
    return read_page(session, _visible(actor, wanted).order_by(JournalRow.seq.desc()), place).turned(_line)


def journal_export(session: Session, actor: Actor, wanted: JournalFilter, limit: int) -> Iterator[JournalLine]:
    """Yield the lines that the actor may read, the oldest first, at most ``limit``."""
    query = _visible(actor, wanted).order_by(JournalRow.seq).limit(limit).execution_options(yield_per=_EXPORT_CHUNK)
    for row in session.scalars(query):
        yield _line(row)


def account_names(session: Session, page: Page[JournalLine]) -> dict[str, str]:
    """Return the names of the accounts that are subjects on this page, by subject."""
    subjects = {line.subject for line in page.rows if line.subject.startswith(_ACCOUNT)}
    ids = [int(subject.removeprefix(_ACCOUNT)) for subject in subjects if subject.removeprefix(_ACCOUNT).isdecimal()]
    rows = session.execute(select(Account.id, Account.name, Account.login).where(Account.id.in_(ids)))
    return {f"{_ACCOUNT}{key}": f"{name}（{login}）" for key, name, login in rows}


def known_actions(session: Session, actor: Actor) -> tuple[str, ...]:
    """Return the actions that stand in the part of the journal that the actor may read, sorted."""
    query = _visible(actor, JournalFilter()).with_only_columns(JournalRow.action)
    return tuple(session.scalars(query.distinct().order_by(JournalRow.action)))


def chain_state(session: Session) -> ChainState | None:
    """Return what the last check of the whole chain found, or None when there was none."""
    row = session.scalar(
        select(JournalRow).where(JournalRow.action == CHAIN_CHECKED).order_by(JournalRow.seq.desc()).limit(1)
    )
    if row is None:
        return None
    facts = json.loads(row.facts)
    return ChainState(_moment(row.at), facts["lines"], facts["first_break"])


def _visible(actor: Actor, wanted: JournalFilter) -> Select[JournalRow]:
    """Scope first: without the right to the whole journal only lines of the actor's own divisions exist."""
    query = select(JournalRow)
    if not actor.can(JOURNAL_READ_ALL):
        query = query.where(JournalRow.division_code != "", actor.within(JournalRow.division_code))
    if wanted.who:
        query = query.where(JournalRow.actor.contains(wanted.who, autoescape=True))
    if wanted.action:
        query = query.where(
            or_(JournalRow.action == wanted.action, JournalRow.action.startswith(f"{wanted.action}.", autoescape=True))
        )
    if wanted.subject:
        query = query.where(JournalRow.subject.contains(wanted.subject, autoescape=True))
    if wanted.division:
        query = query.where(JournalRow.division_code.startswith(wanted.division, autoescape=True))
    if wanted.since:
        query = query.where(JournalRow.at >= _day_start(wanted.since))
    if wanted.until:
        query = query.where(JournalRow.at < _day_start(wanted.until + dt.timedelta(days=1)))
    return query


def _day_start(day: dt.date) -> str:
    """The first instant of an office day, in the text form of the journal (UTC, so that texts sort like instants)."""
    start = dt.datetime.combine(day, dt.time(), OFFICE_ZONE)
    return start.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _line(row: JournalRow) -> JournalLine:
    return JournalLine(
        seq=row.seq,
        at=_moment(row.at),
        actor=row.actor,
        account_id=row.account_id,
        channel=row.channel,
        action=row.action,
        subject=row.subject,
        division_code=row.division_code,
        facts=tuple((key, value_words(key, value)) for key, value in json.loads(row.facts).items()),
        hash=row.hash,
    )


def broken_lines(session: Session, page: Page[JournalLine]) -> frozenset[int]:
    """Return the sequence numbers on this page whose hash does not fit their text or the line before them."""
    wanted = {line.seq for line in page.rows}
    around = select(JournalRow).where(JournalRow.seq.in_(wanted | {seq - 1 for seq in wanted}))
    rows = {row.seq: row for row in session.scalars(around)}
    return frozenset(seq for seq in wanted if not _holds(rows[seq], rows.get(seq - 1)))


def _holds(row: JournalRow, before: JournalRow | None) -> bool:
    expected = before.hash if before is not None else GENESIS
    return row.prev_hash == expected and row.hash == chain_hash(row.prev_hash, canonical(row))
