"""Finding the row that a command is about: inside the actor's scope, and in the version that the person saw. A row out of
scope and a row that is not there are refused with the same words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from sqlalchemy import select

from lindang.errors import NotFound
from lindang.i18n import _, local_time
from lindang.uow import UnitOfWork, stale_version
from models.archive import ArchiveFile, Item, Page, Waiver
from models.persons import mask_personal_in
from models.register import Certificate, Parcel


class _Versioned(Protocol):
    version: Any


Row = TypeVar("Row", bound=_Versioned)


def find_file(uow: UnitOfWork, file_id: int, version: int | None = None) -> ArchiveFile:
    """Return the 案卷. Raises NotFound, or StaleVersion when `version` is not the present one."""
    query = select(ArchiveFile).where(ArchiveFile.id == file_id, uow.actor.within(ArchiveFile.division_code))
    return _fresh(_found(uow.session.scalar(query), _("没有这个案卷")), version)


def find_item(uow: UnitOfWork, item_id: int, version: int | None = None) -> Item:
    """Return the 件. Raises NotFound or StaleVersion."""
    query = select(Item).where(Item.id == item_id, uow.actor.within(Item.division_code))
    return _fresh(_found(uow.session.scalar(query), _("没有这一件")), version)


def find_page(uow: UnitOfWork, page_id: int) -> tuple[Page, Item]:
    """Return the page and its 件. Raises NotFound."""
    query = (
        select(Page, Item)
        .join(Item, Item.id == Page.item_id)
        .where(Page.id == page_id, uow.actor.within(Item.division_code))
    )
    found = uow.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("没有这一页"))
    return found[0], found[1]


def find_certificate(uow: UnitOfWork, certificate_id: int, version: int | None = None) -> Certificate:
    """Return the certificate. Raises NotFound or StaleVersion."""
    query = select(Certificate).where(Certificate.id == certificate_id, uow.actor.within(Certificate.division_code))
    return _fresh(_found(uow.session.scalar(query), _("没有这本林权证")), version)


def find_parcel(uow: UnitOfWork, parcel_id: int, version: int | None = None) -> Parcel:
    """Return the parcel. Raises NotFound or StaleVersion."""
    query = select(Parcel).where(Parcel.id == parcel_id, uow.actor.within(Parcel.division_code))
    return _fresh(_found(uow.session.scalar(query), _("没有这宗地")), version)


def find_waiver(uow: UnitOfWork, waiver_id: int) -> tuple[Waiver, ArchiveFile]:
    """Return the waiver and its 案卷. Raises NotFound."""
    query = (
        select(Waiver, ArchiveFile)
        .join(ArchiveFile, ArchiveFile.id == Waiver.archive_file_id)
        .where(Waiver.id == waiver_id, uow.actor.within(ArchiveFile.division_code))
    )
    found = uow.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("没有这份缺件说明"))
    return found[0], found[1]


Found = TypeVar("Found")


def _found(row: Found | None, words: str) -> Found:
    if row is None:
        raise NotFound(words)
    return row


def _fresh(row: Row, version: int | None) -> Row:
    if version is not None and row.version != version:
        raise stale_version()
    return row


def office_date() -> dt.date:
    """Return the office's date by the system's clock, for forms that are read before any transaction."""
    return local_time(dt.datetime.now(tz=dt.UTC)).date()


def today(uow: UnitOfWork) -> dt.date:
    """Return the office's date."""
    return local_time(uow.now).date()


def change(row: object, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the values that differ; returns what was and what is, by field, for the journal, numbers of persons masked."""
    changed: dict[str, list[Any]] = {}
    for field, value in values.items():
        old = getattr(row, field)
        if old != value:
            setattr(row, field, value)
            changed[field] = [_plain(old), _plain(value)]
    return changed


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return mask_personal_in(str(value)) if isinstance(value, str | Decimal | dt.date) else value
