"""Which certificates of a county are new or have changed in a month, and in which columns."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.register import Certificate, Parcel, RegisterEntry, RegistryValue
from plugins.sharing.domain.lists import CHANGED, NEW, WITHDRAWN
from plugins.sharing.queries.agencies import Agreement


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A certificate that is new, changed or withdrawn, and the columns that were written."""

    certificate_id: int
    change: str
    fields: frozenset[str]


def month_changes(
    session: Session, agreed: Agreement, county_code: str, begin: dt.datetime, end: dt.datetime
) -> list[MonthChange]:
    """Return the changes of a county inside an agreement, by certificate number."""
    written: dict[int, set[str]] = defaultdict(set)
    for certificate_id, fields in _written(session, county_code, begin, end):
        written[certificate_id].update(fields)
    column = Certificate.division_code
    query = select(Certificate.id, Certificate.created_at, Certificate.is_withdrawn).where(
        Certificate.county_code == county_code, agreed.within(column), Certificate.created_at < end
    )
    changes = []
    for certificate_id, created_at, is_withdrawn in session.execute(
        query.order_by(Certificate.cert_key, Certificate.id)
    ):
        is_new = created_at >= begin
        if is_new or certificate_id in written:
            change = WITHDRAWN if is_withdrawn else NEW if is_new else CHANGED
            changes.append(MonthChange(certificate_id, change, frozenset(written[certificate_id])))
    return changes


def _written(
    session: Session, county_code: str, begin: dt.datetime, end: dt.datetime
) -> Iterator[tuple[int, set[str]]]:
    """Yield (certificate, columns) of the row versions and of the registry's values that were written in between."""
    entries = (
        select(Parcel.certificate_id, RegisterEntry.changed, RegisterEntry.is_withdrawal)
        .join(RegisterEntry, RegisterEntry.parcel_id == Parcel.id)
        .where(
            RegisterEntry.at >= begin,
            RegisterEntry.at < end,
            Parcel.division_code.startswith(county_code, autoescape=True),
        )
    )
    for certificate_id, changed, is_withdrawal in session.execute(entries):
        yield certificate_id, {*changed, *(["parcel_no"] if is_withdrawal else [])}
    values = select(RegistryValue.kind, RegistryValue.object_id, RegistryValue.field).where(
        RegistryValue.at >= begin, RegistryValue.at < end, RegistryValue.is_current
    )
    found = list(session.execute(values))
    of_parcels = [object_id for kind, object_id, _field in found if kind == "parcel"]
    owners: dict[int, int] = {}
    for start in range(0, len(of_parcels), 500):
        part = of_parcels[start : start + 500]
        query = select(Parcel.id, Parcel.certificate_id).where(Parcel.id.in_(part))
        owners.update(session.execute(query).all())
    for kind, object_id, field in found:
        owner = object_id if kind == "certificate" else owners.get(object_id)
        if owner is not None:
            yield owner, {field}
