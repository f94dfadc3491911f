"""Monthly lists (信息共享月报): ordered for one finished month, made in the background, fixed once issued.

Source: domain reference 3.3 (F10) and section 6 (monthly share list).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lindang.errors import BadInput, Conflict, NotFound, Unavailable
from lindang.fonts import find_font
from lindang.host import Host
from lindang.i18n import _, official
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.place import ORG_FORESTRY, Division, Org
from models.register import Certificate
from models.sharing import CONTENT, ISSUED, LIST_PDF, LIST_XLSX, SharingAgency, SharingList, SharingListDoc
from plugins.sharing.documents import pdf_list, workbook_list
from plugins.sharing.domain.days import office_day
from plugins.sharing.domain.groups import EXTENDED, FINDINGS, PAGES
from plugins.sharing.domain.lists import (
    CHANGED,
    NEW,
    WITHDRAWN,
    ListColumn,
    cell_of,
    columns_for,
    month_before,
    month_bounds,
    read_month,
    told_changes,
)
from plugins.sharing.domain.papers import canonical
from plugins.sharing.permissions import LIST_ISSUE
from plugins.sharing.queries.agencies import Agreement, agreement, find_agency
from plugins.sharing.queries.changes import MonthChange, month_changes
from plugins.sharing.service.asking import tell

LIST_JOB: Final = "sharing.make_list"
_NOT_LISTED: Final = frozenset({PAGES, FINDINGS, *EXTENDED})
_PART: Final = 200


def order_list(uow: UnitOfWork, agency_id: int, county_code: str, month: str) -> SharingList:
    """Order the list of a finished month.

    Raises:
        BadInput: the month is none, or has not ended.
        NotFound: the agency or county is not in the actor's scope, or not within the agreement.
        Conflict: the month's list has been ordered already, or the agreement is not in force.
    """
    uow.actor.require(LIST_ISSUE)
    days = read_month(month)
    if days is None or days[1] >= office_day(uow.now):
        raise BadInput(_("请填已经结束的月份，例如 2020-08"), where="month", remedy=_("本月的清单下月出具。"))
    agreed = agreement(uow.session, find_agency(uow.session, uow.actor, agency_id))
    if obstacle := agreed.obstacle(office_day(uow.now)):
        raise Conflict(obstacle, remedy=_("协议有效时才能出具月报。"))
    if not (uow.actor.covers(county_code) and _concerns(agreed, county_code)):
        raise NotFound(_("没有这个县，或它不在协议约定的区划内"), where="county")
    row = SharingList(
        list_no=f"{county_code}-{month.replace('-', '')}-F10-{agreed.id:03d}",
        agency_id=agreed.id,
        county_code=county_code,
        month=month,
        ordered_at=uow.now,
        ordered_by=uow.actor.name,
        ordered_by_id=uow.actor.account_id,
    )
    try:
        with uow.session.begin_nested():
            uow.session.add(row)
    except IntegrityError as error:
        raise Conflict(
            _("%(month)s 的月报已经出具过", month=month), remedy=_("月报出具后不再改动；更正写入下月。")
        ) from error
    facts = {"list_no": row.list_no, "agency": agreed.name}
    uow.journal("sharing.list_ordered", f"sharing_list:{row.id}", division=county_code, **facts)
    uow.enqueue(LIST_JOB, str(row.id), division=county_code, label=row.list_no)
    return row


def _concerns(agreed: Agreement, county_code: str) -> bool:
    """Say whether the agreement covers the county or a part of it."""
    return any(prefix.startswith(county_code) or county_code.startswith(prefix) for prefix in agreed.prefixes)


def make_list(context: JobContext, argument: str) -> None:
    """Build the list and its documents, and issue it; a list that is issued stays as it is."""
    host = context.host
    with host.view() as session:
        row = session.get_one(SharingList, int(argument))
        if row.state == ISSUED:
            return
        with official():
            content = _content(host, session, row)
    blobs = {kind: host.storage.put_bytes(data) for kind, data in _documents(host, content, row)}
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        locked = uow.session.get_one(SharingList, row.id, with_for_update=True)
        if locked.state == ISSUED:
            return
        uow.session.add_all(
            SharingListDoc(list_id=row.id, kind=kind, sha256=blob.sha256, bytes=blob.bytes)
            for kind, blob in blobs.items()
        )
        locked.state, locked.issued_at, locked.totals = ISSUED, uow.now, content["totals"]
        facts = {"list_no": row.list_no, "rows": len(content["rows"]), "sha256": blobs[CONTENT].sha256}
        uow.journal("sharing.list_issued", f"sharing_list:{row.id}", division=row.county_code, **facts)


def _documents(host: Host, content: dict[str, Any], row: SharingList) -> Iterator[tuple[str, bytes]]:
    """Yield the documents; without a font there is no paper, and the workbook is not held up by it."""
    yield CONTENT, canonical(content)
    yield LIST_XLSX, workbook_list(content)
    try:
        font = find_font(host.settings.plugin("sharing").pdf_font, section="sharing")
    except Unavailable:
        return
    yield LIST_PDF, pdf_list(content, font, row.ordered_at)


def _content(host: Host, session: Session, row: SharingList) -> dict[str, Any]:
    agreed = agreement(session, session.get_one(SharingAgency, row.agency_id))
    groups = [group for group in agreed.groups if group not in _NOT_LISTED]
    columns, previous = columns_for(groups), _previous(host, session, row)
    last = {line["key"]: line["change"] for line in previous["rows"]} if previous else {}
    begin, end = month_bounds(row.month)
    changes = month_changes(session, agreed, row.county_code, begin, end)
    rows = list(_rows(host, session, changes, groups, columns))
    for line in rows:
        line["last_month"] = last.get(line["key"], "")
    counted = Counter(line["change"] for line in rows)
    county = select(Division.name).where(Division.code == row.county_code).order_by(Division.valid_from.desc())
    office = select(Org.name).where(Org.kind == ORG_FORESTRY, Org.division_code == row.county_code, Org.is_active)
    return {
        "list_no": row.list_no,
        "month": row.month,
        "county": session.scalar(county.limit(1)) or row.county_code,
        "office": session.scalar(office.order_by(Org.id).limit(1)) or host.settings.host.office_name,
        "agency": agreed.name,
        "document": agreed.document,
        "groups": groups,
        "columns": [{"heading": one.heading, "weight": one.weight} for one in columns],
        "rows": rows,
        "totals": {kind: counted[kind] for kind in (NEW, CHANGED, WITHDRAWN)},
        "previous": {"list_no": previous["list_no"], "totals": previous["totals"]} if previous else None,
        "in_both": sum(1 for line in rows if line["last_month"]),
    }


def _rows(
    host: Host, session: Session, changes: list[MonthChange], groups: list[str], columns: list[ListColumn]
) -> Iterator[dict[str, Any]]:
    """Yield the lines of the list; a change of which nothing may be told is no line."""
    told = [(one, told_changes(one.fields, groups)) for one in changes]
    wanted = [(one, words) for one, words in told if words or one.change != CHANGED]
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        query = select(Certificate).where(Certificate.id.in_([one.certificate_id for one, _words in part]))
        books = {book.id: book for book in session.scalars(query)}
        ordered = [books[one.certificate_id] for one, _words in part]
        answers = tell(host, session, host.system_actor(), ordered, groups)
        for (one, words), answer in zip(part, answers, strict=True):
            sections = {section.group: {"rows": section.rows} for section in answer.sections}
            cells = [cell_of(column, sections) for column in columns]
            changed = words if one.change == CHANGED else []
            yield {"key": books[one.certificate_id].cert_key, "change": one.change, "cells": cells, "changed": changed}
        session.expunge_all()


def _previous(host: Host, session: Session, row: SharingList) -> dict[str, Any] | None:
    """Return the content of the last month's list, None when there was none."""
    query = (
        select(SharingListDoc.sha256)
        .join(SharingList, SharingList.id == SharingListDoc.list_id)
        .where(
            SharingList.agency_id == row.agency_id,
            SharingList.county_code == row.county_code,
            SharingList.month == month_before(row.month),
            SharingList.state == ISSUED,
            SharingListDoc.kind == CONTENT,
        )
    )
    sha256 = session.scalar(query)
    if sha256 is None:
        return None
    found: dict[str, Any] = json.loads(host.storage.read(sha256))
    return found
