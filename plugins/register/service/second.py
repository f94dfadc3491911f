"""Keying twice (双人录入): ordering it, keying blind, settling what differs.

The second person keys rows that he has never written, sees nothing of the first keying, and does not settle his own
differences. What is settled becomes a new version of the row like any other change, with the source ``settled``.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, func, select

from lindang.errors import BadInput, Conflict, Forbidden, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.identifiers import canonical_id
from models.keying import KeyingDifference, SecondEntry, SecondKeying
from models.persons import mask_id
from models.register import Certificate, Parcel, RegisterEntry
from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.compare import Difference, compared_count, differences, sample
from plugins.register.domain.keying import KEYED_BOOK, KEYED_PAGE
from plugins.register.domain.row import kept_text
from plugins.register.queries.labels import written_codes
from plugins.register.queries.second import Keyer

FIRST, SECOND, BOTH = "first", "second", "both"
"""Who was wrong, as the person who settles it says."""

ID_NO: Final = "id_no"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is right in one column: the first keying, the second, or ``value`` when neither is."""

    difference_id: int
    right: str
    value: str = ""


def order_second_keying(
    uow: UnitOfWork, division_code: str, percent: int, keyer: Keyer, seed: int | None = None
) -> SecondKeying:
    """Have the rows of a village keyed again by another person, all or a share drawn with a recorded seed.

    Raises:
        NotFound: the village is out of scope.
        BadInput: the share is none, or no row is left that this person has not keyed.
    """
    if not uow.actor.covers(division_code):
        raise NotFound(_("没有这个村"))
    if not 1 <= percent <= 100:
        raise BadInput(_("抽查比例要在 1 到 100 之间"), where="percent", remedy=_("全部重录请填 100。"))
    drawn_with = secrets.randbelow(2**31) if seed is None else seed
    rows = sample(_rows_for(uow, division_code, keyer.account_id), percent, random.Random(drawn_with).sample)  # noqa: S311 - a draw to be repeated, no secret
    if not rows:
        raise BadInput(
            _("没有可由 %(name)s 重录的行", name=keyer.name),
            where="keyer",
            remedy=_("第二遍须由没有录过这些行的人来录，且这些行不在别的双人录入中。"),
        )
    order = SecondKeying(
        division_code=division_code,
        percent=percent,
        seed=drawn_with,
        keyer_id=keyer.account_id,
        keyer=keyer.name,
        created_at=uow.now,
        created_by_id=uow.actor.account_id,
        created_by=uow.actor.name,
    )
    uow.session.add(order)
    uow.session.flush()
    uow.session.add_all(_entry(uow, order, parcel_id) for parcel_id in rows)
    facts = {"percent": percent, "seed": drawn_with, "rows": len(rows), "keyer_id": keyer.account_id}
    uow.journal("second_keying.ordered", f"second_keying:{order.id}", division=division_code, **facts)
    return order


def _rows_for(uow: UnitOfWork, division_code: str, keyer_id: int) -> list[int]:
    """Return the village's rows that the keyer has never written and that no open order holds."""
    wrote = select(RegisterEntry.id).where(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.by_id == keyer_id)
    held = (
        select(SecondEntry.id)
        .join(SecondKeying, SecondKeying.id == SecondEntry.second_keying_id)
        .where(SecondEntry.parcel_id == Parcel.id, SecondKeying.closed_at.is_(None))
    )
    query = select(Parcel.id).where(
        Parcel.division_code == division_code,
        ~Parcel.is_withdrawn,
        ~wrote.exists(),
        ~held.exists(),
        select(RegisterEntry.id).where(RegisterEntry.parcel_id == Parcel.id, RegisterEntry.is_current).exists(),
    )
    return list(uow.session.scalars(query))


def _entry(uow: UnitOfWork, order: SecondKeying, parcel_id: int) -> SecondEntry:
    first = uow.session.scalars(
        select(RegisterEntry).where(RegisterEntry.parcel_id == parcel_id, RegisterEntry.is_current)
    ).one()
    return SecondEntry(second_keying_id=order.id, parcel_id=parcel_id, first_entry_id=first.id, first_by=first.by)


def key_second(uow: UnitOfWork, order_id: int, entry_id: int, cells: Mapping[str, str], version: int) -> int:
    """Keep what the second person keyed of a row, and how it differs from the first keying; returns how often.

    Raises:
        NotFound: there is no such row for this person.
        BadInput: nothing was keyed, or a text is too long.
        StaleVersion: the row was keyed in another window.
    """
    entry, order = _entry_of(uow, entry_id)
    if order.id != order_id or order.keyer_id != uow.actor.account_id or order.closed_at is not None:
        raise NotFound(_("没有这项双人录入"))
    if entry.keyed_at is not None or entry.version != version:
        raise stale_version()
    keyed = _keyed_cells(cells)
    plain = keyed.pop(ID_NO, "")
    first = uow.session.get_one(RegisterEntry, entry.first_entry_id).cells
    found = [*differences(first, keyed, written_codes(uow.session)), *_id_difference(uow, entry, first, plain)]
    entry.cells = keyed | ({ID_NO: mask_id(plain)} if plain else {})
    entry.id_no_enc = uow.host.vault.seal(plain) if plain else ""
    entry.fields = compared_count(first, keyed) + bool(plain or first.get(ID_NO))
    entry.differences = len(found)
    entry.keyed_at = uow.now
    uow.session.add_all(
        KeyingDifference(second_entry_id=entry.id, field=each.field, first=each.first, second=each.second)
        for each in found
    )
    facts = {"parcel": entry.parcel_id, "fields": entry.fields, "differences": len(found)}
    uow.journal("second_entry.keyed", f"second_keying:{order.id}", division=order.division_code, **facts)
    uow.session.flush()
    _close_when_done(uow, order)
    return len(found)


