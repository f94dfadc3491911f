"""The ready list (成熟清单): per village, which certificates may be handed over, and what stands in the way of the rest.

The facts of many certificates are gathered with a fixed number of queries, whatever their number; the judgement itself is
`domain.readiness`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.archive import ArchiveFile, Item, Page
from models.checklist import current_rules, facts_of
from models.completeness import assess
from models.digital import MASTER, DigitalObject
from models.handover import Batch, BatchItem
from models.intake import FAILED, RECEIVED, SORTING, IntakeFile
from models.numbers import parse_cert_no
from models.place import Division
from models.register import Certificate, Parcel
from plugins.handover.domain.readiness import COLUMN_LABELS, Facts, ParcelFacts, Reason, reasons
from plugins.handover.domain.states import ItemState
from plugins.handover.queries.places import division_names

FEEDBACK_DOC_TYPE: Final = "D18"
"""Document type of the registry's feedback: it came after the handover, so it is not part of what is handed over."""
_HOLDER_COLUMNS: Final = ("holder_name", "holder_type", "id_type")
_PARCEL_COLUMNS: Final = tuple(name for name in COLUMN_LABELS if name in Parcel.__table__.columns)


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


@dataclass(frozen=True, slots=True)
class _Papers:
    """What the archive knows of the files in question, by file id."""

    files: dict[int, ArchiveFile]
    missing: dict[int, tuple[str, ...]]
    items: dict[int, list[tuple[int, str, str, str]]]
    pages: dict[int, int]
    imaged: frozenset[int]
    unplaced: dict[int, int]


@dataclass(slots=True)
class _Travels:
    """Where certificates are or were on their way: open, handed over, returned and not yet mended, mended."""

    open: dict[int, tuple[int, str]] = field(default_factory=dict)
    past: dict[int, tuple[int, str]] = field(default_factory=dict)
    returned: dict[int, tuple[int, str]] = field(default_factory=dict)
    mended: dict[int, int] = field(default_factory=dict)


def ready_rows(
    session: Session, actor: Actor, *conditions: ColumnElement[bool], needs_paper_count: bool = True, besides: int = 0
) -> list[ReadyRow]:
    """Return the certificates that satisfy the conditions and lie in the actor's scope, by archival code and number.

    Args:
        conditions: on `Certificate`.
        needs_paper_count: whether an uncounted file is unready.
        besides: a batch whose own items are judged as if they were in no batch.
    """
    query = select(Certificate).where(actor.within(Certificate.division_code), *conditions)
    certificates = session.scalars(query.order_by(Certificate.cert_no_norm)).all()
    ids = [certificate.id for certificate in certificates]
    file_ids = [certificate.archive_file_id for certificate in certificates if certificate.archive_file_id]
    papers, travels, parcels = _papers(session, file_ids), _travels(session, ids, besides), _parcels(session, ids)
    rows = []
    for certificate in certificates:
        facts = _facts(certificate, papers, travels, parcels[certificate.id], needs_paper_count=needs_paper_count)
        rows.append(_row(certificate, facts, papers, travels))
    return sorted(rows, key=lambda row: (row.archival_code or "~", row.cert_no))


def village_page(
    session: Session, actor: Actor, *, name: str, page: int, per_page: int, needs_paper_count: bool
) -> tuple[list[VillageRow], int]:
    """Return one page of villages that have certificates, and how many such villages there are."""
    has_certificate = select(Certificate.division_code).where(actor.within(Certificate.division_code)).distinct()
    counted = select(Certificate.division_code.label("code")).where(actor.within(Certificate.division_code)).distinct()
    if name:
        named = select(Division.code).where(Division.name.contains(name, autoescape=True))
        counted = counted.where(Certificate.division_code.in_(named))
    total = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    codes = list(session.scalars(counted.order_by("code").limit(per_page).offset((page - 1) * per_page)))
    del has_certificate
    return _village_rows(session, actor, codes, needs_paper_count=needs_paper_count), total


def village(session: Session, actor: Actor, code: str) -> tuple[str, str]:
    """Return (code, name with its township) of a village in scope. Raises NotFound."""
    if not actor.covers(code) or session.scalar(select(Division.id).where(Division.code == code).limit(1)) is None:
        raise NotFound(_("没有这个村"), remedy=_("它不存在,或不在您的权限范围内。"))
    names = division_names(session, [code, code[:9]])
    return code, f"{names[code[:9]]}{names[code]}"


def _village_rows(session: Session, actor: Actor, codes: Sequence[str], *, needs_paper_count: bool) -> list[VillageRow]:
    rows = ready_rows(session, actor, Certificate.division_code.in_(codes), needs_paper_count=needs_paper_count)
    names = division_names(session, [*codes, *(code[:9] for code in codes)])
    by_village: dict[str, list[ReadyRow]] = defaultdict(list)
    for row in rows:
        by_village[row.division_code].append(row)
    return [_village_row(code, names, by_village[code]) for code in codes]


def _village_row(code: str, names: dict[str, str], rows: list[ReadyRow]) -> VillageRow:
    firsts = [row.reasons[0].code if row.reasons else "" for row in rows]
    return VillageRow(
        code=code,
        name=names[code],
        town=names[code[:9]],
        total=len(rows),
        ready=firsts.count(""),
        in_batch=firsts.count("in_batch"),
        done=firsts.count("handed_over"),
    )


def _row(certificate: Certificate, facts: Facts, papers: _Papers, travels: _Travels) -> ReadyRow:
    file = papers.files.get(certificate.archive_file_id or 0)
    return ReadyRow(
        certificate_id=certificate.id,
        cert_no=certificate.cert_no,
        holder_name=certificate.holder_name,
        archive_file_id=certificate.archive_file_id,
        archival_code=file.archival_code if file else "",
        division_code=certificate.division_code,
        parcels=len(facts.parcels),
        area_mu=sum((parcel.area_mu for parcel in facts.parcels), Decimal(0)),
        pages=facts.scanned_pages,
        reasons=reasons(facts),
        replaces_item_id=travels.mended.get(certificate.id),
    )


def _facts(
    certificate: Certificate,
    papers: _Papers,
    travels: _Travels,
    parcels: tuple[ParcelFacts, ...],
    *,
    needs_paper_count: bool,
) -> Facts:
    file_id = certificate.archive_file_id
    file = papers.files.get(file_id or 0)
    items = papers.items.get(file_id or 0, [])
    return Facts(
        certificate_id=certificate.id,
        archive_file_id=file_id,
        is_number_readable=parse_cert_no(certificate.cert_no) is not None,
        issue_state=certificate.issue_state,
        cert_serial=certificate.cert_serial,
        issuer=certificate.issuer,
        issue_date=certificate.issue_date,
        holder_columns=_holder_columns(certificate),
        parcels=parcels,
        item_count=len(items),
        missing_documents=papers.missing.get(file_id or 0, ()),
        unscanned=tuple((item_id, code) for item_id, code, _type, _class in items if item_id not in papers.imaged),
        unplaced=papers.unplaced.get(file_id or 0, 0),
        scanned_pages=papers.pages.get(file_id or 0, 0),
        paper_pages=file.paper_pages if file else None,
        needs_paper_count=needs_paper_count,
        is_disputed=bool(file and file.is_disputed),
        security_classes=frozenset({*(one[3] for one in items), file.security_class if file else ""}),
        open_batch=travels.open.get(certificate.id),
        past_batch=travels.past.get(certificate.id),
        returned_in=travels.returned.get(certificate.id),
    )


def _holder_columns(certificate: Certificate) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(certificate, name) for name in _HOLDER_COLUMNS}
    return {**values, "id_no": certificate.id_no_hash}


