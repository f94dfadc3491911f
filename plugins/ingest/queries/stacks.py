"""A stack on the sorting desk: one file of many pages, or the page files of one folder in the order of their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.intake import IntakeFile, IntakeRun
from plugins.ingest.domain.naming import folder_of, natural_key
from plugins.ingest.domain.record import ScanRecord, from_json

PAGE_FILES: Final = "files"
"""Format of a stack whose pages are files of their own."""


def stack_rows(session: Session, row: IntakeFile) -> list[IntakeFile]:
    """Return the files that form one stack with a waiting file, in order; the file alone unless its delivery is of pages."""
    run = session.get_one(IntakeRun, row.run_id)
    if not run.profile.get("stack") or row.pages != 1:
        return [row]
    query = select(IntakeFile).where(
        IntakeFile.run_id == row.run_id, IntakeFile.state == row.state, IntakeFile.pages == 1
    )
    folder = folder_of(row.relative_path)
    found = [each for each in session.scalars(query) if folder_of(each.relative_path) == folder and each.scan]
    return sorted(found, key=lambda each: (natural_key(each.relative_path), each.id))


def record_of_stack(rows: Sequence[IntakeFile]) -> ScanRecord:
    """Return a stack as one parsed file, its pages numbered from one."""
    records = [from_json(row.scan or {}) for row in rows]
    if len(records) == 1:
        return records[0]
    pages = tuple(replace(record.pages[0], page_no=number) for number, record in enumerate(records, start=1))
    return replace(records[0], format=PAGE_FILES, pages=pages)
