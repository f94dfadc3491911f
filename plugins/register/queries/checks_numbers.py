"""Set checks of a county's numbers: R03, R07, R08, R24, R40. Two objects that clash may lie in two villages, so these always look
at the whole county; what comes out is only what clashes.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from models.hanzi import simplified
from models.register import Certificate, Parcel
from plugins.register.queries.checks_scope import (
    Placed,
    Scope,
    SetCheck,
    live_in_county,
    of_certificate,
    of_parcel,
    of_village,
    others,
    with_labels,
)

_MOST_RANGES: Final = 60
Groups = Iterator[tuple[str, list[Any]]]


def r03_same_number(session: Session, scope: Scope) -> Iterator[Placed]:
    """R03: two books with one number (重号), whether or not their parcel numbers clash as well (our reading of the rule)."""
    clashing = _clashing_parcels(session, scope)
    for key, books in _sharing(session, scope, Certificate.cert_key):
        for book in books:
            facts: dict[str, Any] = {"others": with_labels(scope, books, {book.id})}
            if clashing[key]:
                facts |= {"case": "parcels", "parcels": others(clashing[key])}
            yield of_certificate("R03", book.id, book.division_code, facts, subject=key)


def _clashing_parcels(session: Session, scope: Scope) -> dict[str, set[str]]:
    query = (
        select(Certificate.cert_key, Parcel.parcel_no)
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .where(live_in_county(scope), Parcel.is_withdrawn.is_(False))
        .where(Certificate.cert_key.in_(_shared(scope, Certificate.cert_key)))
        .group_by(Certificate.cert_key, Parcel.parcel_no)
        .having(func.count(Certificate.id.distinct()) > 1)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for key, parcel_no in session.execute(query):
        found[key].add(parcel_no)
    return found


def r08_same_serial(session: Session, scope: Scope) -> Iterator[Placed]:
    """R08: one printed serial on two certificates."""
    for serial, books in _sharing(session, scope, Certificate.cert_serial):
        for book in books:
            facts = {"serial": serial, "others": with_labels(scope, books, {book.id})}
            yield of_certificate("R08", book.id, book.division_code, facts, subject=serial)


def _shared(scope: Scope, column: Any) -> Any:
    query = select(column).where(live_in_county(scope), column != "")
    return query.group_by(column).having(func.count() > 1).correlate(None)


def _sharing(session: Session, scope: Scope, column: Any) -> Groups:
    """Yield the certificates of the county that share a value with another."""
    query = (
        select(column.label("value"), Certificate.id, Certificate.division_code, Certificate.cert_no)
        .where(live_in_county(scope), column.in_(_shared(scope, column)))
        .order_by(column, Certificate.id)
    )
    yield from _by_value(session.execute(query))


def _by_value(rows: Iterable[Any]) -> Groups:
    for value, group in itertools.groupby(rows, key=lambda row: row.value):
        yield value, list(group)


def r07_gaps(session: Session, scope: Scope) -> Iterator[Placed]:
    """R07: numbers missing between the first and the last of one word and year (空号), as ranges."""
    runs: dict[tuple[str, str], set[int]] = defaultdict(set)
    for key in session.scalars(select(Certificate.cert_key).where(live_in_county(scope))):
        word, _bar, rest = key.partition("|")
        year, _bar, number = rest.partition("|")
        if number.isdecimal() and word != "?":
            runs[word, year].add(int(number))
    for (word, year), numbers in sorted(runs.items()):
        gaps = list(_gaps(sorted(numbers)))
        if gaps:
            count = sum(last - first + 1 for first, last in gaps)
            ranges = [f"{first}" if first == last else f"{first}-{last}" for first, last in gaps[:_MOST_RANGES]]
            facts = {"word": word, "year": year, "count": count, "ranges": ranges}
            yield of_village("R07", scope.county, facts, subject=f"{word}|{year}")


def _gaps(numbers: list[int]) -> Iterator[tuple[int, int]]:
    for before, after in itertools.pairwise(numbers):
        if after - before > 1:
            yield before + 1, after - 1


def r24_one_person_one_number(session: Session, scope: Scope) -> Iterator[Placed]:
    """R24: one ID number under two names, or one name of one village with two ID numbers; by digest, nothing is decrypted."""
    yield from _two_names(session, scope)
    yield from _two_numbers(session, scope)


def _two_names(session: Session, scope: Scope) -> Iterator[Placed]:
    for digest, books in _differing(session, scope, (Certificate.id_no_hash,), Certificate.holder_name):
        names = {book.id: _name(book.holder_name) for book in books}
        for book in books:
            strangers = [other for other in books if names[other.id] != names[book.id]]
            if strangers:
                facts = {
                    "case": "names",
                    "names": others(other.holder_name for other in strangers),
                    "others": with_labels(scope, strangers),
                }
                yield of_certificate("R24", book.id, book.division_code, facts, subject=f"names:{digest[:16]}")


def _two_numbers(session: Session, scope: Scope) -> Iterator[Placed]:
    person = (Certificate.division_code, Certificate.holder_name)
    for _key, books in _differing(session, scope, person, Certificate.id_no_hash):
        for book in books:
            strangers = [other for other in books if other.id_no_hash != book.id_no_hash]
            facts = {"case": "numbers", "name": book.holder_name, "others": with_labels(scope, strangers)}
            subject = f"numbers:{book.holder_name}"
            yield of_certificate("R24", book.id, book.division_code, facts, subject=subject, about="holder_name")


def _name(text: str) -> str:
    return simplified("".join(text.split()))


def _differing(session: Session, scope: Scope, same: tuple[Any, ...], differs: Any) -> Groups:
    """Yield the certificates that agree in ``same`` and not in ``differs``; those without an ID number say nothing."""
    known = (live_in_county(scope), Certificate.id_no_hash != "")
    groups = select(*same).where(*known).group_by(*same).having(func.count(differs.distinct()) > 1).subquery()
    joined: list[ColumnElement[bool]] = [column == groups.c[column.key] for column in same]
    query = (
        select(
            Certificate.id,
            Certificate.division_code,
            Certificate.cert_no,
            Certificate.holder_name,
            Certificate.id_no_hash,
        )
        .join(groups, onclause=_all(joined))
        .where(*known)
        .order_by(*same, Certificate.id)
    )
    keys: Callable[[Any], tuple[Any, ...]] = lambda row: tuple(getattr(row, column.key) for column in same)  # noqa: E731 - a key of two forms
    for key, group in itertools.groupby(session.execute(query), key=keys):
        yield str(key[0]), list(group)


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *rest = conditions
    for condition in rest:
        first &= condition
    return first


def r40_same_unit(session: Session, scope: Scope) -> Iterator[Placed]:
    """R40: one real-estate unit number on two rows."""
    known = (live_in_county(scope), Parcel.certificate_id == Certificate.id, Parcel.is_withdrawn.is_(False))
    shared = (select(Parcel.bdc_unit_no).where(*known, Parcel.bdc_unit_no != "").group_by(Parcel.bdc_unit_no)).having(
        func.count() > 1
    )
    shared = shared.correlate(None)
    query = (
        select(
            Parcel.bdc_unit_no.label("value"),
            Parcel.id,
            Parcel.certificate_id,
            Parcel.division_code,
            Certificate.cert_no,
        )
        .where(*known, Parcel.bdc_unit_no.in_(shared))
        .order_by(Parcel.bdc_unit_no, Parcel.id)
    )
    for unit_no, rows in _by_value(session.execute(query)):
        for row in rows:
            facts = {"unit_no": unit_no, "others": with_labels(scope, rows, {row.id})}
            yield of_parcel("R40", (row.id, row.certificate_id), row.division_code, facts, subject=unit_no)


COUNTY_CHECKS: Final[dict[str, SetCheck]] = {
    "R03": r03_same_number,
    "R08": r08_same_serial,
    "R24": r24_one_person_one_number,
    "R40": r40_same_unit,
}
"""Checks of the whole county that run after every change."""

RUN_CHECKS: Final[dict[str, SetCheck]] = {"R07": r07_gaps}
"""Checks of the whole county that only a run of the county makes: while a village is being keyed everything is a gap."""
