"""The ledger of stored files: when each was last read again, in the store and on the second copy, and what was found wrong.

It names files by digest, so that everything the archive stores is in it: masters, derivatives, papers of batches, uploads.
Names of events and outcomes follow PREMIS (fixity check, replication, recovery; success, fail).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, Sha256

NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a file was checked that has not been checked yet: the first in order everywhere, which NULL is not."""

NEW, GOOD, LOST = "new", "good", "lost"
"""States of a stored file: not read again yet; as it was stored; damaged or gone without a good copy."""

ABSENT, SAME, UNSOUND = "", "good", "bad"
"""States on the second copy: none there; as it was stored; damaged, and the store had nothing to mend it with."""

FIXITY_CHECK, REPLICATION, RECOVERY = "fixity check", "replication", "recovery"
SUCCESS, FAIL = "success", "fail"
STORE, COPY = "store", "copy"


class StoredFile(Base):
    """One stored file and its last check. `digest` is its SHA-256; `bytes` its length when it was last read."""

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix_stored_file_checked_at", "checked_at", "digest"),
        Index("ix_stored_file_state", "state"),
    )

    digest: Mapped[str] = mapped_column(Sha256, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(10), default=NEW)
    copy_state: Mapped[str] = mapped_column(String(10), default=ABSENT)
    entered_at: Mapped[dt.datetime]
    checked_at: Mapped[dt.datetime] = mapped_column(default=NEVER)


class FixityEvent(Base):
    """Something that happened to one stored file: a check that failed, a copy made, a file recovered. Never changed."""

    __tablename__ = "fixity_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(Sha256, index=True)
    at: Mapped[dt.datetime]
    event: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(10))
    found: Mapped[str] = mapped_column(default="")


class FixityRun(Base):
    """One stretch of reading: from when to when, how many files and bytes, and what came of it."""

    __tablename__ = "fixity_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime]
    by: Mapped[str]
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    damaged: Mapped[int]
    recovered: Mapped[int]
    replicated: Mapped[int]
    lost: Mapped[int]
