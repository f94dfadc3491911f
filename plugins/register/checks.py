"""The invariant of the register's counts, for ``lindang verify``."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from lindang.events import IS_WAITING, Delivery
from lindang.host import Host
from lindang.i18n import lazy
from lindang.plugin import Check, Violation
from models.ready_counts import VillageReadiness, fresh_counts
from plugins.register.queries.ready import judged_now
from plugins.register.service.readiness import SUBSCRIBER

SAMPLE: Final = 50
REMEDY: Final = "请运行：lindang register ready --again"


def counts_are_true(host: Host) -> Iterator[Violation]:
    """Yield every village whose fresh count is not what judging it now gives; a sample of them in a large archive."""
    fresh = select(VillageReadiness.division_code).where(VillageReadiness.seen_marks == VillageReadiness.marks)
    with host.view() as session:
        codes = list(session.scalars(fresh))
    for code in codes if len(codes) <= SAMPLE else random.sample(codes, SAMPLE):
        with host.view() as session:
            counted = fresh_counts(session, [code], needs_paper_count=True).get(code)
            now = judged_now(session, code, needs_paper_count=True)
        if counted is not None and +counted.reasons != +now.reasons and not _was_marked(host, code):
            yield Violation(
                code="L1",
                subject=f"village:{code}",
                expected=str(dict(now.reasons)),
                found=str(dict(counted.reasons)),
                remedy=REMEDY,
            )


def _was_marked(host: Host, code: str) -> bool:
    """Say whether the village changed in the meantime, or an event is on its way that may tell of it."""
    waiting = select(Delivery.id).where(Delivery.subscriber.startswith(SUBSCRIBER), IS_WAITING).limit(1)
    with host.view() as session:
        return not session.get_one(VillageReadiness, code).is_fresh or session.scalar(waiting) is not None


CHECKS: Final = (Check(code="L1", title=lazy("成熟情况的统计与现状一致（抽样）"), run=counts_are_true),)
