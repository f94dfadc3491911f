"""Writing the row versions of a village sheet: every change of a row is a new `RegisterEntry` beside the old ones, whoever makes
it (grid, import, double keying, form), in the open version of the sheet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from lindang.uow import UnitOfWork
from models.reference import CodeEntry
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet

BOOK_FIELDS: Final = (
    "cert_no",
    "cert_serial",
    "application_no",
    "holder_name",
    "holder_type",
    "id_type",
    "co_mode",
    "co_holders",
    "issuer",
    "issue_date",
    "issue_state",
    "remark",
)
PAGE_FIELDS: Final = (
    "group_name",
    "parcel_no",
    "parcel_code",
    "bdc_unit_no",
    "location",
    "place_name",
    "compartment",
    "subcompartment",
    "bound_e",
    "bound_s",
    "bound_w",
    "bound_n",
    "main_species",
    "tree_count",
    "forest_category",
    "origin",
    "forest_class",
    "plant_year",
    "land_owner",
    "land_use_holder",
    "tree_owner",
    "tree_use_holder",
    "acquisition",
    "term_years",
    "term_start",
    "term_end",
    "annotation",
)
"""Columns of the sheet that are columns of the book or of the page under the same name; those missing here have another form."""

CODED: Final = frozenset(
    {
        "holder_type",
        "id_type",
        "co_mode",
        "issue_state",
        "forest_category",
        "origin",
        "forest_class",
        "acquisition",
    }
)
OPEN_TERM: Final = "长期"
FORM: Final = "form"
"""Source of a value that came in by the certificate's form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """A row version to be written: the texts by column key (ID number masked), and the source of each changed column."""

    parcel_id: int
    cells: Mapping[str, str]
    changed: Mapping[str, str]
    place: str = ""
    import_id: int | None = None
    page_id: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Labels:
    """The labels of the code lists in force, by list and code."""

    lists: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, name: str, code: str) -> str:
        """Return a code's label; the code itself where the list has none."""
        return self.lists.get(name, {}).get(code, code)


def code_labels(session: Session) -> Labels:
    """Return the labels of the code lists in force."""
    labels = Labels()
    query = select(CodeEntry.list_name, CodeEntry.code, CodeEntry.label).where(CodeEntry.is_current)
    for name, code, label in session.execute(query):
        labels.lists.setdefault(name, {})[code] = label
    return labels


def open_sheet(uow: UnitOfWork, village_code: str) -> RegisterSheet:
    """Return the version of a village's sheet that takes rows; a new one after the last was closed (定稿)."""
    query = select(RegisterSheet).where(RegisterSheet.division_code == village_code, RegisterSheet.closed_at.is_(None))
    sheet = uow.session.scalar(query)
    if sheet is not None:
        return sheet
    last = select(func.max(RegisterSheet.sheet_no)).where(RegisterSheet.division_code == village_code)
    sheet = RegisterSheet(
        division_code=village_code,
        sheet_no=1 + (uow.session.scalar(last) or 0),
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(sheet)
    uow.session.flush()
    return sheet


def write_entries(uow: UnitOfWork, village_code: str, drafts: Sequence[EntryDraft]) -> RegisterSheet:
    """Write one new version of each row, the former ones stay; every row belongs to this village."""
    sheet = open_sheet(uow, village_code)
    last = last_entry_nos(uow.session, [draft.parcel_id for draft in drafts])
    if last:
        uow.session.execute(
            update(RegisterEntry)
            .where(RegisterEntry.parcel_id.in_(last), RegisterEntry.is_current)
            .values(is_current=False)
            .execution_options(synchronize_session=False)
        )
    written = {"sheet_id": sheet.id, "is_current": True, "is_withdrawal": False, "at": uow.now, "by": uow.actor.name}
    rows = [
        {
            "parcel_id": draft.parcel_id,
            "entry_no": 1 + last.get(draft.parcel_id, 0),
            "cells": {key: text for key, text in draft.cells.items() if text},
            "changed": dict(draft.changed),
            "place": draft.place,
            "import_id": draft.import_id,
            "page_id": draft.page_id,
            "reason": draft.reason,
            "by_id": uow.actor.account_id,
            **written,
        }
        for draft in drafts
    ]
    if rows:
        uow.session.execute(insert(RegisterEntry), rows)
    return sheet


def current_cells(session: Session, parcel_id: int) -> Mapping[str, str]:
    """Return the texts of a row as they stand; nothing where it was never written as a row."""
    query = select(RegisterEntry.cells).where(RegisterEntry.parcel_id == parcel_id, RegisterEntry.is_current)
    return session.scalar(query) or {}


def last_entry_nos(session: Session, parcel_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of the newest version of each row that has any."""
    found: dict[int, int] = {}
    ids = iter(parcel_ids)
    while part := list(itertools.islice(ids, 1000)):
        query = select(RegisterEntry.parcel_id, func.max(RegisterEntry.entry_no))
        found.update(
            session.execute(query.where(RegisterEntry.parcel_id.in_(part)).group_by(RegisterEntry.parcel_id)).all()
        )
    return found


def texts_of(certificate: Certificate, parcel: Parcel, labels: Labels) -> dict[str, str]:
    """Return what a row's normal form says in the words of the sheet, for rows that nobody has written as a row."""
    values: dict[str, Any] = {name: getattr(certificate, name) for name in BOOK_FIELDS}
    values |= {name: getattr(parcel, name) for name in PAGE_FIELDS}
    texts = {name: _text(name, value, labels) for name, value in values.items()}
    texts["village_code"] = parcel.division_code
    texts["area_mu"] = parcel.area_as_written
    texts["id_no"] = certificate.id_no_masked
    if parcel.is_term_open:
        texts["term_end"] = OPEN_TERM
    return {name: text for name, text in texts.items() if text}


def _text(name: str, value: Any, labels: Labels) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return labels.of(name, str(value)) if name in CODED else str(value)
