"""What came in: one run per folder, upload or watched folder, one row per file, for ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

UPLOAD, FOLDER, WATCH = "upload", "folder", "watch"
RECEIVED, FILED, SORTING, DUPLICATE, FAILED, DISMISSED = (
    "received",
    "filed",
    "sorting",
    "duplicate",
    "failed",
    "dismissed",
)
"""States of an intake file: stored and waiting for the pipeline; an item now; on the sorting desk; already in the archive;
in the failed lane with a reason; taken off the failed lane by a person."""


class IntakeRun(Base):
    """One delivery of paper: a folder ingested, a set of files uploaded, a watched folder."""

    __tablename__ = "intake_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str]
    root: Mapped[str] = mapped_column(Text, default="")
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    profile: Mapped[dict[str, Any]]
    is_closed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    created_by_id: Mapped[int | None]


class IntakeFile(Base):
    """One file of a run; the bytes lie in the storage under ``sha256`` whatever became of it."""

    __tablename__ = "intake_file"
    __table_args__ = (
        UniqueConstraint("run_id", "relative_path", "sha256"),
        Index("ix_intake_file_state", "state", "division_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("intake_run.id"), index=True)
    relative_path: Mapped[str] = mapped_column(Text)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    state: Mapped[str] = mapped_column(String(10))
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    scan: Mapped[dict[str, Any] | None]
    archive_file_id: Mapped[int | None] = mapped_column(ForeignKey("archive_file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    pages: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    received_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol
