"""Background work: counting what has changed, and noting each county's day for the forecast."""

from __future__ import annotations

import datetime as dt
from typing import Final

from lindang.i18n import lazy
from lindang.plugin import Job
from plugins.progress.service.counting import COUNT_JOB, count_marked

JOBS: Final = (Job(name=COUNT_JOB, title=lazy("统计进度"), run=count_marked, every=dt.timedelta(hours=6), slots=1),)
