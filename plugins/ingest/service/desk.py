"""The sorting desk: a person says where a parsed file belongs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from lindang.errors import BadInput, Fault, Faults, NotFound
from lindang.i18n import _
from lindang.uow import UnitOfWork, stale_version
from models.archive import ArchiveFile, ChecklistRule, Item
from models.intake import SORTING
from plugins.ingest.domain.placing import VILLAGE_DIGITS
from plugins.ingest.domain.record import from_json
from plugins.ingest.queries.known import item_with
from plugins.ingest.service.filing import Place, file_item, mark_duplicate
from plugins.ingest.service.households import open_file
from plugins.ingest.service.receive import find_file


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A 案卷 to be opened for the file: its village, holder, and title (empty: made from the holder's name)."""

    division_code: str
    holder_name: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorting:
    """What the person decided: an existing 案卷 or a new one, what kind of document it is, and its title."""

    archive_file_id: int | None
    new_file: NewFile | None
    doc_type: str
    title: str


def sort_file(uow: UnitOfWork, file_id: int, sorting: Sorting, *, version: int, engine: str) -> Item | None:
    """File what waits on the desk where the person says.

    Args:
        uow: the unit of work.
        file_id: the intake file.
        sorting: the decision.
        version: version of the row that the person saw.
        engine: what will read pages without text; empty for nothing.

    Returns:
        The 件, or None when the same content was filed elsewhere in the meantime.

    Raises:
        StaleVersion: somebody else sorted it first.
        Faults: the decision is incomplete.
        NotFound: the 案卷 lies outside the actor's scope.
    """
    row = find_file(uow, file_id, SORTING)
    if row.version != version:
        raise stale_version()
    title = _checked_title(uow, sorting)
    twin = item_with(uow.session, row.division_code, row.sha256)
    if twin is not None:
        mark_duplicate(uow, row, twin)
        return None
    place = Place(_archive_file(uow, sorting), sorting.doc_type, title, "person")
    return file_item(uow, row, from_json(row.scan or {}), place, engine)


def _checked_title(uow: UnitOfWork, sorting: Sorting) -> str:
    known = select(ChecklistRule.title).where(ChecklistRule.doc_type == sorting.doc_type, ChecklistRule.is_current)
    listed = uow.session.scalar(known.limit(1)) if sorting.doc_type else ""
    faults = []
    if listed is None:
        faults.append(Fault("doc_type", _("没有这种材料类型"), _("请从列表中选择。")))
    if listed == "" and not sorting.title.strip():
        faults.append(Fault("title", _("请填写题名"), _("选了材料类型的可以不填。")))
    if sorting.archive_file_id is None and sorting.new_file is None:
        faults.append(Fault("archive_file", _("请选择案卷，或新立一卷"), _("可按档号、户主或证号查找。")))
    faults += _new_file_faults(uow, sorting.new_file) if sorting.new_file else []
    if faults:
        raise Faults(_("没有归档"), faults)
    return sorting.title.strip() or str(listed)


def _new_file_faults(uow: UnitOfWork, new_file: NewFile) -> list[Fault]:
    faults = []
    if len(new_file.division_code) != VILLAGE_DIGITS or not uow.actor.covers(new_file.division_code):
        faults.append(Fault("division_code", _("请选择村"), _("一户一档的案卷要立在村一级。")))
    if not (new_file.holder_name.strip() or new_file.title.strip()):
        faults.append(Fault("holder_name", _("请填写户主或案卷题名")))
    return faults


def _archive_file(uow: UnitOfWork, sorting: Sorting) -> ArchiveFile:
    if sorting.archive_file_id is None:
        if sorting.new_file is None:
            raise BadInput(_("请选择案卷，或新立一卷"))
        new_file = sorting.new_file
        holder = new_file.holder_name.strip()
        title = new_file.title.strip() or f"{holder}林权登记材料"
        return open_file(uow, division_code=new_file.division_code, title=title, holder_name=holder)
    mine = uow.actor.within(ArchiveFile.division_code)
    found = uow.session.scalar(select(ArchiveFile).where(ArchiveFile.id == sorting.archive_file_id, mine))
    if found is None:
        raise NotFound(_("没有这个案卷"))
    return found


def note_viewing(uow: UnitOfWork, file_id: int) -> None:
    """Put on record that somebody looked at a waiting file: it may show personal numbers."""
    row = find_file(uow, file_id)
    uow.journal("intake.viewed", f"intake_file:{row.id}", division=row.division_code)