def _parcels(session: Session, certificate_ids: Collection[int]) -> dict[int, tuple[ParcelFacts, ...]]:
    found: dict[int, list[ParcelFacts]] = defaultdict(list)
    query = select(Parcel).where(Parcel.certificate_id.in_(certificate_ids)).order_by(Parcel.seq)
    for parcel in session.scalars(query):
        found[parcel.certificate_id].append(
            ParcelFacts(
                parcel_no=parcel.parcel_no,
                area_mu=parcel.area_mu,
                is_term_open=parcel.is_term_open,
                columns={name: getattr(parcel, name) for name in _PARCEL_COLUMNS},
            )
        )
    return {certificate_id: tuple(found[certificate_id]) for certificate_id in certificate_ids}


def _papers(session: Session, file_ids: Collection[int]) -> _Papers:
    rules = current_rules(session)
    files = session.scalars(select(ArchiveFile).where(ArchiveFile.id.in_(file_ids)))
    return _Papers(
        files={file.id: file for file in files},
        missing={
            file_id: tuple(line.rule.title for line in assess(rules, facts).missing)
            for file_id, facts in facts_of(session, file_ids).items()
        },
        items=_items(session, file_ids),
        pages=_pages(session, file_ids),
        imaged=_imaged(session, file_ids),
        unplaced=_unplaced(session, file_ids),
    )


def _handed_over(file_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return Item.archive_file_id.in_(file_ids), Item.doc_type != FEEDBACK_DOC_TYPE


def _items(session: Session, file_ids: Collection[int]) -> dict[int, list[tuple[int, str, str, str]]]:
    found: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    columns = (Item.archive_file_id, Item.id, Item.archival_code, Item.doc_type, Item.security_class)
    query = select(*columns).where(*_handed_over(file_ids)).order_by(Item.item_no)
    for file_id, *item in session.execute(query):
        found[file_id].append((item[0], item[1], item[2], item[3]))
    return found


def _pages(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(Item.archive_file_id, func.count(Page.id))
        .join(Page, Page.item_id == Item.id)
        .where(*_handed_over(file_ids))
        .group_by(Item.archive_file_id)
    )
    return dict(session.execute(query).tuples().all())


def _imaged(session: Session, file_ids: Collection[int]) -> frozenset[int]:
    """Return the items that have a current master and at least one page."""
    query = (
        select(Item.id)
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .join(Page, Page.item_id == Item.id)
        .where(*_handed_over(file_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
    )
    return frozenset(session.scalars(query.distinct()))


def _unplaced(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(IntakeFile.archive_file_id, func.count(IntakeFile.id))
        .where(IntakeFile.archive_file_id.in_(file_ids), IntakeFile.state.in_((RECEIVED, SORTING, FAILED)))
        .group_by(IntakeFile.archive_file_id)
    )
    return {file_id: count for file_id, count in session.execute(query) if file_id is not None}


def _travels(session: Session, certificate_ids: Collection[int], besides: int) -> _Travels:
    query = (
        select(BatchItem.certificate_id, BatchItem.id, BatchItem.state, BatchItem.is_open, Batch.id, Batch.batch_no)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.certificate_id.in_(certificate_ids))
        .order_by(BatchItem.id)
    )
    travels = _Travels()
    for row in session.execute(query):
        _note_travel(travels, besides, *row)
    return travels


def _note_travel(travels: _Travels, besides: int, certificate_id: int, item_id: int, state: str, *rest: Any) -> None:
    is_open, batch_id, batch_no = rest
    if is_open:
        if batch_id != besides:
            travels.open[certificate_id] = (batch_id, batch_no)
    elif state == ItemState.FEEDBACK_FILED:
        travels.past[certificate_id] = (batch_id, batch_no)
    elif state in {ItemState.RETURNED, ItemState.FIXING}:
        travels.returned[certificate_id] = (batch_id, batch_no)
    elif state == ItemState.READY:
        travels.mended[certificate_id] = item_id
