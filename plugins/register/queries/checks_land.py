"""Set checks of parcels beside each other: R11 (within the county), R16, R17, R18."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.register import Certificate, Parcel
from plugins.register.domain.rules.land import OPPOSITE, SIDES, plain
from plugins.register.domain.rules.neighbours import Neighbour, disagreements
from plugins.register.queries.checks_scope import (
    Placed,
    Scope,
    live_parcels,
    of_parcel,
    of_village,
    with_labels,
)


def r11_outlier(session: Session, scope: Scope) -> Iterator[Placed]:
    """R11 in the county: more than ten times its 99th percentile (proposal: a plain percentile would always find some)."""
    if scope.outlier_mu is None:
        return
    query = select(Parcel.id, Parcel.certificate_id, Parcel.division_code, Parcel.area_mu).where(
        live_parcels(scope), Parcel.area_mu > scope.outlier_mu, Parcel.area_mu <= scope.largest_mu
    )
    for row in session.execute(query):
        facts = {"case": "outlier", "area": plain(row.area_mu)}
        yield of_parcel("R11", (row.id, row.certificate_id), row.division_code, facts, subject="outlier")


def r16_same_place(session: Session, scope: Scope) -> Iterator[Placed]:
    """R16: one place name and four bounds in one village under two certificates (一地多证 suspect)."""
    same = (Parcel.division_code, Parcel.place_name, *(getattr(Parcel, side) for side in SIDES))
    groups = (
        select(*same)
        .where(live_parcels(scope), *(column != "" for column in same))
        .group_by(*same)
        .having(func.count(Parcel.certificate_id.distinct()) > 1)
        .subquery()
    )
    query = (
        select(Parcel.id, Parcel.certificate_id, Certificate.cert_no, *same)
        .join(groups, and_(*(column == groups.c[column.key] for column in same)))
        .where(live_parcels(scope))
        .order_by(*same, Parcel.id)
    )
    for _place, group in itertools.groupby(session.execute(query), key=_place_of):
        rows = list(group)
        for row in rows:
            strangers = [other for other in rows if other.certificate_id != row.certificate_id]
            facts = {"others": with_labels(scope, strangers)}
            yield of_parcel("R16", (row.id, row.certificate_id), row.division_code, facts)


def _place_of(row: Any) -> tuple[Any, ...]:
    return tuple(row)[3:]


def r17_shared_subcompartment(session: Session, scope: Scope) -> Iterator[Placed]:
    """R17: one 小班 under two certificates. Its own area is not known here, so it is listed for the village and judged by a person;
    it stands in no certificate's way (our reading: sharing alone is usual).
    """
    place = (Parcel.division_code, Parcel.compartment, Parcel.subcompartment)
    count = func.count(Parcel.certificate_id.distinct())
    query = (
        select(*place, count.label("books"), func.sum(Parcel.area_mu).label("area"))
        .where(live_parcels(scope), Parcel.compartment != "", Parcel.subcompartment != "")
        .group_by(*place)
        .having(count > 1)
        .order_by(*place)
    )
    for row in session.execute(query):
        facts = {
            "compartment": row.compartment,
            "subcompartment": row.subcompartment,
            "count": row.books,
            "area": plain(row.area),
        }
        yield of_village("R17", row.division_code, facts, subject=f"{row.compartment}|{row.subcompartment}")


def r18_neighbours(session: Session, scope: Scope) -> Iterator[Placed]:
    """R18: A's east names B, but B's west does not name A."""
    query = (
        select(Parcel.id, Parcel.certificate_id, Parcel.division_code, Certificate.holder_name)
        .add_columns(*(getattr(Parcel, side) for side in SIDES))
        .where(live_parcels(scope))
        .order_by(Parcel.division_code, Parcel.id)
    )
    for division_code, rows in itertools.groupby(session.execute(query), key=lambda row: row.division_code):
        for odd in disagreements([_neighbour(row) for row in rows]):
            facts = {"columns": [odd.side], "name": odd.name, "opposite": OPPOSITE[odd.side], "holder": odd.holder}
            ids = (odd.parcel_id, odd.certificate_id)
            yield of_parcel("R18", ids, division_code, facts, subject=f"{odd.side}:{odd.name}", about=odd.side)


def _neighbour(row: Any) -> Neighbour:
    return Neighbour(row.id, row.certificate_id, row.holder_name, {side: getattr(row, side) for side in SIDES})


LAND_CHECKS: Final = {
    "R11": (r11_outlier,),
    "R16": (r16_same_place,),
    "R17": (r17_shared_subcompartment,),
    "R18": (r18_neighbours,),
}