def _keyed_cells(cells: Mapping[str, str]) -> dict[str, str]:
    keyed = {
        key: kept_text(key, cells[key].strip()) for key in (*KEYED_BOOK, *KEYED_PAGE) if cells.get(key, "").strip()
    }
    if not keyed:
        raise BadInput(_("这一行什么也没有录入"), remedy=_("请对照扫描件录入；扫描件看不清请与安排的人联系。"))
    for key, text in keyed.items():
        if len(text) > BY_KEY[key].longest:
            raise BadInput(_("%(column)s 太长", column=BY_KEY[key].header), where=key)
    return keyed


def _id_difference(uow: UnitOfWork, entry: SecondEntry, first: Mapping[str, str], plain: str) -> list[Difference]:
    """Compare the numbers of identity papers by their digests; only masks are kept."""
    digest = (
        select(Certificate.id_no_hash)
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .where(Parcel.id == entry.parcel_id)
    )
    stored = uow.session.scalar(digest) or ""
    keyed = uow.host.vault.digest(canonical_id(plain)) if plain else ""
    return [] if stored == keyed else [Difference(ID_NO, first.get(ID_NO, ""), mask_id(plain) if plain else "")]


def settled_cells(
    uow: UnitOfWork, entry_id: int, rulings: Mapping[int, Ruling], version: int
) -> tuple[SecondEntry, dict[str, str]]:
    """Settle the differences of one row; returns the entry and the cells that the register has to change.

    Raises:
        NotFound: no such row, or it is not keyed yet.
        Forbidden: the second keyer would settle his own differences.
        BadInput: a difference has no ruling, or a value is missing.
        StaleVersion: somebody settled the row first.
    """
    entry, order = _entry_of(uow, entry_id)
    if entry.keyed_at is None:
        raise NotFound(_("没有这一行的比对结果"))
    if order.keyer_id == uow.actor.account_id:
        raise Forbidden(_("第二遍录入的人不能裁定自己的差异"), remedy=_("请另一位有权限的人裁定。"))
    if entry.version != version:
        raise stale_version()
    open_ones = list(uow.session.scalars(_open_differences(entry.id)))
    if not open_ones:
        raise Conflict(_("这一行的差异已经裁定"))
    missing = [each for each in open_ones if each.id not in rulings]
    if missing:
        raise BadInput(_("还有 %(n)s 处没有裁定", n=len(missing)), remedy=_("每一处都要选定。"))
    changes = {}
    for difference in open_ones:
        _settle(uow, difference, rulings[difference.id])
        if difference.at_fault != SECOND:
            changes[difference.field] = _plain(uow, entry, difference, rulings[difference.id])
    entry.settled_at = uow.now
    uow.session.flush()
    _close_when_done(uow, order)
    facts = {"parcel": entry.parcel_id, "at_fault": [f"{each.field}:{each.at_fault}" for each in open_ones]}
    uow.journal("second_entry.settled", f"second_keying:{order.id}", division=order.division_code, **facts)
    return entry, changes


def _settle(uow: UnitOfWork, difference: KeyingDifference, ruling: Ruling) -> None:
    match ruling.right:
        case "first":
            difference.settled, difference.at_fault = difference.first, SECOND
        case "second":
            difference.settled, difference.at_fault = difference.second, FIRST
        case "neither":
            value = kept_text(difference.field, ruling.value.strip())
            difference.settled = mask_id(value) if difference.field == ID_NO and value else value
            difference.at_fault = BOTH
        case _:
            raise BadInput(_("请选定哪一遍正确"), where=difference.field)
    difference.settled_at = uow.now
    difference.settled_by_id = uow.actor.account_id
    difference.settled_by = uow.actor.name


def _plain(uow: UnitOfWork, entry: SecondEntry, difference: KeyingDifference, ruling: Ruling) -> str:
    """Return the value as the register takes it: a number of an identity paper unsealed, never the mask."""
    if difference.at_fault == BOTH:
        return ruling.value.strip()
    if difference.field == ID_NO and entry.id_no_enc:
        return uow.host.vault.open(entry.id_no_enc)
    return difference.second


def _open_differences(entry_id: int) -> Select[KeyingDifference]:
    return (
        select(KeyingDifference)
        .where(KeyingDifference.second_entry_id == entry_id, KeyingDifference.settled_at.is_(None))
        .order_by(KeyingDifference.id)
    )


def _entry_of(uow: UnitOfWork, entry_id: int) -> tuple[SecondEntry, SecondKeying]:
    query = (
        select(SecondEntry, SecondKeying)
        .join(SecondKeying, SecondKeying.id == SecondEntry.second_keying_id)
        .where(SecondEntry.id == entry_id, uow.actor.within(SecondKeying.division_code))
    )
    found = uow.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_("没有这项双人录入"))
    return found[0], found[1]


def _close_when_done(uow: UnitOfWork, order: SecondKeying) -> None:
    """An order is closed when every row is keyed and every difference settled."""
    todo = select(func.count(SecondEntry.id)).where(
        SecondEntry.second_keying_id == order.id, SecondEntry.keyed_at.is_(None)
    )
    unsettled = (
        select(func.count(KeyingDifference.id))
        .join(SecondEntry, SecondEntry.id == KeyingDifference.second_entry_id)
        .where(SecondEntry.second_keying_id == order.id, KeyingDifference.settled_at.is_(None))
    )
    if not uow.session.scalar(todo) and not uow.session.scalar(unsettled):
        order.closed_at = uow.now
