"""Making a plan: the work that is left is spread back from the deadline; the plan before stays as a version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import update

from lindang.errors import Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.progress import MEASURES, ProgressPlan
from models.workdays import Calendar
from plugins.progress.domain.plan import spread, to_table
from plugins.progress.queries.counting import Counts
from plugins.progress.queries.places import find_unit
from plugins.progress.queries.plans import plan_versions

_LONGEST_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """From when, until when, how much of each measure in all, and why the plan changes."""

    county: str
    starts_on: dt.date
    deadline: dt.date
    totals: Mapping[str, int]
    reason: str = ""


def make_plan(uow: UnitOfWork, draft: PlanDraft, counts: Counts, calendar: Calendar) -> ProgressPlan:
    """Put a plan in force for a county, from what is done now.

    Raises:
        NotFound: there is no such county in scope.
        Faults: the days do not follow each other, a number is impossible, or a new plan gives no reason.
    """
    unit = find_unit(uow.session, uow.actor, draft.county)
    if not unit.is_county:
        raise NotFound(_("倒排工期按县编排"))
    versions = plan_versions(uow.session, unit.code)
    faults = list(_faults(draft, is_first=not versions))
    if faults:
        raise Faults(_("倒排工期没有编排"), faults)
    lines = {
        name: spread(int(getattr(counts, name)), draft.totals[name], draft.starts_on, draft.deadline, calendar)
        for name in MEASURES
    }
    totals, targets = to_table(lines)
    mine = ProgressPlan.division_code == unit.code
    uow.session.execute(update(ProgressPlan).where(mine, ProgressPlan.is_current).values(is_current=False))
    plan = ProgressPlan(
        division_code=unit.code,
        plan_no=len(versions) + 1,
        starts_on=draft.starts_on,
        deadline=draft.deadline,
        totals=totals,
        targets=targets,
        reason=draft.reason.strip(),
        at=uow.now,
        by=uow.actor.name,
    )
    uow.session.add(plan)
    uow.session.flush()
    uow.journal(
        "progress_plan.made",
        f"progress_plan:{plan.id}",
        division=unit.code,
        plan_no=plan.plan_no,
        deadline=draft.deadline.isoformat(),
        reason=plan.reason,
    )
    return plan


def _faults(draft: PlanDraft, *, is_first: bool) -> list[Fault]:
    faults = []
    if draft.deadline < draft.starts_on:
        faults.append(Fault("deadline", _("完成的日子在开始之前")))
    elif draft.deadline.year - draft.starts_on.year > _LONGEST_YEARS:
        faults.append(Fault("deadline", _("工期太长")))
    if not is_first and not draft.reason.strip():
        faults.append(Fault("reason", _("调整已有的计划，请写明原因")))
    faults += [
        Fault(name, _("总量是 0 到 1 亿的整数")) for name in MEASURES if not 0 <= draft.totals.get(name, -1) <= 10**8
    ]
    return faults
