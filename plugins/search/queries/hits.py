"""The rows behind hits: every hit is looked up again in the database, inside the actor's scope, before it is shown.

The index may be a moment behind the database; what is gone or out of scope there is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from models.archive import ArchiveFile, Item, Page, SchemeNode
from models.digital import PageText
from models.place import Division
from models.register import Certificate
from plugins.search.domain.documents import Kind, SearchDoc
from plugins.search.domain.engine import Group, Hit
from plugins.search.domain.folding import fold
from plugins.search.domain.matching import pattern_regex
from plugins.search.domain.query import Pattern
from plugins.search.domain.snippets import Snippet, find_marks, make_snippet
from plugins.search.domain.spelling import PLAIN, Spelling
from plugins.search.queries.units import load_units


@dataclass(frozen=True, slots=True)
class HitView:
    """One hit as shown: what it is, where a link leads, the page number of a page, and the words around.

    `found` are the texts of a page that answer the query, folded, in the spelling of the page.
    """

    kind: str
    object_id: int
    archival_code: str
    page_no: int | None
    snippet: Snippet
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupView:
    """The hits of one 件, or of the description of one 案卷 or certificate, under its heading."""

    kind: str
    object_id: int
    title: str
    archival_code: str
    file_id: int | None
    file_title: str
    holder: str
    place: str
    count: int
    hits: tuple[HitView, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """The folded words to mark: in the text of pages, and in descriptions; and patterns, whose matches are marked."""

    pages: tuple[str, ...] = ()
    descriptions: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    spelling: Spelling = PLAIN

    def written(self, text: str, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return these words as the text writes them, each spelling once."""
        return tuple(
            islice(dict.fromkeys(fold(text[a:b]) for a, b in find_marks(text, wanted, self.spelling)), _MOST_MATCHED)
        )

    def matched(self, *texts: str) -> tuple[str, ...]:
        """Return what the patterns match in texts, each by itself, folded, each match once."""
        folded = [self.spelling.text(fold(text)) for text in texts] if self.patterns else []
        regexes = [pattern_regex(pattern) for pattern in self.patterns]
        found = (hit[0] for text in folded for regex in regexes for hit in regex.finditer(text))
        return tuple(islice(dict.fromkeys(found), _MOST_MATCHED))


_MOST_MATCHED = 5


@dataclass(frozen=True, slots=True)
class _Rows:
    """Everything that the hits of one answer page need, by id, all inside the scope."""

    files: dict[int, Any]
    items: dict[int, Any]
    certificates: dict[int, Any]
    pages: dict[int, Any]
    docs: dict[tuple[Kind, int], SearchDoc]
    places: dict[str, str]


def show_groups(session: Session, actor: Actor, groups: Sequence[Group], marks: Marks) -> list[GroupView]:
    """Return the groups as they are shown, in order; without what is no longer there or not inside the scope."""
    hits = [hit for group in groups for hit in group.hits]
    rows = _read(session, actor, hits)
    shown = (_group(group, rows, marks) for group in groups)
    return [group for group in shown if group]


def _read(session: Session, actor: Actor, hits: Sequence[Hit]) -> _Rows:
    files = _by_id(
        session,
        select(
            ArchiveFile.id,
            ArchiveFile.title,
            ArchiveFile.archival_code,
            ArchiveFile.holder_name,
            ArchiveFile.division_code,
        ).where(ArchiveFile.id.in_({hit.file_id for hit in hits}), actor.within(ArchiveFile.division_code)),
    )
    items = _by_id(
        session,
        select(Item.id, Item.title, Item.archival_code).where(
            Item.id.in_({hit.item_id for hit in hits}), actor.within(Item.division_code)
        ),
    )
    certificates = _by_id(
        session,
        select(Certificate.id, Certificate.cert_no, Certificate.holder_name, Certificate.division_code).where(
            Certificate.id.in_({hit.certificate_id for hit in hits if hit.kind is Kind.CERTIFICATE}),
            actor.within(Certificate.division_code),
        ),
    )
    pages = _by_id(
        session,
        select(Page.id, Page.page_no, PageText.text)
        .join(Item, Item.id == Page.item_id)
        .join(PageText, PageText.page_id == Page.id)
        .where(Page.id.in_({hit.page_id for hit in hits}), PageText.is_current, actor.within(Item.division_code)),
    )
    codes = {row.division_code for row in (*files.values(), *certificates.values())}
    return _Rows(files, items, certificates, pages, _descriptions(session, hits, files), division_paths(session, codes))


