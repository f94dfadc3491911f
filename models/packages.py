"""What travels between offices: the papers of a batch as they were filed, the packages written for it, and the
packages that came in.

Source: domain reference 1.3 (YJ01, one 卷 per batch), 3.4 (documents), 4.7 (the original package is kept for ever).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

ORDERED, WRITTEN = "ordered", "written"
"""A package waits for its job, or lies at its place and was read again there."""


class BatchPaper(Base):
    """A paper of a batch as it was filed: one 件 of the batch's 卷, with its number and the digest of its first file."""

    __tablename__ = "batch_paper"
    __table_args__ = (UniqueConstraint("batch_id", "list_version", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    paper_no: Mapped[str] = mapped_column(String(60), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), unique=True)
    sha256: Mapped[str] = mapped_column(Sha256)
    filed_at: Mapped[dt.datetime]
    filed_by: Mapped[str]


class TransferPackage(Base):
    """A package ordered for a signed list: where it is written to, and what came of it.

    ``folder`` is relative to its target's folder, which the settings name; ``digest`` is that of the checksums, of several
    carriers that of their list; ``carriers`` holds ``name``, ``digest``, ``files`` and ``bytes`` of each part.
    """

    __tablename__ = "transfer_package"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    list_version: Mapped[int]
    layout: Mapped[str] = mapped_column(String(10))
    target: Mapped[str] = mapped_column(String(60))
    folder: Mapped[str] = mapped_column(Text)
    carrier_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    with_sm3: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10))
    job_id: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    files: Mapped[int] = mapped_column(default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    carriers: Mapped[list[Any]] = mapped_column(default=list)
    ordered_at: Mapped[dt.datetime]
    ordered_by: Mapped[str]
    written_at: Mapped[dt.datetime | None]


class ReceivedPackage(Base):
    """A package of another office that was taken in, whole: ``digest`` is that of its checksums."""

    __tablename__ = "received_package"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    layout: Mapped[str] = mapped_column(String(10))
    batch_no: Mapped[str] = mapped_column(String(60), index=True)
    title: Mapped[str]
    from_org: Mapped[str]
    to_org: Mapped[str]
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    volumes: Mapped[int]
    files: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[dt.datetime]
    received_by: Mapped[str]


class ReceivedFile(Base):
    """One file of a received package as it came, under its path there; ``item_id`` says which 件 it became the original of."""

    __tablename__ = "received_file"
    __table_args__ = (UniqueConstraint("package_id", "path"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    package_id: Mapped[int] = mapped_column(ForeignKey("received_package.id"), index=True)
    path: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
