"""Judging the image quality of pages: measured when a file is parsed, judged when it is filed, measured anew when a page has
a new image, judged anew when the limits or the document type change.

Measuring and comparing are slow and happen before the transaction, in the limited child process; masters are only read.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lindang.errors import Conflict, Fault, Faults, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.quality import PageQuality
from plugins.ingest.domain.pagelook import PageLook
from plugins.ingest.domain.quality import GOOD, Finding, judge, verdict_of
from plugins.ingest.domain.scan import Side
from plugins.ingest.quality_limits import Limits
from plugins.ingest.queries.layers import Source, page_sources
from plugins.ingest.queries.quality import (
    Measured,
    Rival,
    facts_of,
    has_uncompared,
    measured_pages,
    uncompared,
    unjudged_items,
)
from plugins.ingest.tools import profile_of, sandbox_of, settings_of

QUALITY_JOB: Final = "ingest.quality"
SAME_PAPER: Final = 0.001
"""Share of the writing without counterpart up to which two pages count as one paper; see docs/quality.md."""


def limits_of(host: Host) -> Limits:
    """Return the office's limits."""
    return settings_of(host).quality.limits


def keep_look(uow: UnitOfWork, item: Item, page: Page, look: PageLook | None, view_sha256: str) -> None:
    """Keep what was measured on the present image of a page; the row of a former image is no longer current."""
    former = update(PageQuality).where(PageQuality.page_id == page.id, PageQuality.is_current)
    uow.session.execute(former.values(is_current=False))
    row = PageQuality(
        page_id=page.id,
        item_id=item.id,
        division_code=item.division_code,
        look=dataclasses.asdict(look) if look else {},
        imprint=look.imprint if look else "",
        view_sha256=view_sha256,
        findings=[],
        measured_at=uow.now,
        compared_at=None,
        alike_page_id=None,
        accepted_at=None,
        accepted_by_id=None,
    )
    uow.session.add(row)


def judge_item(uow: UnitOfWork, item: Item) -> None:
    """Judge the measured pages of an item under the limits in force."""
    uow.session.flush()
    limits = limits_of(uow.host)
    pages = measured_pages(uow.session, item.id)
    for row, found in _judged_otherwise(uow.session, item, pages, limits):
        row.findings = [dataclasses.asdict(finding) for finding in found]
        row.verdict, row.limits_key, row.division_code = verdict_of(found), limits.key, item.division_code


def accept_image(uow: UnitOfWork, page_id: int, reason: str) -> None:
    """Accept the present image of a page as the best there is (原件如此); the rules' verdict stays beside it.

    Raises:
        NotFound: there is no such page in the actor's scope, or it is not measured yet.
        Faults: no reason was given.
        Conflict: no rule blames the image, or it is accepted already.
    """
    row = _blamed(uow, page_id)
    if not reason.strip():
        raise Faults(_("没有保存"), [Fault("reason", _("请写明为什么合格"), _("如：原件字迹如此，已对照。"))])
    if row.accepted_at is not None:
        raise Conflict(_("这一页已由%(who)s判为合格", who=row.accepted_by), remedy=_("请刷新页面。"))
    row.accepted_at, row.accepted_reason = uow.now, reason.strip()[:500]
    row.accepted_by, row.accepted_by_id = uow.actor.name, uow.actor.account_id
    codes = [found["code"] for found in row.findings]
    facts = {"page": page_id, "verdict": row.verdict, "findings": codes, "reason": row.accepted_reason}
    uow.journal("page.accepted", f"item:{row.item_id}", division=row.division_code, **facts)


def reopen_image(uow: UnitOfWork, page_id: int) -> None:
    """Take the acceptance of an image back: it stands on the rescan list again."""
    row = _blamed(uow, page_id)
    if row.accepted_at is None:
        raise Conflict(_("这一页没有判为合格"), remedy=_("请刷新页面。"))
    facts = {"page": page_id, "by": row.accepted_by, "reason": row.accepted_reason}
    row.accepted_at, row.accepted_reason, row.accepted_by, row.accepted_by_id = None, "", "", None
    uow.journal("page.reopened", f"item:{row.item_id}", division=row.division_code, **facts)


def _blamed(uow: UnitOfWork, page_id: int) -> PageQuality:
    query = (
        select(PageQuality)
        .join(Item, Item.id == PageQuality.item_id)
        .where(PageQuality.page_id == page_id, PageQuality.is_current, uow.actor.within(Item.division_code))
    )
    row = uow.session.scalar(query)
    if row is None:
        raise NotFound(_("没有这一页"))
    if row.verdict == GOOD:
        raise Conflict(_("这一页没有问题，无需处理"), remedy=_("请刷新列表。"))
    return row


def order_quality(uow: UnitOfWork, division_code: str, *, again: bool) -> int:
    """Have the pages measured and judged that are not yet, or not under these limits (all when ``again``: measured anew)."""
    items = unjudged_items(uow.session, uow.actor, division_code, limits_of(uow.host).key, again=again)
    for item_id in items:
        _order(uow, item_id, again=again)
    return len(items)


