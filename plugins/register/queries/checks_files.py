"""Set checks of certificates against their archive files and scans: R06 (receipt), R20, R33, R34, R35, R36, R37."""

from __future__ import annotations

import itertools
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from models.archive import ArchiveFile, Item, Page, Waiver
from models.codes import normalise_code
from models.digital import Identifier
from models.hanzi import simplified
from models.identifiers import CERT_NO, OCR
from models.keying import FieldReading
from models.register import ISSUED, UNPRINTED, Certificate, Parcel, RegisterEntry
from plugins.register.domain.columns import BY_KEY, Kind
from plugins.register.domain.rules.land import SIDES
from plugins.register.queries.checks_scope import Placed, Scope, live, live_parcels, of_certificate

BOOK_COPY, RECEIPT, MAP = "D11", "D12", "D06"
CONFIDENT: Final = 80
"""A reading less sure than this is no evidence against a person's keying."""

_BOOK_FIELDS: Final = ("cert_serial", "issuer", "issue_date")
_PAGE_FIELDS: Final = ("area_mu", "place_name", "compartment", "subcompartment", "main_species")


def has_document(doc_type: str) -> ColumnElement[bool]:
    """Return the condition that the certificate's file holds a scanned document of a kind, or two people did without it."""
    scanned = exists().where(
        Item.archive_file_id == Certificate.archive_file_id, Item.doc_type == doc_type, Page.item_id == Item.id
    )
    waived = exists().where(
        Waiver.archive_file_id == Certificate.archive_file_id,
        Waiver.doc_type == doc_type,
        Waiver.approved_at.is_not(None),
    )
    return scanned | waived


def r06_receipt(session: Session, scope: Scope) -> Iterator[Placed]:
    """R06, the file: a certificate handed out has a signed receipt (D12)."""
    query = _filed(scope).where(Certificate.issue_state == ISSUED, ~has_document(RECEIPT))
    for row in session.execute(query):
        yield of_certificate("R06", row.id, row.division_code, {"case": "receipt"}, subject="receipt")


def _filed(scope: Scope) -> Select[*tuple[Any, ...]]:
    query = select(Certificate.id, Certificate.division_code)
    return query.where(live(scope), Certificate.archive_file_id.is_not(None)).order_by(Certificate.id)


def r33_own_file(session: Session, scope: Scope) -> Iterator[Placed]:
    """R33: every certificate has an archive file of its own: a code is written, is known, and is nobody else's."""
    unfiled = list(_unfiled(session, scope))
    holders = _holders(session, {code for _row, code in unfiled if code})
    for row, code in unfiled:
        facts: dict[str, Any] = {"case": "missing"}
        if code:
            facts = {"case": "unknown", "archival_code": code}
        if code in holders:
            facts |= {"case": "shared", "others": [scope.label(*holders[code])]}
        yield of_certificate("R33", row.id, row.division_code, facts)


def _unfiled(session: Session, scope: Scope) -> Iterator[tuple[Any, str]]:
    """Yield each certificate without a file, with the first archival code that its rows name."""
    text = RegisterEntry.cells["archival_code"].as_string()
    query = (
        select(Certificate.id, Certificate.division_code, text.label("code"))
        .outerjoin(Parcel, (Parcel.certificate_id == Certificate.id) & Parcel.is_withdrawn.is_(False))
        .outerjoin(RegisterEntry, (RegisterEntry.parcel_id == Parcel.id) & RegisterEntry.is_current)
        .where(live(scope), Certificate.archive_file_id.is_(None))
        .order_by(Certificate.id, Parcel.id)
    )
    for _key, group in itertools.groupby(session.execute(query), key=lambda row: row.id):
        rows = list(group)
        code = next((normalise_code(row.code) for row in rows if row.code), "")
        yield rows[0], code


_MOST_VALUES: Final = 500


