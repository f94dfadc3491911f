"""One certificate with its parcels, as the paper has it, with labels, sums and what a handover will still ask for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile
from models.register import Certificate, Parcel, RegistryValue
from plugins.catalogue.domain.entry import (
    CERTIFICATE_BEFORE_HANDOVER,
    PARCEL_BEFORE_HANDOVER,
    missing_before_handover,
)
from plugins.catalogue.queries.places import Labels, Place, labels, places


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A value that the registry's feedback confirmed, beside what is written."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class ParcelView:
    """One parcel: its row, the fields that a handover will ask for, the registry's values."""

    row: Parcel
    missing: tuple[str, ...]
    confirmed: tuple[Confirmed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """A certificate as its page shows it."""

    row: Certificate
    file_code: str
    file_version: int
    place: Place
    parcels: tuple[ParcelView, ...]
    area_mu: Decimal
    missing: tuple[str, ...]
    confirmed: tuple[Confirmed, ...]
    labels: Labels

    @property
    def missing_count(self) -> int:
        """How many fields a handover will still ask for, parcels included."""
        return len(self.missing) + sum(len(parcel.missing) for parcel in self.parcels)


def certificate_view(session: Session, actor: Actor, certificate_id: int) -> CertificateView:
    """Return one certificate. Raises NotFound, also out of scope."""
    return _view(session, actor, Certificate.id == certificate_id) or _refuse()


def certificate_of_file(session: Session, actor: Actor, file_id: int) -> CertificateView | None:
    """Return the certificate of a 案卷, None if it is not keyed."""
    return _view(session, actor, Certificate.archive_file_id == file_id)


def _refuse() -> CertificateView:
    raise NotFound(_("没有这本林权证"))


def _view(session: Session, actor: Actor, condition: object) -> CertificateView | None:
    query = select(Certificate).where(condition, actor.within(Certificate.division_code))  # type: ignore[arg-type]
    row = session.scalar(query.options(selectinload(Certificate.parcels)))
    if row is None:
        return None
    parcels = tuple(_parcel(session, parcel, row.issue_state) for parcel in row.parcels)
    values = {name: getattr(row, name) for name in CERTIFICATE_BEFORE_HANDOVER}
    file = session.get(ArchiveFile, row.archive_file_id) if row.archive_file_id else None
    return CertificateView(
        row=row,
        file_code=file.archival_code if file else "",
        file_version=file.version if file else 0,
        place=places(session, [row.division_code])[row.division_code],
        parcels=parcels,
        area_mu=sum((parcel.row.area_mu for parcel in parcels), start=Decimal(0)),
        missing=missing_before_handover(values, CERTIFICATE_BEFORE_HANDOVER, issue_state=row.issue_state),
        confirmed=_confirmed(session, "certificate", row.id),
        labels=labels(session),
    )


def _parcel(session: Session, row: Parcel, issue_state: str) -> ParcelView:
    values = {name: getattr(row, name) for name in PARCEL_BEFORE_HANDOVER}
    missing = missing_before_handover(values, PARCEL_BEFORE_HANDOVER, issue_state=issue_state)
    return ParcelView(row, missing, _confirmed(session, "parcel", row.id))


def _confirmed(session: Session, kind: str, object_id: int) -> tuple[Confirmed, ...]:
    query = (
        select(RegistryValue)
        .where(RegistryValue.kind == kind, RegistryValue.object_id == object_id, RegistryValue.is_current)
        .order_by(RegistryValue.id)
    )
    return tuple(Confirmed(value.field, value.value) for value in session.scalars(query))


def parcel_row(session: Session, actor: Actor, parcel_id: int) -> Parcel:
    """Return one parcel. Raises NotFound, also out of scope."""
    row = session.scalar(select(Parcel).where(Parcel.id == parcel_id, actor.within(Parcel.division_code)))
    if row is None:
        raise NotFound(_("没有这宗地"))
    return row


def next_unkeyed_file(session: Session, actor: Actor, file_id: int, household: frozenset[str]) -> int | None:
    """Return the next household file of the same village, by code, whose certificate is not keyed yet."""
    here = session.get(ArchiveFile, file_id)
    if here is None:
        return None
    keyed = select(Certificate.id).where(Certificate.archive_file_id == ArchiveFile.id).exists()
    query = (
        select(ArchiveFile.id)
        .where(
            ArchiveFile.division_code == here.division_code,
            ArchiveFile.class_code.in_(household),
            ArchiveFile.archival_code > here.archival_code,
            actor.within(ArchiveFile.division_code),
            ~keyed,
        )
        .order_by(ArchiveFile.archival_code)
    )
    return session.scalar(query.limit(1))
