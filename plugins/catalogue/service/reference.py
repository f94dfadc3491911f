"""Reference data: loading a whole table as a new version beside the old one, and divisions and fonds as single rows. A
table with a fault is not loaded at all; loading the table that is in force changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select, update

from lindang.errors import Conflict, Fault, Faults
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ChecklistRule, Fonds, SchemeNode
from models.events import ReferenceChanged
from models.place import ORG_ARCHIVES, ORG_FORESTRY, ORG_REGISTRY, Division, Org
from models.reference import CodeEntry
from plugins.catalogue.domain.tables import (
    DIVISION_LEVELS,
    Row,
    RowFault,
    Table,
    Wrong,
    decode,
    parent_of,
    read_checklist,
    read_codes,
    read_day,
    read_divisions,
    read_scheme,
)
from plugins.catalogue.permissions import REFERENCE_EVERYWHERE
from plugins.catalogue.words import table_fault

Versioned = type[SchemeNode] | type[ChecklistRule] | type[CodeEntry]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: the version now in force, rows written, and whether anything changed."""

    version: str
    rows: int
    is_new: bool


def load_scheme(uow: UnitOfWork, data: bytes, *, provenance: str = "office") -> Loaded:
    """Put a classification scheme in force. Raises Faults with every fault of the table."""
    return _load(uow, data, read_scheme, SchemeNode, lambda row: _scheme_node(row, provenance))


def load_checklist(uow: UnitOfWork, data: bytes, *, provenance: str = "office") -> Loaded:
    """Put a household checklist in force. Raises Faults with every fault of the table."""
    return _load(uow, data, read_checklist, ChecklistRule, lambda row: _checklist_rule(row, provenance))


def load_codes(uow: UnitOfWork, data: bytes, *, provenance: str = "office") -> Loaded:
    """Put code lists in force. Raises Faults with every fault of the table."""
    return _load(uow, data, read_codes, CodeEntry, lambda row: _code_entry(row, provenance))


def _load(
    uow: UnitOfWork,
    data: bytes,
    read: Callable[[str], Table],
    kind: Versioned,
    make: Callable[[Row], dict[str, Any]],
) -> Loaded:
    table = _readable(data, read)
    version = _version_of(table, make)
    present = uow.session.scalar(select(kind.version).where(kind.is_current).limit(1))
    if present == version:
        return Loaded(version, len(table.rows), is_new=False)
    uow.session.execute(update(kind).where(kind.is_current).values(is_current=False))
    known = uow.session.scalar(select(kind.id).where(kind.version == version).limit(1))
    if known is not None:
        uow.session.execute(update(kind).where(kind.version == version).values(is_current=True))
    else:
        uow.session.add_all(kind(version=version, is_current=True, **make(row)) for row in table.rows)
    uow.session.flush()
    uow.journal("reference.loaded", f"{kind.__tablename__}:{version}", rows=len(table.rows))
    uow.emit(ReferenceChanged(table=kind.__tablename__))
    return Loaded(version, len(table.rows), is_new=True)


def _readable(data: bytes, read: Callable[[str], Table]) -> Table:
    text = decode(data)
    table = read(text) if text is not None else Table((), (RowFault(0, "", Wrong.ENCODING),))
    if table.faults:
        raise Faults(_("表没有载入，共 %(n)s 处问题", n=len(table.faults)), map(table_fault, table.faults))
    return table


def _version_of(table: Table, make: Callable[[Row], dict[str, Any]]) -> str:
    """Return a name that says where a table comes from and changes with every cell of it."""
    rows = [make(row) for row in table.rows]
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()[:8]
    return f"{rows[0]['provenance'][:30]}-{digest}"


def _scheme_node(row: Row, provenance: str) -> dict[str, Any]:
    return {
        "code": row["code"],
        "parent": row["parent"],
        "level": row["level"],
        "title": row["title"],
        "retention": row["retention"],
        "unit": row["unit"],
        "notes": row["note"],
        "provenance": row["provenance"] or provenance,
        "clause": row["clause"],
    }


def _checklist_rule(row: Row, provenance: str) -> dict[str, Any]:
    return {
        "doc_type": row["doc_type"],
        "title": row["title"],
        "rule": row["rule"],
        "notes": row["note"],
        "provenance": row["provenance"] or provenance,
    }


def _code_entry(row: Row, provenance: str) -> dict[str, Any]:
    return {
        "list_name": row["list"],
        "code": row["code"],
        "seq": row.line,
        "label": row["label"],
        "aliases": row["aliases"],
        "notes": row["note"],
        "provenance": row["provenance"] or provenance,
    }


def load_divisions(uow: UnitOfWork, data: bytes, *, source: str) -> Loaded:
    """Enter divisions that are not known, and what has changed about known ones (name, end, successor).

    A row is known by its code and first day; divisions that the table does not name stay as they are.

    Raises:
        Faults: with every fault of the table.
    """
    known = frozenset(uow.session.scalars(select(Division.code)))
    table = _readable(data, lambda text: _within_scope(uow, read_divisions(text, known=known)))
    changed = sum(_enter_division(uow, row, source) for row in table.rows)
    uow.session.flush()
    if changed:
        uow.journal("reference.loaded", "division:table", rows=len(table.rows), changed=changed, source=source)
    return Loaded(source, len(table.rows), is_new=bool(changed))


