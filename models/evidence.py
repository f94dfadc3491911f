"""Evidence for readiness: the facts of many certificates and their files, gathered with a fixed number of queries whatever
their number. Withdrawn rows of the register count nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer

from models.archive import ArchiveFile, Item, Page
from models.checklist import current_rules, facts_of
from models.completeness import assess
from models.digital import MASTER, DigitalObject
from models.finding import ERROR, STANDING, WARNING, Finding
from models.handover import Batch, BatchItem
from models.intake import FAILED, RECEIVED, SORTING, IntakeFile
from models.numbers import parse_cert_no
from models.readiness import COLUMN_LABELS, Facts, ParcelFacts
from models.register import Certificate, Parcel

FEEDBACK_DOC_TYPE: Final = "D18"
"""Document type of the registry's feedback: it came after the handover, so it is not part of what is handed over."""
HANDED_OVER: Final = frozenset({"FEEDBACK_FILED"})
RETURNED: Final = frozenset({"RETURNED", "FIXING"})
MENDED: Final = frozenset({"READY"})
"""States of a batch item that is not open: done with; back and not yet mended; mended and to be handed over again."""
_HOLDER_COLUMNS: Final = ("holder_name", "holder_type", "id_type")
_PARCEL_COLUMNS: Final = tuple(name for name in COLUMN_LABELS if name in Parcel.__table__.columns)


@dataclass(frozen=True, slots=True)
class _Paper:
    """One 件 of a file, as far as readiness asks."""

    id: int
    archival_code: str
    security_class: str


@dataclass(slots=True)
class _Travels:
    """Where certificates are or were on their way, by certificate: in an open batch, handed over and closed, returned and
    not yet mended (batch id and number each), mended (the returned batch item).
    """

    open: dict[int, tuple[int, str]] = field(default_factory=dict)
    past: dict[int, tuple[int, str]] = field(default_factory=dict)
    returned: dict[int, tuple[int, str]] = field(default_factory=dict)
    mended: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was gathered, by file id or certificate id; `facts` puts together what concerns one certificate."""

    files: dict[int, ArchiveFile]
    missing: dict[int, tuple[str, ...]]
    papers: dict[int, list[_Paper]]
    pages: dict[int, int]
    imaged: frozenset[int]
    unplaced: dict[int, int]
    parcels: dict[int, tuple[ParcelFacts, ...]]
    travels: _Travels
    findings: dict[int, dict[str, tuple[str, ...]]]
    needs_paper_count: bool

    def facts(self, certificate: Certificate) -> Facts:
        """Return the facts on which the readiness of one certificate is judged."""
        file_id = certificate.archive_file_id or 0
        findings = self.findings.get(certificate.id, {})
        file, papers = self.files.get(file_id), self.papers.get(file_id, [])
        return Facts(
            certificate_id=certificate.id,
            archive_file_id=certificate.archive_file_id,
            is_number_readable=parse_cert_no(certificate.cert_no) is not None,
            issue_state=certificate.issue_state,
            cert_serial=certificate.cert_serial,
            issuer=certificate.issuer,
            issue_date=certificate.issue_date,
            holder_columns=_holder_columns(certificate),
            parcels=self.parcels.get(certificate.id, ()),
            item_count=len(papers),
            missing_documents=self.missing.get(file_id, ()),
            unscanned=tuple((paper.id, paper.archival_code) for paper in papers if paper.id not in self.imaged),
            unplaced=self.unplaced.get(file_id, 0),
            scanned_pages=self.pages.get(file_id, 0),
            paper_pages=file.paper_pages if file else None,
            needs_paper_count=self.needs_paper_count,
            has_archival_code=not file or bool(file.archival_code),
            errors=findings.get(ERROR, ()),
            undecided=findings.get(WARNING, ()),
            is_disputed=bool(file and file.is_disputed),
            security_classes=frozenset(
                {*(paper.security_class for paper in papers), file.security_class if file else ""}
            ),
            open_batch=self.travels.open.get(certificate.id),
            past_batch=self.travels.past.get(certificate.id),
            returned_in=self.travels.returned.get(certificate.id),
        )

    def archival_code(self, certificate: Certificate) -> str:
        """Return the archival code of the certificate's file, empty without a file."""
        file = self.files.get(certificate.archive_file_id or 0)
        return file.archival_code if file else ""

    def mended_item(self, certificate: Certificate) -> int | None:
        """Return the returned batch item that was mended and waits to be replaced, if any."""
        return self.travels.mended.get(certificate.id)


def gather(session: Session, certificates: Sequence[Certificate], *, besides: int, needs_paper_count: bool) -> Evidence:
    """Return the evidence about the certificates; items of the batch `besides` count as not being in a batch."""
    ids = [certificate.id for certificate in certificates]
    file_ids = [certificate.archive_file_id for certificate in certificates if certificate.archive_file_id]
    files = session.scalars(select(ArchiveFile).where(ArchiveFile.id.in_(file_ids)))
    return Evidence(
        files={file.id: file for file in files},
        missing=_missing(session, file_ids),
        papers=_papers(session, file_ids),
        pages=_pages(session, file_ids),
        imaged=_imaged(session, file_ids),
        unplaced=_unplaced(session, file_ids),
        parcels=_parcels(session, ids),
        travels=_travels(session, ids, besides),
        findings=_findings(session, ids),
        needs_paper_count=needs_paper_count,
    )


