"""Finding the certificates that a question means, inside the agreement and the actor's divisions; out of them nothing exists."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select, union
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.crypto import Vault
from lindang.errors import Conflict, NotFound
from lindang.i18n import _
from models.digital import Identifier
from models.identifiers import KEYED, canonical_id
from models.numbers import cert_query, comparison_key, parse_title_no, parse_unit_no
from models.register import Certificate, Parcel, RegistryValue
from models.registry_values import CERTIFICATE, PARCEL_CODE
from models.registry_values import PARCEL as PARCEL_KIND
from models.registry_values import TITLE_NO as TITLE
from models.registry_values import UNIT_NO as UNIT
from plugins.sharing.domain.asked import CERT_NO, ID_NO, PARCEL, TITLE_NO, UNIT_NO, VILLAGE, Asked
from plugins.sharing.queries.agencies import Agreement


def find_certificates(
    session: Session, actor: Actor, agreed: Agreement, asked: Asked, *, vault: Vault, page_size: int
) -> tuple[list[Certificate], int]:
    """Return the certificates of the page asked for, by number, and how many there are in all."""
    query = _mine(actor, agreed).where(_meant(asked, vault))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.order_by(Certificate.cert_key, Certificate.id).limit(page_size).offset((asked.page - 1) * page_size)
    return list(session.scalars(page)), total


def certificate_by_number(session: Session, actor: Actor, value: str) -> int:
    """Return the one certificate of the actor's divisions that a number names, in any spelling.

    Raises:
        NotFound: there is none.
        Conflict: the number names several.
    """
    query = select(Certificate.id).where(
        actor.within(Certificate.division_code), ~Certificate.is_withdrawn, number_condition(value.strip())
    )
    found = session.scalars(query.limit(2)).all()
    if not found:
        raise NotFound(_("没有这本林权证"), where="cert_no", remedy=_("请核对证号，要有年份和号码，例如：2010 123。"))
    if len(found) > 1:
        raise Conflict(
            _("这个号码对应不止一本林权证"),
            where="cert_no",
            remedy=_("请写全发证字头，例如：临林证字(2010)第000123号。"),
        )
    return found[0]


def _mine(actor: Actor, agreed: Agreement) -> Select[Certificate]:
    column = Certificate.division_code
    return select(Certificate).where(actor.within(column), agreed.within(column))


def _meant(asked: Asked, vault: Vault) -> ColumnElement[bool]:
    """Return the condition "this certificate is meant"."""
    value = asked.value.strip()
    if asked.kind == CERT_NO:
        return number_condition(value)
    if asked.kind == ID_NO:
        return Certificate.id_no_hash == vault.digest(canonical_id(value))
    if asked.kind == PARCEL:
        return _parcel(asked)
    if asked.kind == UNIT_NO:
        unit = parse_unit_no(value)
        return false() if unit is None else _of_parcels(Parcel.bdc_unit_no == unit.code, UNIT, unit.code)
    if asked.kind == TITLE_NO:
        title = parse_title_no(value)
        return false() if title is None else Certificate.id.in_(_confirmed(CERTIFICATE, TITLE, title.norm))
    return Certificate.division_code == asked.village_code if asked.kind == VILLAGE else false()


def number_condition(value: str) -> ColumnElement[bool]:
    """Return the condition "has this number", in any spelling; where the county's word was left out, a book of that year and number.

    Each way is a look-up in an index of its own, brought together as ids: no database then reads a whole table.
    """
    norm, key = comparison_key(value)
    query = cert_query(value)
    readings = query.readings if query else ()
    keys = {key, *(reading.key for reading in readings if reading.key is not None)}
    ways: list[Select[Any]] = [
        select(Certificate.id).where(Certificate.cert_no_norm == norm),
        select(Certificate.id).where(Certificate.cert_key.in_(keys)),
    ]
    ways += [
        select(Identifier.certificate_id).where(
            Identifier.serial_no == int(reading.number),
            Identifier.kind == CERT_NO,
            Identifier.source == KEYED,
            Identifier.is_current,
            Identifier.certificate_id.is_not(None),
            Identifier.key.endswith(reading.key_tail, autoescape=True),
        )
        for reading in readings
        if reading.key is None and reading.year is not None and _is_figure(reading.number)
    ]
    return Certificate.id.in_(union(*ways))


def _is_figure(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _parcel(asked: Asked) -> ColumnElement[bool]:
    value = asked.value.strip()
    if asked.is_parcel_code:
        return _of_parcels(Parcel.parcel_code == value.upper(), PARCEL_CODE, value.upper())
    standing = select(Parcel.certificate_id).where(~Parcel.is_withdrawn)
    return Certificate.id.in_(standing.where(Parcel.parcel_no == value, Parcel.division_code == asked.village_code))


def _of_parcels(written: ColumnElement[bool], field: str, value: str) -> ColumnElement[bool]:
    """Certificates with a parcel of which this is written, or for which the registry has confirmed this value."""
    standing = select(Parcel.certificate_id).where(~Parcel.is_withdrawn)
    confirmed = standing.where(Parcel.id.in_(_confirmed(PARCEL_KIND, field, value)))
    return Certificate.id.in_(union(standing.where(written), confirmed))


def _confirmed(kind: str, field: str, value: str) -> Select[int]:
    """Return the objects for which the registry has confirmed a value."""
    return select(RegistryValue.object_id).where(
        RegistryValue.kind == kind,
        RegistryValue.field == field,
        RegistryValue.value == value,
        RegistryValue.is_current,
    )