def _within_scope(uow: UnitOfWork, table: Table) -> Table:
    """Add a fault for every division that is none of the actor's business."""
    if uow.actor.can(REFERENCE_EVERYWHERE):
        return table
    outside = [
        RowFault(row.line, "code", Wrong.SCOPE, row["code"]) for row in table.rows if not uow.actor.covers(row["code"])
    ]
    return Table(table.rows, (*table.faults, *outside))


def _enter_division(uow: UnitOfWork, row: Row, source: str) -> bool:
    values = {
        "name": row["name"],
        "level": DIVISION_LEVELS[len(row["code"])],
        "parent_code": row["parent"] or parent_of(row["code"]),
        "valid_to": read_day(row["valid_to"]),
        "successor_code": row["successor"],
    }
    day = read_day(row["valid_from"])
    query = select(Division).where(Division.code == row["code"])
    found = uow.session.scalar(query.where(Division.valid_from == (day or _FIRST_DAY)))
    if found is None:
        uow.session.add(Division(code=row["code"], valid_from=day or _FIRST_DAY, source=source, **values))
        return True
    differs = {name: value for name, value in values.items() if getattr(found, name) != value}
    for name, value in differs.items():
        setattr(found, name, value)
    return bool(differs)


_FIRST_DAY: Final = Division.__table__.c.valid_from.default.arg


def add_fonds(uow: UnitOfWork, *, code: str, name: str, creator: str, division_code: str) -> Fonds:
    """Register a fonds: the records of one agency, kept for one division and everything below it.

    Raises:
        Faults: code or words are not usable.
        Conflict: the code is taken.
    """
    faults = _fonds_faults(uow, code, name, creator, division_code)
    if faults:
        raise Faults(_("全宗没有登记"), faults)
    if uow.session.scalar(select(Fonds.id).where(Fonds.code == code)) is not None:
        raise Conflict(_("全宗号 %(code)s 已有", code=code))
    fonds = Fonds(code=code, name=name.strip(), creator=creator.strip(), division_code=division_code)
    uow.session.add(fonds)
    uow.session.flush()
    uow.journal("fonds.added", f"fonds:{fonds.id}", division=division_code, code=code, name=fonds.name)
    return fonds


def _fonds_faults(uow: UnitOfWork, code: str, name: str, creator: str, division_code: str) -> list[Fault]:
    faults = []
    if not re.fullmatch(r"[0-9A-Z]{1,8}", code):
        faults.append(Fault("code", _("全宗号是 1 至 8 位数字或大写字母"), _("请照档案馆给的全宗号填写。")))
    if not name.strip():
        faults.append(Fault("name", _("全宗名称不能空")))
    if not creator.strip():
        faults.append(Fault("creator", _("立档单位不能空")))
    return [*faults, *_division_fault(uow, division_code)]


def _division_fault(uow: UnitOfWork, division_code: str) -> list[Fault]:
    """An empty code means everywhere, which only the keeper of everything may say."""
    everywhere = uow.actor.can(REFERENCE_EVERYWHERE)
    known = uow.session.scalar(select(Division.id).where(Division.code == division_code).limit(1)) is not None
    if (known or not division_code) and (everywhere or (division_code and uow.actor.covers(division_code))):
        return []
    return [Fault("division_code", _("没有这个区划"), _("请从列表中选择。"))]


def add_org(uow: UnitOfWork, *, code: str, name: str, kind: str, division_code: str) -> Org:
    """Register an organisation: a forestry office, a registry that receives handovers, an archives.

    Raises:
        Faults: code, words, kind or division are not usable.
        Conflict: the code is taken.
    """
    faults = list(_org_faults(code, name, kind)) + _division_fault(uow, division_code)
    if faults:
        raise Faults(_("单位没有登记"), faults)
    if uow.session.scalar(select(Org.id).where(Org.code == code)) is not None:
        raise Conflict(_("单位代码 %(code)s 已有", code=code))
    org = Org(code=code, name=name.strip(), kind=kind, division_code=division_code, is_active=True)
    uow.session.add(org)
    uow.session.flush()
    uow.journal("org.added", f"org:{org.id}", division=division_code, code=code, name=org.name, kind=kind)
    return org


def _org_faults(code: str, name: str, kind: str) -> Iterable[Fault]:
    if not re.fullmatch(r"[0-9A-Za-z-]{1,40}", code):
        yield Fault("code", _("单位代码是字母、数字或短横，最多 40 位"), _("可用统一社会信用代码或自编简码。"))
    if not name.strip():
        yield Fault("name", _("单位名称不能空"))
    if kind not in (ORG_FORESTRY, ORG_REGISTRY, ORG_ARCHIVES):
        yield Fault("kind", _("没有这种单位"), _("请从列表中选择。"))
