"""The names and places of the register in the spellings by which they are found: derived rows, owned by the search.

A term is one folded text that stands in the register as a holder's name, as a 小地名 or as a 坐落; its keys depend on nothing but
that text, so they are made once however many certificates bear it. What bears which term follows the certificates.
"""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base

TERM_LENGTH, KEY_LENGTH = 200, 100
_KEY = String(KEY_LENGTH).with_variant(String(KEY_LENGTH, collation="C"), "postgresql")
"""Compared by code point, so that "begins with" is a range of the index on every database."""


class SearchTerm(Base):
    """A folded text of the register; ``sort`` is ``name``, ``place`` (小地名) or ``location`` (坐落)."""

    __tablename__ = "search_term"
    __table_args__ = (UniqueConstraint("sort", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sort: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(String(TERM_LENGTH))


class SearchKey(Base):
    """One spelling under which a term is found; the kinds are those of the search's key rules."""

    __tablename__ = "search_key"
    __table_args__ = (Index("ix_search_key_term_id", "term_id"), {"sqlite_with_rowid": False})

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(_KEY, primary_key=True)
    term_id: Mapped[int] = mapped_column(ForeignKey("search_term.id"), primary_key=True)


class SearchName(Base):
    """A term that a certificate bears; ``parcel_id`` 0 for the names of its holders, else the parcel that lies there."""

    __tablename__ = "search_name"
    __table_args__ = (Index("ix_search_name_certificate_id", "certificate_id"), {"sqlite_with_rowid": False})

    term_id: Mapped[int] = mapped_column(ForeignKey("search_term.id"), primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True)
    parcel_id: Mapped[int] = mapped_column(primary_key=True, default=0)