def certificates_of(session: Session, village_codes: Collection[str]) -> Sequence[Certificate]:
    """Return the certificates of villages as readiness is judged on them, by number."""
    query = select(Certificate).where(Certificate.division_code.in_(village_codes), ~Certificate.is_withdrawn)
    return session.scalars(query.options(defer(Certificate.co_holders)).order_by(Certificate.cert_no_norm)).all()


def handed_over(file_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on `Item` that keep what is handed over of these files: all but the feedback."""
    return Item.archive_file_id.in_(file_ids), Item.doc_type != FEEDBACK_DOC_TYPE


def _missing(session: Session, file_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    rules = current_rules(session)
    facts = facts_of(session, file_ids)
    return {file_id: tuple(line.rule.title for line in assess(rules, one).missing) for file_id, one in facts.items()}


def _holder_columns(certificate: Certificate) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(certificate, name) for name in _HOLDER_COLUMNS}
    return {**values, "id_no": certificate.id_no_hash}


def _parcels(session: Session, certificate_ids: Collection[int]) -> dict[int, tuple[ParcelFacts, ...]]:
    found: dict[int, list[ParcelFacts]] = defaultdict(list)
    fixed = (Parcel.certificate_id, Parcel.parcel_no, Parcel.area_mu, Parcel.is_term_open)
    # plain columns: building the mapped objects would take longer than the query
    query = select(*fixed, *(getattr(Parcel, name) for name in _PARCEL_COLUMNS))
    for certificate_id, parcel_no, area_mu, is_term_open, *values in session.execute(
        query.where(Parcel.certificate_id.in_(certificate_ids), ~Parcel.is_withdrawn).order_by(Parcel.seq)
    ):
        columns = dict(zip(_PARCEL_COLUMNS, values, strict=True))
        found[certificate_id].append(
            ParcelFacts(parcel_no=parcel_no, area_mu=area_mu, is_term_open=is_term_open, columns=columns)
        )
    return {certificate_id: tuple(found[certificate_id]) for certificate_id in certificate_ids}


def _papers(session: Session, file_ids: Collection[int]) -> dict[int, list[_Paper]]:
    found: dict[int, list[_Paper]] = defaultdict(list)
    columns = (Item.archive_file_id, Item.id, Item.archival_code, Item.security_class)
    query = select(*columns).where(*handed_over(file_ids)).order_by(Item.item_no)
    for file_id, item_id, code, security_class in session.execute(query):
        found[file_id].append(_Paper(item_id, code, security_class))
    return found


def _pages(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(Item.archive_file_id, func.count(Page.id))
        .join(Page, Page.item_id == Item.id)
        .where(*handed_over(file_ids))
        .group_by(Item.archive_file_id)
    )
    return dict(session.execute(query).all())


def _imaged(session: Session, file_ids: Collection[int]) -> frozenset[int]:
    """Return the items that have a current master and at least one page."""
    query = (
        select(Item.id)
        .join(DigitalObject, DigitalObject.item_id == Item.id)
        .join(Page, Page.item_id == Item.id)
        .where(*handed_over(file_ids), DigitalObject.role == MASTER, DigitalObject.is_current)
    )
    return frozenset(session.scalars(query.distinct()))


def _unplaced(session: Session, file_ids: Collection[int]) -> dict[int, int]:
    query = (
        select(IntakeFile.archive_file_id, func.count(IntakeFile.id))
        .where(IntakeFile.archive_file_id.in_(file_ids), IntakeFile.state.in_((RECEIVED, SORTING, FAILED)))
        .group_by(IntakeFile.archive_file_id)
    )
    return {file_id: count for file_id, count in session.execute(query) if file_id is not None}


def _findings(session: Session, certificate_ids: Collection[int]) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return the codes of the findings that stand, by certificate and severity."""
    query = (
        select(Finding.certificate_id, Finding.severity, Finding.code)
        .where(Finding.certificate_id.in_(certificate_ids), Finding.state.in_(STANDING))
        .distinct()
        .order_by(Finding.code)
    )
    found: dict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for certificate_id, severity, code in session.execute(query):
        codes = found[certificate_id or 0]
        codes[severity] = (*codes.get(severity, ()), code)
    return found


def _travels(session: Session, certificate_ids: Collection[int], besides: int) -> _Travels:
    query = (
        select(
            BatchItem.id,
            BatchItem.certificate_id,
            BatchItem.batch_id,
            BatchItem.state,
            BatchItem.is_open,
            Batch.batch_no,
        )
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.certificate_id.in_(certificate_ids))
        .order_by(BatchItem.id)
    )
    travels = _Travels()
    for item in session.execute(query):
        where = (item.batch_id, item.batch_no)
        if item.is_open:
            if item.batch_id != besides:
                travels.open[item.certificate_id] = where
        elif item.state in HANDED_OVER:
            travels.past[item.certificate_id] = where
        elif item.state in RETURNED:
            travels.returned[item.certificate_id] = where
        elif item.state in MENDED:
            travels.mended[item.certificate_id] = item.id
    return travels
