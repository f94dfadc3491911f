"""Certified excerpts (林权登记信息查询证明): the office gives one out in two steps, so that no number is lost and nothing slow happens
inside a transaction. The first takes the number and fixes what is told; the second draws the paper from that, and archives it.
Whatever dies in between, the paper is made later from the same content, with the same bytes.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select

from lindang.errors import Conflict, Fault, Faults, NotFound
from lindang.fonts import find_font
from lindang.host import Host
from lindang.i18n import _, official
from lindang.ports import Blob
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, Item
from models.digital import MASTER, DigitalObject
from models.events import ArchiveFileSaved, ItemFiled
from models.identifiers import ARCHIVAL_CODE, CODE, number_row
from models.numbering import fonds_of, next_file_code, next_item_code, next_number
from models.persons import mask_personal_in
from models.place import ORG_FORESTRY, Org
from models.register import Certificate
from models.sharing import SharingAgency, SharingExcerpt
from plugins.sharing.documents import pdf_excerpt
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.groups import PAGES
from plugins.sharing.domain.papers import ExcerptPaper, content_digest, excerpt_number, file_mark, proof_code
from plugins.sharing.permissions import EXCERPT_ISSUE
from plugins.sharing.queries.agencies import agreement, find_agency
from plugins.sharing.service.asking import tell

MAKE_JOB: Final = "sharing.make_excerpt"
COUNTER: Final = "sharing_excerpt:"
_SHORTEST: Final = 2


def issue_excerpt(uow: UnitOfWork, certificate_id: int, agency_id: int, purpose: str, basis: str) -> SharingExcerpt:
    """Take the next number and fix what the excerpt tells: the groups agreed on with the agency, as they stand now.

    Raises:
        NotFound: certificate or agency is not in the actor's scope, or the certificate not within the agreement.
        Conflict: the agreement is not in force, or no fonds keeps the county's records.
        Faults: reason or ground is missing.
    """
    uow.actor.require(EXCERPT_ISSUE)
    _refuse_words(purpose, basis)
    agreed = agreement(uow.session, find_agency(uow.session, uow.actor, agency_id))
    if obstacle := agreed.obstacle(office_day(uow.now)):
        raise Conflict(obstacle, remedy=_("协议有效时才能出具证明。"))
    column = Certificate.division_code
    query = select(Certificate).where(Certificate.id == certificate_id, uow.actor.within(column), agreed.within(column))
    certificate = uow.session.scalar(query)
    if certificate is None:
        raise NotFound(_("没有这本林权证，或它不在协议约定的区划内"), remedy=_("请核对证号和共享单位。"))
    if fonds_of(uow.session, certificate.county_code) is None:
        raise Conflict(_("这个县还没有全宗，证明不能归档"), remedy=_("请先在“全宗”页登记本单位的全宗号。"))
    groups = [group for group in agreed.groups if group != PAGES]
    with official():
        told = tell(uow.host, uow.session, uow.actor, [certificate], groups)[0]
    content = {section.group: {"rows": list(section.rows), "note": section.note} for section in told.sections}
    return _number(
        uow, certificate, agreed.id, content, mask_personal_in(purpose.strip()), mask_personal_in(basis.strip())
    )


def _refuse_words(purpose: str, basis: str) -> None:
    named = (("purpose", _("事由"), purpose), ("basis", _("依据"), basis))
    faults = [
        Fault(name, _("请写明%(what)s", what=words)) for name, words, text in named if len(text.strip()) < _SHORTEST
    ]
    if faults:
        raise Faults(_("证明没有出具"), faults)


def _number(
    uow: UnitOfWork, certificate: Certificate, agency_id: int, content: dict[str, Any], *words: str
) -> SharingExcerpt:
    year = office_day(uow.now).year
    number = next_number(uow, f"{COUNTER}{certificate.county_code}-{year}")
    excerpt_no, digest = excerpt_number(certificate.county_code, year, number), content_digest(content)
    code = proof_code(uow.host.vault.digest, excerpt_no, digest)
    row = SharingExcerpt(
        excerpt_no=excerpt_no,
        agency_id=agency_id,
        certificate_id=certificate.id,
        division_code=certificate.division_code,
        purpose=words[0][:200],
        basis=words[1][:200],
        content=content,
        content_sha256=digest,
        code=code,
        file_mark=file_mark(code),
        issued_at=uow.now,
        issued_by=uow.actor.name,
        issued_by_id=uow.actor.account_id,
    )
    uow.session.add(row)
    uow.session.flush()
    facts = {"excerpt_no": excerpt_no, "certificate": certificate.id, "agency": agency_id, "fields": sorted(content)}
    uow.journal("sharing.excerpt_issued", f"sharing_excerpt:{row.id}", division=row.division_code, **facts)
    uow.enqueue(MAKE_JOB, str(row.id), division=row.division_code, label=excerpt_no)
    return row


def make_excerpt(host: Host, excerpt_id: int) -> SharingExcerpt:
    """Draw the paper of an excerpt and archive it; one that is made already is returned as it is.

    Raises:
        Unavailable: no Chinese font is installed; the number stays, and the paper is made later.
    """
    with host.view() as session:
        row = session.get_one(SharingExcerpt, excerpt_id)
        paper = _paper(host, session, row)
    if row.sha256:
        return row
    font = find_font(host.settings.plugin("sharing").pdf_font, section="sharing")
    blob = host.storage.put_bytes(pdf_excerpt(paper, font))
    with host.uow(host.system_actor()) as uow:
        locked = uow.session.get_one(SharingExcerpt, excerpt_id, with_for_update=True)
        if not locked.sha256:
            _archive(uow, locked, blob)
    return locked


def _paper(host: Host, session: Any, row: SharingExcerpt) -> ExcerptPaper:
    agency = session.get_one(SharingAgency, row.agency_id)
    county = row.division_code[:6]
    query = select(Org.name).where(Org.kind == ORG_FORESTRY, Org.division_code == county, Org.is_active)
    return ExcerptPaper(
        excerpt_no=row.excerpt_no,
        office=session.scalar(query.order_by(Org.id).limit(1)) or host.settings.host.office_name,
        agency=session.get_one(Org, agency.org_id).name,
        purpose=row.purpose,
        basis=row.basis,
        content=row.content,
        code=row.code,
        issued_at=row.issued_at,
        issued_on=office_day(row.issued_at),
    )


def _archive(uow: UnitOfWork, row: SharingExcerpt, blob: Blob) -> None:
    """Make the paper a 件 of the year's file of excerpts."""
    file = _file_of_year(uow, row.division_code[:6], office_day(row.issued_at).year)
    code = next_item_code(uow, file)
    item = Item(
        archive_file_id=file.id,
        archival_code=code.code,
        item_no=code.number,
        division_code=file.division_code,
        title=f"林权登记信息查询证明 {row.excerpt_no}",
        author=uow.host.settings.host.office_name,
        doc_no=row.excerpt_no,
        doc_date=office_day(row.issued_at),
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(item)
    uow.session.flush()
    _enter_code(uow, code.code, file, item_id=item.id)
    uow.session.add(
        DigitalObject(
            item_id=item.id,
            role=MASTER,
            format="PDF",
            media_type="application/pdf",
            bytes=blob.bytes,
            sha256=blob.sha256,
            tool="lindang",
            source_name=f"{row.excerpt_no}.pdf",
            made_at=uow.now,
            made_by=uow.actor.name,
        )
    )
    row.item_id, row.sha256, row.bytes = item.id, blob.sha256, blob.bytes
    facts = {"excerpt_no": row.excerpt_no, "item": item.archival_code, "sha256": blob.sha256}
    uow.journal("sharing.excerpt_archived", f"sharing_excerpt:{row.id}", division=row.division_code, **facts)
    uow.emit(ItemFiled(item_id=item.id, archive_file_id=file.id, division_code=file.division_code))


def _file_of_year(uow: UnitOfWork, county_code: str, year: int) -> ArchiveFile:
    """Return the 案卷 of a county's excerpts of one year, opening it for the first of them."""
    folder = f"sharing-excerpts-{year}"
    known = select(ArchiveFile).where(ArchiveFile.division_code == county_code, ArchiveFile.folder_name == folder)
    found = uow.session.scalar(known)
    if found is not None:
        return found
    settings = uow.host.settings.plugin("sharing")
    fonds = fonds_of(uow.session, county_code)
    if fonds is None:
        raise Conflict(_("这个县还没有全宗，证明不能归档"), remedy=_("请先在“全宗”页登记本单位的全宗号。"))
    place = {"class_code": settings.excerpt_class, "division_code": county_code, "year": year}
    place["retention"] = settings.excerpt_retention
    parts = next_file_code(uow, fonds=fonds.code, **place)
    file = ArchiveFile(
        archival_code=parts.code,
        fonds_code=fonds.code,
        file_no=parts.number,
        title=f"{year}年林权登记信息查询证明",
        folder_name=folder,
        created_at=uow.now,
        created_by=uow.actor.name,
        **place,
    )
    uow.session.add(file)
    uow.session.flush()
    _enter_code(uow, parts.code, file)
    uow.journal("archive_file.opened", f"archive_file:{file.id}", division=county_code, code=file.archival_code)
    uow.emit(ArchiveFileSaved(archive_file_id=file.id, division_code=county_code))
    return file


def _enter_code(uow: UnitOfWork, code: str, file: ArchiveFile, **links: int) -> None:
    links["archive_file_id"] = file.id
    uow.session.add(number_row(ARCHIVAL_CODE, code, source=CODE, division_code=file.division_code, **links))
