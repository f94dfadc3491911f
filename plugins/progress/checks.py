"""The invariants of progress, for ``lindang verify``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from lindang.events import IS_WAITING, Delivery
from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.progress import PlaceProgress, ProgressReport
from plugins.progress.domain.snapshot import digest, is_whole
from plugins.progress.queries.counting import NAMES, Counts, count_places
from plugins.progress.service.counting import SUBSCRIBER

_REMEDY: Final = "请运行：lindang progress count --again"


def counts_are_true(host: Host) -> Iterator[Violation]:
    """Yield every place whose fresh count is not what counting the rows now gives; all are counted,
    none is a sample. A place that nobody has counted yet is no lie; the worker finds it.
    """
    with host.view() as session:
        kept = {row.division_code: row for row in session.scalars(select(PlaceProgress))}
        counted = count_places(session)
        waiting = session.scalar(
            select(Delivery.id).where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING).limit(1)
        )
    if waiting is not None:
        return  # an event is on its way that may tell of the difference
    for code, row in sorted(kept.items()):
        now = counted.get(code, Counts()).values()
        have = {name: getattr(row, name) for name in NAMES}
        if have != now and row.seen_marks == row.marks:
            yield Violation(code="P1", subject=f"place:{code}", expected=str(now), found=str(have), remedy=_REMEDY)


def reports_are_unchanged(host: Host) -> Iterator[Violation]:
    """Yield every report whose values no longer make its digest, or whose form is not that of its numbers."""
    with host.view() as session:
        for report in session.scalars(select(ProgressReport).order_by(ProgressReport.id)):
            found = digest(report.values)
            if found != report.data_sha256 or not is_whole(report.values, report.division_code):
                yield Violation(
                    code="P2", subject=f"progress_report:{report.id}", expected=report.data_sha256, found=found
                )


CHECKS: Final = (
    Check(code="P1", title=lazy("进度统计与现有的行逐村相符"), run=counts_are_true),
    Check(code="P2", title=lazy("上报过的附件1没有改动"), run=reports_are_unchanged),
)
