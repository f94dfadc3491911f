"""The register: certificates (林权证), parcels (宗地), the village sheets and the row versions they were keyed in.

A value has three layers that are never mixed: *as written* (the cells of a `RegisterEntry`, never changed), *normalised*
(the columns of `Certificate` and `Parcel`) and *registry confirmed* (`RegistryValue`). Columns follow
《林权证登记信息入库数字化表》 as derived in the domain reference, section 2.3.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lindang.db import Base, DivisionCode

ISSUED, PRINTED_SEALED, PRINTED_UNSEALED, UNPRINTED = "ISSUED", "PRINTED_SEALED", "PRINTED_UNSEALED", "UNPRINTED"
ISSUE_STATES = (UNPRINTED, PRINTED_UNSEALED, PRINTED_SEALED, ISSUED)
"""The four states of the 备注 column, in the only direction in which they move by themselves. Source: the seed."""


class Certificate(Base):
    """A forest-right certificate (一本林权证): one book, one household file, one row per parcel."""

    __tablename__ = "certificate"
    __table_args__ = (
        Index("ix_certificate_cert_key", "cert_key"),
        Index("ix_certificate_county_key", "county_code", "cert_key", "duplicate_no", unique=True),
        Index("ix_certificate_id_no_hash", "id_no_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    county_code: Mapped[str] = mapped_column(String(6))
    cert_no: Mapped[str] = mapped_column(String(80))
    cert_no_norm: Mapped[str] = mapped_column(String(80), index=True)
    cert_key: Mapped[str] = mapped_column(String(80))
    duplicate_no: Mapped[int] = mapped_column(default=0)
    cert_serial: Mapped[str] = mapped_column(String(40), default="")
    application_no: Mapped[str] = mapped_column(String(60), default="")
    issue_state: Mapped[str] = mapped_column(String(20))
    issuer: Mapped[str] = mapped_column(default="")
    issue_date: Mapped[dt.date | None]
    holder_name: Mapped[str]
    holder_type: Mapped[str] = mapped_column(String(4), default="")
    id_type: Mapped[str] = mapped_column(String(4), default="")
    id_no_enc: Mapped[str] = mapped_column(Text, default="")
    id_no_hash: Mapped[str] = mapped_column(String(64), default="")
    id_no_masked: Mapped[str] = mapped_column(String(40), default="")
    co_mode: Mapped[str] = mapped_column(String(4), default="")
    co_holders: Mapped[list[Any]] = mapped_column(default=list)
    annotation: Mapped[str] = mapped_column(Text, default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    archive_file_id: Mapped[int | None] = mapped_column(ForeignKey("archive_file.id"), unique=True)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    parcels: Mapped[list[Parcel]] = relationship(
        back_populates="certificate",
        order_by="Parcel.seq",
        primaryjoin="and_(Parcel.certificate_id == Certificate.id, ~Parcel.is_withdrawn)",
    )
    """The rows that count; withdrawn ones are found by their own column."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class Parcel(Base):
    """A parcel (宗地): one page of the certificate, one row of the village sheet (一宗地一行记录).

    ``row_no`` is the 序号 of the sheet; a withdrawn (作废) row stays and counts nowhere.
    """

    __tablename__ = "parcel"
    __table_args__ = (
        # a withdrawn row makes room for the right one
        Index(
            "uq_parcel_certificate_id_parcel_no",
            "certificate_id",
            "parcel_no",
            unique=True,
            sqlite_where=text("NOT is_withdrawn"),
            postgresql_where=text("NOT is_withdrawn"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    seq: Mapped[int]
    group_name: Mapped[str] = mapped_column(String(60), default="")
    parcel_no: Mapped[str] = mapped_column(String(60))
    parcel_code: Mapped[str] = mapped_column(String(19), default="")
    bdc_unit_no: Mapped[str] = mapped_column(String(28), default="", index=True)
    location: Mapped[str] = mapped_column(String(200))
    place_name: Mapped[str] = mapped_column(String(100), default="")
    compartment: Mapped[str] = mapped_column(String(50), default="")
    subcompartment: Mapped[str] = mapped_column(String(50), default="")
    area_mu: Mapped[Decimal]
    area_as_written: Mapped[str] = mapped_column(String(40))
    bound_e: Mapped[str] = mapped_column(Text, default="")
    bound_s: Mapped[str] = mapped_column(Text, default="")
    bound_w: Mapped[str] = mapped_column(Text, default="")
    bound_n: Mapped[str] = mapped_column(Text, default="")
    main_species: Mapped[str] = mapped_column(String(200), default="")
    tree_count: Mapped[int | None]
    forest_category: Mapped[str] = mapped_column(String(4), default="")
    origin: Mapped[str] = mapped_column(String(4), default="")
    forest_class: Mapped[str] = mapped_column(String(4), default="")
    plant_year: Mapped[int | None]
    land_owner: Mapped[str] = mapped_column(String(200))
    land_use_holder: Mapped[str] = mapped_column(String(200))
    tree_owner: Mapped[str] = mapped_column(String(200))
    tree_use_holder: Mapped[str] = mapped_column(String(200))
    acquisition: Mapped[str] = mapped_column(String(10), default="")
    term_years: Mapped[int | None]
    term_start: Mapped[dt.date | None]
    term_end: Mapped[dt.date | None]
    is_term_open: Mapped[bool] = mapped_column(default=False)
    annotation: Mapped[str] = mapped_column(Text, default="")
    row_no: Mapped[int | None]
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    certificate: Mapped[Certificate] = relationship(back_populates="parcels")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class RegistryValue(Base):
    """The ``registry_confirmed`` layer: what the registry's feedback says, beside and never over what is written.

    ``kind``/``object_id`` name a certificate or a parcel, ``field`` one of its columns; ``source_feedback_id`` is the proof.
    """

    __tablename__ = "registry_value"
    __table_args__ = (
        Index(
            "uq_registry_value_number",
            "field",
            "value",
            unique=True,
            sqlite_where=text("is_current AND field IN ('bdc_unit_no', 'title_cert_no')"),
            postgresql_where=text("is_current AND field IN ('bdc_unit_no', 'title_cert_no')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(index=True)
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    is_current: Mapped[bool] = mapped_column(default=True)
    source_feedback_id: Mapped[int | None]
    at: Mapped[dt.datetime]
    by: Mapped[str]


class RegisterSheet(Base):
    """One version of a village's sheet (一村一张表). The open version takes rows; a closed one (定稿) is what the rows were
    when two people agreed to it: ``last_entry_id`` cuts the row versions, ``row_count`` and ``rows_digest`` prove them.
    """

    __tablename__ = "register_sheet"
    __table_args__ = (
        UniqueConstraint("division_code", "sheet_no"),
        Index(
            "uq_register_sheet_open",
            "division_code",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    sheet_no: Mapped[int]
    filled_by: Mapped[str] = mapped_column(default="")
    filled_on: Mapped[dt.date | None]
    closed_at: Mapped[dt.datetime | None]
    closed_by: Mapped[str] = mapped_column(default="")
    last_entry_id: Mapped[int | None]
    row_count: Mapped[int] = mapped_column(default=0)
    rows_digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class RegisterEntry(Base):
    """One version of one row, as written: never changed, the newest is current.

    ``cells`` holds the texts by column key, empty ones left out, an ID number masked. ``changed`` tells for each column that
    this version wrote where the value came from: ``keyed``, ``import``, ``ocr`` (offered by a machine, accepted by a person),
    ``settled`` (double keying), ``state`` or ``form``. The last version of a withdrawn row is its withdrawal. ``place`` names the cell of the source, such as ``宋家沟!12``.
    """

    __tablename__ = "register_entry"
    __table_args__ = (
        UniqueConstraint("parcel_id", "entry_no"),
        Index(
            "uq_register_entry_current",
            "parcel_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcel.id"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("register_sheet.id"), index=True)
    entry_no: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=True)
    cells: Mapped[dict[str, Any]]
    changed: Mapped[dict[str, Any]]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("register_import.id"), index=True)
    place: Mapped[str] = mapped_column(String(120), default="")
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    is_withdrawal: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[dt.datetime]
    by_id: Mapped[int | None]
    by: Mapped[str]


class IssueStateRequest(Base):
    """A certificate's issue state asked to go back: nothing moves until a second person agrees."""

    __tablename__ = "issue_state_request"
    __table_args__ = (
        Index(
            "uq_issue_state_request_open",
            "certificate_id",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id"), index=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    old_state: Mapped[str] = mapped_column(String(20))
    new_state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    requested_by_id: Mapped[int | None]
    requested_by: Mapped[str]
    requested_at: Mapped[dt.datetime]
    is_granted: Mapped[bool | None]
    decided_by_id: Mapped[int | None]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class RegisterBaseline(Base):
    """What the county *declares* for a division: certificates, parcels, area, with the document that says so. Kept apart from
    what is counted; a new version stands beside the old.
    """

    __tablename__ = "register_baseline"
    __table_args__ = (
        UniqueConstraint("division_code", "baseline_no"),
        Index(
            "uq_register_baseline_current",
            "division_code",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    baseline_no: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=True)
    certificates: Mapped[int]
    parcels: Mapped[int]
    area_mu: Mapped[Decimal | None]
    document: Mapped[str] = mapped_column(String(300))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    declared_on: Mapped[dt.date | None]
    at: Mapped[dt.datetime]
    by: Mapped[str]


class BaselineLine(Base):
    """One certificate on a declared list (颁证清册): how the county counts it, for the difference both ways (R12, R45)."""

    __tablename__ = "baseline_line"
    __table_args__ = (
        Index("ix_baseline_line_cert_key", "cert_key"),
        Index("ix_baseline_line_baseline_id", "baseline_id", "line_no"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    baseline_id: Mapped[int] = mapped_column(ForeignKey("register_baseline.id"))
    division_code: Mapped[str] = mapped_column(DivisionCode, index=True)
    line_no: Mapped[int]
    cert_no: Mapped[str] = mapped_column(String(80))
    cert_key: Mapped[str] = mapped_column(String(80))
    holder_name: Mapped[str] = mapped_column(default="")
    parcels: Mapped[int | None]
    area_mu: Mapped[Decimal | None]
