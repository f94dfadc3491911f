"""Moves aside blobs that no row refers to: what is left of commands that were cut off before their commit.

Every column named ``sha256`` refers to a blob; that is the whole rule, so a plugin's new table is covered the day it is made.
Nothing is deleted: orphans wait in ``objects/orphans`` for an administrator.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator

from sqlalchemy import Column, select, union_all
from sqlalchemy.orm import Session

from lindang.db import Base
from lindang.host import Host
from lindang.jobs import JobContext

GRACE = dt.timedelta(days=2)
"""How old an unreferenced blob must be: longer than any command between its blob and its commit."""

BLOB_COLUMN = "sha256"
_PART = 500


def blob_columns() -> list[Column[str]]:
    """Return the columns whose values are digests of stored blobs, in table order."""
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    return [table.c[BLOB_COLUMN] for table in tables if BLOB_COLUMN in table.c]


def referenced(session: Session, digests: Iterable[str]) -> set[str]:
    """Return those of the digests that some row refers to."""
    wanted = list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        queries = [select(column).where(column.in_(part)) for column in blob_columns()]
        found.update(session.scalars(union_all(*queries)))
    return found


def orphans(host: Host) -> Iterator[str]:
    """Yield the stored blobs older than the grace time that no row refers to."""
    old = host.storage.older_than(GRACE)
    while part := list(itertools.islice(old, _PART)):
        with host.view() as session:
            known = referenced(session, part)
        yield from sorted(set(part) - known)


def sweep_orphans(context: JobContext, _argument: str) -> None:
    """Run as the daily job ``host.sweep``."""
    for count, sha256 in enumerate(orphans(context.host), 1):
        context.host.storage.set_aside(sha256)
        context.progress(count, count, sha256)
