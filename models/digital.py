"""Digital objects (masters and derivatives), recognised text, and the numbers found in records.

Nothing here is overwritten: a rescan or a better engine adds a row with a higher ``version`` and takes ``is_current``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256


def _by_code_point(length: int) -> String:
    """Return the type of a text that is compared by code point, so that "begins with" is a range of its index everywhere."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


MASTER, VIEW, THUMB, LAYERED = "master", "view", "thumb", "layered"
"""Roles of a digital object: the file as it came; the page image shown; the small picture; an item's PDF with a text layer."""


class DigitalObject(Base):
    """One stored file. A master belongs to an item (``page_id`` empty), derivatives to a page."""

    __tablename__ = "digital_object"
    __table_args__ = (
        Index(
            "uq_digital_object_current_page",
            "page_id",
            "role",
            unique=True,
            sqlite_where=text("is_current AND page_id IS NOT NULL"),
            postgresql_where=text("is_current AND page_id IS NOT NULL"),
        ),
        UniqueConstraint("item_id", "page_id", "role", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=1)
    is_current: Mapped[bool] = mapped_column(default=True)
    format: Mapped[str] = mapped_column(String(20))
    media_type: Mapped[str] = mapped_column(String(120))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    dpi: Mapped[int] = mapped_column(default=0)
    colour_mode: Mapped[str] = mapped_column(String(10), default="")
    tool: Mapped[str] = mapped_column(String(80), default="")
    source_name: Mapped[str] = mapped_column(default="")
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str]
    verified_at: Mapped[dt.datetime | None]
    replaced_reason: Mapped[str] = mapped_column(Text, default="")


class PageText(Base):
    """The text of a page as one engine read it, with word boxes.

    ``words`` is a list of ``[x0, y0, x1, y1, text, confidence]`` with coordinates 0..10000 of the page image and confidence
    0..100. Personal ID numbers are masked before the row is written (see ``Identifier`` of kind ``id_no``).
    """

    __tablename__ = "page_text"
    __table_args__ = (
        UniqueConstraint("page_id", "version"),
        Index(
            "uq_page_text_current",
            "page_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    is_current: Mapped[bool] = mapped_column(default=True)
    engine: Mapped[str] = mapped_column(String(20))
    engine_version: Mapped[str] = mapped_column(String(40), default="")
    profile: Mapped[str] = mapped_column(String(80), default="")
    text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[Any]]
    confidence: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[dt.datetime]


class Identifier(Base):
    """A number by which something can be found, in the spellings that look-ups need.

    Kinds: ``cert_no``, ``cert_serial``, ``archival_code``, ``batch_no``, ``bdc_unit_no``, ``title_cert_no``,
    ``application_no``, ``feedback_no`` and ``id_no`` (there ``norm`` is the keyed digest, ``raw`` the masked number and
    ``sealed`` the encrypted one). ``source`` is ``keyed``, ``ocr`` or ``code`` (made by this archive). ``serial_no`` is the last
    part of ``key`` as a number: what comes after word and year. ``confidence``, 0..100, is that of a machine's reading.
    """

    __tablename__ = "identifier"
    __table_args__ = (
        Index("ix_identifier_norm", "norm"),
        Index("ix_identifier_key", "key"),
        Index("ix_identifier_digits_reversed", "digits_reversed"),
        Index("ix_identifier_skeleton", "skeleton"),
        Index("ix_identifier_serial_no", "serial_no"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    raw: Mapped[str] = mapped_column(String(120))
    norm: Mapped[str] = mapped_column(_by_code_point(120))
    key: Mapped[str] = mapped_column(_by_code_point(80), default="")
    digits_reversed: Mapped[str] = mapped_column(_by_code_point(80), default="")
    skeleton: Mapped[str] = mapped_column(_by_code_point(120), default="")
    serial_no: Mapped[int | None] = mapped_column(BigInteger)
    sealed: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[int] = mapped_column(default=100, server_default="100")
    source: Mapped[str] = mapped_column(String(10))
    is_current: Mapped[bool] = mapped_column(default=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    archive_file_id: Mapped[int | None] = mapped_column(ForeignKey("archive_file.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"), index=True)


class IdentifierPart(Base):
    """A piece of the digits of an identifier (``models.number_parts``); derived, written by the search. ID numbers have none."""

    __tablename__ = "identifier_part"
    __table_args__ = ({"sqlite_with_rowid": False},)

    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    identifier_id: Mapped[int] = mapped_column(ForeignKey("identifier.id"), primary_key=True)


class UnsplitIdentifier(Base):
    """A number whose pieces are not written yet: entered with the number, taken away with the pieces. ID numbers never stand here."""

    __tablename__ = "identifier_unsplit"

    identifier_id: Mapped[int] = mapped_column(ForeignKey("identifier.id"), primary_key=True, autoincrement=False)
