"""Background work of the auditor's desk."""

from __future__ import annotations

import datetime as dt
from typing import Final

from lindang.i18n import lazy, local_time
from lindang.jobs import JobContext
from lindang.plugin import Job
from plugins.audit.domain.fixity import Budget, is_hour_for_it
from plugins.audit.service.scrub import scrub

MEGABYTE: Final = 1_000_000


def scrub_some(context: JobContext, _argument: str) -> None:
    """Read stored files again, as many as the settings allow at this hour."""
    host = context.host
    settings = host.settings.plugin("audit")
    if not settings.scrub_seconds or not is_hour_for_it(settings.scrub_hours, local_time(host.clock.now()).time()):
        return
    budget = Budget(settings.scrub_seconds, settings.scrub_mb_per_second * MEGABYTE)
    scrub(host, host.system_actor(), budget, context.progress)


JOBS = (Job(name="audit.scrub", title=lazy("核验存储文件"), run=scrub_some, every=dt.timedelta(minutes=10), slots=1),)
