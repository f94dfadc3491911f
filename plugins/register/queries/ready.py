"""成熟: village by village, how many certificates may be handed over and what first stands in the way of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from lindang.auth import Actor
from models.evidence import gather
from models.place import Division
from models.readiness import Reason, reasons
from models.register import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReadiness:
    """One certificate; without a reason it is ready."""

    certificate_id: int
    cert_no: str
    holder_name: str
    division_code: str
    archival_code: str
    reason: Reason | None


@dataclass(slots=True, kw_only=True)
class VillageReadiness:
    """One village: certificates, those ready, on their way, handed over; the first reasons of the rest by code."""

    code: str
    name: str
    total: int = 0
    ready: int = 0
    in_batch: int = 0
    handed_over: int = 0
    waiting: Counter[str] = field(default_factory=Counter)

    def count(self, one: CertificateReadiness) -> None:
        """Count a certificate in."""
        self.total += 1
        code = one.reason.code if one.reason else ""
        match code:
            case "":
                self.ready += 1
            case "in_batch":
                self.in_batch += 1
            case "handed_over":
                self.handed_over += 1
            case _:
                self.waiting[code] += 1


def villages_ready(
    session: Session, actor: Actor, place: str, *, needs_paper_count: bool
) -> Iterator[tuple[VillageReadiness, Sequence[CertificateReadiness]]]:
    """Yield the villages of a place that have certificates, by code, each with its certificates judged as they are now."""
    codes = (
        select(Certificate.division_code)
        .where(
            actor.within(Certificate.division_code),
            Certificate.division_code.startswith(place, autoescape=True),
            ~Certificate.is_withdrawn,
        )
        .distinct()
        .order_by(Certificate.division_code)
    )
    for code in session.scalars(codes).all():
        judged = _judged(session, code, needs_paper_count=needs_paper_count)
        village = VillageReadiness(code=code, name=_name(session, code))
        for one in judged:
            village.count(one)
        yield village, judged


def _judged(session: Session, code: str, *, needs_paper_count: bool) -> list[CertificateReadiness]:
    query = (
        select(Certificate)
        .where(Certificate.division_code == code, ~Certificate.is_withdrawn)
        .options(defer(Certificate.co_holders))
        .order_by(Certificate.cert_no_norm)
    )
    certificates = session.scalars(query).all()
    evidence = gather(session, certificates, besides=0, needs_paper_count=needs_paper_count)
    return [
        CertificateReadiness(
            certificate_id=one.id,
            cert_no=one.cert_no,
            holder_name=one.holder_name,
            division_code=one.division_code,
            archival_code=evidence.archival_code(one),
            reason=next(iter(reasons(evidence.facts(one))), None),
        )
        for one in certificates
    ]


def _name(session: Session, code: str) -> str:
    query = select(Division.name).where(Division.code == code).order_by(Division.valid_from.desc()).limit(1)
    return session.scalar(query) or code
