"""Matching the register with the scans, both ways: what of a village has no counterpart on the other side, each list counted by one query.

Source: domain reference 2.9, R33 to R36, R44, R45 (proposals); the seed asks for 一一对应.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from lindang.auth import Actor
from lindang.i18n import Text, lazy
from models.archive import ArchiveFile, Item, Page
from models.checklist import household_classes
from models.digital import Identifier
from models.identifiers import CERT_NO, OCR
from models.intake import SORTING, IntakeFile
from models.place import Division
from models.register import BaselineLine, Certificate, Parcel, RegisterBaseline, RegisterEntry
from plugins.register.queries.checks_baseline import has_list, names_certificate
from plugins.register.queries.checks_scope import is_below

LINES_PER_PAGE: Final = 50
BOOK_COPY: Final = "D11"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLine:
    """One thing without its counterpart: a certificate, a file, a page, a line of a declared list."""

    kind: str
    id: int
    division_code: str
    text: str
    holder: str = ""
    detail: str = ""
    certificate_id: int | None = None
    archive_file_id: int | None = None


@dataclass(frozen=True, slots=True)
class MatchList:
    """One of the lists: its title, what to do about it, and the query of its lines."""

    key: str
    title: Text
    hint: Text
    lines: Callable[[Session], Select[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class VillageCounts:
    """How much of a village is without counterpart, by list."""

    code: str
    name: str
    counts: dict[str, int]


def _line(kind: str, row_id: Any, division: Any, text: Any, **more: Any) -> Select[*tuple[Any, ...]]:
    """Return the columns of a `MatchLine` under their names."""
    columns: dict[str, Any] = {
        "holder": literal(""),
        "detail": literal(""),
        "certificate_id": literal(None),
        "archive_file_id": literal(None),
    }
    columns |= more
    return select(
        literal(kind).label("kind"),
        row_id.label("id"),
        division.label("division_code"),
        text.label("text"),
        *(value.label(name) for name, value in columns.items()),
    )


def _of_certificate(**more: Any) -> Select[*tuple[Any, ...]]:
    return _line(
        "certificate",
        Certificate.id,
        Certificate.division_code,
        Certificate.cert_no,
        holder=Certificate.holder_name,
        certificate_id=Certificate.id,
        **{"archive_file_id": Certificate.archive_file_id, **more},
    ).where(~Certificate.is_withdrawn)


def _written_code() -> ColumnElement[str]:
    """Return the 档号 that the rows of a certificate name."""
    return (
        select(func.max(RegisterEntry.cells["archival_code"].as_string()))
        .join(Parcel, Parcel.id == RegisterEntry.parcel_id)
        .where(Parcel.certificate_id == Certificate.id, ~Parcel.is_withdrawn, RegisterEntry.is_current)
        .scalar_subquery()
    )


def _without_file(_session: Session) -> Select[*tuple[Any, ...]]:
    return _of_certificate(detail=func.coalesce(_written_code(), "")).where(Certificate.archive_file_id.is_(None))


def _without_copy(_session: Session) -> Select[*tuple[Any, ...]]:
    scanned = exists().where(
        Item.archive_file_id == Certificate.archive_file_id, Item.doc_type == BOOK_COPY, Page.item_id == Item.id
    )
    code = select(ArchiveFile.archival_code).where(ArchiveFile.id == Certificate.archive_file_id).scalar_subquery()
    return _of_certificate(detail=code).where(Certificate.archive_file_id.is_not(None), ~scanned)


def _files_without_row(session: Session) -> Select[*tuple[Any, ...]]:
    keyed = exists().where(Certificate.archive_file_id == ArchiveFile.id, ~Certificate.is_withdrawn)
    read = (
        select(func.max(Identifier.raw))
        .where(
            Identifier.archive_file_id == ArchiveFile.id,
            Identifier.kind == CERT_NO,
            Identifier.source == OCR,
            Identifier.is_current,
        )
        .scalar_subquery()
    )
    return _line(
        "archive_file",
        ArchiveFile.id,
        ArchiveFile.division_code,
        ArchiveFile.archival_code,
        holder=ArchiveFile.holder_name,
        detail=func.coalesce(read, ""),
        archive_file_id=ArchiveFile.id,
    ).where(ArchiveFile.class_code.in_(household_classes(session)), ~keyed)


def _claimed_twice(_session: Session) -> Select[*tuple[Any, ...]]:
    """A file that a second certificate names: its rows write the 档号 of a file that is another certificate's."""
    other = aliased(Certificate)
    owner = (
        select(other.cert_no)
        .join(ArchiveFile, ArchiveFile.id == other.archive_file_id)
        .where(ArchiveFile.archival_code == _written_code(), ~other.is_withdrawn, other.id != Certificate.id)
        .limit(1)
        .correlate(Certificate)
        .scalar_subquery()
    )
    return _of_certificate(detail=func.coalesce(owner, "")).where(
        Certificate.archive_file_id.is_(None), owner.is_not(None)
    )


