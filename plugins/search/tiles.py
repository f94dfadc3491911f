"""What the home page says about kept searches."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from models.saved_searches import SavedSearch
from plugins.search.permissions import READ


def _fresh(session: Session, actor: Actor) -> TileValue:
    count = session.scalar(select(func.sum(SavedSearch.fresh)).where(SavedSearch.account_id == actor.account_id))
    return TileValue(int(count or 0), "search.saved", {}, lazy("您保存的检索，自上次打开后新查到的"))


TILES: Final = (Tile(key="search.fresh", title=lazy("检索有新内容"), permission=READ, load=_fresh, weight=60),)
