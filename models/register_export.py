"""Tables of what left the register as a file: who asked for what, with which mapping, how far it is, and the files made.

The mapping stands in the row as it was read, so that a later change of the office's mapping file changes no past export.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

ORDERED, HELD, MADE = "ordered", "held", "made"
"""States of an export: waiting or running; no file was made because the target would refuse rows; the file is there."""

DATA, REFUSED = "data", "refused"
"""What a file of an export is: the rows themselves, or the list of what the target would refuse."""


class RegisterExport(Base):
    """One export of one division; ``is_forced``: make the file although the target would refuse some rows."""

    __tablename__ = "register_export"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    place: Mapped[str] = mapped_column(String(120))
    target: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(120))
    mapping: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(12))
    with_id_numbers: Mapped[bool] = mapped_column(default=False)
    purpose: Mapped[str] = mapped_column(Text, default="")
    is_forced: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), index=True)
    rows: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    created_by_id: Mapped[int | None]
    finished_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class RegisterExportFile(Base):
    """A file that an export made; of several of one kind the newest counts. It lies sealed under ``sha256``, its own digest
    is ``file_sha256``.
    """

    __tablename__ = "register_export_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("register_export.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256)
    file_sha256: Mapped[str] = mapped_column(Sha256)
    at: Mapped[dt.datetime]
    by: Mapped[str]
