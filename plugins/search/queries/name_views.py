"""What was found by name or place as it is shown: the words of the register itself, with certificate, village and file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile
from models.register import Certificate, Parcel
from models.search_names import SearchTerm
from plugins.search.domain.names import Why
from plugins.search.queries.hits import division_paths
from plugins.search.queries.register_names import NameHit
from plugins.search.queries.term_rows import holder_names, term_text


@dataclass(frozen=True, slots=True)
class NameView:
    """A hit as shown.

    Attributes:
        why: The way in which it was found.
        kind: ``holder`` (found by a holder's name), ``parcel`` (by where it lies) or ``certificate`` (by its village).
        object_id: Of the parcel for a parcel, else of the certificate.
        found: The name or place as it is written, the village's path for a village.
        certificate_id: Whose it is.
        cert_no: Its number as it is written.
        holder: Its holder.
        parcel_no: 宗地号 of a parcel.
        place: The names from county to village.
        archive_file_id: Its 案卷, if it has one.
        archival_code: The 案卷's code.
    """

    why: Why
    kind: str
    object_id: int
    found: str
    certificate_id: int
    cert_no: str
    holder: str
    parcel_no: str
    place: str
    archive_file_id: int | None
    archival_code: str


def show_names(session: Session, actor: Actor, hits: Sequence[NameHit]) -> list[NameView]:
    """Return the hits as they are shown, in order; without what the register no longer says."""
    certificates = _certificates(session, actor, {hit.certificate_id for hit in hits})
    parcels = _by_id(
        session,
        select(Parcel.id, Parcel.certificate_id, Parcel.parcel_no, Parcel.place_name, Parcel.location).where(
            Parcel.id.in_({hit.parcel_id for hit in hits}), ~Parcel.is_withdrawn, actor.within(Parcel.division_code)
        ),
    )
    terms = _by_id(
        session,
        select(SearchTerm.id, SearchTerm.text).where(SearchTerm.id.in_({hit.term_id for hit in hits})),
    )
    places = division_paths(session, {row.division_code for row in certificates.values()})
    views = []
    for hit in hits:
        certificate, parcel = certificates.get(hit.certificate_id), parcels.get(hit.parcel_id)
        if certificate is None or (hit.parcel_id and parcel is None):
            continue
        place = places.get(certificate.division_code, "")
        found = place if hit.why is Why.VILLAGE else _written(terms.get(hit.term_id), certificate, parcel)
        if found:
            views.append(_view(hit, found, certificate, parcel, place))
    return views


def _by_id(session: Session, query: Any) -> dict[int, Any]:
    return {row.id: row for row in session.execute(query)}


def _certificates(session: Session, actor: Actor, ids: Iterable[int]) -> dict[int, Any]:
    query = select(
        Certificate.id,
        Certificate.cert_no,
        Certificate.holder_name,
        Certificate.co_holders,
        Certificate.division_code,
        ArchiveFile.id.label("archive_file_id"),
        ArchiveFile.archival_code,
    ).outerjoin(
        ArchiveFile,
        (ArchiveFile.id == Certificate.archive_file_id) & actor.within(ArchiveFile.division_code),
    )
    mine = (Certificate.id.in_(ids), ~Certificate.is_withdrawn, actor.within(Certificate.division_code))
    return _by_id(session, query.where(*mine))


def _written(term: Any, certificate: Any, parcel: Any) -> str:
    """Return the words of the register that the term stands for; nothing when they have changed since."""
    if parcel is None:
        words = holder_names(certificate.holder_name, certificate.co_holders)
    else:
        words = (parcel.place_name, parcel.location)
    return next((word for word in words if term is not None and term_text(word) == term.text), "")


def _view(hit: NameHit, found: str, certificate: Any, parcel: Any, place: str) -> NameView:
    return NameView(
        why=hit.why,
        kind="parcel" if parcel else "certificate" if hit.why is Why.VILLAGE else "holder",
        object_id=parcel.id if parcel else certificate.id,
        found=found,
        certificate_id=certificate.id,
        cert_no=certificate.cert_no,
        holder=certificate.holder_name,
        parcel_no=parcel.parcel_no if parcel else "",
        place=place,
        archive_file_id=certificate.archive_file_id,
        archival_code=certificate.archival_code or "",
    )
