"""Set checks of what stands in a certificate's rows: R02 (divisions), R05 (states agree), R09, R43."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Select, String, and_, cast, exists, func, select
from sqlalchemy.orm import Session

from models.issue_states import read_state
from models.keying import SecondEntry
from models.place import Division
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet
from plugins.register.queries.checks_scope import (
    COUNTY_DIGITS,
    Placed,
    Scope,
    live,
    live_parcels,
    of_certificate,
    of_parcel,
    others,
)


def r02_known_village(session: Session, scope: Scope) -> Iterator[Placed]:
    """R02: the village is in the table of divisions (at any time) and belongs to the county."""
    known = exists().where(Division.code == Certificate.division_code, Division.level == "village")
    unknown = select(Certificate.id, Certificate.division_code).where(live(scope), ~known).order_by(Certificate.id)
    for row in session.execute(unknown):
        facts = {"case": "unknown", "village": row.division_code}
        yield of_certificate("R02", row.id, row.division_code, facts, subject="unknown")
    moved = (
        select(Certificate.id, Certificate.division_code, Certificate.county_code)
        .where(live(scope), func.substr(Certificate.division_code, 1, COUNTY_DIGITS) != Certificate.county_code)
        .order_by(Certificate.id)
    )
    for one in session.execute(moved):
        facts = {"case": "county", "village": one.division_code, "county": one.county_code}
        yield of_certificate("R02", one.id, one.division_code, facts, subject="county")


def r05_states_agree(session: Session, scope: Scope) -> Iterator[Placed]:
    """R05: all rows of a certificate tell the same issue state."""
    for row, texts in _differing_texts(session, scope, "issue_state", read_state):
        states = sorted({read_state(text) for text in texts})
        facts = {"case": "differ", "states": states}
        yield of_certificate("R05", row.id, row.division_code, facts, subject="differ")


def r09_one_spelling(session: Session, scope: Scope) -> Iterator[Placed]:
    """R09: all rows of a certificate spell its number the same way."""
    for row, texts in _differing_texts(session, scope, "cert_no", str.strip):
        yield of_certificate("R09", row.id, row.division_code, {"spellings": others(texts)})


def _differing_texts(
    session: Session, scope: Scope, key: str, level: Callable[[str], str]
) -> Iterator[tuple[Any, list[str]]]:
    """Yield the certificates whose current rows differ in a column, levelled, with the texts."""
    text = RegisterEntry.cells[key].as_string()
    current = and_(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current)
    several = (
        select(Certificate.id)
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .join(RegisterEntry, current)
        .where(live_parcels(scope))
        .group_by(Certificate.id)
        .having(func.min(text) != func.max(text))
        .correlate(None)
    )
    query = (
        select(Certificate.id, Certificate.division_code, text.label("text"))
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .join(RegisterEntry, current)
        .where(live_parcels(scope), Certificate.id.in_(several))
        .order_by(Certificate.id, Parcel.id)
    )
    for _id, group in itertools.groupby(session.execute(query), key=lambda row: row.id):
        rows = list(group)
        texts = [row.text for row in rows if row.text]
        if len({level(text) for text in texts}) > 1:
            yield rows[0], sorted(set(texts))


def r43_changed_after_check(session: Session, scope: Scope) -> Iterator[Placed]:
    """R43: a row changed after its sheet was closed (定稿) or after it was keyed a second time, and was not checked again."""
    for case, query in (("sheet", _after_closing(scope)), ("second", _after_second_keying(scope))):
        for row in session.execute(query):
            ids = (row.id, row.certificate_id)
            yield of_parcel("R43", ids, row.division_code, {"case": case}, subject=case)


def _current_rows(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(Parcel.id, Parcel.certificate_id, Parcel.division_code)
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .join(RegisterEntry, and_(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current))
        .where(live_parcels(scope))
        .order_by(Parcel.id)
    )


def _after_closing(scope: Scope) -> Select[*tuple[Any, ...]]:
    closed = (
        select(RegisterSheet.division_code, func.max(RegisterSheet.last_entry_id).label("last"))
        .where(RegisterSheet.closed_at.is_not(None), scope.holds(RegisterSheet.division_code))
        .group_by(RegisterSheet.division_code)
        .subquery()
    )
    # a row that is new since then has not been checked before; only a changed one has lost its check
    return (
        _current_rows(scope)
        .join(closed, closed.c.division_code == Parcel.division_code)
        .where(RegisterEntry.id > closed.c.last, RegisterEntry.entry_no > 1)
    )


def _after_second_keying(scope: Scope) -> Select[*tuple[Any, ...]]:
    checked = (
        select(SecondEntry.parcel_id, func.max(SecondEntry.keyed_at).label("at"))
        .where(SecondEntry.keyed_at.is_not(None))
        .group_by(SecondEntry.parcel_id)
        .subquery()
    )
    return (
        _current_rows(scope)
        .join(checked, checked.c.parcel_id == Parcel.id)
        .where(RegisterEntry.at > checked.c.at, ~cast(RegisterEntry.changed, String).contains('"settled"'))
    )


ENTRY_CHECKS: Final = {
    "R02": (r02_known_village,),
    "R05": (r05_states_agree,),
    "R09": (r09_one_spelling,),
    "R43": (r43_changed_after_check,),
}
