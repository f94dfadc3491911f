"""Certificates (林权证) and parcels (宗地), as written: what stands on a certificate is never "fixed".

Columns follow 《林权证登记信息入库数字化表》 as derived in the domain reference; the spreadsheet importer is another plugin.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
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
    created_at: Mapped[dt.datetime]
    created_by: Mapped[str]
    version: Mapped[int] = mapped_column()

    parcels: Mapped[list[Parcel]] = relationship(back_populates="certificate", order_by="Parcel.seq")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class Parcel(Base):
    """A parcel (宗地): one page of the certificate, one row of the village sheet (一宗地一行记录)."""

    __tablename__ = "parcel"
    __table_args__ = (UniqueConstraint("certificate_id", "parcel_no"),)

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

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(index=True)
    field: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(Text)
    is_current: Mapped[bool] = mapped_column(default=True)
    source_feedback_id: Mapped[int | None]
    at: Mapped[dt.datetime]
    by: Mapped[str]