def _by_id(session: Session, query: Any) -> dict[int, Any]:
    return {row.id: row for row in session.execute(query)}


def _descriptions(session: Session, hits: Sequence[Hit], files: dict[int, Any]) -> dict[tuple[Kind, int], SearchDoc]:
    """Return the documents of hits that are no pages, made afresh, by kind and id."""
    described = [hit for hit in hits if hit.kind is not Kind.PAGE]
    keys = {hit.file_id or -hit.certificate_id for hit in described if hit.file_id in files or not hit.file_id}
    docs = (doc for unit in load_units(session, sorted(keys), pages=false()) for doc in unit.docs)
    return {(doc.kind, object_of(doc)): doc for doc in docs}


def object_of(doc: SearchDoc | Hit) -> int:
    """Return the id of what a document or hit stands for, among those of its kind."""
    ids = {Kind.FILE: doc.file_id, Kind.ITEM: doc.item_id, Kind.PAGE: doc.page_id, Kind.CERTIFICATE: doc.certificate_id}
    return ids[doc.kind]


def division_paths(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return for each division code the names from county to village, as in 岚县东村镇王家村."""
    wanted = set(codes)
    around = {code[:length] for code in wanted for length in (6, 9, 12)}
    query = select(Division.code, Division.name).where(Division.code.in_(around)).order_by(Division.valid_from)
    names: dict[str, str] = dict(session.execute(query).all())
    return {
        code: "".join(names.get(code[:length], "") for length in (6, 9, 12) if len(code) >= length) for code in wanted
    }


def class_titles(session: Session) -> dict[str, str]:
    """Return the titles of the classes in use, by code."""
    query = select(SchemeNode.code, SchemeNode.title).where(SchemeNode.is_current)
    return dict(session.execute(query).all())


# --- putting together -------------------------------------------------------------------------------------------


def _group(group: Group, rows: _Rows, marks: Marks) -> GroupView | None:
    """Return a group as shown, or None when the database confirms none of its hits."""
    first = group.hits[0]
    hits = tuple(view for hit in group.hits if (view := _hit(hit, rows, marks)))
    if not hits:
        return None
    owner = rows.files[first.file_id] if first.file_id else rows.certificates[first.certificate_id]
    if first.item_id:
        item = rows.items[first.item_id]
        kind, object_id, title, code = "item", item.id, item.title, item.archival_code
    elif first.file_id:
        kind, object_id, title, code = "archive_file", owner.id, owner.title, owner.archival_code
    else:
        kind, object_id, title, code = "certificate", owner.id, owner.cert_no, ""
    return GroupView(
        kind=kind,
        object_id=object_id,
        title=title,
        archival_code=code,
        file_id=first.file_id or None,
        file_title=owner.title if first.file_id else "",
        holder=owner.holder_name,
        place=rows.places.get(owner.division_code, ""),
        count=group.count,
        hits=hits,
    )


_KIND_NAMES = {Kind.FILE: "archive_file", Kind.ITEM: "item", Kind.PAGE: "page", Kind.CERTIFICATE: "certificate"}


def _hit(hit: Hit, rows: _Rows, marks: Marks) -> HitView | None:
    """Return one hit as shown, or None when the database does not confirm it."""
    if (hit.file_id and hit.file_id not in rows.files) or (hit.item_id and hit.item_id not in rows.items):
        return None
    owner = rows.items.get(hit.item_id) or rows.files.get(hit.file_id)
    code = owner.archival_code if owner else ""
    if hit.kind is Kind.PAGE:
        page = rows.pages.get(hit.page_id)
        if page is None:
            return None
        wanted = (*marks.matched(page.text), *marks.pages)
        snippet = make_snippet(page.text, wanted, spelling=marks.spelling)
        return HitView("page", page.id, code, page.page_no, snippet, marks.written(page.text, wanted))
    doc = rows.docs.get((hit.kind, object_of(hit)))
    if doc is None or (hit.kind is Kind.CERTIFICATE and hit.certificate_id not in rows.certificates):
        return None
    text = " · ".join(doc.words)
    snippet = make_snippet(text, (*marks.matched(*doc.words), *marks.descriptions), spelling=marks.spelling)
    return HitView(_KIND_NAMES[hit.kind], object_of(hit), code, None, snippet)
