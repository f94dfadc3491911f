"""What came in: one run per folder, upload or watched folder, one row per file, for ever."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

UPLOAD, FOLDER, WATCH = "upload", "folder", "watch"
RECEIVED, FILED, SORTING, DUPLICATE, FAILED, DISMISSED, SPLITTING, SPLIT = (
    "received",
    "filed",
    "sorting",
    "duplicate",
    "failed",
    "dismissed",
    "splitting",
    "split",
)
"""States of an intake file: stored and waiting for the pipeline; an item now; on the sorting desk; already in the archive;
in the failed lane with a reason; taken off the failed lane by a person; being cut into its papers as a person decided; cut,
each paper an intake file of its own with this one as ``parent_id``."""

PAUSED, NO_ROOM, NO_SOURCE = "paused", "space", "source"
"""Why a run stands still: a person said so; the disk reserve is not met; its folder is not there. The last two end by themselves."""


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
    halt: Mapped[str] = mapped_column(String(10), default="")
    planned_files: Mapped[int] = mapped_column(default=0)
    planned_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    gathered_at: Mapped[dt.datetime | None]


class IntakeFile(Base):
    """One file of a run; the bytes lie in the storage under ``sha256`` whatever became of it.

    ``stamp`` is size and modification time of a folder's file when it was read: what has kept both is not read again.
    ``parent_id`` is the file that this one was cut out of; ``cuts`` are the cuts that a person decided on.
    """

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
    stamp: Mapped[str] = mapped_column(String(60), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("intake_file.id"), index=True)
    cuts: Mapped[dict[str, Any] | None]
    archive_file_id: Mapped[int | None] = mapped_column(ForeignKey("archive_file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    pages: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    received_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class DeskClaim(Base):
    """Who is cutting a file on the sorting desk; it runs out by itself when the page no longer reports."""

    __tablename__ = "desk_claim"

    file_id: Mapped[int] = mapped_column(ForeignKey("intake_file.id"), primary_key=True, autoincrement=False)
    account_id: Mapped[int | None]
    name: Mapped[str]
    until: Mapped[dt.datetime]


class WatchedFolder(Base):
    """What the worker last saw in a watched folder; ``waiting`` counts files that have not come to rest."""

    __tablename__ = "watched_folder"

    id: Mapped[int] = mapped_column(primary_key=True)
    root: Mapped[str] = mapped_column(Text, unique=True)
    looked_at: Mapped[dt.datetime]
    waiting: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(Text, default="")


class UploadLink(Base):
    """A link by which somebody without an account may upload scans, and do nothing else.

    Only the digest of its secret is stored. ``files`` and ``bytes`` count what came through it.
    """

    __tablename__ = "upload_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    doc_type: Mapped[str] = mapped_column(String(6), default="")
    ocr: Mapped[str] = mapped_column(String(12), default="auto")
    max_files: Mapped[int]
    max_mb: Mapped[int]
    files: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("intake_run.id"))
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
