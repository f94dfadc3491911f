"""Findings: what a check found wrong, once each, with a life of its own; and the runs that looked.

A finding is known by (code, kind, object, subject); running a check again touches ``last_seen_at`` and never adds a second
row. It is closed by a run that no longer finds it, and opens again (``times`` counts) when it comes back. A waiver takes
two people.

Source: domain reference 2.9 (rules R01 to R45) and 3.2 (readiness).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode

ERROR, WARNING, NOTICE = "E", "W", "I"
"""Severities: blocks handover; needs a decision; for information."""

OPEN, ASKED, WAIVED, FIXED = "open", "asked", "waived", "fixed"
"""States: to be dealt with; a waiver is asked for; two people agreed to leave it; the data no longer show it."""

STANDING = (OPEN, ASKED)
"""States in which a finding of severity E or W stands in the way of a handover."""


class Finding(Base):
    """One thing found wrong with one object; ``subject`` tells apart what one object can have several of."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("code", "kind", "object_id", "subject"),
        Index("ix_finding_certificate_state", "certificate_id", "state"),
        Index("ix_finding_place", "division_code", "state", "code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    severity: Mapped[str] = mapped_column(String(1))
    division_code: Mapped[str] = mapped_column(DivisionCode)
    kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(String(200), default="")
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"))
    field: Mapped[str] = mapped_column(String(40), default="")
    facts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    times: Mapped[int] = mapped_column(default=1)
    first_seen_at: Mapped[dt.datetime]
    last_seen_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_by_id: Mapped[int | None]
    asked_by: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[dt.datetime | None]
    waived_by_id: Mapped[int | None]
    waived_by: Mapped[str] = mapped_column(default="")
    waived_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class CheckRun(Base):
    """One run of the rules over a division: how many rows, what was found by code, and what could not be checked and how much.

    A run is made in steps (townships, in order); ``done_upto`` is the last one finished, where a restarted run goes on.
    ``changes`` counts findings that are new, fixed or came back.
    """

    __tablename__ = "check_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    rules: Mapped[str] = mapped_column(String(40))
    rows: Mapped[int] = mapped_column(default=0)
    found: Mapped[dict[str, Any]] = mapped_column(default=dict)
    not_checked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_upto: Mapped[str] = mapped_column(DivisionCode, default="")
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]
    by: Mapped[str]
