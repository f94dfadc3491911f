"""What waits in the sharing service."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from plugins.sharing.permissions import INBOX_WORK
from plugins.sharing.queries.inbox import counts
from plugins.sharing.service.inbox import WAITING


def _waiting(session: Session, actor: Actor) -> TileValue:
    counted = counts(session, actor)
    waiting = sum(counted.get(state, 0) for state in WAITING)
    return TileValue(waiting, "sharing.inbox", {}, lazy("登记机构报送的登记结果，核对后登账"))


TILES: Final = (Tile(key="sharing.inbox", title=lazy("待登账"), permission=INBOX_WORK, load=_waiting, weight=44),)
