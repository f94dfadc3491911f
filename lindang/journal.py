r"""The journal: an append-only, hash-chained log of every change of state and every reading of personal data.

``hash = SHA256(prev_hash + "\n" + canonical JSON of the row + "\n")``, so that an edited, removed, inserted or moved row
is found at its exact place, with nothing but ``sha256sum``. Triggers in the database refuse UPDATE and DELETE.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from lindang.auth import Actor
from lindang.db import Base, DivisionCode

GENESIS = "0" * 64
_CHUNK = 2000


class JournalRow(Base):
    """One line of the journal."""

    __tablename__ = "journal"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[int | None]
    actor: Mapped[str]
    channel: Mapped[str] = mapped_column(String(12))
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, default="")
    facts: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line not yet written: what was done to which subject."""

    action: str
    subject: str
    division_code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def canonical(row: JournalRow) -> str:
    """Return the row's canonical JSON: sorted keys, no blanks, real characters; the text that is hashed."""
    values = {
        "seq": row.seq,
        "at": row.at,
        "account_id": row.account_id,
        "actor": row.actor,
        "channel": row.channel,
        "action": row.action,
        "subject": row.subject,
        "division_code": row.division_code,
        "facts": row.facts,
    }
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chain_hash(prev_hash: str, text_line: str) -> str:
    """Return the hash of a line that follows ``prev_hash``."""
    return hashlib.sha256(f"{prev_hash}\n{text_line}\n".encode()).hexdigest()


def append(session: Session, entries: list[Entry], actor: Actor, now: dt.datetime) -> None:
    """Write the entries at the end of the chain, inside the running transaction.

    Writers are serialised here: SQLite by its single writer, PostgreSQL by a table lock held until the commit, so that
    sequence numbers have no gap and no fork.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE journal IN EXCLUSIVE MODE"))
    last = session.execute(select(JournalRow.seq, JournalRow.hash).order_by(JournalRow.seq.desc()).limit(1)).first()
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    for entry in entries:
        seq += 1
        row = JournalRow(
            seq=seq,
            at=now.astimezone(dt.UTC).isoformat(timespec="microseconds"),
            account_id=actor.account_id,
            actor=actor.name,
            channel=actor.channel,
            action=entry.action,
            subject=entry.subject,
            division_code=entry.division_code,
            facts=json.dumps(entry.facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
            prev_hash=prev,
        )
        row.hash = prev = chain_hash(prev, canonical(row))
        session.add(row)
    session.flush()


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold: the sequence number and what is wrong with it."""

    seq: int
    reason: str


def breaks(session: Session) -> Iterator[Break]:
    """Yield the places where the chain is broken, in order; nothing when it is whole."""
    expected, prev = 1, GENESIS
    query = select(JournalRow).order_by(JournalRow.seq).execution_options(yield_per=_CHUNK)
    for row in session.scalars(query):
        if row.seq != expected:
            yield Break(expected, "missing" if row.seq > expected else "repeated")
        if row.prev_hash != prev:
            yield Break(row.seq, "prev_hash")
        if row.hash != chain_hash(row.prev_hash, canonical(row)):
            yield Break(row.seq, "changed")
        expected, prev = row.seq + 1, row.hash
        session.expunge(row)
