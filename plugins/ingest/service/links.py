"""Linking scans with the register: by the certificate number that the pages of a file agree on, and the register knows.

A number is believed when it has the pattern, wins the vote of the file's pages and stands in the register of the county.
A number that one page alone names clearly needs a second witness: the certificate's holder is named in the file too.
An existing link is never changed here: a scan that contradicts it is a finding for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Item, Page
from models.digital import Identifier, PageText
from models.events import CertificatesSaved
from models.identifiers import CERT_NO, OCR, cert_key
from models.register import Certificate
from plugins.ingest.domain.fields import NumberVote, find_numbers, names_someone, verdict, with_opinion
from plugins.ingest.domain.record import ScanRecord, TextRecord
from plugins.ingest.tools import settings_of


def archive_file_named_in(uow: UnitOfWork, division_code: str, record: ScanRecord) -> ArchiveFile | None:
    """Return the 案卷 of the certificate that a parsed file's text names for sure, inside its county."""
    words = settings_of(uow.host).cert_words
    texts = [page.text for page in record.pages if page.text is not None]
    votes = [votes_of(text, words) for text in texts]
    certificate = _believed(uow, division_code, votes, lambda: (text.text for text in texts))
    if certificate is None or certificate.archive_file_id is None:
        return None
    return uow.session.get(ArchiveFile, certificate.archive_file_id)


def votes_of(text: TextRecord, cert_words: Collection[str]) -> list[NumberVote]:
    """Return what a page's text says of certificate numbers, as far as a second engine does not contradict it."""
    found = find_numbers(text.text, text.words, cert_words)
    numbers = (with_opinion(number, text.opinions) for number in found if number.kind == CERT_NO)
    return [NumberVote(number.key, number.repaired, number.confidence) for number in numbers]


def _believed(
    uow: UnitOfWork, division_code: str, votes: Sequence[Sequence[NumberVote]], texts: Callable[[], Iterable[str]]
) -> Certificate | None:
    """Return the certificate that pages name for sure; ``texts`` are only looked through when one page alone names it."""
    said = verdict(votes, settings_of(uow.host).sure_confidence)
    certificate = certificate_with(uow, division_code, said.key) if said else None
    if said is None or certificate is None or said.is_voted:
        return certificate
    names = (certificate.holder_name, *certificate.co_holders)
    return certificate if names_someone(texts(), names) else None


def certificate_with(uow: UnitOfWork, division_code: str, key: str) -> Certificate | None:
    """Return the one certificate of the county with this key; None when there is none, or more than one."""
    query = select(Certificate).where(
        Certificate.county_code == division_code[:6],
        Certificate.cert_key == key,
        uow.actor.within(Certificate.division_code),
    )
    found = uow.session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def link_file(uow: UnitOfWork, archive_file_id: int) -> None:
    """Link a 案卷 with the certificate that its pages name for sure, unless either has its counterpart already."""
    archive_file = uow.session.get_one(ArchiveFile, archive_file_id)
    votes = _votes(uow, archive_file_id)
    certificate = _believed(uow, archive_file.division_code, votes, lambda: _words_of(uow, archive_file))
    if certificate is None:
        return
    uow.session.execute(
        update(Identifier)
        .where(
            Identifier.archive_file_id == archive_file_id,
            Identifier.kind == CERT_NO,
            Identifier.source == OCR,
            Identifier.key == certificate.cert_key,
            Identifier.certificate_id.is_(None),
        )
        .values(certificate_id=certificate.id)
    )
    taken = uow.session.scalar(select(Certificate.id).where(Certificate.archive_file_id == archive_file_id))
    if certificate.archive_file_id is None and taken is None:
        _link(uow, certificate, archive_file)


def named_certificates(session: Session, certificate_ids: Sequence[int]) -> list[int]:
    """Return which of the certificates have no 案卷 yet and are named on some scan: few of a county that was imported."""
    named = exists().where(
        Identifier.key == Certificate.cert_key,
        Identifier.kind == CERT_NO,
        Identifier.source == OCR,
        Identifier.is_current,
        Identifier.archive_file_id.is_not(None),
    )
    query = select(Certificate.id).where(
        Certificate.id.in_(certificate_ids), Certificate.archive_file_id.is_(None), named
    )
    return list(session.scalars(query.order_by(Certificate.id)))


def link_certificate(uow: UnitOfWork, certificate_id: int) -> None:
    """Link a certificate that has just been keyed with the 案卷 whose pages name it."""
    certificate = uow.session.get(Certificate, certificate_id)
    if certificate is None or certificate.archive_file_id is not None:
        return
    named_in = (
        select(Identifier.archive_file_id)
        .where(
            Identifier.kind == CERT_NO,
            Identifier.source == OCR,
            Identifier.is_current,
            Identifier.key == certificate.cert_key,
            Identifier.division_code.startswith(certificate.county_code),
            Identifier.archive_file_id.is_not(None),
        )
        .distinct()
    )
    for archive_file_id in uow.session.scalars(named_in).all():
        link_file(uow, archive_file_id or 0)


def _words_of(uow: UnitOfWork, archive_file: ArchiveFile) -> Iterator[str]:
    """Yield what the file says: its holder's name as the folder has it, and the text of its pages."""
    yield archive_file.holder_name
    query = (
        select(PageText.text)
        .join(Page, Page.id == PageText.page_id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.archive_file_id == archive_file.id, PageText.is_current)
    )
    yield from uow.session.scalars(query)


def _votes(uow: UnitOfWork, archive_file_id: int) -> list[list[NumberVote]]:
    query = select(Identifier.page_id, Identifier.key, Identifier.raw, Identifier.confidence).where(
        Identifier.archive_file_id == archive_file_id,
        Identifier.kind == CERT_NO,
        Identifier.source == OCR,
        Identifier.is_current,
    )
    pages: dict[int | None, list[NumberVote]] = defaultdict(list)
    for page_id, key, raw, confidence in uow.session.execute(query):
        pages[page_id].append(NumberVote(key, cert_key(raw) != key, confidence))
    return list(pages.values())


def _link(uow: UnitOfWork, certificate: Certificate, archive_file: ArchiveFile) -> None:
    certificate.archive_file_id = archive_file.id
    if not archive_file.holder_name:
        archive_file.holder_name = certificate.holder_name
    uow.session.flush()
    facts = {"archive_file": archive_file.id, "found_by": "scan", "cert_no": certificate.cert_no}
    uow.journal("certificate.linked", f"certificate:{certificate.id}", division=certificate.division_code, **facts)
    saved = CertificatesSaved(
        certificate_ids=(certificate.id,), archive_file_ids=(archive_file.id,), division_code=certificate.division_code
    )
    uow.emit(saved)
