"""Writing the rows by which a number is found: one way for every plugin, so that what is filed and what is typed meet. A
row keeps the number as it was written and the spellings that look-ups need; a personal ID number is kept masked, sealed
and as a keyed digest, never in plain text.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, event, insert, update
from sqlalchemy.orm import Mapper, Session

from models.digital import Identifier, UnsplitIdentifier
from models.number_parts import serial_of
from models.numbers import comparison_key, digits_reversed, normalise_number, parse_title_no, skeleton
from models.persons import mask_id, upgrade_resident_id

if TYPE_CHECKING:
    from lindang.crypto import Vault

KEYED, OCR, CODE = "keyed", "ocr", "code"
"""Sources of an identifier: keyed by a person, read by a machine, made by this archive."""

CERT_NO: Final = "cert_no"
CERT_SERIAL: Final = "cert_serial"
ARCHIVAL_CODE: Final = "archival_code"
APPLICATION_NO: Final = "application_no"
TITLE_CERT_NO: Final = "title_cert_no"
ID_NO: Final = "id_no"


def number_values(kind: str, raw: str) -> dict[str, Any]:
    """Return the columns of a number that is no personal one: as written, and in the spellings that look-ups need."""
    key = _key(kind, raw)
    return {
        "kind": kind,
        "raw": raw[:120],
        "norm": normalise_number(raw)[:120] if kind != CERT_NO else cert_norm(raw),
        "key": key,
        "serial_no": serial_of(key),
        "digits_reversed": digits_reversed(raw)[:80],
        "skeleton": skeleton(raw)[:120],
        "sealed": "",
    }


def id_values(vault: Vault, plain: str) -> dict[str, Any]:
    """Return the columns of a personal ID number: masked, sealed, and findable by its keyed digest alone."""
    return {
        "kind": ID_NO,
        "raw": mask_id(plain)[:120],
        "norm": vault.digest(canonical_id(plain)),
        "key": "",
        "serial_no": None,
        "digits_reversed": "",
        "skeleton": "",
        "sealed": vault.seal(plain),
    }


def number_row(kind: str, raw: str, *, source: str, division_code: str, **links: int | None) -> Identifier:
    """Return the row of a number that is no personal one; `links` are its foreign keys, such as ``item_id=12``."""
    return Identifier(**number_values(kind, raw), source=source, division_code=division_code, **links)


def id_row(vault: Vault, plain: str, *, source: str, division_code: str, **links: int | None) -> Identifier:
    """Return the row of a personal ID number."""
    return Identifier(**id_values(vault, plain), source=source, division_code=division_code, **links)


def cert_norm(raw: str) -> str:
    """Return the normal form of a certificate number, readable or not."""
    return comparison_key(raw)[0]


def cert_key(raw: str) -> str:
    """Return the comparison key of a certificate number; an unreadable one is compared by its normal form."""
    return comparison_key(raw)[1]


def canonical_id(text: str) -> str:
    """Return the spelling of an ID number that is digested: half width, no blanks, old 15-digit numbers upgraded."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return upgrade_resident_id(plain) or plain


def enter_numbers(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write many numbers at once; `rows` have all columns of `number_values` or `id_values` and the links."""
    if not rows:
        return
    made = insert(Identifier.__table__).returning(Identifier.id, Identifier.kind)  # type: ignore[arg-type]
    _await_split(session.connection(), [number_id for number_id, kind in session.execute(made, rows) if kind != ID_NO])


@event.listens_for(Identifier, "after_insert")
def _entered(_mapper: Mapper[Any], connection: Connection, row: Identifier) -> None:
    """Let a number wait for its pieces: in the same transaction, whoever adds it."""
    if row.kind != ID_NO:
        _await_split(connection, [row.id])


def _await_split(connection: Connection, number_ids: list[int]) -> None:
    if number_ids:
        connection.execute(insert(UnsplitIdentifier), [{"identifier_id": one} for one in number_ids])


def retire(session: Session, kind: str, **links: int) -> None:
    """Mark the current rows of one kind of one object as former: they stay, and are no longer the answer."""
    conditions = [getattr(Identifier, name) == value for name, value in links.items()]
    session.execute(
        update(Identifier).where(Identifier.kind == kind, Identifier.is_current, *conditions).values(is_current=False)
    )


def _key(kind: str, raw: str) -> str:
    if kind == CERT_NO:
        return cert_key(raw)
    title = parse_title_no(raw) if kind == TITLE_CERT_NO else None
    return title.key[:80] if title else ""
