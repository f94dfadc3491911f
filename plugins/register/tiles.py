"""What waits for a person of the register on the home page."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from plugins.register.permissions import FINDING_WAIVE, REGISTER_READ, STATE_APPROVE
from plugins.register.queries.findings import count_asked, count_standing
from plugins.register.queries.states import count_for


def _standing(session: Session, actor: Actor) -> TileValue:
    count = count_standing(session, actor)
    return TileValue(count, "register.findings", {"state": "open"}, lazy("登记册检查查出的错误和待定问题"))


def _asked(session: Session, actor: Actor) -> TileValue:
    count = count_asked(session, actor)
    return TileValue(count, "register.findings", {"state": "asked"}, lazy("同事申请不作处理，等您批准"))


def _states(session: Session, actor: Actor) -> TileValue:
    return TileValue(count_for(session, actor), "register.states", {}, lazy("同事申请往回改证书状态，等您批准"))


TILES: Final = (
    Tile(key="register.states", title=lazy("待批证书状态"), permission=STATE_APPROVE, load=_states, weight=22),
    Tile(
        key="register.findings",
        title=lazy("待处理的检查问题"),
        permission=REGISTER_READ,
        load=_standing,
        weight=45,
    ),
    Tile(
        key="register.waivers",
        title=lazy("待批不作处理"),
        permission=FINDING_WAIVE,
        load=_asked,
        weight=21,
    ),
)
