"""The searchable PDF of an item with what was looked for lit on its pages: made when asked for, kept nowhere."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Final

from lindang.errors import Conflict, NotFound, PermanentFailure
from lindang.host import Host
from lindang.i18n import _
from lindang.limits import Limits
from lindang.uow import UnitOfWork
from models.archive import Item
from plugins.ingest.adapters.layering import NotLayered, layered
from plugins.ingest.domain.lighting import lit_boxes
from plugins.ingest.queries.layers import LayerPlan, SourcePage, layer_plan
from plugins.ingest.tools import layer_children, settings_of, work_folder

SECONDS: Final = 60
"""Somebody waits for it."""


def note_marked(uow: UnitOfWork, item_id: int) -> LayerPlan:
    """Note that somebody takes an item's PDF away and return what it is made from.

    Raises:
        NotFound: there is no such item in the actor's scope.
        Conflict: no searchable PDF can be made of it, or not yet.
    """
    item = uow.session.get(Item, item_id)
    if item is None or not uow.actor.covers(item.division_code):
        raise NotFound(_("没有这一件"))
    plan = layer_plan(uow.session, item_id)
    if plan is None:
        raise Conflict(_("这一件没有可检索 PDF"), remedy=_("文字识别完成后再试；原件自带文字的，请下载原件查找。"))
    uow.journal("item.marked_copy", f"item:{item_id}", division=item.division_code, pages=len(plan.pages))
    return plan


def marked_pdf(host: Host, plan: LayerPlan, marks: Sequence[str]) -> io.BytesIO:
    """Return the PDF of an item with the marks lit. Raises PermanentFailure when the originals do not allow it."""
    settings = settings_of(host)
    bounds = Limits(memory_mb=settings.parse_memory_mb, cpu_seconds=SECONDS, file_mb=2 * settings.max_file_mb)
    try:
        with layered(
            layer_children(host),
            [_page(host, page, marks) for page in plan.pages],
            title=plan.title,
            date=plan.date.astimezone(dt.UTC).isoformat(timespec="seconds"),
            folder=work_folder(host, "layer"),
            limits=bounds,
            seconds=SECONDS,
        ) as made:
            return io.BytesIO(made.path.read_bytes())
    except NotLayered as error:
        raise PermanentFailure(_("这一件做不成可检索 PDF（%(why)s）；原件和文字不受影响。", why=str(error))) from error


def _page(host: Host, page: SourcePage, marks: Sequence[str]) -> dict[str, object]:
    path = str(host.storage.path(page.sha256).resolve())
    lights = lit_boxes(page.words, marks)
    return {"path": path, "kind": page.kind, "index": page.index, "words": page.words, "lights": lights}
