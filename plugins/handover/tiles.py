"""Home tiles: what waits for whom. Each counts what its person may act on now and links to the list of exactly that."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import Unavailable
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from lindang.web import current_host
from models.handover import Batch, BatchItem, BatchTransition
from plugins.handover.domain.states import BatchState, ItemState
from plugins.handover.permissions import CLOSE, CORRECT, DRAFT, FEEDBACK, READ, RECEIVE, SEND, SIGN
from plugins.handover.queries.batches import visible
from plugins.handover.queries.desk import orphans
from plugins.handover.queries.timers import waiting_batches
from plugins.handover.service.clockwork import clockwork

LIST = "handover.batches"


def _in_state(session: Session, actor: Actor, state: BatchState, *conditions: ColumnElement[bool]) -> TileValue:
    query = select(func.count(Batch.id)).where(visible(actor), Batch.state == state, *conditions)
    return TileValue(session.scalar(query) or 0, LIST, {"state": state.value})


def _to_finish(session: Session, actor: Actor) -> TileValue:
    states = (BatchState.CHECK_FAILED, BatchState.REFUSED)
    query = select(func.count(Batch.id)).where(visible(actor), Batch.state.in_(states))
    return TileValue(session.scalar(query) or 0, LIST, {"state": "problem"}, lazy("检查未通过或被退回的批次"))


def _to_sign(session: Session, actor: Actor) -> TileValue:
    """Batches that this very person may sign: not those whose list the person prepared."""
    prepared = exists().where(
        BatchTransition.batch_id == Batch.id,
        BatchTransition.list_version == Batch.list_version,
        BatchTransition.actor_id == actor.account_id,
        BatchTransition.action.in_(("create", "edit", "check", "reopen", "revise")),
    )
    return _in_state(session, actor, BatchState.CHECKED, ~prepared)


def _to_send(session: Session, actor: Actor) -> TileValue:
    return _in_state(session, actor, BatchState.SIGNED)


def _to_receive(session: Session, actor: Actor) -> TileValue:
    return _in_state(session, actor, BatchState.SENT)


def _to_answer(session: Session, actor: Actor) -> TileValue:
    return _in_state(session, actor, BatchState.RECEIVED)


def _to_close(session: Session, actor: Actor) -> TileValue:
    return _in_state(session, actor, BatchState.FEEDBACK_FILED)


def _items(session: Session, actor: Actor, states: tuple[ItemState, ...], *conditions: Any) -> int:
    query = (
        select(func.count(BatchItem.id))
        .join(Batch, Batch.id == BatchItem.batch_id)
        .where(actor.within(BatchItem.division_code), BatchItem.state.in_(states), *conditions)
    )
    return session.scalar(query) or 0


def _to_mend(session: Session, actor: Actor) -> TileValue:
    count = _items(session, actor, (ItemState.RETURNED, ItemState.FIXING))
    return TileValue(count, "handover.returns", {}, lazy("登记机构退回的案卷"))


def _to_file(session: Session, actor: Actor) -> TileValue:
    waiting = (ItemState.ACCEPTED, ItemState.FEEDBACK_RECEIVED)
    count = _items(session, actor, waiting, Batch.state == BatchState.ANSWERED)
    return TileValue(count, "handover.waiting", {}, lazy("已接收、还没有办结反馈的条目"))


def _to_match(session: Session, actor: Actor) -> TileValue:
    return TileValue(len(orphans(session, actor)), "handover.desk", {}, lazy("没有对应到条目的反馈材料"))


def _overdue(session: Session, actor: Actor) -> TileValue:
    try:
        works = clockwork(current_host())
    except Unavailable:  # the page behind the tile says what is wrong with the table; the others are not to suffer
        return TileValue(0, "handover.calendar", {}, lazy("节假日表不能用，打开看说明"))
    waiting = waiting_batches(session, actor, works)
    count = sum(one.deadline.is_overdue for one in waiting)
    return TileValue(count, "handover.calendar", {}, lazy("接收、答复或反馈超过期限的批次"))


TILES = (
    Tile(key="handover.overdue", title=lazy("逾期批次"), permission=READ, load=_overdue, weight=29),
    Tile(key="handover.finish", title=lazy("待处理批次"), permission=DRAFT, load=_to_finish, weight=30),
    Tile(key="handover.sign", title=lazy("待我签发"), permission=SIGN, load=_to_sign, weight=31),
    Tile(key="handover.send", title=lazy("待送出"), permission=SEND, load=_to_send, weight=32),
    Tile(key="handover.receive", title=lazy("待接收"), permission=RECEIVE, load=_to_receive, weight=33),
    Tile(key="handover.answer", title=lazy("待答复"), permission=RECEIVE, load=_to_answer, weight=34),
    Tile(key="handover.mend", title=lazy("待补正"), permission=CORRECT, load=_to_mend, weight=35),
    Tile(key="handover.file", title=lazy("待反馈"), permission=FEEDBACK, load=_to_file, weight=36),
    Tile(key="handover.match", title=lazy("待对应反馈"), permission=FEEDBACK, load=_to_match, weight=37),
    Tile(key="handover.close", title=lazy("待结案"), permission=CLOSE, load=_to_close, weight=38),
)
