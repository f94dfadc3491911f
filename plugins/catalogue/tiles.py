"""What waits for a person of the catalogue on the home page."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from plugins.catalogue.permissions import CERTIFICATE_EDIT, WAIVER_APPROVE, WAIVER_REQUEST
from plugins.catalogue.queries.overview import count_incomplete, count_unkeyed, waiting_waivers


def _unkeyed(session: Session, actor: Actor) -> TileValue:
    return TileValue(
        count_unkeyed(session, actor), "catalogue.files", {"certificate": "no"}, lazy("扫描已入库，登记信息还没有录入")
    )


def _incomplete(session: Session, actor: Actor) -> TileValue:
    return TileValue(
        count_incomplete(session, actor),
        "catalogue.files",
        {"complete": "no"},
        lazy("一户一档应有材料不全，移交前要补齐或说明"),
    )


def _waivers(session: Session, actor: Actor) -> TileValue:
    mine = [waiver for waiver, _file in waiting_waivers(session, actor) if waiver.requested_by_id != actor.account_id]
    return TileValue(len(mine), "catalogue.waivers", {}, lazy("同事提交的缺件说明，等您批准"))


TILES: Final = (
    Tile(key="catalogue.unkeyed", title=lazy("待录林权证"), permission=CERTIFICATE_EDIT, load=_unkeyed, weight=30),
    Tile(key="catalogue.incomplete", title=lazy("缺件案卷"), permission=WAIVER_REQUEST, load=_incomplete, weight=40),
    Tile(key="catalogue.waivers", title=lazy("待批缺件说明"), permission=WAIVER_APPROVE, load=_waivers, weight=20),
)
