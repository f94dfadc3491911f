"""Background work of the register: reading, applying and marking imports."""

from __future__ import annotations

import datetime as dt
from typing import Final

from lindang.i18n import lazy
from lindang.jobs import JobContext
from lindang.plugin import Job
from models.ready_counts import COUNTING_JOB
from plugins.register.queries.findings import county_choices, last_run
from plugins.register.service.applying import apply_import
from plugins.register.service.checking import CHECK_JOB, check_division, order_check
from plugins.register.service.export_file import make_export
from plugins.register.service.exporting import EXPORT_JOB
from plugins.register.service.marking import mark_file
from plugins.register.service.readiness import judge_marked
from plugins.register.service.reading import read_file


def import_read(context: JobContext, argument: str) -> None:
    """Read a handed-in file to its dry run."""
    read_file(context, int(argument))


def import_apply(context: JobContext, argument: str) -> None:
    """Write the rows of a checked import."""
    apply_import(context, int(argument))


def import_mark(context: JobContext, argument: str) -> None:
    """Write the file again with its faulty cells marked."""
    mark_file(context, int(argument))


def export_make(context: JobContext, argument: str) -> None:
    """Write the file of an ordered export."""
    make_export(context, int(argument))


_FRESH: Final = dt.timedelta(hours=20)
"""A county checked since then is not checked again because a worker was started."""


def check(context: JobContext, argument: str) -> None:
    """Check a division with all rules, township by township; a run that was broken off goes on where it stopped."""
    check_division(context.host, context.host.system_actor(), argument, context.progress)


def check_daily(context: JobContext, _argument: str) -> None:
    """Have every county checked: terms run out and readings arrive without anybody saving a row."""
    host = context.host
    actor, since = host.system_actor(), host.clock.now() - _FRESH
    with host.view(actor) as session:
        runs = {code: last_run(session, actor, code) for code, _name in county_choices(session, actor)}
    stale = [code for code, run in runs.items() if run is None or run.started_at < since]
    for code in stale:
        with host.uow(actor) as uow:
            order_check(uow, code)


CHECK_JOBS = (
    Job(name=CHECK_JOB, title=lazy("检查登记册"), run=check, slots=1),
    Job(name="register.check_daily", title=lazy("每日检查登记册"), run=check_daily, every=dt.timedelta(days=1)),
)

EXPORT_JOBS = (Job(name=EXPORT_JOB, title=lazy("导出登记册"), run=export_make, slots=1),)

READY_JOBS = (
    Job(name=COUNTING_JOB, title=lazy("判定成熟情况"), run=judge_marked, every=dt.timedelta(days=1), slots=1),
)
