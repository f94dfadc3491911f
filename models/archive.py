"""The archive core: fonds (全宗), classification scheme, 案卷 (archive file), 件 (item), page, and their numbers.

Source: DA/T 22 (归档文件以件为单位), DA/T 13 (档号); the scheme and the checklist are replaceable data with their provenance.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lindang.db import Base, DivisionCode


class Fonds(Base):
    """A fonds (全宗): all records of one creating agency (立档单位)."""

    __tablename__ = "fonds"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str]
    creator: Mapped[str]
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)


class SchemeNode(Base):
    """A class of the classification scheme, in one named version of the scheme."""

    __tablename__ = "scheme_node"
    __table_args__ = (UniqueConstraint("version", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(10), index=True)
    parent: Mapped[str] = mapped_column(String(10), default="")
    level: Mapped[str] = mapped_column(String(20), default="")
    title: Mapped[str]
    retention: Mapped[str] = mapped_column(String(40), default="")
    unit: Mapped[str] = mapped_column(String(10), default="")
    notes: Mapped[str] = mapped_column(default="")
    provenance: Mapped[str]
    clause: Mapped[str] = mapped_column(default="")
    is_current: Mapped[bool] = mapped_column(default=True)


class ChecklistRule(Base):
    """A document type that a household file should hold, and when it must."""

    __tablename__ = "checklist_rule"
    __table_args__ = (UniqueConstraint("version", "doc_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    doc_type: Mapped[str] = mapped_column(String(6))
    title: Mapped[str]
    rule: Mapped[str] = mapped_column(String(60))
    notes: Mapped[str] = mapped_column(default="")
    provenance: Mapped[str]
    is_current: Mapped[bool] = mapped_column(default=True)


class ArchiveFile(Base):
    """A 案卷; for household records one certificate's file (一户一档)."""

    __tablename__ = "archive_file"
    __table_args__ = (
        # the running number is unique through the code that shows it: an office may let it restart by year or retention
        # NULL folder names (files opened by hand) do not clash with each other
        Index("uq_archive_file_folder", "division_code", "folder_name", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    archival_code: Mapped[str] = mapped_column(String(80), unique=True)
    fonds_code: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(10), default="ZY·LG")
    class_code: Mapped[str] = mapped_column(String(10), index=True)
    year: Mapped[int | None]
    retention: Mapped[str] = mapped_column(String(4))
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    file_no: Mapped[int]
    title: Mapped[str]
    holder_name: Mapped[str] = mapped_column(default="")
    folder_name: Mapped[str | None]
    box_no: Mapped[str] = mapped_column(String(40), default="")
    location: Mapped[str] = mapped_column(default="")
    paper_pages: Mapped[int | None]
    security_class: Mapped[str] = mapped_column(String(10), default="")
    is_disputed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    items: Mapped[list[Item]] = relationship(back_populates="archive_file", order_by="Item.item_no")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class Item(Base):
    """A 件: one document with its attachments."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("archive_file_id", "item_no"),
        # the checklist asks "is there a D05 in this file" once for every line and file of a list
        Index("ix_item_archive_file_id_doc_type", "archive_file_id", "doc_type"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    archive_file_id: Mapped[int] = mapped_column(ForeignKey("archive_file.id"), index=True)
    archival_code: Mapped[str] = mapped_column(String(90), unique=True)
    item_no: Mapped[int]
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    doc_type: Mapped[str] = mapped_column(String(6), default="")
    title: Mapped[str]
    author: Mapped[str] = mapped_column(default="")
    doc_no: Mapped[str] = mapped_column(String(80), default="")
    doc_date: Mapped[dt.date | None]
    original_kind: Mapped[str] = mapped_column(String(4), default="")
    security_class: Mapped[str] = mapped_column(String(10), default="")
    source_name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    archive_file: Mapped[ArchiveFile] = relationship(back_populates="items")
    pages: Mapped[list[Page]] = relationship(back_populates="item", order_by="Page.page_no")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class Page(Base):
    """One side of a sheet; its images and texts are versions beside each other in ``models.digital``."""

    __tablename__ = "page"
    __table_args__ = (UniqueConstraint("item_id", "page_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    page_no: Mapped[int]
    is_blank: Mapped[bool] = mapped_column(default=False)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    dpi: Mapped[int] = mapped_column(default=0)
    colour_mode: Mapped[str] = mapped_column(String(10), default="")

    item: Mapped[Item] = relationship(back_populates="pages")


class NumberCounter(Base):
    """The last number given in one numbering scope; raised in the transaction that uses the number."""

    __tablename__ = "number_counter"

    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class OldCode(Base):
    """An archival code that was replaced; 档号 once given is never forgotten (稳定性)."""

    __tablename__ = "old_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(index=True)
    old_code: Mapped[str] = mapped_column(String(90), index=True)
    reason: Mapped[str] = mapped_column(Text)
    approved_by: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[str]


class Waiver(Base):
    """A missing document that two people agreed to do without (缺件说明)."""

    __tablename__ = "waiver"
    __table_args__ = (UniqueConstraint("archive_file_id", "doc_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    archive_file_id: Mapped[int] = mapped_column(ForeignKey("archive_file.id"), index=True)
    doc_type: Mapped[str] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int | None]
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    approved_by_id: Mapped[int | None]
    approved_by: Mapped[str] = mapped_column(default="")
    approved_at: Mapped[dt.datetime | None]
