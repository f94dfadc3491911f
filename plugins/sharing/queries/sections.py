"""What is told of a certificate, group by group. A group that was not agreed on is not read at all, so that nothing of it can
get into a page, an answer, an excerpt or a list.

Every value is a text, a number of pages, or an id of a page; texts are freed of personal numbers that somebody typed into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.i18n import format_date, local_time
from models.archive import ArchiveFile, ChecklistRule, Item, Page
from models.digital import VIEW, DigitalObject
from models.entries import Labels, code_labels
from models.finding import STANDING, Finding
from models.handover import Batch, BatchItem, Feedback
from models.handover_terms import FEEDBACK_KINDS, ITEM_STATES
from models.persons import mask_personal_in
from models.place import Division
from models.readiness import CLASSIFIED
from models.register import Certificate, Parcel, RegistryValue
from plugins.sharing.domain.groups import (
    ARCHIVE,
    BASIC,
    BATCH,
    BOUNDS,
    FINDINGS,
    HOLDER,
    ID_MASKED,
    PAGES,
    PARCELS,
    REGISTRY,
    SEVERITIES,
)
from plugins.sharing.domain.words import ISSUE_STATES, OUTSIDE_STATES, WITHDRAWN

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """What one group says of one certificate: rows of fields; `note` where it says something about itself."""

    group: str
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(slots=True)
class Reader:
    """Reads the groups of certificates in one session; labels and names are looked up once."""

    session: Session
    labels: Labels = field(default_factory=Labels)
    villages: dict[str, str] = field(default_factory=dict)
    doc_types: dict[str, str] = field(default_factory=dict)

    @classmethod
    def over(cls, session: Session, divisions: Iterable[str]) -> Reader:
        """Return a reader that knows the names of these divisions."""
        names = select(Division.code, Division.name).where(Division.code.in_(set(divisions)))
        rules = select(ChecklistRule.doc_type, ChecklistRule.title).where(ChecklistRule.is_current)
        return cls(
            session,
            code_labels(session),
            dict(session.execute(names.order_by(Division.valid_from)).all()),
            dict(session.execute(rules).all()),
        )

    def section(self, group: str, certificate: Certificate) -> Section:
        """Return what a group says of a certificate."""
        return Section(group, tuple(_READERS[group](self, certificate)))


def _clean(text: str) -> str:
    return mask_personal_in(text.strip())


def _once(values: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(_clean(value) for value in values if value.strip()))


def _basic(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    parcels = certificate.parcels
    yield {
        "cert_no": certificate.cert_no,
        "cert_serial": certificate.cert_serial,
        "state": str(ISSUE_STATES.get(certificate.issue_state, certificate.issue_state)),
        "issuer": _clean(certificate.issuer),
        "issue_date": certificate.issue_date.isoformat() if certificate.issue_date else "",
        "division_code": certificate.division_code,
        "village": reader.villages.get(certificate.division_code, certificate.division_code),
        "parcel_count": str(len(parcels)),
        "area_mu": str(sum((parcel.area_mu for parcel in parcels), start=Decimal(0))),
        "is_withdrawn": str(WITHDRAWN) if certificate.is_withdrawn else "",
    }


def _holder(_reader: Reader, certificate: Certificate) -> Iterable[Row]:
    parcels = certificate.parcels
    yield {
        "holder_name": _clean(certificate.holder_name),
        "co_holders": _once(map(str, certificate.co_holders)),
        "land_owners": _once(parcel.land_owner for parcel in parcels),
        "land_use_holders": _once(parcel.land_use_holder for parcel in parcels),
        "tree_owners": _once(parcel.tree_owner for parcel in parcels),
        "tree_use_holders": _once(parcel.tree_use_holder for parcel in parcels),
    }


def _id_masked(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    yield {"id_type": reader.labels.of("id_type", certificate.id_type), "id_no": certificate.id_no_masked}


def _parcels(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    for parcel in certificate.parcels:
        yield {
            "parcel_no": parcel.parcel_no,
            "location": _clean(parcel.location),
            "place_name": _clean(parcel.place_name),
            "compartment": parcel.compartment,
            "subcompartment": parcel.subcompartment,
            "area_mu": str(parcel.area_mu),
            "main_species": _clean(parcel.main_species),
            "forest_category": reader.labels.of("forest_category", parcel.forest_category),
            "acquisition": reader.labels.of("acquisition", parcel.acquisition),
            "term": _term(parcel),
        }


def _term(parcel: Parcel) -> str:
    if parcel.term_start is None and parcel.term_end is None and not parcel.is_term_open:
        return ""
    end = "长期" if parcel.is_term_open else format_date(parcel.term_end)
    return f"{format_date(parcel.term_start)} 至 {end}"


def _bounds(_reader: Reader, certificate: Certificate) -> Iterable[Row]:
    for parcel in certificate.parcels:
        yield {
            "parcel_no": parcel.parcel_no,
            "east": _clean(parcel.bound_e),
            "south": _clean(parcel.bound_s),
            "west": _clean(parcel.bound_w),
            "north": _clean(parcel.bound_n),
        }


def _registry(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    """The registry's numbers: confirmed ones first, else what is written in the sheet."""
    confirmed = _confirmed_values(reader.session, certificate)
    title = confirmed.get(("certificate", certificate.id, "title_cert_no"), "")
    for parcel in certificate.parcels:
        yield {
            "title_cert_no": title,
            "parcel_no": parcel.parcel_no,
            "parcel_code": confirmed.get(("parcel", parcel.id, "parcel_code"), parcel.parcel_code),
            "bdc_unit_no": confirmed.get(("parcel", parcel.id, "bdc_unit_no"), parcel.bdc_unit_no),
        }


