"""Searches kept under a name: keep, open, rename, throw away; and how many hits of a watched one are new to its owner.

A hit is new when what it stands in (案卷, or certificate without one) was filed or changed after the owner last opened the search.
The count is made with the scope that the owner has then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Final

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, NotFound
from lindang.host import Host
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.account import ACTIVE, Account, AccountRole, AccountScope, RoleGrant
from models.saved_searches import SavedSearch
from plugins.search.domain.engine import Filters, IndexUnavailable, Order, Request
from plugins.search.domain.grammar import parse_query
from plugins.search.domain.tree import tree_from_plain, tree_to_plain
from plugins.search.permissions import READ
from plugins.search.queries.changes import units_changed_since
from plugins.search.service.answering import index_forms
from plugins.search.service.indexing import engine_of, spelling_of
from plugins.search.service.persons import refuse_person_number

log = structlog.get_logger()

COUNTING_JOB: Final = "search.count_fresh"
COUNTING_EVERY: Final = dt.timedelta(minutes=5)
LONGEST_NAME: Final = 80
MOST_KEPT: Final = 100
"""How many searches one person may keep."""


def keep_search(
    uow: UnitOfWork, name: str, typed: str, filters: Filters, order: Order, *, is_watched: bool
) -> SavedSearch:
    """Keep a search under a name.

    Raises:
        BadInput: No name, nothing asked, an identity number in it, or a query that cannot be read.
        Conflict: The person has one of this name, or as many as may be kept.
    """
    refuse_person_number(typed)
    node = parse_query(typed, numbers=index_forms)
    if node is None and filters == Filters():
        raise BadInput(_("还没有检索什么，没有可保存的"), remedy=_("请先检索，再保存。"))
    if uow.actor.account_id is None:
        raise BadInput(_("只有登录的人能保存检索"))
    count = uow.session.scalar(select(func.count()).select_from(SavedSearch).where(*_of(uow.actor))) or 0
    if count >= MOST_KEPT:
        raise Conflict(_("最多保存 %(n)s 个检索", n=MOST_KEPT), remedy=_("请先删去不用的。"))
    row = SavedSearch(
        account_id=uow.actor.account_id,
        name=_free_name(uow, name, 0),
        typed=typed,
        tree=tree_to_plain(node),
        filters=asdict(filters),
        order=order.value,
        is_watched=is_watched,
        created_at=uow.now,
        looked_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    return row


def change_search(uow: UnitOfWork, search_id: int, name: str, *, is_watched: bool) -> None:
    """Give a kept search another name, and say whether new hits of it are told. Raises NotFound, BadInput and Conflict."""
    row = mine(uow.session, uow.actor, search_id)
    row.name = _free_name(uow, name, row.id)
    if is_watched and not row.is_watched:
        row.looked_at = uow.now
    row.is_watched = is_watched
    row.fresh = row.fresh if is_watched else 0


def drop_search(uow: UnitOfWork, search_id: int) -> None:
    """Throw a kept search away. Raises NotFound."""
    row = mine(uow.session, uow.actor, search_id)
    row.dropped_at, row.is_watched, row.fresh = uow.now, False, 0


def look_at(uow: UnitOfWork, search_id: int) -> SavedSearch:
    """Return a kept search to open it: nothing of it is new any more. Raises NotFound."""
    row = mine(uow.session, uow.actor, search_id)
    row.looked_at, row.fresh = uow.now, 0
    return row


def mine(session: Session, actor: Actor, search_id: int) -> SavedSearch:
    """Return a kept search of the actor; another's answers like none. Raises NotFound."""
    row = session.scalar(select(SavedSearch).where(SavedSearch.id == search_id, *_of(actor)))
    if row is None:
        raise NotFound(_("没有这个保存的检索"))
    return row


def kept_searches(session: Session, actor: Actor) -> list[SavedSearch]:
    """Return the actor's own kept searches: those with something new first, then by name."""
    query = select(SavedSearch).where(*_of(actor))
    return list(session.scalars(query.order_by((SavedSearch.fresh == 0), SavedSearch.name)))


def _of(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return SavedSearch.account_id == actor.account_id, SavedSearch.dropped_at.is_(None)


def _free_name(uow: UnitOfWork, name: str, own_id: int) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(_("请起一个名字，最多 %(n)s 字", n=LONGEST_NAME), where="name")
    refuse_person_number(name)
    taken = select(SavedSearch.id).where(SavedSearch.name == name, SavedSearch.id != own_id, *_of(uow.actor))
    if uow.session.scalar(taken) is not None:
        raise Conflict(_("您已有一个检索叫这个名字"), remedy=_("请换一个名字。"))
    return name


# --- what is new --------------------------------------------------------------------------------------------------


def count_fresh(host: Host) -> None:
    """Count anew what is new in every watched search; without an index the counts stay as they are."""
    with host.view() as session:
        watched = session.scalars(select(SavedSearch).where(SavedSearch.is_watched).order_by(SavedSearch.id)).all()
    for search in watched:
        try:
            fresh = _fresh_groups(host, search)
        except (IndexUnavailable, ValueError) as error:
            log.warning("search.not_counted", saved_search=search.id, reason=str(error))
            continue
        if fresh != search.fresh:
            _note_fresh(host, search, fresh)


def _note_fresh(host: Host, search: SavedSearch, fresh: int) -> None:
    with host.uow(host.system_actor()) as uow:
        row = uow.session.get(SavedSearch, search.id)
        if row is not None and row.looked_at == search.looked_at and row.is_watched:
            row.fresh = fresh


def _fresh_groups(host: Host, search: SavedSearch) -> int:
    """Return how many groups that the owner may see now stand in something changed since the owner looked."""
    with host.view() as session:
        changed = units_changed_since(session, search.looked_at)
        scope = _scope_now(session, search.account_id)
    if not changed or not scope:
        return 0
    request = Request(
        query=spelling_of(host).node(tree_from_plain(search.tree)),
        scope=scope,
        filters=Filters(**search.filters),
        limit=0,
        per_group=1,
        facets=False,
    )
    hits = [group.hits[0] for group in engine_of(host).search(request).groups]
    return sum((hit.file_id or -hit.certificate_id) in changed for hit in hits)


def _scope_now(session: Session, account_id: int) -> tuple[str, ...]:
    """Return the divisions that an account may search now: none when it is closed or has lost the right."""
    may = (
        select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .join(RoleGrant, RoleGrant.role_key == AccountRole.role_key)
        .where(Account.id == account_id, Account.state == ACTIVE, AccountRole.revoked_at.is_(None))
        .where(RoleGrant.permission == READ, RoleGrant.revoked_at.is_(None))
    )
    if session.scalar(may.limit(1)) is None:
        return ()
    prefixes = select(AccountScope.prefix).where(
        AccountScope.account_id == account_id, AccountScope.revoked_at.is_(None)
    )
    return tuple(sorted(session.scalars(prefixes)))
