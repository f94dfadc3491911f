"""Taking a whole result away as a file: order it, have it made, fetch it. The file holds what the page would show, all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import run_job
from lindang.uow import UnitOfWork
from models.persons import mask_personal_in
from models.saved_searches import MADE, ORDERED, SearchExport
from plugins.search.domain.engine import Filters, Order, Request
from plugins.search.permissions import EXPORT
from plugins.search.service.answering import find

EXPORT_JOB: Final = "search.export_make"
AT_ONCE: Final = 2_000
"""Up to so many hits are written while the person waits."""
SHOWN: Final = 50


def size_of(host: Host, actor: Actor, typed: str, filters: Filters) -> int:
    """Return how many hits the file of a search will have.

    Raises:
        QueryError: With the place of the fault.
        PersonNumberInAddress: The query holds an identity number.
        BadInput: Nothing was asked, or nothing found.
    """
    result = find(
        host, actor, typed, Request(query=None, scope=(), filters=filters, limit=1, per_group=1, facets=False)
    )
    size = (result.answer.hits if result.answer else 0) + len(result.numbers) + len(result.names)
    if not size:
        raise BadInput(_("没有可导出的检索结果"), remedy=_("请先检索到需要的档案再导出。"))
    return size


def order_export(uow: UnitOfWork, typed: str, filters: Filters, order: Order, size: int) -> tuple[int, int]:
    """Order the file of a search; returns the ids of the export and of its job. Raises Forbidden."""
    uow.actor.require(EXPORT)
    record = SearchExport(
        typed=typed,
        filters=asdict(filters),
        order=order.value,
        prefixes=list(uow.actor.prefixes),
        state=ORDERED,
        rows=size,
        created_at=uow.now,
        created_by=uow.actor.name,
        created_by_id=uow.actor.account_id,
    )
    uow.session.add(record)
    uow.session.flush()
    uow.journal("search.export_ordered", subject_of(record), query=mask_personal_in(typed), hits=size)
    return record.id, uow.enqueue(EXPORT_JOB, str(record.id), label=_("检索结果"))


def run_if_small(host: Host, job_id: int, size: int) -> None:
    """Do a small export's job here and now, under its lease like any other; a large one is left to the worker."""
    if size <= AT_ONCE:
        run_job(host, job_id)


def my_exports(session: Session, actor: Actor) -> list[SearchExport]:
    """Return what the actor has ordered, newest first; nobody sees another's."""
    query = select(SearchExport).where(SearchExport.created_by_id == actor.account_id)
    return list(session.scalars(query.order_by(SearchExport.id.desc()).limit(SHOWN)))


def take_file_away(uow: UnitOfWork, export_id: int) -> SearchExport:
    """Return a made export to the person who ordered it; each time it is taken is a line in the journal.

    Raises:
        NotFound: No such export of this person, not made yet, or the person no longer sees all that is in it.
    """
    query = select(SearchExport).where(
        SearchExport.id == export_id, SearchExport.created_by_id == uow.actor.account_id, SearchExport.state == MADE
    )
    record = uow.session.scalar(query)
    if record is None or not all(uow.actor.covers(prefix) for prefix in record.prefixes):
        raise NotFound(_("没有这个文件"), remedy=_("请重新检索后导出。"))
    uow.journal("search.export_sent", subject_of(record), sha256=record.file_sha256)
    return record


def opened_parts(host: Host, record: SearchExport) -> Iterator[bytes]:
    """Yield the bytes of a made file, which lies sealed, in parts."""
    with host.storage.path(record.sha256).open("rb") as source:
        yield from host.vault.open_file(source)


def request_of(record: SearchExport) -> Request:
    """Return the search of an export."""
    return Request(query=None, scope=(), filters=Filters(**record.filters), order=Order(record.order))


def actor_of(host: Host, record: SearchExport) -> Actor:
    """Return who reads for the file: nobody with more in sight than the person who ordered it."""
    return replace(host.system_actor(name=record.created_by), prefixes=tuple(record.prefixes))


def subject_of(record: SearchExport) -> str:
    """Return what the journal calls an export."""
    return f"search_export:{record.id}"


def file_name(record: SearchExport, day: str) -> str:
    """Return what the file is called; a query may hold a name, which is kept out of the names of files."""
    return f"{_('检索结果')}-{day}-{record.id}.xlsx"
