"""What the intake shows on the pages of others: the verdict on the image of a page, the blamed pages of a 案卷, who read a 件."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.i18n import _, lazy
from lindang.plugin import Cell, Panel, PanelTable
from models.archive import Item, Page
from models.digital import PageText
from models.quality import GOOD, PageQuality
from plugins.ingest.adapters.engines import engine_name
from plugins.ingest.domain.pagelook import look_from
from plugins.ingest.domain.quality import MODES, VERDICTS, sentence
from plugins.ingest.permissions import RUN_READ

_OF_PAGE: Final = (lazy("结论"), lazy("问题"), lazy("测得"), lazy("人工判定"))
_OF_ITEM: Final = (lazy("识别引擎"), lazy("页数"), lazy("平均置信度"))
_OF_FILE: Final = (lazy("页"), lazy("结论"), lazy("问题"), lazy("人工判定"))


def quality_of_page(session: Session, actor: Actor, page_id: int) -> PanelTable:
    """Return the verdict on the present image of a page."""
    rows = session.execute(_current(actor).where(PageQuality.page_id == page_id)).all()
    shown = tuple(
        (_verdict(row, page_id), _reasons(row), _figures(row, page), _decision(row)) for row, page, _c in rows
    )
    return PanelTable(_OF_PAGE, shown, lazy("这一页还没有检查图像质量"))


def quality_of_file(session: Session, actor: Actor, archive_file_id: int) -> PanelTable:
    """Return the pages of a 案卷 whose image is blamed, accepted or not."""
    query = _current(actor).where(Item.archive_file_id == archive_file_id, PageQuality.verdict != GOOD)
    rows = session.execute(query.order_by(Item.item_no, Page.page_no)).all()
    shown = tuple(
        (
            Cell(_("%(code)s 第 %(n)s 页", code=code, n=page.page_no), "page", page.id),
            _verdict(row, page.id),
            _reasons(row),
            _decision(row),
        )
        for row, page, code in rows
    )
    return PanelTable(_OF_FILE, shown, lazy("没有图像有问题的页"))


def texts_of_item(session: Session, actor: Actor, item_id: int) -> PanelTable:
    """Return how many pages of an item have a current text of which engine, with the way to its readings."""
    query = (
        select(PageText.engine, func.count(), func.avg(PageText.confidence))
        .join(Page, Page.id == PageText.page_id)
        .join(Item, Item.id == Page.item_id)
        .where(PageText.is_current, Page.item_id == item_id, actor.within(Item.division_code))
        .group_by(PageText.engine)
        .order_by(PageText.engine)
    )
    shown = [(engine_name(name), str(pages), f"{float(sure):.0f} %") for name, pages, sure in session.execute(query)]
    way = (Cell(_("各版文字，重新识别"), "item_texts", item_id), "", "")
    return PanelTable(_OF_ITEM, (*shown, way))


def _current(actor: Actor) -> Any:
    return (
        select(PageQuality, Page, Item.archival_code)
        .join(Page, Page.id == PageQuality.page_id)
        .join(Item, Item.id == Page.item_id)
        .where(PageQuality.is_current, actor.within(Item.division_code))
    )


def _verdict(row: PageQuality, page_id: int) -> Cell | str:
    told = str(VERDICTS[row.verdict])
    return told if row.verdict == GOOD else Cell(told, "page_quality", page_id)


def _reasons(row: PageQuality) -> str:
    return "".join(sentence(found["code"], found["values"]) for found in row.findings)


def _figures(row: PageQuality, page: Page) -> str:
    if not row.look:
        return _("电子文件，不测")
    mode = str(MODES.get(page.colour_mode, page.colour_mode))
    dpi = _("%(n)s dpi", n=page.dpi) if page.dpi else _("分辨率未注明")
    skew = _("歪斜 %(n)s 度", n=abs(look_from(row.look).skew))
    return _("%(dpi)s，%(mode)s，%(skew)s", dpi=dpi, mode=mode, skew=skew)


def _decision(row: PageQuality) -> str:
    if row.accepted_at is None:
        return ""
    return _("合格：%(why)s（%(who)s）", why=row.accepted_reason, who=row.accepted_by)


PANELS: Final = (
    Panel(key="ingest.item_texts", title=lazy("识别文字"), permission=RUN_READ, kind="item", load=texts_of_item),
    Panel(key="ingest.page_quality", title=lazy("图像质量"), permission=RUN_READ, kind="page", load=quality_of_page),
    Panel(
        key="ingest.file_quality",
        title=lazy("图像质量"),
        permission=RUN_READ,
        kind="archive_file",
        load=quality_of_file,
    ),
)
