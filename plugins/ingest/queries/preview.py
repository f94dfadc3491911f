"""The naming of an upload as it would be filed: shown to a person before anything is filed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, ChecklistRule
from models.intake import RECEIVED, IntakeFile, IntakeRun
from plugins.ingest.domain.naming import Naming, PlannedFile
from plugins.ingest.domain.placing import Household, household_of
from plugins.ingest.queries.places import division_name, unique_villages


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One file: what it would become."""

    path: str
    order: int | None
    doc_type: str
    doc_title: str
    title: str
    rule: str


@dataclass(frozen=True, slots=True)
class PreviewFolder:
    """One household: the 案卷 it goes to (None: a new one), or the sorting desk when the files stand in no folder."""

    name: str
    holder: str
    division: str
    is_placed: bool
    archive_file_id: int | None
    archive_file_code: str
    lines: tuple[PreviewLine, ...]


def preview(session: Session, actor: Actor, run_id: int, naming: Naming) -> tuple[PreviewFolder, ...]:
    """Return the waiting files of a run as they would be filed; empty for a run outside the actor's scope."""
    run = session.scalar(select(IntakeRun).where(IntakeRun.id == run_id, actor.within(IntakeRun.division_code)))
    if run is None:
        return ()
    waiting = select(IntakeFile.relative_path).where(IntakeFile.run_id == run_id, IntakeFile.state == RECEIVED)
    villages = unique_villages(session, run.division_code[:6])
    titles, preset = doc_titles(session), str(run.profile.get("doc_type") or "")
    folders = []
    for planned in naming.plan(session.scalars(waiting)).folders:
        lines = tuple(_line(file, titles, preset) for file in planned.files)
        household = household_of(
            planned.files[0].relative_path,
            naming,
            division_code=run.division_code,
            run_name=run.name,
            villages=villages,
        )
        folders.append(_folder(session, planned.path, household, lines))
    return tuple(folders)


def doc_titles(session: Session) -> dict[str, str]:
    """Return the titles of the document types of the checklist in force, by type."""
    query = select(ChecklistRule).where(ChecklistRule.is_current).order_by(ChecklistRule.doc_type)
    return {rule.doc_type: rule.title for rule in session.scalars(query)}


def _line(file: PlannedFile, titles: dict[str, str], preset: str) -> PreviewLine:
    name = file.name.or_type(preset)
    doc_title = titles.get(name.doc_type, "")
    title = name.title or doc_title or (str(name.order) if name.order is not None else "")
    return PreviewLine(file.relative_path, name.order, name.doc_type, doc_title, title, name.rule)


def _folder(session: Session, path: str, household: Household | None, lines: tuple[PreviewLine, ...]) -> PreviewFolder:
    if household is None:
        return PreviewFolder(path, "", "", False, None, "", lines)
    known = session.scalar(
        select(ArchiveFile).where(
            ArchiveFile.division_code == household.division_code, ArchiveFile.folder_name == household.key
        )
    )
    return PreviewFolder(
        name=path,
        holder=household.name.holder,
        division=division_name(session, household.division_code),
        is_placed=True,
        archive_file_id=known.id if known else None,
        archive_file_code=known.archival_code if known else "",
        lines=lines,
    )
