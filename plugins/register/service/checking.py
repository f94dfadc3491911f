"""Running the rules: over a village after a save, over a county in steps. Rows are read and judged outside of any unit of work;
only laying the result beside the record writes, one short unit of work for each step.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, NotFound
from lindang.host import Host
from lindang.i18n import _, local_time
from lindang.uow import UnitOfWork
from models.finding import CheckRun, Finding
from plugins.register.domain.rules.book import RULES
from plugins.register.domain.rules.engine import check_row
from plugins.register.domain.rules.found import CERTIFICATE, LINE, Context
from plugins.register.domain.rules.rule import How
from plugins.register.queries.checks_baseline import BASELINE_CHECKS, r45_unkeyed
from plugins.register.queries.checks_coverage import unchecked
from plugins.register.queries.checks_entries import ENTRY_CHECKS
from plugins.register.queries.checks_files import FILE_CHECKS
from plugins.register.queries.checks_land import LAND_CHECKS
from plugins.register.queries.checks_numbers import COUNTY_CHECKS, RUN_CHECKS
from plugins.register.queries.checks_rows import rows_of
from plugins.register.queries.checks_scope import (
    COUNTY_DIGITS,
    Placed,
    Scope,
    SetCheck,
    chunks,
    inside,
    scope_of,
)
from plugins.register.service.reconciling import Changes, reconcile

Progress = Callable[[int, int, str], None]

CHECK_JOB: Final = "register.check"
ALL_RULES: Final = "R01-R45"

_PART_CHECKS: Final[tuple[SetCheck, ...]] = tuple(
    itertools.chain.from_iterable(
        checks for group in (ENTRY_CHECKS, LAND_CHECKS, BASELINE_CHECKS, FILE_CHECKS) for checks in group.values()
    )
)
_ROW_CODES: Final = frozenset(code for code, rule in RULES.items() if rule.how is not How.SET)
_PART_CODES: Final = _ROW_CODES | ENTRY_CHECKS.keys() | LAND_CHECKS.keys() | BASELINE_CHECKS.keys() | FILE_CHECKS.keys()


def check_village(host: Host, actor: Actor, village_code: str) -> Changes:
    """Check one village and whatever in its county may clash with it: what follows every save."""
    with host.view(actor) as session:
        scope = scope_of(session, village_code, _largest_mu(host))
    changes, _rows = _check_part(host, actor, scope)
    changes.add(_check_county(host, actor, scope, COUNTY_CHECKS))
    return changes


def check_division(host: Host, actor: Actor, division_code: str, progress: Progress | None = None) -> int:
    """Check a county, a township or a village with all rules, in steps; returns the id of the run.

    A run of the division that was broken off goes on where it stopped.

    Raises:
        BadInput: not a division of a county or below.
        NotFound: the division lies outside the actor's scope.
    """
    refuse_place(actor, division_code)
    with host.uow(actor) as uow:
        run_id = _run_of(uow, division_code)
    with host.view(actor) as session:
        scope = scope_of(session, division_code, _largest_mu(host))
        parts = chunks(session, actor, division_code)
        done = session.get_one(CheckRun, run_id).done_upto
    told = progress or _silent
    for step, part in enumerate(parts):
        if part > done:
            _step(host, actor, dataclasses.replace(scope, division_code=part), run_id)
        told(step + 1, len(parts) + 1, _("已检查 %(n)s / %(total)s 个乡镇", n=step + 1, total=len(parts)))
    _finish(host, actor, scope, run_id)
    told(len(parts) + 1, len(parts) + 1, "")
    return run_id


def _silent(_done: int, _total: int, _note: str) -> None:
    """Report nothing."""


def refuse_place(actor: Actor, division_code: str) -> None:
    """Raise BadInput or NotFound unless the division can be checked by the actor."""
    if not division_code.isdecimal() or len(division_code) not in (6, 9, 12):
        raise BadInput(_("请给出县、乡镇或村的区划代码（6、9 或 12 位）"), where="division")
    if not actor.covers(division_code):
        raise NotFound(_("没有这个区划"))


def order_check(uow: UnitOfWork, division_code: str) -> int:
    """Have a division checked in the background; an order that waits already is not doubled. Returns the job's id."""
    refuse_place(uow.actor, division_code)
    label = _("检查登记册 %(code)s", code=division_code)
    return uow.enqueue(CHECK_JOB, division_code, division=division_code, label=label)


