"""Background work of the sharing service: papers that a request could not make."""

from __future__ import annotations

from typing import Final

from lindang.i18n import lazy
from lindang.jobs import JobContext
from lindang.plugin import Job
from plugins.sharing.service.excerpts import MAKE_JOB, make_excerpt
from plugins.sharing.service.lists import LIST_JOB, make_list


def make(context: JobContext, argument: str) -> None:
    """Draw and archive an excerpt; nothing is left to do when the request did it."""
    make_excerpt(context.host, int(argument))


JOBS: Final = (
    Job(name=MAKE_JOB, title=lazy("生成查询证明"), run=make),
    Job(name=LIST_JOB, title=lazy("生成共享月报"), run=make_list),
)
