"""What the home page says about stored files."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from models.fixity import LOST, StoredFile
from plugins.audit.permissions import FIXITY_READ


def _lost(session: Session, _actor: Actor) -> TileValue:
    count = session.scalar(select(func.count()).select_from(StoredFile).where(StoredFile.state == LOST)) or 0
    return TileValue(count, "audit.fixity", {}, lazy("核验时发现损坏或丢失、又没有完好副本的文件"))


TILES: Final = (Tile(key="audit.lost", title=lazy("存储文件损坏"), permission=FIXITY_READ, load=_lost, weight=5),)
