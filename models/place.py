"""Administrative divisions with their validity in time, and the organisations that act in them.

Source: the seed (村为单位); twelve-digit statistical division codes (county 6 + township 3 + village 3).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode

LEVEL_LENGTHS = {"province": 2, "city": 4, "county": 6, "town": 9, "village": 12}
"""Division levels and the length of their codes."""


class Division(Base):
    """A division as it was called from ``valid_from`` to ``valid_to``; a code stays valid for the records of its time."""

    __tablename__ = "division"
    __table_args__ = (Index("uq_division_code_valid_from", "code", "valid_from", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(DivisionCode, index=True)
    name: Mapped[str]
    level: Mapped[str] = mapped_column(String(10))
    parent_code: Mapped[str] = mapped_column(DivisionCode, default="", index=True)
    valid_from: Mapped[dt.date] = mapped_column(default=dt.date(1949, 10, 1))
    valid_to: Mapped[dt.date | None]
    successor_code: Mapped[str] = mapped_column(DivisionCode, default="")
    source: Mapped[str] = mapped_column(default="")


class Org(Base):
    """An organisation: forestry office, registry (不动产登记机构), archives."""

    __tablename__ = "org"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(20))
    division_code: Mapped[str] = mapped_column(DivisionCode, default="", index=True)
    is_active: Mapped[bool] = mapped_column(default=True)


ORG_FORESTRY, ORG_REGISTRY, ORG_ARCHIVES = "forestry", "registry", "archives"
"""Kinds of organisations: 林业主管部门, 不动产登记机构, 档案馆."""