def _confirmed_values(session: Session, certificate: Certificate) -> dict[tuple[str, int, str], str]:
    wanted = {("certificate", certificate.id), *(("parcel", parcel.id) for parcel in certificate.parcels)}
    query = select(RegistryValue).where(
        RegistryValue.is_current, RegistryValue.object_id.in_({object_id for _kind, object_id in wanted})
    )
    found = session.scalars(query)
    return {(row.kind, row.object_id, row.field): row.value for row in found if (row.kind, row.object_id) in wanted}


def _batch(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    """The batches of the certificate that have left the office; drafts are nobody else's business."""
    query = (
        select(BatchItem, Batch)
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(BatchItem.certificate_id == certificate.id, Batch.state.in_(OUTSIDE_STATES))
        .order_by(BatchItem.id)
    )
    for item, batch in reader.session.execute(query):
        kinds = reader.session.scalars(select(Feedback.kind).where(Feedback.batch_item_id == item.id))
        yield {
            "batch_no": batch.batch_no,
            "item_code": item.code or "",
            "state": str(ITEM_STATES.get(item.state, item.state)),
            "since": local_time(item.answered_at or batch.state_since).date().isoformat(),
            "feedback": "、".join(str(FEEDBACK_KINDS.get(kind, kind)) for kind in kinds),
        }


def _archive(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    """The file's code, then its papers by their kind; titles may hold names and are not told."""
    file = _file(reader.session, certificate)
    if file is None:
        return
    yield {"archival_code": file.archival_code, "doc_type": "案卷", "pages": ""}
    counted = select(Item.archival_code, Item.doc_type, func.count(Page.id)).outerjoin(Page, Page.item_id == Item.id)
    query = counted.where(Item.archive_file_id == file.id).group_by(Item.id, Item.archival_code, Item.doc_type)
    for code, doc_type, pages in reader.session.execute(query.order_by(Item.item_no)):
        yield {"archival_code": code, "doc_type": reader.doc_types.get(doc_type, doc_type), "pages": str(pages)}


def _findings(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    query = select(Finding).where(Finding.certificate_id == certificate.id, Finding.state.in_(STANDING))
    for found in reader.session.scalars(query.order_by(Finding.severity, Finding.code, Finding.id)):
        yield {
            "code": found.code,
            "severity": str(SEVERITIES.get(found.severity, found.severity)),
            "since": local_time(found.first_seen_at).date().isoformat(),
        }


def _pages(reader: Reader, certificate: Certificate) -> Iterable[Row]:
    """The pages whose image may be opened: none of a classified file, and no classified paper."""
    for page_id, doc_type, page_no in reader.session.execute(shareable_pages(certificate.archive_file_id)):
        yield {"page_id": page_id, "doc_type": reader.doc_types.get(doc_type, doc_type), "page_no": str(page_no)}


def shareable_pages(archive_file_id: int | None) -> Any:
    """Return the query of (page id, kind of document, page number) of a file's pages that may be shown."""
    shown = (
        select(DigitalObject.id)
        .where(DigitalObject.page_id == Page.id, DigitalObject.role == VIEW, DigitalObject.is_current)
        .exists()
    )
    return (
        select(Page.id, Item.doc_type, Page.page_no)
        .join(Item, Item.id == Page.item_id)
        .join(ArchiveFile, ArchiveFile.id == Item.archive_file_id)
        .where(
            ArchiveFile.id == archive_file_id,
            Item.security_class.not_in(CLASSIFIED),
            ArchiveFile.security_class.not_in(CLASSIFIED),
            shown,
        )
        .order_by(Item.item_no, Page.page_no)
    )


def _file(session: Session, certificate: Certificate) -> ArchiveFile | None:
    return session.get(ArchiveFile, certificate.archive_file_id) if certificate.archive_file_id else None


_READERS: Final[dict[str, Callable[[Reader, Certificate], Iterable[Row]]]] = {
    BASIC: _basic,
    HOLDER: _holder,
    ID_MASKED: _id_masked,
    PARCELS: _parcels,
    BOUNDS: _bounds,
    REGISTRY: _registry,
    BATCH: _batch,
    ARCHIVE: _archive,
    FINDINGS: _findings,
    PAGES: _pages,
}
