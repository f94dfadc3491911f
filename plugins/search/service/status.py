"""The state of the index for those who look after it, and the comparison with the database as a job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lindang.auth import Actor
from lindang.host import Host
from lindang.i18n import _
from plugins.search.domain.engine import IndexState, IndexUnavailable
from plugins.search.queries.index_state import (
    Compared,
    Fault,
    JobState,
    Lag,
    lag_of,
    last_compared,
    last_fault,
    open_jobs,
)
from plugins.search.service.indexing import REBUILD_JOB, differences, engine_of
from plugins.search.service.naming import name_differences
from plugins.search.service.splitting import unsplit_numbers

COMPARE_JOB = "search.compare"
SHOWN = 10
"""How many differences are named one by one."""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the status page shows.

    Attributes:
        engine: Name of the engine that the settings choose.
        index: Sizes; None when the index cannot be read.
        unreadable: Why it cannot.
        lag: Events on their way.
        jobs: Rebuilds and comparisons that wait or run.
        fault: What went wrong and is not mended.
        compared: The last comparison with the database.
    """

    engine: str
    index: IndexState | None
    unreadable: str
    lag: Lag
    jobs: list[JobState]
    fault: Fault | None
    compared: Compared | None

    @property
    def committed_at(self) -> dt.datetime | None:
        """When the index was last written."""
        return dt.datetime.fromtimestamp(self.index.committed_at, dt.UTC) if self.index else None


def status_of(host: Host) -> Status:
    """Return the state of the index."""
    engine, index, unreadable = engine_of(host), None, ""
    try:
        index = engine.state()
    except IndexUnavailable as error:
        unreadable = str(error)
    kinds = (REBUILD_JOB, COMPARE_JOB)
    with host.view() as session:
        return Status(
            engine=engine.name,
            index=index,
            unreadable=unreadable,
            lag=lag_of(session),
            jobs=open_jobs(session, kinds),
            fault=last_fault(session, kinds),
            compared=last_compared(session, COMPARE_JOB),
        )


def plain_status(status: Status, now: dt.datetime) -> dict[str, Any]:
    """Return the state as plain values; sizes in bytes, ages in seconds."""
    index, oldest = status.index, status.lag.oldest
    return {
        "engine": status.engine,
        "readable": index is not None,
        "error": status.unreadable or (status.fault.error if status.fault else ""),
        "units": index.units if index else 0,
        "documents": index.documents if index else 0,
        "bytes": index.size if index else 0,
        "committed_at": status.committed_at.isoformat() if status.committed_at else None,
        "half_built": bool(index and index.half_built),
        "events_waiting": status.lag.events,
        "oldest_seconds": round((now - oldest).total_seconds(), 1) if oldest else 0.0,
        "jobs": [
            {"kind": job.kind, "running": job.is_running, "done": job.done, "total": job.total} for job in status.jobs
        ],
    }


def order_comparison(host: Host, actor: Actor) -> None:
    """Queue a comparison of index and database, unless one is waiting already."""
    with host.uow(actor) as uow:
        uow.enqueue(COMPARE_JOB, "", label=_("核对索引与数据库"))


def compare(host: Host, progress: Callable[[int, int, str], None]) -> None:
    """Compare index and names with the database in full and report what was found, in words."""
    progress(0, 1, "")
    try:
        wrong, unnamed, unsplit = differences(host), name_differences(host), unsplit_numbers(host)
    except IndexUnavailable as error:
        progress(1, 1, _("索引不可读：%(why)s", why=error))
        return
    progress(1, 1, _in_words(wrong, unnamed, unsplit))


def _in_words(wrong: dict[int, str], unnamed: dict[int, str], unsplit: Sequence[int]) -> str:
    if not wrong and not unnamed and not unsplit:
        return _("索引与数据库一致")
    faults = {"missing": _("索引中没有"), "surplus": _("索引中多出"), "stale": _("索引中的内容已旧")}
    named = [f"{_subject(key)}{faults[fault]}" for key, fault in sorted(wrong.items())[:SHOWN]]
    named += [_("林权证 %(id)s 的姓名、地名键不符", id=key) for key in sorted(unnamed)[: SHOWN - len(named)]]
    named += [_("号码 %(id)s 缺少片段", id=key) for key in unsplit[: SHOWN - len(named)]]
    count = len(wrong) + len(unnamed) + len(unsplit)
    return _("%(n)s 处不一致：%(named)s", n=count, named="；".join(named)) + ("……" if count > len(named) else "")


def _subject(key: int) -> str:
    return _("案卷 %(id)s ", id=key) if key > 0 else _("林权证 %(id)s ", id=-key)
