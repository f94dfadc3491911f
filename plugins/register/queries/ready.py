"""成熟: village by village, how many certificates may be handed over and what first stands in the way of the others."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.evidence import certificates_of, gather
from models.place import Division
from models.readiness import Reason, first_reason
from models.ready_counts import READY, Counted, count_reasons, fresh_counts
from models.register import Certificate

IN_BATCH: Final = "in_batch"
HANDED_OVER: Final = "handed_over"
_NOT_WAITING: Final = frozenset({READY, IN_BATCH, HANDED_OVER})
JUDGED_AT_ONCE: Final = 20
"""So many villages that are not counted at the moment are judged while the list is opened; a county is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReadiness:
    """One certificate; without a reason it is ready."""

    certificate_id: int
    cert_no: str
    holder_name: str
    division_code: str
    archival_code: str
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageCount:
    """One village: its certificates, and their first reasons by code; None where it is still to be judged."""

    code: str
    name: str
    total: int
    counted: Counted | None

    @property
    def unjudged(self) -> int:
        """Certificates of which nothing can be said yet: never counted as ready."""
        return 0 if self.counted else self.total

    @property
    def ready(self) -> int:
        """Certificates that may be handed over."""
        return self._of(READY)

    @property
    def in_batch(self) -> int:
        """Certificates in an open batch."""
        return self._of(IN_BATCH)

    @property
    def handed_over(self) -> int:
        """Certificates of closed batches."""
        return self._of(HANDED_OVER)

    @property
    def waiting(self) -> dict[str, int]:
        """First reasons of all others, by code."""
        reasons = self.counted.reasons if self.counted else Counter[str]()
        return {code: count for code, count in sorted(reasons.items()) if code not in _NOT_WAITING}

    @property
    def judged_at(self) -> dt.datetime | None:
        """When the village was judged; None when that is now."""
        return self.counted.judged_at if self.counted else None

    def _of(self, code: str) -> int:
        return self.counted.reasons[code] if self.counted else 0


def village_counts(session: Session, actor: Actor, place: str, *, needs_paper_count: bool) -> list[VillageCount]:
    """Return the villages of a place that have certificates, by code, as they were counted last.

    What changed since is judged now where it is a few villages, and told as unjudged where it is many.
    """
    held = (
        select(Certificate.division_code, func.count())
        .where(
            actor.within(Certificate.division_code),
            Certificate.division_code.startswith(place, autoescape=True),
            ~Certificate.is_withdrawn,
        )
        .group_by(Certificate.division_code)
        .order_by(Certificate.division_code)
    )
    totals: dict[str, int] = dict(session.execute(held).all())
    counted = fresh_counts(session, totals.keys(), needs_paper_count=needs_paper_count)
    others = [code for code in totals if code not in counted]
    if len(others) <= JUDGED_AT_ONCE:
        counted |= {code: judged_now(session, code, needs_paper_count=needs_paper_count) for code in others}
    names = _names(session, totals)
    return [
        VillageCount(code=code, name=names.get(code, code), total=total, counted=counted.get(code))
        for code, total in totals.items()
    ]


def judged_now(session: Session, village_code: str, *, needs_paper_count: bool) -> Counted:
    """Return a village's first reasons, judged as it is now."""
    certificates = certificates_of(session, [village_code])
    evidence = gather(session, certificates, besides=0, needs_paper_count=needs_paper_count)
    strict, lenient = count_reasons(map(evidence.facts, certificates))
    return Counted(strict if needs_paper_count else lenient, None)


def certificates_ready(
    session: Session, actor: Actor, village_code: str, *, needs_paper_count: bool
) -> Iterator[CertificateReadiness]:
    """Yield the certificates of a village in the actor's scope, judged as they are now."""
    if not actor.covers(village_code):
        return
    certificates: Sequence[Certificate] = certificates_of(session, [village_code])
    evidence = gather(session, certificates, besides=0, needs_paper_count=needs_paper_count)
    for one in certificates:
        yield CertificateReadiness(
            certificate_id=one.id,
            cert_no=one.cert_no,
            holder_name=one.holder_name,
            division_code=one.division_code,
            archival_code=evidence.archival_code(one),
            reason=first_reason(evidence.facts(one)),
        )


def _names(session: Session, codes: Sequence[str] | dict[str, int]) -> dict[str, str]:
    query = select(Division.code, Division.name).where(Division.code.in_(list(codes))).order_by(Division.valid_from)
    return dict(session.execute(query).all())