def _holders(session: Session, codes: set[str]) -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    ordered = sorted(codes)
    for start in range(0, len(ordered), _MOST_VALUES):
        query = (
            select(ArchiveFile.archival_code, Certificate.cert_no, Certificate.division_code)
            .join(Certificate, Certificate.archive_file_id == ArchiveFile.id)
            .where(ArchiveFile.archival_code.in_(ordered[start : start + _MOST_VALUES]))
        )
        found |= {code: (cert_no, division) for code, cert_no, division in session.execute(query)}
    return found


def r34_scanned_book(session: Session, scope: Scope) -> Iterator[Placed]:
    """R34: the file holds a scan of the certificate (D11), unless it was never printed."""
    query = _filed(scope).where(Certificate.issue_state != UNPRINTED, ~has_document(BOOK_COPY))
    for row in session.execute(query):
        yield of_certificate("R34", row.id, row.division_code, {})


def r35_read_number(session: Session, scope: Scope) -> Iterator[Placed]:
    """R35: one of the numbers read on the certificate's scan is the number keyed (证档不符)."""
    query = (
        select(Certificate.id, Certificate.division_code, Certificate.cert_no, Certificate.cert_key)
        .add_columns(Identifier.key, Identifier.raw)
        .join(Item, (Item.archive_file_id == Certificate.archive_file_id) & (Item.doc_type == BOOK_COPY))
        .join(Page, Page.item_id == Item.id)
        .join(Identifier, Identifier.page_id == Page.id)
        .where(live(scope), Identifier.kind == CERT_NO, Identifier.source == OCR, Identifier.is_current)
        .where(Identifier.key != "")
        .order_by(Certificate.id, Identifier.id)
    )
    for _key, group in itertools.groupby(session.execute(query), key=lambda row: row.id):
        rows = list(group)
        if all(row.key != row.cert_key for row in rows):
            facts = {"case": "cert_no", "value": rows[0].cert_no, "read": rows[0].raw}
            yield of_certificate("R35", rows[0].id, rows[0].division_code, facts, subject="cert_no")


def r35_read_fields(session: Session, scope: Scope) -> Iterator[Placed]:
    """R35, other columns: what was read with confidence on the certificate's scan is not what was keyed."""
    yield from _against_readings(session, scope, "R35", BOOK_COPY, (*_BOOK_FIELDS, *_PAGE_FIELDS, *SIDES))


def r36_read_map(session: Session, scope: Scope) -> Iterator[Placed]:
    """R36: area and bounds read on the parcel map (D06) are those of one of the certificate's parcels (证地不符)."""
    yield from _against_readings(session, scope, "R36", MAP, ("area_mu", *SIDES))


def _against_readings(
    session: Session, scope: Scope, code: str, doc_type: str, fields: Sequence[str]
) -> Iterator[Placed]:
    readings = _readings(session, scope, doc_type, fields)
    if not readings:
        return
    keyed = _keyed_values(session, scope, fields)
    for (certificate_id, division_code, field), read in sorted(readings.items()):
        values = keyed.get((certificate_id, field), [])
        known = {_level(field, value) for value in values}
        strange = [text for text in read if _level(field, text) not in known]
        if strange and values:
            shown = {"case": "field", "columns": [field], "value": values[0], "read": strange[0]}
            yield of_certificate(code, certificate_id, division_code, shown, subject=field, about=field)


def _readings(
    session: Session, scope: Scope, doc_type: str, fields: Sequence[str]
) -> dict[tuple[int, str, str], list[str]]:
    query = (
        select(Certificate.id, Certificate.division_code, FieldReading.field, FieldReading.value)
        .join(Item, (Item.archive_file_id == Certificate.archive_file_id) & (Item.doc_type == doc_type))
        .join(Page, Page.item_id == Item.id)
        .join(FieldReading, FieldReading.page_id == Page.id)
        .where(live(scope), FieldReading.is_current, FieldReading.field.in_(fields), FieldReading.value != "")
        .where(FieldReading.confidence >= CONFIDENT)
        .order_by(FieldReading.id)
    )
    found: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for certificate_id, division_code, field, value in session.execute(query):
        found[certificate_id, division_code, field].append(value)
    return found


