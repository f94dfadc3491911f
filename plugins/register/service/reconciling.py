"""The life of findings: what a check found is laid beside what is on record. New ones open, those still there are only touched,
those gone are fixed, those back open again; a waiver holds as long as the facts are the same. Running again adds nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from lindang.uow import UnitOfWork
from models.events import FindingsChanged
from models.finding import ASKED, FIXED, OPEN, WAIVED, Finding
from plugins.register.queries.checks_scope import Placed

Key = tuple[str, str, int, str]

_AT_A_TIME: Final = 500
_PER_EVENT: Final = 1000
_SHOWN_IN_JOURNAL: Final = 50
_FORGOTTEN: Final = {
    "reason": "",
    "asked_by_id": None,
    "asked_by": "",
    "asked_at": None,
    "waived_by_id": None,
    "waived_by": "",
    "waived_at": None,
}
"""A waiver spoke of the old facts; who agreed to it stays in the journal."""


@dataclass(slots=True)
class Changes:
    """How many findings are new, fixed or back, and how many there are now by code."""

    new: int = 0
    fixed: int = 0
    back: int = 0
    found: dict[str, int] = field(default_factory=dict)

    def add(self, other: Changes) -> None:
        """Count another part's changes in."""
        self.new, self.fixed, self.back = self.new + other.new, self.fixed + other.fixed, self.back + other.back
        for code, count in other.found.items():
            self.found[code] = self.found.get(code, 0) + count


def reconcile(uow: UnitOfWork, watched: ColumnElement[bool], found: Iterable[Placed]) -> Changes:
    """Lay what was found beside the findings on record that meet ``watched``; only those can be closed by it."""
    now = {_key(one): one for one in found}
    known = {
        (row.code, row.kind, row.object_id, row.subject): row
        for row in uow.session.execute(select(*_COLUMNS).where(watched))
    }
    fresh = [one for key, one in now.items() if key not in known]
    gone = [row for key, row in known.items() if key not in now and row.state != FIXED]
    moved = [(known[key], one) for key, one in now.items() if key in known and _is_other(known[key], one)]
    _open(uow, fresh)
    _close(uow, gone)
    back = _renew(uow, moved)
    _touch(uow, watched)
    _tell(uow, itertools.chain((one.certificate_id for one in fresh), (row.certificate_id for row in gone), back))
    counts: dict[str, int] = {}
    for one in now.values():
        counts[one.found.code] = counts.get(one.found.code, 0) + 1
    return Changes(new=len(fresh), fixed=len(gone), back=sum(row.state == FIXED for row, _one in moved), found=counts)


_COLUMNS: Final = (
    Finding.id,
    Finding.code,
    Finding.kind,
    Finding.object_id,
    Finding.subject,
    Finding.certificate_id,
    Finding.state,
    Finding.facts,
    Finding.severity,
)


def _key(one: Placed) -> Key:
    return (one.found.code, one.found.kind, one.object_id, one.found.subject)


def _is_other(row: Any, one: Placed) -> bool:
    """Say whether the record must change: it was fixed, or it says something else now."""
    return bool(row.state == FIXED or row.facts != dict(one.found.facts) or row.severity != one.found.severity)


def _open(uow: UnitOfWork, fresh: Sequence[Placed]) -> None:
    rows = [
        {
            "code": one.found.code,
            "severity": one.found.severity,
            "division_code": one.division_code,
            "kind": one.found.kind,
            "object_id": one.object_id,
            "subject": one.found.subject,
            "certificate_id": one.certificate_id,
            "field": one.found.field,
            "facts": dict(one.found.facts),
            "state": OPEN,
            "first_seen_at": uow.now,
            "last_seen_at": uow.now,
            "version": 1,
        }
        for one in fresh
    ]
    if rows:
        uow.session.execute(insert(Finding), rows)


def _close(uow: UnitOfWork, gone: Sequence[Any]) -> None:
    for ids in _slices([row.id for row in gone]):
        uow.session.execute(
            update(Finding)
            .where(Finding.id.in_(ids))
            .values(state=FIXED, closed_at=uow.now, version=Finding.version + 1)
            .execution_options(synchronize_session=False)
        )


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_A_TIME):
        yield ids[start : start + _AT_A_TIME]


def _renew(uow: UnitOfWork, moved: Sequence[tuple[Any, Placed]]) -> list[int | None]:
    """Write new facts; what was fixed, waived or asked for opens again. Returns the certificates of what opened."""
    values = [
        {
            "row_id": row.id,
            "new_severity": one.found.severity,
            "new_field": one.found.field,
            "new_facts": dict(one.found.facts),
            "again": int(row.state == FIXED),
        }
        for row, one in moved
    ]
    if values:
        uow.session.connection().execute(_renewal(), values)
    lapsed = [row.id for row, _one in moved if row.state in (WAIVED, ASKED)]
    if lapsed:
        uow.journal(
            "finding.waivers_lapsed", f"finding:{lapsed[0]}", findings=lapsed[:_SHOWN_IN_JOURNAL], count=len(lapsed)
        )
    return [row.certificate_id for row, _one in moved if row.state != OPEN]


def _renewal() -> Any:
    table = Finding.__table__
    return (
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("row_id"))
        .values(
            severity=bindparam("new_severity"),
            field=bindparam("new_field"),
            facts=bindparam("new_facts"),
            times=table.c.times + bindparam("again"),
            state=OPEN,
            closed_at=None,
            version=table.c.version + 1,
            **_FORGOTTEN,
        )
    )


def _touch(uow: UnitOfWork, watched: ColumnElement[bool]) -> None:
    uow.session.execute(
        update(Finding)
        .where(watched, Finding.state != FIXED)
        .values(last_seen_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def _tell(uow: UnitOfWork, certificates: Iterable[int | None]) -> None:
    ids = sorted({one for one in certificates if one is not None})
    for start in range(0, len(ids), _PER_EVENT):
        uow.emit(FindingsChanged(certificate_ids=tuple(ids[start : start + _PER_EVENT])))
