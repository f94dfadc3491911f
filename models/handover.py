"""Handing over: batches, their items, what happened to them, what came back, and the documents that went along.

One-to-one is held by the database, both ways: a certificate stands in at most one open batch item, an archived 件 is the
feedback of at most one batch item, and a batch item has at most one final feedback. Rows are never taken away: an item
that leaves a draft is withdrawn, a list that was refused is followed by a list with a higher ``list_version``.

Source: domain reference 3.3 (states), 3.4 (documents), 3.5 (invariants I5 to I9).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lindang.db import Base, DivisionCode, Sha256

PAPER_ORIGINAL, PAPER_COPY, PAPER_NONE = "original", "copy", "none"
"""What paper goes along: 原件 (the office keeps a copy), 复印件, nothing."""

ACCEPT, RETURN = "accept", "return"
"""The registry's opinion on one item."""

MANIFEST, LIST_XLSX, LIST_PDF, PACKAGE = "manifest", "list_xlsx", "list_pdf", "package"
"""Kinds of transfer documents: canonical manifest, 移交清单 as workbook and as PDF, description of what was sent."""


class Batch(Base):
    """A handover batch (移交批次) of one county to one registry; its list and digests stand fixed once it is signed."""

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_no: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str]
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    registry_org_id: Mapped[int] = mapped_column(ForeignKey("org.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    list_version: Mapped[int] = mapped_column(default=1)
    paper_kind: Mapped[str] = mapped_column(String(10), default=PAPER_ORIGINAL)
    cert_count: Mapped[int] = mapped_column(default=0)
    parcel_count: Mapped[int] = mapped_column(default=0)
    area_mu: Mapped[Decimal] = mapped_column(default=Decimal(0))
    item_count: Mapped[int] = mapped_column(default=0)
    page_count: Mapped[int] = mapped_column(default=0)
    file_count: Mapped[int] = mapped_column(default=0)
    byte_count: Mapped[int] = mapped_column(BigInteger, default=0)
    checked_at: Mapped[dt.datetime | None]
    manifest_sha256: Mapped[str] = mapped_column(Sha256, default="")
    package_sha256: Mapped[str] = mapped_column(Sha256, default="")
    carriers: Mapped[str] = mapped_column(Text, default="")
    boxes: Mapped[str] = mapped_column(Text, default="")
    state_since: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    created_by_id: Mapped[int | None]
    version: Mapped[int] = mapped_column()

    items: Mapped[list[BatchItem]] = relationship(back_populates="batch", order_by="BatchItem.seq")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class BatchItem(Base):
    """One certificate with its file inside a batch. ``code`` is given when the list is signed and stands on the cover
    sheet of the feedback paper; ``snapshot`` is what the check saw, and what the manifest says.
    """

    __tablename__ = "batch_item"
    __table_args__ = (
        Index(
            "uq_batch_item_open_certificate",
            "certificate_id",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
        Index(
            "uq_batch_item_replaces",
            "replaces_item_id",
            unique=True,
            sqlite_where=text("state != 'WITHDRAWN'"),
            postgresql_where=text("state != 'WITHDRAWN'"),
        ),
        Index("ix_batch_item_list", "batch_id", "list_version", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int] = mapped_column(default=1)
    seq: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(60), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    archive_file_id: Mapped[int] = mapped_column(ForeignKey("archive_file.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    is_open: Mapped[bool] = mapped_column(default=True)
    replaces_item_id: Mapped[int | None] = mapped_column(ForeignKey("batch_item.id"))
    snapshot: Mapped[dict[str, Any] | None]
    snapshot_sha256: Mapped[str] = mapped_column(Sha256, default="")
    answer: Mapped[str] = mapped_column(String(10), default="")
    return_reason: Mapped[str] = mapped_column(String(2), default="")
    return_note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[dt.datetime | None]
    answered_by: Mapped[str] = mapped_column(default="")
    fix_note: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[dt.datetime]
    added_by: Mapped[str]

    batch: Mapped[Batch] = relationship(back_populates="items")


class BatchTransition(Base):
    """One thing done to a batch: a step of its state machine, its creation, or an edit of its list (state unchanged)."""

    __tablename__ = "batch_transition"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int]
    action: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str] = mapped_column(String(20))
    to_state: Mapped[str] = mapped_column(String(20))
    at: Mapped[dt.datetime]
    actor: Mapped[str]
    actor_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Feedback(Base):
    """One feedback document of the registry (反馈材料): one archived 件, belonging to one batch item."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index(
            "uq_feedback_final",
            "batch_item_id",
            unique=True,
            sqlite_where=text("is_final"),
            postgresql_where=text("is_final"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    feedback_no: Mapped[str] = mapped_column(String(60), unique=True)
    batch_item_id: Mapped[int] = mapped_column(ForeignKey("batch_item.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), unique=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    kind: Mapped[str] = mapped_column(String(3))
    is_final: Mapped[bool] = mapped_column(default=True)
    source: Mapped[str] = mapped_column(String(10))
    doc_no: Mapped[str] = mapped_column(String(80), default="")
    doc_date: Mapped[dt.date | None]
    summary: Mapped[str] = mapped_column(Text, default="")
    filed_at: Mapped[dt.datetime]
    filed_by: Mapped[str]
    filed_by_id: Mapped[int | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class FeedbackClaim(Base):
    """A cover code read on a scan that could not be filed at once: which item, which code, why not (yet)."""

    __tablename__ = "feedback_claim"
    __table_args__ = (UniqueConstraint("item_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    code: Mapped[str] = mapped_column(String(80), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime]


class TransferDoc(Base):
    """A document that belongs to one version of a batch's list; its bytes lie in the storage."""

    __tablename__ = "transfer_doc"
    __table_args__ = (UniqueConstraint("batch_id", "list_version", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]


class Reply(Base):
    """A reply workbook of the registry that was read in: looked at when it came, and taken over when somebody said so."""

    __tablename__ = "reply"
    __table_args__ = (UniqueConstraint("batch_id", "list_version", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    list_version: Mapped[int]
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    read_at: Mapped[dt.datetime]
    read_by: Mapped[str]
    taken_at: Mapped[dt.datetime | None]
    taken_by: Mapped[str] = mapped_column(default="")
    taken_by_id: Mapped[int | None]
    accepted: Mapped[int] = mapped_column(default=0)
    returned: Mapped[int] = mapped_column(default=0)


class ReplyLine(Base):
    """A line of a taken reply that found no item, or said what cannot be; it waits until somebody says what became of it."""

    __tablename__ = "reply_line"
    __table_args__ = (UniqueConstraint("reply_id", "row_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id"), index=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    row_no: Mapped[int]
    code: Mapped[str] = mapped_column(Text, default="")
    archival_code: Mapped[str] = mapped_column(Text, default="")
    cert_no: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    problem: Mapped[str] = mapped_column(Text)
    batch_item_id: Mapped[int | None] = mapped_column(ForeignKey("batch_item.id"))
    settled_at: Mapped[dt.datetime | None]
    settled_by: Mapped[str] = mapped_column(default="")
    settled_note: Mapped[str] = mapped_column(Text, default="")
