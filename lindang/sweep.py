"""Moves aside blobs that no row refers to: what is left of commands that were cut off before their commit.

Every column named ``sha256`` refers to a blob; that is the whole rule, so a plugin's new table is covered the day it is made.
Nothing is deleted: orphans wait in ``objects/orphans`` for an administrator.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import Column, select, union_all
from sqlalchemy.orm import Session

from lindang.db import Base
from lindang.host import Host
from lindang.jobs import JobContext

GRACE = dt.timedelta(days=2)
"""How old an unreferenced blob must be: longer than any command between its blob and its commit."""

BLOB_COLUMN = "sha256"


def blob_columns() -> list[Column[str]]:
    """Return the columns whose values are digests of stored blobs, in table order."""
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    return [table.c[BLOB_COLUMN] for table in tables if BLOB_COLUMN in table.c]


def referenced(session: Session, digests: Iterable[str]) -> set[str]:
    """Return those of the digests that some row refers to."""
    wanted = list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        queries = [select(column).where(column.in_(part)) for column in blob_columns()]
        found.update(session.scalars(union_all(*queries)))
    return found


def is_referenced(host: Host, sha256: str) -> bool:
    """Say whether any row refers to the blob."""
    with host.view() as session:
        return bool(referenced(session, [sha256]))


def sweep_orphans(context: JobContext, _argument: str) -> None:
    """Run as the daily job ``host.sweep``."""
    host = context.host
    moved = host.storage.sweep(lambda sha256: is_referenced(host, sha256), GRACE)
    context.progress(moved, moved)
