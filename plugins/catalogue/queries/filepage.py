"""One 案卷 and one 件 as their pages show them: what lies in it, what is missing, former codes, what happened."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import NotFound
from lindang.i18n import _
from lindang.journal import JournalRow
from models.archive import ArchiveFile, ChecklistRule, Item, OldCode, Page, Waiver
from models.checklist import current_rules, facts_of, household_classes
from models.completeness import Completeness, Line, assess
from models.digital import LAYERED, MASTER, DigitalObject
from models.evidence import FEEDBACK_DOC_TYPE
from models.register import Certificate
from plugins.catalogue.queries.places import Labels, Place, class_titles, labels, places
from plugins.catalogue.words import action_label, field_label

THUMBS_SHOWN = 8
JOURNAL_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One 件 in its file's list; `page_ids` in page order."""

    row: Item
    doc_title: str
    page_ids: tuple[int, ...]

    @property
    def shown(self) -> tuple[int, ...]:
        """The pages whose thumbnails are shown."""
        return self.page_ids[:THUMBS_SHOWN]


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A line of the checklist with the waiver that was asked for it, if any."""

    line: Line
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Happening:
    """One journal line in words."""

    at: dt.datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A 案卷 as its page shows it."""

    row: ArchiveFile
    place: Place
    class_title: str
    is_household: bool
    items: tuple[ItemRow, ...]
    completeness: Completeness | None
    checklist: tuple[ChecklistLine, ...]
    old_codes: tuple[OldCode, ...]
    labels: Labels

    @property
    def page_count(self) -> int:
        """How many pages are scanned."""
        return sum(len(item.page_ids) for item in self.items)

    @property
    def first_page(self) -> int | None:
        """The first scanned page, None if there is none."""
        return next((page for item in self.items for page in item.page_ids), None)

    @property
    def page_gap(self) -> int | None:
        """Scanned pages less paper pages; None while the paper has not been counted.

        The registry's feedback comes after the handover and is no paper of the household: nobody counted it.
        """
        if self.row.paper_pages is None:
            return None
        counted = sum(len(item.page_ids) for item in self.items if item.row.doc_type != FEEDBACK_DOC_TYPE)
        return counted - self.row.paper_pages


def file_view(session: Session, actor: Actor, file_id: int) -> FileView:
    """Return one 案卷. Raises NotFound, also out of scope."""
    row = session.scalar(select(ArchiveFile).where(ArchiveFile.id == file_id, actor.within(ArchiveFile.division_code)))
    if row is None:
        raise NotFound(_("没有这个案卷"))
    is_household = row.class_code in household_classes(session)
    completeness = assess(current_rules(session), facts_of(session, [row.id])[row.id]) if is_household else None
    return FileView(
        row=row,
        place=places(session, [row.division_code])[row.division_code],
        class_title=class_titles(session).get(row.class_code, ""),
        is_household=is_household,
        items=item_rows(session, row.id),
        completeness=completeness,
        checklist=_with_waivers(session, row.id, completeness),
        old_codes=old_codes(session, "archive_file", row.id),
        labels=labels(session),
    )


def file_id_of_code(session: Session, actor: Actor, code: str) -> int:
    """Return the 案卷 that has the code now, or had it once. Raises NotFound, also out of scope."""
    present = select(ArchiveFile.id).where(ArchiveFile.archival_code == code, actor.within(ArchiveFile.division_code))
    former = (
        select(ArchiveFile.id)
        .join(OldCode, (OldCode.object_id == ArchiveFile.id) & (OldCode.kind == "archive_file"))
        .where(OldCode.old_code == code, actor.within(ArchiveFile.division_code))
    )
    found = session.scalar(present) or session.scalar(former.limit(1))
    if found is None:
        raise NotFound(_("没有这个案卷"))
    return found


def item_id_of_code(session: Session, actor: Actor, code: str) -> int:
    """Return the 件 that has the code now, or had it once. Raises NotFound, also out of scope."""
    present = select(Item.id).where(Item.archival_code == code, actor.within(Item.division_code))
    former = (
        select(Item.id)
        .join(OldCode, (OldCode.object_id == Item.id) & (OldCode.kind == "item"))
        .where(OldCode.old_code == code, actor.within(Item.division_code))
    )
    found = session.scalar(present) or session.scalar(former.limit(1))
    if found is None:
        raise NotFound(_("没有这一件"))
    return found


