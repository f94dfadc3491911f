"""The reference tables in force: scheme, checklist, code lists, divisions in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ChecklistRule, SchemeNode
from models.place import Division, Org
from models.reference import CodeEntry
from plugins.catalogue.queries.places import in_reach


@dataclass(frozen=True, slots=True)
class SchemeCategory:
    """A category of the scheme with its classes in the order of their codes."""

    row: SchemeNode
    classes: tuple[SchemeNode, ...]


def scheme(session: Session) -> tuple[SchemeCategory, ...]:
    """Return the scheme in force."""
    nodes = session.scalars(select(SchemeNode).where(SchemeNode.is_current).order_by(SchemeNode.id)).all()
    return tuple(
        SchemeCategory(top, tuple(node for node in nodes if node.parent == top.code)) for top in nodes if not top.parent
    )


def checklist(session: Session) -> Sequence[ChecklistRule]:
    """Return the checklist in force, in the order of its document types."""
    query = select(ChecklistRule).where(ChecklistRule.is_current).order_by(ChecklistRule.doc_type)
    return session.scalars(query).all()


def code_lists(session: Session) -> dict[str, list[CodeEntry]]:
    """Return the code lists in force by name, each in its own order."""
    lists: dict[str, list[CodeEntry]] = {}
    for entry in session.scalars(select(CodeEntry).where(CodeEntry.is_current).order_by(CodeEntry.seq)):
        lists.setdefault(entry.list_name, []).append(entry)
    return lists


@dataclass(frozen=True, slots=True)
class DivisionPage:
    """One page of divisions, with every version in time of each."""

    rows: tuple[Division, ...]
    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """The running number of the first row."""
        return (self.number - 1) * self.size + 1


def divisions(session: Session, actor: Actor, words: str, number: int, size: int) -> DivisionPage:
    """Return the divisions in scope whose code begins with, or whose name holds, the words."""
    condition = in_reach(actor, Division.code)
    if words:
        named = or_(Division.code.startswith(words, autoescape=True), Division.name.contains(words, autoescape=True))
        condition = condition & named
    total = session.scalar(select(func.count(Division.id)).where(condition)) or 0
    query = select(Division).where(condition).order_by(Division.code, Division.valid_from)
    rows = tuple(session.scalars(query.limit(size).offset((number - 1) * size)))
    return DivisionPage(rows, number, size, total)


def orgs(session: Session, actor: Actor) -> Sequence[Org]:
    """Return the organisations in scope, by kind and code."""
    query = select(Org).where(in_reach(actor, Org.division_code) | (Org.division_code == ""))
    return session.scalars(query.order_by(Org.kind, Org.code)).all()
