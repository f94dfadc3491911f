"""Keying by hand: rows that cannot be stored yet (drafts); keying twice (双人录入): who keys what blind, what was keyed, where
the two differ and how that was settled; and what a machine reads on a certificate's page, which is only ever an offer.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode


class KeyingDraft(Base):
    """A row as one person typed it that the register cannot take yet; ``closed_at`` says when it could, or was put aside.

    ``slot`` names the line of that person's grid. ``cells`` hold the texts by column key, an ID number masked; what was typed
    of it is sealed in ``id_no_enc``.
    """

    __tablename__ = "keying_draft"
    __table_args__ = (UniqueConstraint("division_code", "by_id", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode)
    by_id: Mapped[int | None]
    by: Mapped[str]
    slot: Mapped[str] = mapped_column(String(40))
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("parcel.id"))
    archive_file_id: Mapped[int | None] = mapped_column(ForeignKey("archive_file.id"))
    seen_entry_no: Mapped[int] = mapped_column(default=0)
    cells: Mapped[dict[str, Any]]
    sources: Mapped[dict[str, Any]]
    id_no_enc: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class SecondKeying(Base):
    """An order to key the rows of a village a second time, all of them or a sample drawn with a recorded seed."""

    __tablename__ = "second_keying"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    percent: Mapped[int]
    seed: Mapped[int]
    keyer_id: Mapped[int | None]
    keyer: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
    created_by_id: Mapped[int | None]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class SecondEntry(Base):
    """One row of the order: the first keying it is compared with, and what the second person keyed blind."""

    __tablename__ = "second_entry"
    __table_args__ = (UniqueConstraint("second_keying_id", "parcel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    second_keying_id: Mapped[int] = mapped_column(ForeignKey("second_keying.id"))
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"), index=True)
    first_entry_id: Mapped[int] = mapped_column(ForeignKey("register_entry.id"))
    first_by: Mapped[str]
    cells: Mapped[dict[str, Any]] = mapped_column(default=dict)
    id_no_enc: Mapped[str] = mapped_column(Text, default="")
    fields: Mapped[int] = mapped_column(default=0)
    differences: Mapped[int] = mapped_column(default=0)
    keyed_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class KeyingDifference(Base):
    """One field keyed differently; ``at_fault`` is who was wrong: ``first``, ``second`` or ``both``."""

    __tablename__ = "keying_difference"
    __table_args__ = (UniqueConstraint("second_entry_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    second_entry_id: Mapped[int] = mapped_column(ForeignKey("second_entry.id"))
    field: Mapped[str] = mapped_column(String(40))
    first: Mapped[str] = mapped_column(Text)
    second: Mapped[str] = mapped_column(Text)
    settled: Mapped[str] = mapped_column(Text, default="")
    at_fault: Mapped[str] = mapped_column(String(6), default="")
    settled_at: Mapped[dt.datetime | None]
    settled_by_id: Mapped[int | None]
    settled_by: Mapped[str] = mapped_column(default="")


class FieldReading(Base):
    """A value of one register column as a machine read it on a page: value, confidence 0..100, box 0..10000 of the image.

    Personal ID numbers are not kept here.
    """

    __tablename__ = "field_reading"
    __table_args__ = (
        Index(
            "ix_field_reading_page",
            "page_id",
            "field",
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"))
    page_text_id: Mapped[int] = mapped_column(ForeignKey("page_text.id"))
    row: Mapped[int] = mapped_column(default=0)
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    confidence: Mapped[int] = mapped_column(default=0)
    box: Mapped[list[Any]]
    is_current: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[dt.datetime]