def _order(uow: UnitOfWork, item_id: int, *, again: bool) -> None:
    item = uow.session.get_one(Item, item_id)
    label = _("检查图像质量 %(code)s", code=item.archival_code)
    argument = f"{item_id}:again" if again else str(item_id)
    uow.enqueue(QUALITY_JOB, argument, division=item.division_code, label=label)


def want_quality(host: Host, item_id: int) -> None:
    """After an item was filed or described anew: judge it, and have measured or compared what was not yet."""
    with host.view() as session:
        item = session.get_one(Item, item_id)
        pages = measured_pages(session, item_id)
        is_open = any(measured.row is None for measured in pages)
        is_open = is_open or has_uncompared(session, item)
        is_stale = bool(_judged_otherwise(session, item, pages, limits_of(host)))
    if is_open or is_stale:
        with host.uow(host.system_actor()) as uow:
            judge_item(uow, uow.session.get_one(Item, item_id))
            if is_open:
                _order(uow, item_id, again=False)


def _judged_otherwise(
    session: Session, item: Item, pages: Sequence[Measured], limits: Limits
) -> list[tuple[PageQuality, tuple[Finding, ...]]]:
    """Return the rows that do not say what the rules say now, each with what they say."""
    facts = facts_of(session, item, pages)
    judged = [(each.row, judge(facts[each.page.id], limits)) for each in pages if each.row is not None]
    return [
        (row, found)
        for row, found in judged
        if row.findings != [dataclasses.asdict(finding) for finding in found]
        or (row.limits_key, row.division_code) != (limits.key, item.division_code)
    ]


def check_item(context: JobContext, item_id: int, *, again: bool) -> None:
    """Measure what is not measured of an item (everything when ``again``), compare its pages, judge them.

    Raises:
        Refused: an original cannot be parsed any more.
    """
    host = context.host
    looks = _measure(host, item_id, again=again)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        item = uow.session.get_one(Item, item_id)
        sources = page_sources(uow.session, item_id)
        for measured in measured_pages(uow.session, item_id):
            looked = looks.get(measured.page.id)
            # a page replaced while its former original was measured is left to the job that its replacement ordered
            if looked is not None and sources.get(measured.page.id) == looked.source:
                _renew(uow, item, measured, looked.look)
        judge_item(uow, item)
    alike = _compare(host, item_id)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        item = uow.session.get_one(Item, item_id)
        _note_twins(uow, item_id, alike)
        judge_item(uow, item)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was measured on a page now (None: born digital), and from which original."""

    look: PageLook | None
    source: Source


def _measure(host: Host, item_id: int, *, again: bool) -> dict[int, _Looked]:
    """Parse the originals of an item in the sandbox; returns what was measured, by page."""
    with host.view() as session:
        wanted = [each.page for each in measured_pages(session, item_id) if again or each.row is None]
        sources = page_sources(session, item_id)
    places = {page.id: sources[page.id] for page in wanted if page.id in sources}
    found: dict[int, _Looked] = {}
    for sha256 in dict.fromkeys(source.sha256 for source in places.values()):
        with sandbox_of(host).scan(host.storage.path(sha256), profile_of(host)) as scan:
            pages = scan.result.pages
        found |= {
            page_id: _Looked(pages[source.index].look, source)
            for page_id, source in places.items()
            if source.sha256 == sha256 and source.index < len(pages)
        }
    return found


def _renew(uow: UnitOfWork, item: Item, measured: Measured, look: PageLook | None) -> None:
    """Write a measurement: into the row of the same image, whose acceptance stays, or into a new one."""
    row = measured.row
    if row is None:
        keep_look(uow, item, measured.page, look, measured.view_sha256)
        return
    row.look = dataclasses.asdict(look) if look else {}
    row.imprint, row.view_sha256 = look.imprint if look else "", measured.view_sha256
    row.measured_at, row.compared_at, row.alike_page_id = uow.now, None, None


def _compare(host: Host, item_id: int) -> Mapping[int, int | None]:
    """Compare the pages not yet compared with earlier pages of their 案卷; returns the same paper's page, or None, by page."""
    with host.view() as session:
        waiting = uncompared(session, session.get_one(Item, item_id))
    pairs = [pair for rivals in waiting.values() for pair in rivals]
    found: dict[int, int | None] = dict.fromkeys(waiting)
    if pairs:
        asked = [(_side(host, one), _side(host, other)) for one, other in pairs]
        shares = sandbox_of(host).unmatched(asked, profile_of(host))
        for (one, other), share in zip(pairs, shares, strict=True):
            if share <= SAME_PAPER and found[one.page_id] is None:
                found[one.page_id] = other.page_id
    return found


def _side(host: Host, rival: Rival) -> Side:
    path = host.storage.path(rival.view_sha256).resolve()
    return Side(str(path), rival.view_dpi or settings_of(host).view_dpi, rival.skew)


def _note_twins(uow: UnitOfWork, item_id: int, alike: Mapping[int, int | None]) -> None:
    query = select(PageQuality).where(PageQuality.item_id == item_id, PageQuality.is_current)
    for row in uow.session.scalars(query.where(PageQuality.page_id.in_(alike))):
        row.alike_page_id, row.compared_at = alike[row.page_id], uow.now
