"""林权证 and 宗地: keying and editing what stands on the paper, as it stands. Numbers are entered so that any spelling finds
them; an ID number goes into the vault at once and leaves it only with a reason, on record. What an edit replaces stays in
the journal (and a former number stays an identifier, marked as former).

Source: 《林权证登记信息入库数字化表》 as derived in the domain reference, sections 2.3 to 2.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from lindang.errors import BadInput, Conflict, Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.digital import Identifier
from models.entries import FORM, EntryDraft, code_labels, current_cells, texts_of, write_entries
from models.events import CertificatesSaved
from models.identifiers import (
    APPLICATION_NO,
    CERT_NO,
    CERT_SERIAL,
    ID_NO,
    KEYED,
    canonical_id,
    cert_key,
    cert_norm,
    id_row,
    number_row,
    retire,
)
from models.issue_states import IssueState, Move, move
from models.persons import mask_id, mask_personal_in
from models.reference import CodeEntry
from models.register import Certificate, Parcel
from plugins.catalogue.domain.entry import (
    CertificateEntry,
    Codes,
    EntryFaults,
    ParcelEntry,
    check_certificate,
    check_parcel,
)
from plugins.catalogue.service.finding import change, find_certificate, find_file, find_parcel, today
from plugins.catalogue.words import entry_fault

_NUMBERS = {CERT_NO: "cert_no", CERT_SERIAL: "cert_serial", APPLICATION_NO: "application_no"}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the clerk stands for: the paper says so; the paper really repeats a number."""

    as_written: bool = False
    duplicate: bool = False


NOTHING_CONFIRMED = Confirmation()


def key_certificate(
    uow: UnitOfWork, file_id: int, raw: Mapping[str, str], confirmation: Confirmation = NOTHING_CONFIRMED
) -> Certificate:
    """Key the certificate of a 案卷, one to one.

    Args:
        uow: the unit of work.
        file_id: the file that holds the certificate's papers.
        raw: form field to text.
        confirmation: what the clerk confirms.

    Raises:
        Faults: every fault of the form at once, a number that exists already among them.
        Conflict: the file has its certificate.
    """
    file = find_file(uow, file_id)
    if uow.session.scalar(select(Certificate.id).where(Certificate.archive_file_id == file.id)) is not None:
        raise Conflict(_("这个案卷已录入林权证，一卷对应一本证"), remedy=_("请打开已有的林权证修改。"))
    entry = _checked(uow, raw, confirmation, known_id_no=False)
    certificate = Certificate(
        division_code=file.division_code,
        county_code=file.division_code[:6],
        archive_file_id=file.id,
        created_at=uow.now,
        created_by=uow.actor.name,
        **_values(entry),
    )
    certificate.duplicate_no = _duplicate_no(uow, certificate, confirmation)
    _take_id_no(uow, certificate, entry)
    uow.session.add(certificate)
    uow.session.flush()
    for kind in _NUMBERS:
        _enter_number(uow, certificate, kind)
    _enter_id_no(uow, certificate, entry)
    if not file.holder_name:
        file.holder_name = certificate.holder_name
    _saved(uow, certificate, "certificate.keyed", cert_no=certificate.cert_no, as_written=confirmation.as_written)
    return certificate


def edit_certificate(
    uow: UnitOfWork,
    certificate_id: int,
    raw: Mapping[str, str],
    confirmation: Confirmation = NOTHING_CONFIRMED,
    *,
    version: int,
) -> Certificate:
    """Edit a certificate; an empty ID number leaves the stored one.

    Raises:
        StaleVersion: somebody saved in between.
        Faults: every fault of the form at once; a state that goes back among them.
    """
    certificate = find_certificate(uow, certificate_id, version)
    entry = _checked(uow, raw, confirmation, known_id_no=bool(certificate.id_no_enc))
    _refuse_move(certificate, entry)
    changed = change(certificate, _values(entry))
    if "cert_key" in changed:
        with uow.session.no_autoflush:
            certificate.duplicate_no = _duplicate_no(uow, certificate, confirmation)
    if _take_id_no(uow, certificate, entry):
        changed["id_no"] = [True, True]  # that it changed is on record, the number is not
        retire(uow.session, ID_NO, certificate_id=certificate.id)
        _enter_id_no(uow, certificate, entry)
    for kind, column in _NUMBERS.items():
        if column in changed:
            retire(uow.session, kind, certificate_id=certificate.id)
            _enter_number(uow, certificate, kind)
    if changed:
        _saved(uow, certificate, "certificate.edited", changed=changed)
        _write_rows(uow, certificate, [parcel for parcel in certificate.parcels if not parcel.is_withdrawn])
    return certificate


