"""The ready list (成熟清单): per village, which certificates may be handed over, and what stands in the way of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.evidence import Evidence, gather
from models.place import Division
from models.readiness import Facts, Reason, reasons
from models.ready_counts import READY, fresh_counts
from models.register import Certificate
from plugins.handover.queries.places import division_names


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """One certificate on the ready list; without reasons it is ready (成熟)."""

    certificate_id: int
    cert_no: str
    holder_name: str
    archive_file_id: int | None
    archival_code: str
    division_code: str
    parcels: int
    area_mu: Decimal
    pages: int
    reasons: tuple[Reason, ...]
    replaces_item_id: int | None = None

    @property
    def is_ready(self) -> bool:
        """Say whether nothing stands in the way."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class VillageRow:
    """How many of a village's certificates are ready, on their way, or still waiting for something."""

    code: str
    name: str
    town: str
    total: int
    ready: int
    in_batch: int
    done: int

    @property
    def waiting(self) -> int:
        """Certificates with something to mend."""
        return self.total - self.ready - self.in_batch - self.done


def ready_rows(
    session: Session, actor: Actor, *conditions: ColumnElement[bool], needs_paper_count: bool = True, besides: int = 0
) -> list[ReadyRow]:
    """Return the certificates in the actor's scope that satisfy `conditions`, by archival code and number.

    `needs_paper_count` says whether a file whose paper nobody counted is unready; the items of the batch `besides` are
    judged as if they were in no batch.
    """
    query = select(Certificate).where(actor.within(Certificate.division_code), ~Certificate.is_withdrawn, *conditions)
    certificates = session.scalars(
        query.options(defer(Certificate.co_holders)).order_by(Certificate.cert_no_norm)
    ).all()
    evidence = gather(session, certificates, besides=besides, needs_paper_count=needs_paper_count)
    rows = [_row(certificate, evidence) for certificate in certificates]
    return sorted(rows, key=lambda row: (row.archival_code or "~", row.cert_no))


def village_page(
    session: Session,
    actor: Actor,
    *,
    name: str,
    page: int,
    per_page: int,
    needs_paper_count: bool,
    is_counted: bool = False,
) -> tuple[list[VillageRow], int]:
    """Return one page of villages that have certificates, and how many such villages there are.

    `is_counted` says that a plugin keeps `VillageReadiness` up to date.
    """
    live = (actor.within(Certificate.division_code), ~Certificate.is_withdrawn)
    counted = select(Certificate.division_code.label("code")).where(*live).distinct()
    if name:
        named = select(Division.code).where(Division.name.contains(name, autoescape=True))
        counted = counted.where(Certificate.division_code.in_(named))
    total = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    codes = list(session.scalars(counted.order_by("code").limit(per_page).offset((page - 1) * per_page)))
    rows = _village_rows(session, actor, codes, needs_paper_count=needs_paper_count, is_counted=is_counted)
    return rows, total


def village(session: Session, actor: Actor, code: str) -> tuple[str, str]:
    """Return (code, name with its township) of a village in scope. Raises NotFound."""
    if not actor.covers(code) or session.scalar(select(Division.id).where(Division.code == code).limit(1)) is None:
        raise NotFound(_("没有这个村"), remedy=_("它不存在，或不在您的权限范围内。"))
    names = division_names(session, [code, code[:9]])
    return code, f"{names[code[:9]]}{names[code]}"


def _village_rows(
    session: Session, actor: Actor, codes: Sequence[str], *, needs_paper_count: bool, is_counted: bool
) -> list[VillageRow]:
    """Return the villages from what the register has counted, where that is kept up and fresh; the others judged now."""
    counted = fresh_counts(session, codes, needs_paper_count=needs_paper_count) if is_counted else {}
    firsts = {code: one.reasons for code, one in counted.items()}
    others = [code for code in codes if code not in firsts]
    firsts |= {code: Counter() for code in others}
    for row in (
        ready_rows(session, actor, Certificate.division_code.in_(others), needs_paper_count=needs_paper_count)
        if others
        else ()
    ):
        firsts[row.division_code][row.reasons[0].code if row.reasons else READY] += 1
    names = division_names(session, [*codes, *(code[:9] for code in codes)])
    return [_village_row(code, names, firsts[code]) for code in codes]


def _village_row(code: str, names: dict[str, str], firsts: Counter[str]) -> VillageRow:
    return VillageRow(
        code=code,
        name=names[code],
        town=names[code[:9]],
        total=firsts.total(),
        ready=firsts[READY],
        in_batch=firsts["in_batch"],
        done=firsts["handed_over"],
    )


def _row(certificate: Certificate, evidence: Evidence) -> ReadyRow:
    facts: Facts = evidence.facts(certificate)
    return ReadyRow(
        certificate_id=certificate.id,
        cert_no=certificate.cert_no,
        holder_name=certificate.holder_name,
        archive_file_id=certificate.archive_file_id,
        archival_code=evidence.archival_code(certificate),
        division_code=certificate.division_code,
        parcels=len(facts.parcels),
        area_mu=sum((parcel.area_mu for parcel in facts.parcels), Decimal(0)),
        pages=facts.scanned_pages,
        reasons=reasons(facts),
        replaces_item_id=evidence.mended_item(certificate),
    )
