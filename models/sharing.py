"""Sharing with other bodies (信息共享): who may ask for what (共享单位), the keys of their programs, and every query with what it showed.

A query's row is written in the transaction that answers it, before anything leaves. An identity number that was asked for
stands there as its keyed digest only.

Source: domain reference, section 6 (信息共享查询 service): every query logged (who, basis, purpose, fields).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lindang.db import Base, DivisionCode, Json, Sha256

OPEN, SUSPENDED = "open", "suspended"
"""States of an agreement: in force within its dates; held up by the security administrator."""

ANSWERED, OVER_QUOTA = "answered", "quota"
"""Outcomes of a query: answered (also with nothing found); refused because the day's quota was used up."""


class SharingAgency(Base):
    """What one organisation may ask (共享协议): divisions, groups of fields, queries a day, from when to when."""

    __tablename__ = "sharing_agency"
    __table_args__ = (CheckConstraint("daily_quota >= 0", name="daily_quota"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = mapped_column(ForeignKey("org.id"), unique=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    prefixes: Mapped[list[str]] = mapped_column(Json, default=list)
    field_groups: Mapped[list[str]] = mapped_column(Json, default=list)
    daily_quota: Mapped[int]
    document: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200), default="")
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class SharingToken(Base):
    """The key of a program of an agency: kept as SHA-256 only, until it expires or is taken back."""

    __tablename__ = "sharing_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"), index=True)
    digest: Mapped[str] = mapped_column(Sha256, unique=True)
    label: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by: Mapped[str] = mapped_column(default="")


class SharingUsage(Base):
    """How many queries an agency has made on one day of the office; moves by one statement that knows the quota."""

    __tablename__ = "sharing_usage"

    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(default=0)


class SharingQuery(Base):
    """One query: who asked what for which reason, how many were found, and which fields were shown.

    ``asked`` is the number as typed; for an identity number it is empty and ``asked_digest`` is its keyed digest.
    ``found`` counts certificates, ``shown`` those on the page that was answered; ``fields`` names the fields of these.
    """

    __tablename__ = "sharing_query"
    __table_args__ = (
        Index("ix_sharing_query_agency_at", "agency_id", "at"),
        Index("ix_sharing_query_asked_digest", "asked_digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"))
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    at: Mapped[dt.datetime]
    by: Mapped[str]
    by_id: Mapped[int | None]
    channel: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(12))
    asked: Mapped[str] = mapped_column(String(120), default="")
    asked_digest: Mapped[str] = mapped_column(String(64), default="")
    village_code: Mapped[str] = mapped_column(DivisionCode, default="")
    page_no: Mapped[int] = mapped_column(default=1)
    purpose: Mapped[str] = mapped_column(String(200))
    basis: Mapped[str] = mapped_column(String(200))
    outcome: Mapped[str] = mapped_column(String(10))
    found: Mapped[int] = mapped_column(default=0)
    shown: Mapped[int] = mapped_column(default=0)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SharingQueryHit(Base):
    """A certificate that a query showed: answers the question "who has looked at this one"."""

    __tablename__ = "sharing_query_hit"

    query_id: Mapped[int] = mapped_column(ForeignKey("sharing_query.id"), primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), primary_key=True, index=True)


class SharingExcerpt(Base):
    """A certified excerpt (林权登记信息查询证明) of one certificate, given out under a number without gaps.

    ``content`` is what was told, and stands fixed; ``content_sha256`` is the digest of its canonical form. ``code`` is printed on
    the paper and made with the archive's key, so that nobody else can make one. The paper's bytes lie under ``sha256`` as an
    archived 件 (``item_id``); both are empty until it is made. ``file_mark`` is the PDF's identifier, by which an altered copy
    is still recognised.
    """

    __tablename__ = "sharing_excerpt"

    id: Mapped[int] = mapped_column(primary_key=True)
    excerpt_no: Mapped[str] = mapped_column(String(40), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"), index=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    purpose: Mapped[str] = mapped_column(String(200))
    basis: Mapped[str] = mapped_column(String(200))
    content: Mapped[dict[str, Any]]
    content_sha256: Mapped[str] = mapped_column(Sha256)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    file_mark: Mapped[str] = mapped_column(String(32), unique=True)
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), unique=True)
    sha256: Mapped[str] = mapped_column(Sha256, default="", index=True)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[str]
    issued_by_id: Mapped[int | None]