def _scan_of_another(_session: Session) -> Select[*tuple[Any, ...]]:
    """A scan in a certificate's file on which the number of another certificate was read."""
    other = aliased(Certificate)
    named = and_(
        Identifier.archive_file_id == Certificate.archive_file_id,
        Identifier.kind == CERT_NO,
        Identifier.source == OCR,
        Identifier.is_current,
        Identifier.key != Certificate.cert_key,
        other.cert_key == Identifier.key,
        other.county_code == Certificate.county_code,
        ~other.is_withdrawn,
    )
    read = select(func.max(other.cert_no)).where(named).correlate(Certificate).scalar_subquery()
    return _of_certificate(detail=func.coalesce(read, "")).where(exists().where(named))


def _unlisted(_session: Session) -> Select[*tuple[Any, ...]]:
    listed = exists().where(names_certificate())
    return _of_certificate().where(has_list(Certificate.division_code), ~listed)


def _unkeyed(_session: Session) -> Select[*tuple[Any, ...]]:
    keyed = exists().where(
        Certificate.cert_key == BaselineLine.cert_key,
        ~Certificate.is_withdrawn,
        is_below(Certificate.division_code, BaselineLine.division_code),
    )
    return (
        _line(
            "baseline",
            BaselineLine.baseline_id,
            BaselineLine.division_code,
            BaselineLine.cert_no,
            holder=BaselineLine.holder_name,
            detail=cast(BaselineLine.line_no, String),
        )
        .join(RegisterBaseline, RegisterBaseline.id == BaselineLine.baseline_id)
        .where(RegisterBaseline.is_current, ~keyed)
    )


def _on_the_desk(_session: Session) -> Select[*tuple[Any, ...]]:
    return _line(
        "intake_file",
        IntakeFile.id,
        IntakeFile.division_code,
        IntakeFile.relative_path,
        archive_file_id=IntakeFile.archive_file_id,
    ).where(IntakeFile.state == SORTING)


LISTS: Final = (
    MatchList("no_file", lazy("有证无卷"), lazy("这些证没有对应的案卷：扫描入库，或更正档号。"), _without_file),
    MatchList(
        "no_copy", lazy("卷内缺林权证扫描件"), lazy("案卷里没有林权证存根或复印件（D11）：请补扫。"), _without_copy
    ),
    MatchList("no_row", lazy("有卷无证"), lazy("这些一户一档的案卷还没有录入：请打开录入。"), _files_without_row),
    MatchList("claimed", lazy("一卷两证"), lazy("行里写的档号已是另一本证的案卷：请核对是哪一本的。"), _claimed_twice),
    MatchList(
        "other",
        lazy("卷内有别证的扫描件"),
        lazy("扫描件上识别出另一本证的号码：请看扫描件，放错的移走。"),
        _scan_of_another,
    ),
    MatchList("unlisted", lazy("清册里没有的证"), lazy("登记册里有，颁证清册里没有。"), _unlisted),
    MatchList("unkeyed", lazy("清册里有、没有录入的证"), lazy("颁证清册里有，登记册里没有：请补录。"), _unkeyed),
    MatchList("desk", lazy("分拣台上的扫描件"), lazy("已收到、还没有归卷的扫描件。"), _on_the_desk),
)
BY_KEY: Final = {each.key: each for each in LISTS}


def _inside(session: Session, actor: Actor, each: MatchList, place: str) -> Any:
    lines = each.lines(session).subquery()
    query = select(lines).where(actor.within(lines.c.division_code))
    return query.where(lines.c.division_code.startswith(place, autoescape=True)) if place else query


def match_counts(session: Session, actor: Actor, place: str = "") -> dict[str, int]:
    """Return how long each list is, inside the scope and a place."""
    found = {}
    for each in LISTS:
        lines = _inside(session, actor, each, place).subquery()
        found[each.key] = session.scalar(select(func.count()).select_from(lines)) or 0
    return found


def village_counts(session: Session, actor: Actor, place: str = "") -> list[VillageCounts]:
    """Return the lengths of the lists village by village, those with nothing left out, by code."""
    found: dict[str, dict[str, int]] = {}
    for each in LISTS:
        lines = _inside(session, actor, each, place).subquery()
        for code, count in session.execute(select(lines.c.division_code, func.count()).group_by(lines.c.division_code)):
            found.setdefault(code, {})[each.key] = count
    names = dict(session.execute(select(Division.code, Division.name).where(Division.code.in_(found))).all())
    return [VillageCounts(code, names.get(code, code), found[code]) for code in sorted(found)]


def match_lines(
    session: Session, actor: Actor, key: str, *, place: str, page: int, size: int = LINES_PER_PAGE
) -> tuple[list[MatchLine], int]:
    """Return one page of a list, by place and number, and how long it is."""
    lines = _inside(session, actor, BY_KEY[key], place).subquery()
    total = session.scalar(select(func.count()).select_from(lines)) or 0
    query = select(lines).order_by(lines.c.division_code, lines.c.text, lines.c.id)
    found = session.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [MatchLine(**row) for row in found], total