def _run_of(uow: UnitOfWork, division_code: str) -> int:
    broken_off = (
        select(CheckRun.id)
        .where(CheckRun.division_code == division_code, CheckRun.finished_at.is_(None))
        .order_by(CheckRun.id.desc())
    )
    known = uow.session.scalar(broken_off.limit(1))
    if known is not None:
        return known
    run = CheckRun(
        division_code=division_code, rules=ALL_RULES, started_at=uow.now, finished_at=None, by=uow.actor.name
    )
    uow.session.add(run)
    uow.session.flush()
    return run.id


def _step(host: Host, actor: Actor, part: Scope, run_id: int) -> None:
    found, rows = _judge(host, actor, part)
    with host.uow(actor) as uow:
        changes = reconcile(uow, _watched_part(part), found)
        run = uow.session.get_one(CheckRun, run_id)
        run.rows += rows
        run.done_upto = part.division_code
        _count_in(run, changes)


def _finish(host: Host, actor: Actor, scope: Scope, run_id: int) -> None:
    is_county = len(scope.division_code) == COUNTY_DIGITS
    found = _judge_county(host, actor, scope, {**COUNTY_CHECKS, **(RUN_CHECKS if is_county else {})})
    with host.view(actor) as session:
        missing = unchecked(session, scope)
    with host.uow(actor) as uow:
        changes = reconcile(uow, _watched_county(scope, with_gaps=is_county), found)
        run = uow.session.get_one(CheckRun, run_id)
        _count_in(run, changes)
        run.not_checked = missing if is_county else {**missing, "R07": 0}
        run.finished_at = uow.now
        uow.journal(
            "register.checked",
            f"check_run:{run.id}",
            division=scope.division_code,
            rows=run.rows,
            found=run.found,
            changes=run.changes,
        )


def _count_in(run: CheckRun, changes: Changes) -> None:
    total = Changes(found=dict(run.found), **run.changes)
    total.add(changes)
    run.found = total.found
    run.changes = {"new": total.new, "fixed": total.fixed, "back": total.back}


def _check_part(host: Host, actor: Actor, part: Scope) -> tuple[Changes, int]:
    found, rows = _judge(host, actor, part)
    with host.uow(actor) as uow:
        return reconcile(uow, _watched_part(part), found), rows


def _check_county(host: Host, actor: Actor, scope: Scope, checks: dict[str, SetCheck]) -> Changes:
    found = _judge_county(host, actor, scope, checks)
    with host.uow(actor) as uow:
        return reconcile(uow, _watched_county(scope, with_gaps=False), found)


def _largest_mu(host: Host) -> int:
    return int(host.settings.plugin("register").largest_parcel_mu)


def _judge(host: Host, actor: Actor, part: Scope) -> tuple[list[Placed], int]:
    """Return everything that the row rules and the set checks find in a part, and how many rows there are."""
    context = Context(today=local_time(host.clock.now()).date(), largest_mu=part.largest_mu)
    found: list[Placed] = []
    rows = 0
    with host.view(actor) as session:
        for row in rows_of(session, part, host.vault.open):
            rows += 1
            for one in check_row(row, context):
                is_book = one.kind == CERTIFICATE
                object_id = row.certificate_id if is_book else row.parcel_id
                found.append(Placed(one, object_id or 0, row.certificate_id, row.division_code))
        found.extend(_run_checks(session, part, _PART_CHECKS))
    return found, rows


def _judge_county(host: Host, actor: Actor, scope: Scope, checks: dict[str, SetCheck]) -> list[Placed]:
    with host.view(actor) as session:
        return list(_run_checks(session, scope, (*checks.values(), r45_unkeyed)))


def _run_checks(session: Session, scope: Scope, checks: Iterable[SetCheck]) -> Iterator[Placed]:
    for check in checks:
        yield from check(session, scope)


def _watched_part(part: Scope) -> ColumnElement[bool]:
    return inside(Finding.division_code, part.division_code) & Finding.code.in_(_PART_CODES) & (Finding.kind != LINE)


def _watched_county(scope: Scope, *, with_gaps: bool) -> ColumnElement[bool]:
    codes = {*COUNTY_CHECKS, *(RUN_CHECKS if with_gaps else ())}
    return inside(Finding.division_code, scope.county) & (Finding.code.in_(codes) | (Finding.kind == LINE))
