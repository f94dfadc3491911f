"""The household checklist against the database: the facts of many files at once, and the same rules as one SQL condition
(for lists that are paged in the database). `models.completeness` decides; a test holds the two together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, false, func, or_, select
from sqlalchemy.orm import Session

from models.archive import ArchiveFile, ChecklistRule, Item, Page, SchemeNode, Waiver
from models.completeness import NEVER_MISSING, FileFacts, Rule
from models.register import Certificate, Parcel

HOUSEHOLD = "H"
"""Level of the classes that hold one household's (one certificate's) file each."""


def household_classes(session: Session) -> frozenset[str]:
    """Return the classes to which the checklist applies."""
    rows = session.execute(select(SchemeNode.code, SchemeNode.level).where(SchemeNode.is_current))
    return frozenset(code for code, level in rows if HOUSEHOLD in level.replace(" ", "").split(","))


def current_rules(session: Session) -> tuple[Rule, ...]:
    """Return the checklist in force, in the order of its document types."""
    rows = session.scalars(select(ChecklistRule).where(ChecklistRule.is_current).order_by(ChecklistRule.doc_type))
    return tuple(Rule.parse(row.doc_type, row.title, row.rule, row.notes) for row in rows)


def facts_of(session: Session, file_ids: Collection[int]) -> dict[int, FileFacts]:
    """Return what the rules ask about each of the files. A 件 counts once it has a page."""
    items, pages = _documents(session, file_ids)
    waived = _waived(session, file_ids)
    held = {row.archive_file_id: row for row in _certificates(session, file_ids)}
    acquisitions = _acquisitions(session, file_ids)
    return {
        file_id: FileFacts(
            items=items[file_id],
            pages=pages[file_id],
            waived=frozenset(waived[file_id]),
            issue_state=held[file_id].issue_state if file_id in held else None,
            parcel_count=len(acquisitions[file_id]),
            acquisitions=frozenset(filter(None, acquisitions[file_id])),
            is_co_held=file_id in held and bool(held[file_id].co_holders),
        )
        for file_id in file_ids
    }


def _documents(session: Session, file_ids: Collection[int]) -> tuple[dict[int, Any], dict[int, Any]]:
    query = (
        select(Item.archive_file_id, Item.doc_type, func.count(Item.id.distinct()), func.count(Page.id))
        .join(Page, Page.item_id == Item.id)
        .where(Item.archive_file_id.in_(file_ids))
        .group_by(Item.archive_file_id, Item.doc_type)
    )
    items: dict[int, dict[str, int]] = defaultdict(dict)
    pages: dict[int, dict[str, int]] = defaultdict(dict)
    for file_id, doc_type, item_count, page_count in session.execute(query):
        items[file_id][doc_type] = item_count
        pages[file_id][doc_type] = page_count
    return items, pages


def _waived(session: Session, file_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    query = select(Waiver.archive_file_id, Waiver.doc_type).where(
        Waiver.archive_file_id.in_(file_ids), Waiver.approved_at.is_not(None)
    )
    for file_id, doc_type in session.execute(query):
        found[file_id].add(doc_type)
    return found


def _certificates(session: Session, file_ids: Collection[int]) -> Sequence[Certificate]:
    return session.scalars(select(Certificate).where(Certificate.archive_file_id.in_(file_ids))).all()


def _acquisitions(session: Session, file_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = (
        select(Certificate.archive_file_id, Parcel.acquisition)
        .join(Parcel, Parcel.certificate_id == Certificate.id)
        .where(Certificate.archive_file_id.in_(file_ids))
    )
    for file_id, acquisition in session.execute(query):
        found[file_id or 0].append(acquisition)
    return found


def is_incomplete(rules: Iterable[Rule]) -> ColumnElement[bool]:
    """Return the SQL condition on `ArchiveFile` that at least one line is missing or undecided."""
    return or_(false(), *(_lacks(rule) for rule in rules if rule.word not in NEVER_MISSING))


def _lacks(rule: Rule) -> ColumnElement[bool]:
    waived = exists().where(
        Waiver.archive_file_id == ArchiveFile.id, Waiver.doc_type == rule.doc_type, Waiver.approved_at.is_not(None)
    )
    if rule.word == "per_parcel":
        return and_(~waived, or_(~_has_certificate(), _page_count(rule) < _pages_needed()))
    present = exists().where(
        Item.archive_file_id == ArchiveFile.id, Item.doc_type == rule.doc_type, Page.item_id == Item.id
    )
    return and_(~waived, ~present, _may_apply(rule))


def _may_apply(rule: Rule) -> ColumnElement[bool]:
    """Say when the document is needed or when nobody can tell yet: no certificate is keyed."""
    if rule.word == "required":
        return ~false()
    if rule.word == "if_state":
        return or_(~_has_certificate(), _has_certificate(Certificate.issue_state.in_(rule.values)))
    if rule.word == "unless_state":
        return ~_has_certificate(Certificate.issue_state.in_(rule.values))
    if rule.word == "if_co_held":
        return or_(~_has_certificate(), _has_certificate(cast(Certificate.co_holders, String) != "[]"))
    acquired = and_(Parcel.certificate_id == Certificate.id, Parcel.acquisition.in_(rule.values))
    return or_(~_has_certificate(), _has_certificate(acquired))


def _has_certificate(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Certificate.archive_file_id == ArchiveFile.id, *conditions)


def _page_count(rule: Rule) -> ColumnElement[int]:
    count = (
        select(func.count(Page.id))
        .join(Item, Page.item_id == Item.id)
        .where(Item.archive_file_id == ArchiveFile.id, Item.doc_type == rule.doc_type)
    )
    return count.correlate(ArchiveFile).scalar_subquery()


def _pages_needed() -> ColumnElement[int]:
    count = (
        select(func.count(Parcel.id))
        .join(Certificate, Parcel.certificate_id == Certificate.id)
        .where(Certificate.archive_file_id == ArchiveFile.id)
    )
    # a certificate without keyed parcels still needs one map
    return func.coalesce(func.nullif(count.correlate(ArchiveFile).scalar_subquery(), 0), 1)