def _checked(
    uow: UnitOfWork, raw: Mapping[str, str], confirmation: Confirmation, *, known_id_no: bool
) -> CertificateEntry:
    try:
        return check_certificate(
            raw, _codes(uow), today=today(uow), confirmed=confirmation.as_written, known_id_no=known_id_no
        )
    except EntryFaults as error:
        raise Faults(_("林权证没有保存"), map(entry_fault, error.faults)) from error


def _codes(uow: UnitOfWork) -> Codes:
    lists: dict[str, set[str]] = {}
    for name, code in uow.session.execute(select(CodeEntry.list_name, CodeEntry.code).where(CodeEntry.is_current)):
        lists.setdefault(name, set()).add(code)
    return {name: frozenset(codes) for name, codes in lists.items()}


def _values(entry: CertificateEntry) -> dict[str, Any]:
    return {
        "cert_no": entry.cert_no,
        "cert_no_norm": cert_norm(entry.cert_no),
        "cert_key": cert_key(entry.cert_no),
        "issue_state": entry.issue_state.value,
        "issue_date": entry.issue_date,
        "holder_name": entry.holder_name,
        "co_holders": list(entry.co_holders),
        **entry.texts,
        **entry.codes,
    }


def _duplicate_no(uow: UnitOfWork, certificate: Certificate, confirmation: Confirmation) -> int:
    """Return 0, or the next number among certificates that really carry the same 证号 (重号)."""
    same = (
        select(func.max(Certificate.duplicate_no))
        .where(Certificate.county_code == certificate.county_code, Certificate.cert_key == certificate.cert_key)
        .where(Certificate.id != (certificate.id or 0))
    )
    last = uow.session.scalar(same)
    if last is None:
        return 0
    if not confirmation.duplicate:
        raise Faults(
            _("林权证没有保存"),
            [Fault("cert_no", _("本县已有同号的林权证"), _("请核对；纸质证书确有重号，请勾选“确有重号”。"))],
        )
    return last + 1


def _refuse_move(certificate: Certificate, entry: CertificateEntry) -> None:
    """A name typed into a form is no second person: going back is asked for, and granted by another account."""
    if move(IssueState(certificate.issue_state), entry.issue_state) is Move.BACKWARD:
        fault = Fault("issue_state", _("证书状态往回改，须另一人批准"), _("请在本证页面的“证书状态”里提出申请。"))
        raise Faults(_("林权证没有保存"), [fault])


def _take_id_no(uow: UnitOfWork, certificate: Certificate, entry: CertificateEntry) -> bool:
    """Put a keyed ID number into the vault; returns whether it differs from the stored one."""
    if not entry.id_no:
        return False
    vault = uow.host.vault
    digest = vault.digest(canonical_id(entry.id_no))
    if certificate.id_no_hash == digest and certificate.id_no_masked == mask_id(entry.id_no):
        return False
    certificate.id_no_enc = vault.seal(entry.id_no)
    certificate.id_no_hash = digest
    certificate.id_no_masked = mask_id(entry.id_no)
    return True


def _enter_number(uow: UnitOfWork, certificate: Certificate, kind: str) -> None:
    text = getattr(certificate, _NUMBERS[kind])
    if text:
        links = _links(certificate)
        row = number_row(kind, text, source=KEYED, division_code=certificate.division_code, **links)
        uow.session.add(row)


def _enter_id_no(uow: UnitOfWork, certificate: Certificate, entry: CertificateEntry) -> None:
    if entry.id_no:
        row: Identifier = id_row(
            uow.host.vault,
            entry.id_no,
            source=KEYED,
            division_code=certificate.division_code,
            **_links(certificate),
        )
        uow.session.add(row)


def _links(certificate: Certificate) -> dict[str, int | None]:
    return {"certificate_id": certificate.id, "archive_file_id": certificate.archive_file_id}


def add_parcel(uow: UnitOfWork, certificate_id: int, raw: Mapping[str, str]) -> Parcel:
    """Key one more parcel of a certificate. Raises Faults with every fault at once."""
    certificate = find_certificate(uow, certificate_id)
    entry = _checked_parcel(uow, raw)
    _refuse_repeated(certificate, entry.texts["parcel_no"], None)
    parcel = Parcel(
        certificate=certificate,
        division_code=certificate.division_code,
        seq=1 + max((each.seq for each in certificate.parcels), default=0),
        created_at=uow.now,
        created_by=uow.actor.name,
        **_parcel_values(entry),
    )
    uow.session.add(parcel)
    uow.session.flush()
    _parcel_saved(uow, certificate, parcel, "parcel.keyed", parcel_no=parcel.parcel_no)
    return parcel


