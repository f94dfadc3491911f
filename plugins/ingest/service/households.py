"""The 案卷 of a household folder: found again by the folder's name, opened with the next number at its first file."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import ArchiveFile, SchemeNode
from models.events import ArchiveFileSaved
from models.identifiers import ARCHIVAL_CODE, CODE, number_row
from models.intake import IntakeRun
from models.numbering import fonds_of, next_file_code
from plugins.ingest.domain.placing import Household, household_of
from plugins.ingest.queries.places import unique_villages
from plugins.ingest.tools import naming_of, settings_of

_RETENTION: Final = "Y"


def household_in(uow: UnitOfWork, run: IntakeRun, relative_path: str) -> Household | None:
    """Return the household folder that a path of the run lies in; None for a file in no folder."""
    return household_of(
        relative_path,
        naming_of(uow.host),
        division_code=run.division_code,
        run_name=run.name,
        villages=unique_villages(uow.session, run.division_code[:6]),
    )


def find_household_file(uow: UnitOfWork, household: Household) -> ArchiveFile | None:
    """Return the 案卷 of a household folder, if it is open."""
    known = select(ArchiveFile).where(
        ArchiveFile.division_code == household.division_code, ArchiveFile.folder_name == household.key
    )
    return uow.session.scalars(known).first()


def household_file(uow: UnitOfWork, household: Household) -> ArchiveFile:
    """Return the 案卷 of a household folder, opening it at its first file."""
    return find_household_file(uow, household) or open_file(
        uow,
        division_code=household.division_code,
        title=household.title,
        holder_name=household.name.holder,
        folder_name=household.key,
    )


def open_file(
    uow: UnitOfWork, *, division_code: str, title: str, holder_name: str = "", folder_name: str | None = None
) -> ArchiveFile:
    """Open a 案卷 of the household class and give it the next code. Raises Conflict when no fonds keeps the records."""
    fonds = fonds_of(uow.session, division_code)
    if fonds is None:
        raise Conflict(_("这个区划还没有全宗，不能编档号"), where=division_code, remedy=_("请先登记本单位的全宗号。"))
    class_code = settings_of(uow.host).class_code
    node = select(SchemeNode.retention).where(SchemeNode.code == class_code, SchemeNode.is_current)
    retention = uow.session.scalar(node.limit(1)) or _RETENTION
    parts = next_file_code(
        uow, fonds=fonds.code, class_code=class_code, division_code=division_code, year=None, retention=retention
    )
    archive_file = ArchiveFile(
        archival_code=parts.code,
        fonds_code=fonds.code,
        class_code=class_code,
        year=None,
        retention=retention,
        division_code=division_code,
        file_no=parts.number,
        title=title,
        holder_name=holder_name,
        folder_name=folder_name,
        paper_pages=None,
        created_at=uow.now,
        created_by=uow.actor.name,
    )
    uow.session.add(archive_file)
    uow.session.flush()
    enter_code(uow, archive_file.archival_code, archive_file)
    subject = f"archive_file:{archive_file.id}"
    uow.journal("archive_file.opened", subject, division=division_code, code=archive_file.archival_code)
    uow.emit(ArchiveFileSaved(archive_file_id=archive_file.id, division_code=division_code))
    return archive_file


def enter_code(uow: UnitOfWork, code: str, archive_file: ArchiveFile, item_id: int | None = None) -> None:
    """Make the code of a 案卷, or of one of its 件, findable as a number."""
    links = {"archive_file_id": archive_file.id, "item_id": item_id}
    row = number_row(ARCHIVAL_CODE, code, source=CODE, division_code=archive_file.division_code, **links)
    uow.session.add(row)
