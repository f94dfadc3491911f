"""Finding the certificates that a question means, inside the agreement and the actor's divisions; out of them nothing exists."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.crypto import Vault
from lindang.errors import Conflict, NotFound
from lindang.i18n import _
from models.identifiers import canonical_id
from models.numbers import cert_query, comparison_key, parse_title_no, parse_unit_no
from models.register import Certificate, Parcel, RegistryValue
from plugins.sharing.domain.asked import CERT_NO, ID_NO, PARCEL, TITLE_NO, UNIT_NO, VILLAGE, Asked
from plugins.sharing.queries.agencies import Agreement

_PARCEL_CODE: Final = "parcel_code"


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
        return false() if unit is None else _unit_number(unit.code)
    if asked.kind == TITLE_NO:
        title = parse_title_no(value)
        return false() if title is None else Certificate.id.in_(_confirmed("certificate", "title_cert_no", title.norm))
    return Certificate.division_code == asked.village_code if asked.kind == VILLAGE else false()


def number_condition(value: str) -> ColumnElement[bool]:
    """Return the condition "has this number", in any spelling; where the county's word was left out, a book of that year and number."""
    ways: list[ColumnElement[bool]] = [Certificate.cert_no_norm == comparison_key(value)[0]]
    query = cert_query(value)
    for reading in query.readings if query else ():
        if reading.key is not None:
            ways.append(Certificate.cert_key == reading.key)
        elif reading.year is not None:
            ways.append(Certificate.cert_key.endswith(reading.key_tail, autoescape=True))
    return or_(*ways)


def _parcel(asked: Asked) -> ColumnElement[bool]:
    value = asked.value.strip()
    standing = select(Parcel.certificate_id).where(~Parcel.is_withdrawn)
    if not asked.is_parcel_code:
        return Certificate.id.in_(standing.where(Parcel.parcel_no == value, Parcel.division_code == asked.village_code))
    code = value.upper()
    return Certificate.id.in_(
        standing.where(or_(Parcel.parcel_code == code, Parcel.id.in_(_confirmed("parcel", _PARCEL_CODE, code))))
    )


def _unit_number(code: str) -> ColumnElement[bool]:
    standing = select(Parcel.certificate_id).where(~Parcel.is_withdrawn)
    return Certificate.id.in_(
        standing.where(or_(Parcel.bdc_unit_no == code, Parcel.id.in_(_confirmed("parcel", "bdc_unit_no", code))))
    )


def _confirmed(kind: str, field: str, value: str) -> Select[int]:
    """Return the objects for which the registry has confirmed a value."""
    return select(RegistryValue.object_id).where(
        and_(
            RegistryValue.kind == kind,
            RegistryValue.field == field,
            RegistryValue.value == value,
            RegistryValue.is_current,
        )
    )
