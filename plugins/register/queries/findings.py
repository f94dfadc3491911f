"""Findings as the pages, the export and the command line show them: counts by rule and village, the list, the last run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.jobs import QUEUED, RUNNING, JobRow
from models.finding import ASKED, FIXED, OPEN, STANDING, WAIVED, CheckRun, Finding
from models.place import Division
from models.register import Certificate, Parcel
from plugins.register.queries.checks_scope import inside

SIZES: Final = (50, 100, 200)
STATES: Final = (OPEN, ASKED, WAIVED, FIXED)
STANDING_CHOICE: Final = "standing"
"""The choice of a person who wants to see what is to be done: open and asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """What a person wants to see; empty is everything."""

    code: str = ""
    severity: str = ""
    state: str = STANDING_CHOICE
    division: str = ""
    certificate_id: int | None = None
    page: int = 1
    size: int = SIZES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding with the place and the number that a person knows it by."""

    id: int
    code: str
    severity: str
    kind: str
    field: str
    facts: Mapping[str, Any]
    state: str
    times: int
    reason: str
    asked_by: str
    asked_by_id: int | None
    waived_by: str
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    division_code: str
    place: str
    certificate_id: int | None
    cert_no: str
    parcel_no: str


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One page of the list."""

    rows: tuple[FindingRow, ...]
    total: int
    number: int
    size: int

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.number - 1) * self.size + 1


def finding_page(session: Session, actor: Actor, wanted: FindingFilter) -> FindingPage:
    """Return one page of findings, those of one certificate together."""
    conditions = _conditions(actor, wanted)
    total = session.scalar(select(func.count()).select_from(Finding).where(*conditions)) or 0
    query = _list(conditions).offset((wanted.page - 1) * wanted.size).limit(wanted.size)
    return FindingPage(tuple(_rows(session, query)), total, wanted.page, wanted.size)


def all_findings(session: Session, actor: Actor, wanted: FindingFilter, most: int) -> Iterator[FindingRow]:
    """Yield the findings of a list, in its order, at most ``most``."""
    yield from _rows(session, _list(_conditions(actor, wanted)).limit(most).execution_options(yield_per=1000))


def _conditions(actor: Actor, wanted: FindingFilter) -> list[ColumnElement[bool]]:
    found = [actor.within(Finding.division_code)]
    if wanted.code:
        found.append(Finding.code == wanted.code)
    if wanted.severity:
        found.append(Finding.severity == wanted.severity)
    if wanted.state:
        found.append(Finding.state.in_(STANDING if wanted.state == STANDING_CHOICE else (wanted.state,)))
    if wanted.division:
        found.append(inside(Finding.division_code, wanted.division))
    if wanted.certificate_id is not None:
        found.append(Finding.certificate_id == wanted.certificate_id)
    return found


_RANK: Final = case({"E": 0, "W": 1}, value=Finding.severity, else_=2)


