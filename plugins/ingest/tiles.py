"""What the home page shows of the intake: what waits for a person."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import lazy
from lindang.plugin import Tile, TileValue
from models.intake import FAILED, SORTING
from plugins.ingest.permissions import FILE_DECIDE, FILE_SORT, QUALITY_DECIDE
from plugins.ingest.queries.rescan import count_open
from plugins.ingest.queries.runs import count_in


def _sorting(session: Session, actor: Actor) -> TileValue:
    return TileValue(count_in(session, actor, SORTING), "ingest.desk", {}, lazy("扫描件找不到所属案卷，请指定"))


def _failed(session: Session, actor: Actor) -> TileValue:
    return TileValue(count_in(session, actor, FAILED), "ingest.failed", {}, lazy("扫描件未能入库，看原因后处理"))


def _rescan(session: Session, actor: Actor) -> TileValue:
    return TileValue(count_open(session, actor), "ingest.rescan", {}, lazy("图像有问题的页：重扫，或判为合格"))


TILES: Final = (
    Tile(key="ingest_sorting", title=lazy("待分拣"), permission=FILE_SORT, load=_sorting, weight=20),
    Tile(key="ingest_failed", title=lazy("收件失败"), permission=FILE_DECIDE, load=_failed, weight=22),
    Tile(key="ingest_rescan", title=lazy("重扫清单"), permission=QUALITY_DECIDE, load=_rescan, weight=24),
)
