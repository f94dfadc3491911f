"""Tables that came in from offices' spreadsheets: the file, its rows as read, every fault by cell, remembered headers.

An import is staged first (dry run) and changes nothing; rows are applied village by village. ID numbers never stand in
plain text here: ``cells`` holds them masked, ``id_no_enc`` sealed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

WAITING, MAPPING, CHECKED, APPLYING, APPLIED, REFUSED, DISCARDED = (
    "waiting",
    "mapping",
    "checked",
    "applying",
    "applied",
    "refused",
    "discarded",
)
"""States of an import: to be read; a header needs a person; dry run done; being written; written; unreadable file, with
its reason; put aside by a person."""

NEW, SAME, CHANGED, FAULTY = "new", "same", "changed", "faulty"
"""What a row would do: add, nothing, change a row that is there, nothing because it cannot be taken."""

ALL_OR_NOTHING, GOOD_ROWS = "all", "good"
"""How to apply: only when no row is faulty, or the rows that are not."""


class RegisterImport(Base):
    """One file handed in for the register of one county; it lies sealed under ``sha256``, its own digest is ``file_sha256``."""

    __tablename__ = "register_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    file_name: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256)
    file_sha256: Mapped[str] = mapped_column(Sha256)
    state: Mapped[str] = mapped_column(String(10), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    choice: Mapped[str] = mapped_column(String(4), default="")
    sheets: Mapped[list[Any]] = mapped_column(default=list)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    created_by_id: Mapped[int | None]
    applied_at: Mapped[dt.datetime | None]
    applied_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class RegisterImportRow(Base):
    """One row of the file, as read; ``verdict`` says what applying it would do to ``parcel_id``."""

    __tablename__ = "register_import_row"
    __table_args__ = (UniqueConstraint("import_id", "sheet_no", "row_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("register_import.id"))
    sheet_no: Mapped[int]
    row_no: Mapped[int]
    division_code: Mapped[str] = mapped_column(DivisionCode, default="")
    cells: Mapped[dict[str, Any]]
    id_no_enc: Mapped[str] = mapped_column(Text, default="")
    verdict: Mapped[str] = mapped_column(String(8))
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_confirmed: Mapped[bool] = mapped_column(default=False)
    is_applied: Mapped[bool] = mapped_column(default=False)
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("parcel.id"))
    place: Mapped[str] = mapped_column(String(120), default="")


class RegisterImportFault(Base):
    """One fault of one cell: sheet, row, column, what stands there, the rule; ``is_refusing``: the row cannot be taken.

    What is not refusing is a finding for later. ``row_no`` and ``column_no`` are 0 where a whole row or sheet is meant.
    """

    __tablename__ = "register_import_fault"
    __table_args__ = (Index("ix_register_import_fault_place", "import_id", "sheet_no", "row_no"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("register_import.id"))
    sheet_no: Mapped[int]
    row_no: Mapped[int]
    column_no: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(6))
    severity: Mapped[str] = mapped_column(String(1))
    is_refusing: Mapped[bool] = mapped_column(default=True)
    facts: Mapped[dict[str, Any]]


class RegisterImportMarked(Base):
    """The file handed back with its faulty cells marked, sealed; ``import_version`` tells from which reading of the file."""

    __tablename__ = "register_import_marked"
    __table_args__ = (UniqueConstraint("import_id", "import_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("register_import.id"))
    import_version: Mapped[int]
    file_name: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256)
    at: Mapped[dt.datetime]
    by: Mapped[str]


class HeaderMemory(Base):
    """What a county's own column heading means, remembered from the last time somebody said so."""

    __tablename__ = "header_memory"
    __table_args__ = (UniqueConstraint("county_code", "heading"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    county_code: Mapped[str] = mapped_column(String(6))
    heading: Mapped[str] = mapped_column(String(120))
    field: Mapped[str] = mapped_column(String(40))
    at: Mapped[dt.datetime]
    by: Mapped[str]
