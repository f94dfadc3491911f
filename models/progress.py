"""Progress (进度): what is counted village by village and day by day, the monthly 附件1 as it was handed in, the plan that is worked
back from the deadline (倒排工期), and who is responsible (分管领导、联络员).

A count is a reading, kept true by events as in `ready_counts`; a report is a snapshot that nothing changes afterwards.

Source: work plan 2020, 三 and 四; domain reference, section 7.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Sha256

LEADER, LIAISON = "leader", "liaison"
"""Kinds of responsible persons: 分管领导, 联络员."""

LOCAL, FROM_FILE = "local", "file"
"""Where a report came from: made in this archive, or brought in as a file of another."""


class PlaceProgress(Base):
    """What is done in one place: a village, or a township or county with papers of its own. Fresh while `seen_marks` has seen
    all `marks`; sums of a county are sums of these rows.
    """

    __tablename__ = "place_progress"

    division_code: Mapped[str] = mapped_column(DivisionCode, primary_key=True)
    pages: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    parcels: Mapped[int] = mapped_column(default=0)
    certificates: Mapped[int] = mapped_column(default=0)
    checked_parcels: Mapped[int] = mapped_column(default=0)
    checked_certificates: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    fed_back: Mapped[int] = mapped_column(default=0)
    marks: Mapped[int] = mapped_column(default=0)
    seen_marks: Mapped[int] = mapped_column(default=-1)
    counted_at: Mapped[dt.datetime | None]


class CountyDay(Base):
    """What a county had done when a day of the office ended, or so far today: the past from which the end is forecast."""

    __tablename__ = "county_day"

    county_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    pages: Mapped[int]
    files: Mapped[int]
    parcels: Mapped[int]
    sent: Mapped[int]


class ProgressReport(Base):
    """One version of a unit's 附件1 for one month: the values with their digest, who filled it in, and what became of it.

    `values` are frozen when it is handed in; only the state moves. `origin` is the archive's own or a file, whose signature is
    kept with the fingerprint of its key.
    """

    __tablename__ = "progress_report"
    __table_args__ = (
        UniqueConstraint("division_code", "period", "report_no"),
        Index(
            "uq_progress_report_waiting",
            "division_code",
            "period",
            unique=True,
            sqlite_where=text("state = 'SUBMITTED'"),
            postgresql_where=text("state = 'SUBMITTED'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    period: Mapped[str] = mapped_column(String(7), index=True)
    report_no: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    values: Mapped[dict[str, Any]]
    rule_version: Mapped[str] = mapped_column(String(20))
    data_sha256: Mapped[str] = mapped_column(Sha256)
    filled_by: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(40))
    filled_on: Mapped[dt.date]
    approved_by: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(6), default=LOCAL)
    signature: Mapped[str] = mapped_column(String(128), default="")
    key_fingerprint: Mapped[str] = mapped_column(String(64), default="")
    submitted_at: Mapped[dt.datetime]
    submitted_by: Mapped[str]
    submitted_by_id: Mapped[int | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    return_reason: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[dt.datetime | None]
    sent_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class ProgressPlan(Base):
    """One version of a county's 倒排工期: what there is to do in all, and how much of it shall be done by the end of each month.

    `totals` is the whole by measure, `targets` maps a month to the cumulative target of each measure.
    """

    __tablename__ = "progress_plan"
    __table_args__ = (
        UniqueConstraint("division_code", "plan_no"),
        Index(
            "uq_progress_plan_current",
            "division_code",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    plan_no: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=True)
    starts_on: Mapped[dt.date]
    deadline: Mapped[dt.date]
    totals: Mapped[dict[str, Any]]
    targets: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]
    by: Mapped[str]


class LiaisonPerson(Base):
    """A 分管领导 or 联络员 of a county or city from one day to another; who leaves stays in the list with a last day."""

    __tablename__ = "liaison_person"
    __table_args__ = (
        Index(
            "uq_liaison_person_current",
            "division_code",
            "kind",
            unique=True,
            sqlite_where=text("valid_to IS NULL"),
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(40))
    office: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    at: Mapped[dt.datetime]
    by: Mapped[str]


MEASURES = ("pages", "files", "parcels", "sent")
"""What a plan measures, by the columns of `CountyDay`: pages scanned, files filed, parcels keyed, certificates handed over."""