def _keyed_values(session: Session, scope: Scope, fields: Sequence[str]) -> dict[tuple[int, str], list[str]]:
    columns = {field: getattr(Certificate if field in _BOOK_FIELDS else Parcel, field) for field in fields}
    query = (
        select(Certificate.id, *(column.label(field) for field, column in columns.items()))
        .where(live_parcels(scope), Certificate.archive_file_id.is_not(None))
        .order_by(Parcel.id)
    )
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in session.execute(query):
        for field in fields:
            value = getattr(row, field)
            if value not in (None, ""):
                found[row.id, field].append(str(value))
    return found


def _level(field: str, text: str) -> str:
    """Return a value for comparison: numbers by value, days by digits, words without blanks, signs and script."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    kind = BY_KEY[field].kind
    if kind is Kind.AREA:
        try:
            return str(Decimal(plain.removesuffix("亩")).normalize())
        except InvalidOperation:
            return plain
    if kind is Kind.DAY:
        parts = [part for part in "".join(char if char.isdecimal() else " " for char in plain).split() if part]
        return "-".join(part.zfill(2) for part in parts)
    return simplified("".join(char for char in plain if char.isalnum()).removeprefix("至"))


def r20_one_name(session: Session, scope: Scope) -> Iterator[Placed]:
    """R20: the holder is called alike in the register, on the file and on the scans, whatever blanks and script."""
    query = (
        select(
            Certificate.id, Certificate.division_code, Certificate.holder_name, ArchiveFile.holder_name.label("other")
        )
        .join(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id)
        .where(live(scope), ArchiveFile.holder_name != "", ArchiveFile.holder_name != Certificate.holder_name)
        .order_by(Certificate.id)
    )
    for row in session.execute(query):
        if _name(row.holder_name) != _name(row.other):
            facts = {"case": "file", "name": row.holder_name, "other": row.other}
            yield of_certificate("R20", row.id, row.division_code, facts, subject="file")
    yield from _read_names(session, scope)


def _read_names(session: Session, scope: Scope) -> Iterator[Placed]:
    query = (
        select(Certificate.id, Certificate.division_code, Certificate.holder_name, Certificate.co_holders)
        .add_columns(FieldReading.value)
        .join(Item, Item.archive_file_id == Certificate.archive_file_id)
        .join(Page, Page.item_id == Item.id)
        .join(FieldReading, FieldReading.page_id == Page.id)
        .where(live(scope), FieldReading.is_current, FieldReading.field == "holder_name", FieldReading.value != "")
        .where(FieldReading.confidence >= CONFIDENT)
        .order_by(Certificate.id, FieldReading.id)
    )
    for _key, group in itertools.groupby(session.execute(query), key=lambda row: row.id):
        rows = list(group)
        known = {_name(name) for name in (rows[0].holder_name, *rows[0].co_holders)}
        strange = sorted({row.value for row in rows if _name(row.value) not in known})
        if strange:
            facts = {"case": "reading", "name": rows[0].holder_name, "other": strange[0]}
            yield of_certificate("R20", rows[0].id, rows[0].division_code, facts, subject="reading")


def _name(text: str) -> str:
    return simplified("".join(unicodedata.normalize("NFKC", text).split()))


def r37_disputed(session: Session, scope: Scope) -> Iterator[Placed]:
    """R37: the file is marked as disputed; a register of disputes (JF01) is not kept yet."""
    query = _filed(scope).join(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id)
    for row in session.execute(query.where(ArchiveFile.is_disputed)):
        yield of_certificate("R37", row.id, row.division_code, {})


FILE_CHECKS: Final = {
    "R06": (r06_receipt,),
    "R20": (r20_one_name,),
    "R33": (r33_own_file,),
    "R34": (r34_scanned_book,),
    "R35": (r35_read_number, r35_read_fields),
    "R36": (r36_read_map,),
    "R37": (r37_disputed,),
}
