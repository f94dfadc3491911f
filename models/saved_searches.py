"""Tables of searching that belong to one person each: results taken away as a file, and searches kept to be asked again.

A query stands in both as it was typed. A kept search has it also as the tree that was meant, so that it asks the same of every
later engine.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, Json, Sha256

ORDERED, MADE = "ordered", "made"
"""States of an export: waiting or running; the file is there."""


class SearchExport(Base):
    """The whole result of one search as a file; ``prefixes`` is the scope in which it was ordered, and is made.

    The file lies sealed under ``sha256``; its own digest is ``file_sha256``.
    """

    __tablename__ = "search_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    typed: Mapped[str] = mapped_column(Text)
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    order: Mapped[str] = mapped_column(String(12))
    prefixes: Mapped[list[str]] = mapped_column(Json, default=list)
    state: Mapped[str] = mapped_column(String(10), default=ORDERED)
    rows: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    created_by_id: Mapped[int | None] = mapped_column(index=True)
    finished_at: Mapped[dt.datetime | None]
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(Sha256, default="")
    file_sha256: Mapped[str] = mapped_column(Sha256, default="")


class SavedSearch(Base):
    """A search under a name; ``fresh`` is how many 件 or descriptions of it changed since its owner last looked.

    ``tree`` is empty where nothing but filters was chosen. ``fresh`` is only counted while ``is_watched``. A search thrown away
    has ``dropped_at``; its name is free again.
    """

    __tablename__ = "saved_search"
    __table_args__ = (
        Index(
            "uq_saved_search_standing",
            "account_id",
            "name",
            unique=True,
            sqlite_where=text("dropped_at IS NULL"),
            postgresql_where=text("dropped_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(80))
    typed: Mapped[str] = mapped_column(Text)
    tree: Mapped[dict[str, Any]] = mapped_column(default=dict)
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    order: Mapped[str] = mapped_column(String(12))
    is_watched: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    looked_at: Mapped[dt.datetime]
    fresh: Mapped[int] = mapped_column(default=0)
    dropped_at: Mapped[dt.datetime | None]
