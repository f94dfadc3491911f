"""Writing the ``registry_confirmed`` layer: one way for every plugin. A value stands beside what is written and never over it; one
that is corrected stays as a former value. A unit number and a title number stand in one place only.

Source: domain reference 2.5 (the registry's numbers), 3.5 I9 (unique among current rows).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.register import RegistryValue

CERTIFICATE, PARCEL = "certificate", "parcel"
"""Kinds of objects that have such values."""

UNIT_NO: Final = "bdc_unit_no"
PARCEL_CODE: Final = "parcel_code"
TITLE_NO: Final = "title_cert_no"


def taken_words(value: str) -> str:
    """Return what is said of a number that stands elsewhere."""
    return _("%(no)s 已登记在另一宗地或另一本证上", no=value)


def is_taken(session: Session, field: str, value: str, kind: str, object_id: int) -> bool:
    """Say whether another object has this value."""
    query = select(RegistryValue.id).where(
        RegistryValue.field == field,
        RegistryValue.value == value,
        RegistryValue.is_current,
        (RegistryValue.kind != kind) | (RegistryValue.object_id != object_id),
    )
    return session.scalar(query.limit(1)) is not None


def confirm_value(
    uow: UnitOfWork, kind: str, object_id: int, *, field: str, value: str, feedback_id: int | None = None
) -> bool:
    """Make a value the one that stands; False when it already does. Raises Conflict when it stands elsewhere."""
    standing = (
        RegistryValue.kind == kind,
        RegistryValue.object_id == object_id,
        RegistryValue.field == field,
        RegistryValue.is_current,
    )
    if uow.session.scalar(select(RegistryValue.value).where(*standing).limit(1)) == value:
        return False
    uow.session.execute(update(RegistryValue).where(*standing).values(is_current=False))
    uow.session.add(
        RegistryValue(
            kind=kind,
            object_id=object_id,
            field=field,
            value=value,
            source_feedback_id=feedback_id,
            at=uow.now,
            by=uow.actor.name,
        )
    )
    try:
        uow.session.flush()
    except IntegrityError as error:  # somebody confirmed the same number elsewhere in the same moment
        raise Conflict(taken_words(value), remedy=_("请刷新后核对反馈材料。")) from error
    return True