def edit_parcel(uow: UnitOfWork, parcel_id: int, raw: Mapping[str, str], *, version: int) -> Parcel:
    """Edit a parcel. Raises StaleVersion, or Faults with every fault at once."""
    parcel = find_parcel(uow, parcel_id, version)
    entry = _checked_parcel(uow, raw)
    _refuse_repeated(parcel.certificate, entry.texts["parcel_no"], parcel.id)
    changed = change(parcel, _parcel_values(entry))
    if changed:
        _parcel_saved(uow, parcel.certificate, parcel, "parcel.edited", changed=changed)
    return parcel


def _checked_parcel(uow: UnitOfWork, raw: Mapping[str, str]) -> ParcelEntry:
    try:
        return check_parcel(raw, _codes(uow), today=today(uow))
    except EntryFaults as error:
        raise Faults(_("宗地没有保存"), map(entry_fault, error.faults)) from error


def _parcel_values(entry: ParcelEntry) -> dict[str, Any]:
    return {
        "area_mu": entry.area_mu,
        "area_as_written": entry.area_as_written,
        "tree_count": entry.tree_count,
        "plant_year": entry.plant_year,
        "term_years": entry.term_years,
        "term_start": entry.term_start,
        "term_end": entry.term_end.day,
        "is_term_open": entry.term_end.is_open,
        **entry.texts,
        **entry.codes,
    }


def _refuse_repeated(certificate: Certificate, parcel_no: str, own_id: int | None) -> None:
    if any(each.parcel_no == parcel_no and each.id != own_id for each in certificate.parcels):
        fault = Fault("parcel_no", _("这本证已有宗地号 %(no)s", no=parcel_no), _("请核对证书页。"))
        raise Faults(_("宗地没有保存"), [fault])


def reveal_id_no(uow: UnitOfWork, certificate_id: int, reason: str) -> str:
    """Return the full ID number; who looked, at whose and why goes on record in the transaction that reads it.

    The only way to a whole number for persons; it is to be shown after the COMMIT.

    Raises:
        BadInput: no reason was given.
        Conflict: no number is stored.
    """
    certificate = find_certificate(uow, certificate_id)
    if not reason.strip():
        raise BadInput(_("请写明查看证件号码的事由"), where="reason")
    if not certificate.id_no_enc:
        raise Conflict(_("这本证没有录入证件号码"))
    uow.journal(
        "certificate.id_revealed",
        f"certificate:{certificate.id}",
        division=certificate.division_code,
        cert_no=certificate.cert_no,
        mask=certificate.id_no_masked,
        reason=mask_personal_in(reason.strip()),
    )
    return uow.host.vault.open(certificate.id_no_enc)


def _parcel_saved(uow: UnitOfWork, certificate: Certificate, parcel: Parcel, action: str, **facts: Any) -> None:
    uow.session.flush()
    uow.journal(action, f"certificate:{certificate.id}", division=parcel.division_code, parcel=parcel.id, **facts)
    _write_rows(uow, certificate, [parcel])
    _emit(uow, certificate)


def _write_rows(uow: UnitOfWork, certificate: Certificate, parcels: Iterable[Parcel]) -> None:
    """Write the rows of the village's sheet anew: what was keyed by form is a row version like any other."""
    labels = code_labels(uow.session)
    drafts = []
    for parcel in parcels:
        before = current_cells(uow.session, parcel.id)
        cells = {**before, **texts_of(certificate, parcel, labels)}
        changed = {key: FORM for key, text in cells.items() if before.get(key, "") != text}
        if changed:
            drafts.append(EntryDraft(parcel_id=parcel.id, cells=cells, changed=changed))
    if drafts:
        write_entries(uow, certificate.division_code, drafts)


def _saved(uow: UnitOfWork, certificate: Certificate, action: str, **facts: Any) -> None:
    uow.session.flush()
    uow.journal(action, f"certificate:{certificate.id}", division=certificate.division_code, **facts)
    _emit(uow, certificate)


def _emit(uow: UnitOfWork, certificate: Certificate) -> None:
    file_ids = (certificate.archive_file_id,) if certificate.archive_file_id else ()
    uow.emit(
        CertificatesSaved(
            certificate_ids=(certificate.id,), archive_file_ids=file_ids, division_code=certificate.division_code
        )
    )
