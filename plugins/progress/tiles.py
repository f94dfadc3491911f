"""What progress asks of a person on the home page."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy, local_time
from lindang.plugin import Tile, TileValue
from lindang.web import current_host
from plugins.progress.permissions import REPORT
from plugins.progress.queries.reminders import reminders


def _owed(session: Session, actor: Actor) -> TileValue:
    host = current_host()
    settings, today = host.settings.plugin("progress"), local_time(host.clock.now()).date()
    _period, rows = reminders(session, actor, today, settings.due_day, settings.remind_days)
    return TileValue(len(rows), "progress.reminders", {}, lazy("没有上报、等待接收或被退回的附件1"))


TILES: Final = (Tile(key="progress.owed", title=lazy("附件1催报"), permission=REPORT, load=_owed, weight=28),)