ORDERED, ISSUED = "ordered", "issued"
"""States of a monthly list: waiting for the background; given out, and fixed."""

CONTENT, LIST_XLSX, LIST_PDF = "json", "xlsx", "pdf"
"""Kinds of a list's documents: its canonical content, the workbook, the paper."""


class SharingList(Base):
    """The monthly list (信息共享月报, F10) of one county for one agency; one for each month, and fixed once it is issued.

    Source: domain reference 3.3 (feedback kind F10), section 6.
    """

    __tablename__ = "sharing_list"
    __table_args__ = (UniqueConstraint("agency_id", "county_code", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_no: Mapped[str] = mapped_column(String(40), unique=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"), index=True)
    county_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(10), default=ORDERED)
    totals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ordered_at: Mapped[dt.datetime]
    ordered_by: Mapped[str]
    ordered_by_id: Mapped[int | None]
    issued_at: Mapped[dt.datetime | None]


class SharingListDoc(Base):
    """A document of a monthly list; its bytes lie in the storage."""

    __tablename__ = "sharing_list_doc"
    __table_args__ = (UniqueConstraint("list_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("sharing_list.id"))
    kind: Mapped[str] = mapped_column(String(6))
    sha256: Mapped[str] = mapped_column(Sha256, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)


CHECKED, RECEIVED = "checked", "received"
"""States of a delivery: read and judged, nothing taken in yet; its rows stand in the inbox."""

MATCHED, ORPHAN, PROBLEM, BOOKED, SET_ASIDE = "matched", "orphan", "problem", "booked", "aside"
"""States of a reported right: ready to be booked; no accepted batch item; to be cleared up; booked; not booked, with a reason."""


class SharingDelivery(Base):
    """Newly registered rights as an agency delivered them (登记结果): one call of the API, or one workbook.

    ``rows`` are the rows as read, ``faults`` what is wrong with them as (cell, message, remedy); with a fault nothing is taken in.
    """

    __tablename__ = "sharing_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    source: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_sha256: Mapped[str] = mapped_column(Sha256, default="")
    rows: Mapped[list[Any]] = mapped_column(default=list)
    faults: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(10), default=CHECKED)
    taken: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    at: Mapped[dt.datetime]
    by: Mapped[str]
    by_id: Mapped[int | None]


class SharingInbox(Base):
    """One right that the registry reports as newly registered, and what became of it here (登账入库).

    ``digest`` is that of its content: the same row delivered again is the same row.
    """

    __tablename__ = "sharing_inbox"
    __table_args__ = (
        UniqueConstraint("agency_id", "digest"),
        Index("ix_sharing_inbox_place", "division_code", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("sharing_agency.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("sharing_delivery.id"), index=True)
    place: Mapped[str] = mapped_column(String(120))
    division_code: Mapped[str] = mapped_column(DivisionCode)
    digest: Mapped[str] = mapped_column(String(64))
    case_no: Mapped[str] = mapped_column(String(36), index=True)
    kind: Mapped[str] = mapped_column(String(3))
    cert_no: Mapped[str] = mapped_column(String(120), default="")
    item_code: Mapped[str] = mapped_column(String(60), default="")
    parcel_no: Mapped[str] = mapped_column(String(60), default="")
    unit_no: Mapped[str] = mapped_column(String(28), default="")
    title_no: Mapped[str] = mapped_column(String(80), default="")
    registered_on: Mapped[dt.date | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300), default="")
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificate.id"), index=True)
    parcel_id: Mapped[int | None] = mapped_column(ForeignKey("parcel.id"))
    batch_item_id: Mapped[int | None] = mapped_column(ForeignKey("batch_item.id"))
    received_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol
