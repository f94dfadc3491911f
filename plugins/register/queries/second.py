"""Keying twice: orders with their progress, the next row to key blind, differences to settle, and the keyers' quality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import EVERYWHERE, Actor
from lindang.errors import NotFound
from lindang.i18n import _
from models.account import ACTIVE, Account, AccountRole, AccountScope, RoleGrant
from models.archive import ArchiveFile
from models.keying import KeyingDifference, SecondEntry, SecondKeying
from models.place import Division
from models.register import Certificate, Parcel
from plugins.register.domain.compare import per_ten_thousand
from plugins.register.permissions import SECOND_KEY


@dataclass(frozen=True, slots=True)
class Keyer:
    """Somebody who may key a second time."""

    account_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """An order: whose, how far it is, what it found."""

    id: int
    division_code: str
    village: str
    percent: int
    seed: int
    keyer_id: int | None
    keyer: str
    ordered_by: str
    ordered_at: dt.datetime
    closed_at: dt.datetime | None
    rows: int
    keyed: int
    differences: int
    unsettled: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    """One row of an order as it may be shown to everybody: where it lies, never what it says."""

    id: int
    parcel_id: int
    certificate_id: int
    archival_code: str
    turn: int
    first_by: str
    keyed_at: dt.datetime | None
    fields: int
    differences: int
    unsettled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindRow:
    """The row to key next: its file, and the place of its page among the certificate's parcels (from 0)."""

    entry_id: int
    version: int
    file_id: int | None
    archival_code: str
    turn: int
    of: int
    done: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A row with the columns in which the two keyings differ."""

    entry_id: int
    version: int
    order: OrderLine
    parcel_id: int
    certificate_id: int
    file_id: int | None
    turn: int
    first_by: str
    differences: tuple[KeyingDifference, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How well somebody keyed: fields, differences, those at fault, faults in ten thousand fields."""

    name: str
    turn: str
    fields: int
    differences: int
    at_fault: int
    open: int

    @property
    def rate(self) -> Decimal:
        """Faults in ten thousand fields, of those settled so far."""
        return per_ten_thousand(self.at_fault, self.fields)


def keyers(session: Session, division_code: str) -> tuple[Keyer, ...]:
    """Return who may key the rows of a village a second time, by name."""
    query = (
        select(Account.id, Account.name)
        .join(AccountRole, (AccountRole.account_id == Account.id) & AccountRole.revoked_at.is_(None))
        .join(RoleGrant, (RoleGrant.role_key == AccountRole.role_key) & RoleGrant.revoked_at.is_(None))
        .join(AccountScope, (AccountScope.account_id == Account.id) & AccountScope.revoked_at.is_(None))
        .where(
            Account.state == ACTIVE,
            RoleGrant.permission == SECOND_KEY,
            or_(
                AccountScope.prefix == EVERYWHERE,
                AccountScope.prefix.in_([division_code[:length] for length in range(1, len(division_code) + 1)]),
            ),
        )
        .distinct()
        .order_by(Account.name)
    )
    return tuple(Keyer(*row) for row in session.execute(query))


def orders(session: Session, actor: Actor) -> tuple[OrderLine, ...]:
    """Return all orders, the open ones first."""
    query = _orders(actor).order_by(SecondKeying.closed_at.is_not(None), SecondKeying.id.desc())
    return tuple(_order(row) for row in session.execute(query))


def order(session: Session, actor: Actor, order_id: int) -> OrderLine:
    """Return one order. Raises NotFound, also out of scope."""
    found = session.execute(_orders(actor).where(SecondKeying.id == order_id)).one_or_none()
    if found is None:
        raise NotFound(_("没有这项双人录入"))
    return _order(found)


def _orders(actor: Actor) -> Select[Any]:
    entries = (
        select(
            SecondEntry.second_keying_id.label("id"),
            func.count().label("rows"),
            func.count(SecondEntry.keyed_at).label("keyed"),
            func.sum(SecondEntry.differences).label("differences"),
        )
        .group_by(SecondEntry.second_keying_id)
        .subquery()
    )
    unsettled = (
        select(func.count(KeyingDifference.id))
        .join(SecondEntry, SecondEntry.id == KeyingDifference.second_entry_id)
        .where(SecondEntry.second_keying_id == SecondKeying.id, KeyingDifference.settled_at.is_(None))
        .scalar_subquery()
    )
    name = (
        select(Division.name)
        .where(Division.code == SecondKeying.division_code)
        .order_by(Division.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = (entries.c.rows, entries.c.keyed, entries.c.differences, unsettled.label("unsettled"), name.label("name"))
    return (
        select(SecondKeying, *columns)
        .join(entries, entries.c.id == SecondKeying.id)
        .where(actor.within(SecondKeying.division_code))
    )


def _order(found: Any) -> OrderLine:
    row: SecondKeying = found[0]
    return OrderLine(
        id=row.id,
        division_code=row.division_code,
        village=found.name or row.division_code,
        percent=row.percent,
        seed=row.seed,
        keyer_id=row.keyer_id,
        keyer=row.keyer,
        ordered_by=row.created_by,
        ordered_at=row.created_at,
        closed_at=row.closed_at,
        rows=found.rows,
        keyed=found.keyed,
        differences=int(found.differences or 0),
        unsettled=found.unsettled,
        version=row.version,
    )


def entry_lines(session: Session, order_id: int) -> tuple[EntryLine, ...]:
    """Return the rows of an order, in their order; the caller has found the order in scope."""
    unsettled = (
        select(func.count(KeyingDifference.id))
        .where(KeyingDifference.second_entry_id == SecondEntry.id, KeyingDifference.settled_at.is_(None))
        .scalar_subquery()
    )
    query = _entries(unsettled.label("unsettled")).where(SecondEntry.second_keying_id == order_id)
    return tuple(
        EntryLine(
            id=row.SecondEntry.id,
            parcel_id=row.SecondEntry.parcel_id,
            certificate_id=row.certificate_id,
            archival_code=row.archival_code or "",
            turn=row.turn,
            first_by=row.SecondEntry.first_by,
            keyed_at=row.SecondEntry.keyed_at,
            fields=row.SecondEntry.fields,
            differences=row.SecondEntry.differences,
            unsettled=row.unsettled,
        )
        for row in session.execute(query.order_by(SecondEntry.parcel_id))
    )


def _entries(*more: Any) -> Select[Any]:
    others = Parcel.__table__.alias("others")
    turn = (
        select(func.count())
        .select_from(others)
        .where(
            others.c.certificate_id == Parcel.certificate_id,
            others.c.id < Parcel.id,
            others.c.is_withdrawn.is_(False),
        )
        .scalar_subquery()
    )
    return (
        select(
            SecondEntry,
            Parcel.certificate_id,
            Certificate.archive_file_id,
            ArchiveFile.archival_code,
            turn.label("turn"),
            *more,
        )
        .join(Parcel, Parcel.id == SecondEntry.parcel_id)
        .join(Certificate, Certificate.id == Parcel.certificate_id)
        .join(ArchiveFile, ArchiveFile.id == Certificate.archive_file_id, isouter=True)
    )


def next_blind_row(session: Session, actor: Actor, of_order: OrderLine) -> BlindRow | None:
    """Return the next row that its keyer has not keyed yet, None when all are done. Raises NotFound for anybody else."""
    if of_order.keyer_id != actor.account_id or of_order.closed_at is not None:
        raise NotFound(_("没有这项双人录入"))
    query = _entries().where(SecondEntry.second_keying_id == of_order.id, SecondEntry.keyed_at.is_(None))
    found = session.execute(query.order_by(SecondEntry.parcel_id).limit(1)).one_or_none()
    if found is None:
        return None
    count = select(func.count()).where(Parcel.certificate_id == found.certificate_id, ~Parcel.is_withdrawn)
    return BlindRow(
        entry_id=found.SecondEntry.id,
        version=found.SecondEntry.version,
        file_id=found.archive_file_id,
        archival_code=found.archival_code or "",
        turn=found.turn,
        of=session.scalar(count) or 1,
        done=of_order.keyed,
        rows=of_order.rows,
    )


def dispute(session: Session, actor: Actor, entry_id: int) -> Dispute:
    """Return a keyed row with its differences. Raises NotFound, also out of scope or before it is keyed."""
    mine = select(SecondKeying.id).where(
        SecondKeying.id == SecondEntry.second_keying_id, actor.within(SecondKeying.division_code)
    )
    found = session.execute(_entries().where(SecondEntry.id == entry_id, mine.exists())).one_or_none()
    if found is None or found.SecondEntry.keyed_at is None:
        raise NotFound(_("没有这一行的比对结果"))
    entry: SecondEntry = found.SecondEntry
    query = select(KeyingDifference).where(KeyingDifference.second_entry_id == entry_id).order_by(KeyingDifference.id)
    return Dispute(
        entry_id=entry.id,
        version=entry.version,
        order=order(session, actor, entry.second_keying_id),
        parcel_id=entry.parcel_id,
        certificate_id=found.certificate_id,
        file_id=found.archive_file_id,
        turn=found.turn,
        first_by=entry.first_by,
        differences=tuple(session.scalars(query)),
    )


def quality(session: Session, actor: Actor, order_id: int | None = None) -> tuple[Quality, ...]:
    """Return how well each keyer keyed, first and second turn apart, in one order or in all of the actor's scope."""
    return (
        *_quality(session, actor, order_id, "first", SecondEntry.first_by),
        *_quality(session, actor, order_id, "second", SecondKeying.keyer),
    )


def _quality(session: Session, actor: Actor, order_id: int | None, turn: str, name: Any) -> tuple[Quality, ...]:
    conditions = [actor.within(SecondKeying.division_code), SecondEntry.keyed_at.is_not(None)]
    if order_id is not None:
        conditions.append(SecondKeying.id == order_id)
    keyed = (
        select(name.label("name"), func.sum(SecondEntry.fields), func.sum(SecondEntry.differences))
        .join(SecondKeying, SecondKeying.id == SecondEntry.second_keying_id)
        .where(*conditions)
        .group_by(name)
        .order_by(name)
    )
    fault = KeyingDifference.at_fault.in_((turn, "both"))
    faults = (
        select(
            name.label("name"),
            func.sum(case((fault, 1), else_=0)),
            func.sum(case((KeyingDifference.settled_at.is_(None), 1), else_=0)),
        )
        .select_from(KeyingDifference)
        .join(SecondEntry, SecondEntry.id == KeyingDifference.second_entry_id)
        .join(SecondKeying, SecondKeying.id == SecondEntry.second_keying_id)
        .where(*conditions)
        .group_by(name)
    )
    by_name: Mapping[str, tuple[int, int]] = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(faults)}
    return tuple(
        Quality(who, turn, int(fields), int(found), *by_name.get(who, (0, 0)))
        for who, fields, found in session.execute(keyed)
    )
