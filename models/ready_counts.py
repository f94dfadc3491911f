"""成熟 counted village by village, so that a county's list needs not be judged anew each time it is opened.

A count is a reading, never the authority: what is put into a batch is judged live. Whatever changes a village raises its
`marks`, as soon as its event is delivered; a count is fresh while it has seen them all, and nothing shows one that is not.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lindang.db import Base, DivisionCode
from models.readiness import NO_PAPER_COUNT, Facts, reasons

COUNTING_JOB = "register.ready"
"""The job that keeps the counts; where no plugin brings it, nobody may rely on them."""
READY = ""
"""The code under which certificates without a reason are counted."""


class VillageReadiness(Base):
    """How many certificates of a village have which first reason; `lenient` does not ask for a count of the paper."""

    __tablename__ = "village_readiness"

    division_code: Mapped[str] = mapped_column(DivisionCode, primary_key=True)
    strict: Mapped[dict[str, Any]]
    lenient: Mapped[dict[str, Any]]
    marks: Mapped[int] = mapped_column(default=0)
    seen_marks: Mapped[int] = mapped_column(default=-1)
    judged_at: Mapped[dt.datetime | None]

    @property
    def is_fresh(self) -> bool:
        """Say whether nothing changed since the village was judged."""
        return self.seen_marks == self.marks


@dataclass(frozen=True, slots=True)
class Counted:
    """First reasons of a village's certificates by code (`READY` for none), and when they were judged."""

    reasons: Counter[str]
    judged_at: dt.datetime | None


def count_reasons(facts: Iterable[Facts]) -> tuple[Counter[str], Counter[str]]:
    """Return the first reasons by code, with and without asking for a count of the paper."""
    strict: Counter[str] = Counter()
    lenient: Counter[str] = Counter()
    for one in facts:
        codes = [reason.code for reason in reasons(one)]
        strict[next(iter(codes), READY)] += 1
        lenient[next((code for code in codes if code != NO_PAPER_COUNT), READY)] += 1
    return strict, lenient


def fresh_counts(session: Session, village_codes: Collection[str], *, needs_paper_count: bool) -> dict[str, Counted]:
    """Return what is counted and still true, by village; the others are to be judged."""
    query = select(VillageReadiness).where(
        VillageReadiness.division_code.in_(village_codes), VillageReadiness.seen_marks == VillageReadiness.marks
    )
    return {
        row.division_code: Counted(Counter(row.strict if needs_paper_count else row.lenient), row.judged_at)
        for row in session.scalars(query)
    }
