"""Names of divisions, classes and codes for lists, forms and labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ChecklistRule, Fonds, SchemeNode
from models.place import Division
from models.reference import CodeEntry
from plugins.catalogue.permissions import REFERENCE_EVERYWHERE

Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A division as lists name it: the village, and the way down to it."""

    code: str
    name: str
    path: str


def places(session: Session, codes: Iterable[str]) -> dict[str, Place]:
    """Return the places of the codes by code; a code that nobody has loaded is named by itself."""
    wanted = {code for code in codes if code}
    above = {code[:length] for code in wanted for length in (6, 9, 12) if length <= len(code)}
    names = _names(session, above | wanted)
    return {code: _place(code, names) for code in wanted}


def _place(code: str, names: dict[str, str]) -> Place:
    way = [names[code[:length]] for length in (6, 9, 12) if length <= len(code) and code[:length] in names]
    return Place(code, names.get(code, code), " ".join(way) or code)


def _names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the latest name of each code."""
    query = select(Division.code, Division.name).where(Division.code.in_(codes)).order_by(Division.valid_from)
    return dict(session.execute(query).all())


def in_reach(actor: Actor, column: Any) -> ColumnElement[bool]:
    """Return the condition on divisions that the actor may keep: all of them for who keeps them everywhere.

    A system administrator has no scope, because no record is his business; the names of divisions are.
    """
    return true() if actor.can(REFERENCE_EVERYWHERE) else actor.within(column)


def division_choices(session: Session, actor: Actor, *, shortest: int = 6) -> list[Choice]:
    """Return the divisions in scope from county down, as (code, indented name), in the order of their codes."""
    query = (
        select(Division.code, Division.name)
        .where(in_reach(actor, Division.code))
        .order_by(Division.code, Division.valid_from)
    )
    names = {code: name for code, name in session.execute(query) if len(code) >= shortest}
    return [(code, f"{_INDENT.get(len(code), '')}{name}（{code}）") for code, name in names.items()]


_INDENT = {9: "\u3000", 12: "\u3000\u3000"}


def class_choices(session: Session) -> list[Choice]:
    """Return the classes of the scheme in force, as (code, code and title)."""
    query = select(SchemeNode).where(SchemeNode.is_current, SchemeNode.parent != "").order_by(SchemeNode.code)
    return [(node.code, f"{node.code} {node.title}") for node in session.scalars(query)]


def class_titles(session: Session) -> dict[str, str]:
    """Return the title of every class in force by its code."""
    query = select(SchemeNode.code, SchemeNode.title).where(SchemeNode.is_current)
    return dict(session.execute(query).all())


def doc_type_choices(session: Session) -> list[Choice]:
    """Return the document types of the checklist in force, as (type, type and title)."""
    query = select(ChecklistRule).where(ChecklistRule.is_current).order_by(ChecklistRule.doc_type)
    return [(rule.doc_type, f"{rule.doc_type} {rule.title}") for rule in session.scalars(query)]


def code_choices(session: Session, list_name: str) -> list[Choice]:
    """Return the codes of a list in force, as (code, label), in the list's own order."""
    query = select(CodeEntry).where(CodeEntry.is_current, CodeEntry.list_name == list_name).order_by(CodeEntry.seq)
    return [(entry.code, entry.label) for entry in session.scalars(query)]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of all code lists in force; an unknown code is shown as it is."""

    by_list: dict[tuple[str, str], str]

    def of(self, list_name: str, code: str) -> str:
        """Return the label of a code."""
        return self.by_list.get((list_name, code), code)


def labels(session: Session) -> Labels:
    """Return the labels of all code lists in force."""
    rows = session.execute(select(CodeEntry.list_name, CodeEntry.code, CodeEntry.label).where(CodeEntry.is_current))
    return Labels({(list_name, code): label for list_name, code, label in rows})


def fonds_list(session: Session, actor: Actor) -> list[Fonds]:
    """Return the fonds that keep records in scope, by code; one for the whole archive is everybody's."""
    query = select(Fonds).where(in_reach(actor, Fonds.division_code) | (Fonds.division_code == "")).order_by(Fonds.code)
    return list(session.scalars(query))