def item_rows(session: Session, file_id: int) -> tuple[ItemRow, ...]:
    """Return the 件 of a file in order, with the ids of their pages."""
    pages: dict[int, list[int]] = defaultdict(list)
    query = (
        select(Page.item_id, Page.id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.archive_file_id == file_id)
        .order_by(Page.page_no)
    )
    for item_id, page_id in session.execute(query):
        pages[item_id].append(page_id)
    titles = doc_titles(session)
    items = session.scalars(select(Item).where(Item.archive_file_id == file_id).order_by(Item.item_no))
    return tuple(ItemRow(item, titles.get(item.doc_type, ""), tuple(pages[item.id])) for item in items)


def doc_titles(session: Session) -> dict[str, str]:
    """Return the title of every document type in force by its code."""
    query = select(ChecklistRule.doc_type, ChecklistRule.title).where(ChecklistRule.is_current)
    return dict(session.execute(query).all())


def _with_waivers(session: Session, file_id: int, completeness: Completeness | None) -> tuple[ChecklistLine, ...]:
    asked = {w.doc_type: w for w in session.scalars(select(Waiver).where(Waiver.archive_file_id == file_id))}
    lines = completeness.lines if completeness else ()
    return tuple(ChecklistLine(line, asked.get(line.rule.doc_type)) for line in lines)


def old_codes(session: Session, kind: str, object_id: int) -> tuple[OldCode, ...]:
    """Return the former codes of an object, the latest first."""
    query = select(OldCode).where(OldCode.kind == kind, OldCode.object_id == object_id).order_by(OldCode.id.desc())
    return tuple(session.scalars(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """A 件 as its page shows it."""

    row: Item
    file: ArchiveFile
    doc_title: str
    place: Place
    pages: tuple[Page, ...]
    masters: tuple[DigitalObject, ...]
    layered: tuple[DigitalObject, ...]
    old_codes: tuple[OldCode, ...]
    labels: Labels


def item_view(session: Session, actor: Actor, item_id: int) -> ItemView:
    """Return one 件. Raises NotFound, also out of scope."""
    row = session.scalar(select(Item).where(Item.id == item_id, actor.within(Item.division_code)))
    if row is None:
        raise NotFound(_("没有这一件"))
    masters = (
        select(DigitalObject)
        .where(DigitalObject.item_id == row.id, DigitalObject.role.in_((MASTER, LAYERED)))
        .order_by(DigitalObject.page_id.is_not(None), DigitalObject.page_id, DigitalObject.version)
    )
    objects = session.scalars(masters).all()
    return ItemView(
        row=row,
        file=session.get_one(ArchiveFile, row.archive_file_id),
        doc_title=doc_titles(session).get(row.doc_type, ""),
        place=places(session, [row.division_code])[row.division_code],
        pages=tuple(session.scalars(select(Page).where(Page.item_id == row.id).order_by(Page.page_no))),
        masters=tuple(stored for stored in objects if stored.role == MASTER),
        layered=tuple(stored for stored in objects if stored.role == LAYERED),
        old_codes=old_codes(session, "item", row.id),
        labels=labels(session),
    )


def happenings(session: Session, file_id: int, limit: int = JOURNAL_SHOWN) -> tuple[Happening, ...]:
    """Return what happened to a 案卷, its 件 and its certificate, the latest first; mere reading is left out."""
    subjects = [f"archive_file:{file_id}"]
    subjects += [f"item:{item}" for item in session.scalars(select(Item.id).where(Item.archive_file_id == file_id))]
    held = session.scalars(select(Certificate.id).where(Certificate.archive_file_id == file_id))
    subjects += [f"certificate:{certificate}" for certificate in held]
    query = (
        select(JournalRow)
        .where(JournalRow.subject.in_(subjects), JournalRow.action.not_in(("archive_file.read", "certificate.read")))
        .order_by(JournalRow.seq.desc())
        .limit(limit)
    )
    return tuple(_happening(row) for row in session.scalars(query))


def _happening(row: JournalRow) -> Happening:
    facts = json.loads(row.facts)
    details = [_detail(name, facts[name]) for name in _DETAILS if facts.get(name)]
    text = "；".join([action_label(row.action), *details])
    return Happening(dt.datetime.fromisoformat(row.at), row.actor, text)


_DETAILS = ("code", "old", "new", "cert_no", "parcel_no", "doc_type", "page_no", "changed", "reason", "approved_by")


def _detail(name: str, value: object) -> str:
    match name:
        case "old":
            return _("原档号 %(code)s", code=value)
        case "new":
            return _("新档号 %(code)s", code=value)
        case "page_no":
            return _("第 %(n)s 页", n=value)
        case "reason":
            return _("原因：%(text)s", text=value)
        case "approved_by":
            return _("批准人：%(name)s", name=value)
        case "changed" if isinstance(value, dict):
            return "、".join(field_label(field) for field in value)
        case _:
            return str(value)
