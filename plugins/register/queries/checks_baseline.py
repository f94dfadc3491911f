"""Set checks against what the county declares: R11 (hectares), R12, R13, R44, R45."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session

from models.register import BaselineLine, Certificate, Parcel, RegisterBaseline
from plugins.register.domain.rules.found import LINE
from plugins.register.domain.rules.land import plain
from plugins.register.queries.checks_scope import (
    VILLAGE_DIGITS,
    Placed,
    Scope,
    is_below,
    live,
    live_parcels,
    of_certificate,
    of_village,
    placed,
)

_LEAST_MU: Final = Decimal("0.1")
_SHARE: Final = Decimal("0.005")
_MU_PER_HECTARE: Final = 15


def agrees(area: Decimal, declared: Decimal) -> bool:
    """Say whether two areas agree within the larger of 0.1 亩 and 0.5 % (proposal)."""
    return abs(area - declared) <= max(_LEAST_MU, declared * _SHARE)


def _covering(certificate_division: Any) -> Any:
    """Return the condition that a list in force covers a certificate's village."""
    return and_(RegisterBaseline.is_current, is_below(certificate_division, RegisterBaseline.division_code))


def names_certificate() -> Any:
    """Return the condition that a line of a list in force is the certificate's: its number, and its village if it names one."""
    return and_(
        BaselineLine.cert_key == Certificate.cert_key,
        is_below(Certificate.division_code, BaselineLine.division_code),
        RegisterBaseline.id == BaselineLine.baseline_id,
        RegisterBaseline.is_current,
    )


def _declared_areas(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return id, division, sum of parcels and declared area of every certificate with an area on a list."""
    return (
        select(
            Certificate.id,
            Certificate.division_code,
            func.sum(Parcel.area_mu).label("area"),
            BaselineLine.area_mu.label("declared"),
        )
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .join(BaselineLine, BaselineLine.cert_key == Certificate.cert_key)
        .join(RegisterBaseline, names_certificate())
        .where(live_parcels(scope), BaselineLine.area_mu.is_not(None))
        .group_by(Certificate.id, Certificate.division_code, BaselineLine.id, BaselineLine.area_mu)
        .order_by(Certificate.id, BaselineLine.id)
    )


def r12_declared_area(session: Session, scope: Scope) -> Iterator[Placed]:
    """R12: the parcels of a certificate add up to its area on the declared list (面积合计不符)."""
    for row in _last_of_each(session, _declared_areas(scope)):
        if not agrees(row.area, row.declared):
            facts = {"area": plain(row.area), "declared": plain(row.declared)}
            yield of_certificate("R12", row.id, row.division_code, facts)


def r11_hectares(session: Session, scope: Scope) -> Iterator[Placed]:
    """R11, 公顷 entered as 亩: fifteen times the sum is what the list declares."""
    for row in _last_of_each(session, _declared_areas(scope)):
        if not agrees(row.area, row.declared) and agrees(row.area * _MU_PER_HECTARE, row.declared):
            facts = {"case": "hectare", "area": plain(row.area), "declared": plain(row.declared)}
            yield of_certificate("R11", row.id, row.division_code, facts, subject="hectare")


def _last_of_each(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Yield one row for each certificate: the newest line, where lists overlap."""
    last = None
    for row in session.execute(query):
        if last is not None and last.id != row.id:
            yield last
        last = row
    if last is not None:
        yield last


def _villages(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Return every village of the part that has a baseline of its own, with what is counted there."""
    counted = (
        select(
            Parcel.division_code,
            func.count(Parcel.id).label("rows"),
            func.sum(Parcel.area_mu).label("area"),
        )
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .where(live_parcels(scope))
        .group_by(Parcel.division_code)
        .subquery()
    )
    return (
        select(RegisterBaseline.division_code, RegisterBaseline.parcels, RegisterBaseline.area_mu)
        .add_columns(func.coalesce(counted.c.rows, 0).label("rows"), counted.c.area)
        .outerjoin(counted, counted.c.division_code == RegisterBaseline.division_code)
        .where(RegisterBaseline.is_current, scope.holds(RegisterBaseline.division_code))
        .where(func.length(RegisterBaseline.division_code) == VILLAGE_DIGITS)
        .order_by(RegisterBaseline.division_code)
    )


def r13_village_area(session: Session, scope: Scope) -> Iterator[Placed]:
    """R13: the parcels of a village add up to the area it declares."""
    for row in session.execute(_villages(scope)):
        area = row.area or Decimal(0)
        if row.area_mu is not None and not agrees(area, row.area_mu):
            yield of_village("R13", row.division_code, {"area": plain(area), "declared": plain(row.area_mu)})


def r44_village_rows(session: Session, scope: Scope) -> Iterator[Placed]:
    """R44: a village has as many rows as it declares parcels (漏录、多录)."""
    for row in session.execute(_villages(scope)):
        if row.rows != row.parcels:
            facts = {
                "case": "less" if row.rows < row.parcels else "more",
                "rows": row.rows,
                "declared": row.parcels,
                "difference": abs(row.rows - row.parcels),
            }
            yield of_village("R44", row.division_code, facts)


def r45_unlisted(session: Session, scope: Scope) -> Iterator[Placed]:
    """R45, one way: what is in the register and not on the declared list (两边差集)."""
    for row in session.execute(_unlisted(scope)):
        yield of_certificate("R45", row.id, row.division_code, {"case": "unlisted"})


def r45_unkeyed(session: Session, scope: Scope) -> Iterator[Placed]:
    """R45, the other way: lines of the county's lists that nobody has keyed; a line may name no village."""
    for row in session.execute(_unkeyed(scope)):
        facts = {"case": "unkeyed", "line": row.line_no, "cert_no": row.cert_no}
        yield placed("R45", LINE, row.id, (None, row.division_code), facts)


def has_list(column: Any) -> Any:
    """Return the condition that a list in force covers the village in ``column``."""
    return exists().where(_covering(column), BaselineLine.baseline_id == RegisterBaseline.id)


def _unlisted(scope: Scope) -> Select[*tuple[Any, ...]]:
    listed = exists().where(names_certificate())
    query = select(Certificate.id, Certificate.division_code)
    return query.where(live(scope), has_list(Certificate.division_code), ~listed).order_by(Certificate.id)


def _unkeyed(scope: Scope) -> Select[*tuple[Any, ...]]:
    keyed = exists().where(
        Certificate.cert_key == BaselineLine.cert_key,
        Certificate.is_withdrawn.is_(False),
        is_below(Certificate.division_code, BaselineLine.division_code),
    )
    return (
        select(BaselineLine.id, BaselineLine.division_code, BaselineLine.line_no, BaselineLine.cert_no)
        .join(RegisterBaseline, RegisterBaseline.id == BaselineLine.baseline_id)
        .where(RegisterBaseline.is_current, scope.in_county(BaselineLine.division_code), ~keyed)
        .order_by(BaselineLine.id)
    )


BASELINE_CHECKS: Final = {
    "R11": (r11_hectares,),
    "R12": (r12_declared_area,),
    "R13": (r13_village_area,),
    "R44": (r44_village_rows,),
    "R45": (r45_unlisted,),
}