def _list(conditions: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return (
        select(Finding, Certificate.cert_no, Parcel.parcel_no)
        .outerjoin(Certificate, Certificate.id == Finding.certificate_id)
        .outerjoin(Parcel, (Parcel.id == Finding.object_id) & (Finding.kind == "parcel"))
        .where(*conditions)
        .order_by(Finding.division_code, Finding.certificate_id, _RANK, Finding.code, Finding.id)
    )


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[FindingRow]:
    names: dict[str, str] = {}
    for finding, cert_no, parcel_no in session.execute(query):
        code = finding.division_code
        if code not in names:
            names[code] = _path(session, code)
        yield FindingRow(
            id=finding.id,
            code=finding.code,
            severity=finding.severity,
            kind=finding.kind,
            field=finding.field,
            facts=finding.facts,
            state=finding.state,
            times=finding.times,
            reason=finding.reason,
            asked_by=finding.asked_by,
            asked_by_id=finding.asked_by_id,
            waived_by=finding.waived_by,
            first_seen_at=finding.first_seen_at,
            last_seen_at=finding.last_seen_at,
            division_code=code,
            place=names[code],
            certificate_id=finding.certificate_id,
            cert_no=cert_no or "",
            parcel_no=parcel_no or "",
        )


def _path(session: Session, code: str) -> str:
    """Return township and village (or the county) by name, the latest name of each."""
    wanted = [code[:digits] for digits in (9, 12) if digits <= len(code)] or [code]
    query = select(Division.code, Division.name).where(Division.code.in_(wanted)).order_by(Division.valid_from)
    names = dict(session.execute(query).all())
    return "".join(names[each] for each in wanted if each in names) or code


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many findings of one rule stand, are waived, are fixed."""

    code: str
    severity: str
    standing: int
    asked: int
    waived: int
    fixed: int


def counts_by_rule(session: Session, actor: Actor, division: str = "") -> list[RuleCount]:
    """Return the counts of every rule that ever found something, by code."""
    columns = (Finding.code, Finding.severity)
    query = select(*columns, *_state_counts()).where(*_place(actor, division)).group_by(*columns).order_by(*columns)
    return [RuleCount(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class VillageCount:
    """How many errors and warnings stand in one village."""

    code: str
    place: str
    errors: int
    warnings: int


def counts_by_village(session: Session, actor: Actor, wanted: FindingFilter, most: int) -> list[VillageCount]:
    """Return the divisions with most errors first."""
    errors = func.sum(case((Finding.severity == "E", 1), else_=0))
    warnings = func.sum(case((Finding.severity == "W", 1), else_=0))
    query = (
        select(Finding.division_code, errors, warnings)
        .where(*_conditions(actor, wanted), Finding.state.in_(STANDING))
        .group_by(Finding.division_code)
        .order_by(errors.desc(), warnings.desc(), Finding.division_code)
        .limit(most)
    )
    return [VillageCount(code, _path(session, code), *counts) for code, *counts in session.execute(query)]


def _state_counts() -> tuple[Any, ...]:
    def of(*states: str) -> Any:
        return func.sum(case((Finding.state.in_(states), 1), else_=0))

    return of(*STANDING), of(ASKED), of(WAIVED), of(FIXED)


def _place(actor: Actor, division: str) -> list[ColumnElement[bool]]:
    return [actor.within(Finding.division_code), *([inside(Finding.division_code, division)] if division else [])]


def count_standing(session: Session, actor: Actor) -> int:
    """Count what is to be dealt with: errors and warnings that nobody has asked to leave."""
    query = select(func.count()).select_from(Finding)
    return session.scalar(query.where(*_place(actor, ""), Finding.state == OPEN, Finding.severity.in_(("E", "W")))) or 0


def count_asked(session: Session, actor: Actor) -> int:
    """Count the waivers that wait for this person: those that others asked for."""
    others = Finding.asked_by_id.is_(None) | (Finding.asked_by_id != actor.account_id)
    query = select(func.count()).select_from(Finding).where(*_place(actor, ""), Finding.state == ASKED, others)
    return session.scalar(query) or 0


def last_run(session: Session, actor: Actor, division: str = "") -> CheckRun | None:
    """Return the newest finished run that covers a division (or any in scope)."""
    query = select(CheckRun).where(CheckRun.finished_at.is_not(None), actor.within(CheckRun.division_code))
    if division:
        above = [division[:digits] for digits in (6, 9, 12) if digits <= len(division)]
        query = query.where(CheckRun.division_code.in_(above))
    return session.scalar(query.order_by(CheckRun.finished_at.desc(), CheckRun.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class RunningCheck:
    """A run that is under way or waits for its turn."""

    division_code: str
    done: int
    total: int
    note: str


def running_check(session: Session, actor: Actor, job_kind: str) -> RunningCheck | None:
    """Return the run under way in scope, if there is one."""
    query = (
        select(JobRow)
        .where(JobRow.kind == job_kind, JobRow.state.in_((QUEUED, RUNNING)), actor.within(JobRow.division_code))
        .order_by(JobRow.state.desc(), JobRow.id)
        .limit(1)
    )
    row = session.scalar(query)
    return None if row is None else RunningCheck(row.division_code, row.done, row.total, row.note)


def county_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the counties that hold certificates in scope, with their names."""
    query = (
        select(Certificate.county_code, func.max(Division.name))
        .outerjoin(Division, Division.code == Certificate.county_code)
        .where(actor.within(Certificate.division_code))
        .group_by(Certificate.county_code)
        .order_by(Certificate.county_code)
    )
    return [(code, name or code) for code, name in session.execute(query)]
