"""Versions: the rows of a village as they were at a closed sheet, and one row with everything that was ever written in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.entries import code_labels, texts_of
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet, RegistryValue
from models.register_import import RegisterImport
from plugins.register.domain.columns import COLUMNS, Owner
from plugins.register.domain.digest import digest_of
from plugins.register.domain.rules.land import plain
from plugins.register.words import source_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSheet:
    """One closed version with its rows as they were; ``is_sound`` when they still make the digest."""

    sheet_no: int
    filled_by: str
    filled_on: dt.date | None
    closed_at: dt.datetime
    closed_by: str
    rows_digest: str
    rows: tuple[Mapping[str, str], ...]
    is_sound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One column of a row in its three layers; ``source`` says who wrote the text, when and from where."""

    header: str
    written: str
    source: str
    normal: str
    confirmed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a row: what it changed, old and new text by heading."""

    entry_no: int
    at: dt.datetime
    by: str
    sources: tuple[str, ...]
    place: str
    file_name: str
    reason: str
    is_withdrawal: bool
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A row with its layers and versions, newest first."""

    parcel_id: int
    version: int
    is_withdrawn: bool
    division_code: str
    certificate_id: int
    cert_no: str
    parcel_no: str
    holder_name: str
    layers: tuple[Layer, ...]
    versions: tuple[Version, ...]


def rows_as_of(session: Session, village_code: str, last_entry_id: int) -> tuple[Mapping[str, str], ...]:
    """Return the texts of a village's rows as they were, in the order in which they came; rows withdrawn by then left out."""
    newest = (
        select(func.max(RegisterEntry.id).label("id"))
        .join(Parcel, Parcel.id == RegisterEntry.parcel_id)
        .where(Parcel.division_code == village_code, RegisterEntry.id <= last_entry_id)
        .group_by(RegisterEntry.parcel_id)
        .subquery()
    )
    query = (
        select(RegisterEntry.cells)
        .join(newest, newest.c.id == RegisterEntry.id)
        .where(~RegisterEntry.is_withdrawal)
        .order_by(RegisterEntry.parcel_id)
    )
    return tuple(session.scalars(query))


def closed_sheet(session: Session, actor: Actor, village_code: str, sheet_no: int) -> ClosedSheet:
    """Return a closed version of a village's sheet. Raises NotFound, also out of scope or while it is open."""
    query = select(RegisterSheet).where(
        RegisterSheet.division_code == village_code,
        RegisterSheet.sheet_no == sheet_no,
        RegisterSheet.closed_at.is_not(None),
        actor.within(RegisterSheet.division_code),
    )
    sheet = session.scalar(query)
    if sheet is None or sheet.closed_at is None:
        raise NotFound(_("没有这一版登记表"))
    rows = rows_as_of(session, village_code, sheet.last_entry_id or 0)
    return ClosedSheet(
        sheet_no=sheet.sheet_no,
        filled_by=sheet.filled_by,
        filled_on=sheet.filled_on,
        closed_at=sheet.closed_at,
        closed_by=sheet.closed_by,
        rows_digest=sheet.rows_digest,
        rows=rows,
        is_sound=len(rows) == sheet.row_count and digest_of(rows) == sheet.rows_digest,
    )


def row_view(session: Session, actor: Actor, parcel_id: int) -> RowView:
    """Return one row with its layers and versions, withdrawn or not. Raises NotFound, also out of scope."""
    query = (
        select(Parcel, Certificate)
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .where(Parcel.id == parcel_id, actor.within(Parcel.division_code))
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("没有这一行"))
    parcel, certificate = found
    entries = _entries(session, parcel_id)
    return RowView(
        parcel_id=parcel.id,
        version=parcel.version,
        is_withdrawn=parcel.is_withdrawn,
        division_code=parcel.division_code,
        certificate_id=certificate.id,
        cert_no=certificate.cert_no,
        parcel_no=parcel.parcel_no,
        holder_name=certificate.holder_name,
        layers=_layers(session, certificate, parcel, entries),
        versions=_versions(entries),
    )


def _entries(session: Session, parcel_id: int) -> list[tuple[RegisterEntry, str]]:
    query = (
        select(RegisterEntry, RegisterImport.file_name)
        .outerjoin(RegisterImport, RegisterImport.id == RegisterEntry.import_id)
        .where(RegisterEntry.parcel_id == parcel_id)
        .order_by(RegisterEntry.entry_no)
    )
    return [(entry, file_name or "") for entry, file_name in session.execute(query)]


def _layers(
    session: Session, certificate: Certificate, parcel: Parcel, entries: list[tuple[RegisterEntry, str]]
) -> tuple[Layer, ...]:
    written = entries[-1][0].cells if entries else {}
    normal = texts_of(certificate, parcel, code_labels(session)) | {"area_mu": plain(parcel.area_mu)}
    confirmed = _confirmed(session, certificate.id, parcel.id)
    return tuple(
        Layer(
            header=str(column.header),
            written=written.get(column.key, ""),
            source=_source(column.key, entries),
            normal=normal.get(column.key, ""),
            confirmed=confirmed.get(column.key, ""),
        )
        for column in COLUMNS
        if column.owner is not Owner.SHEET
    )


def _source(key: str, entries: list[tuple[RegisterEntry, str]]) -> str:
    """Say who last wrote a column, when and from where."""
    last = next((entry for entry, _file in reversed(entries) if key in entry.changed), None)
    return source_text(last.changed[key], last.by, last.at, last.place) if last else ""


def _confirmed(session: Session, certificate_id: int, parcel_id: int) -> dict[str, str]:
    values: Any = RegistryValue
    query = select(values.field, values.value).where(
        values.is_current,
        ((values.kind == "certificate") & (values.object_id == certificate_id))
        | ((values.kind == "parcel") & (values.object_id == parcel_id)),
    )
    return dict(session.execute(query).all())


def _versions(entries: list[tuple[RegisterEntry, str]]) -> tuple[Version, ...]:
    before: Mapping[str, str] = {}
    found = []
    for entry, file_name in entries:
        changes = tuple(
            (str(column.header), before.get(column.key, ""), entry.cells.get(column.key, ""))
            for column in COLUMNS
            if before.get(column.key, "") != entry.cells.get(column.key, "")
        )
        found.append(
            Version(
                entry_no=entry.entry_no,
                at=entry.at,
                by=entry.by,
                sources=tuple(sorted(set(entry.changed.values()))),
                place=entry.place,
                file_name=file_name,
                reason=entry.reason,
                is_withdrawal=entry.is_withdrawal,
                changes=changes,
            )
        )
        before = entry.cells
    return tuple(reversed(found))
