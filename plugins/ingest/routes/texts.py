"""The readings of an item, version by version, and the order to read it again with another engine."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.errors import BadInput
from lindang.i18n import _
from lindang.web import DIVISION, current_actor, current_host, guard, notify
from plugins.ingest.adapters.engines import CHOICES, LABELS, OFF, engine_name, lacking
from plugins.ingest.permissions import FILE_SORT, RUN_READ
from plugins.ingest.queries.texts import text_versions
from plugins.ingest.service.engine import engine_for
from plugins.ingest.service.reading import order_again
from plugins.ingest.tools import settings_of


@guard(RUN_READ, scope=DIVISION)
def item_texts(item_id: int) -> ResponseReturnValue:
    """Show which engines have read an item, page by page, and which of their texts is current."""
    host, actor = current_host(), current_actor()
    with host.view(actor) as session:
        item = text_versions(session, actor, item_id)
    lacks = lacking(settings_of(host).ocr_fast_models)
    engines = [(name, str(LABELS[name])) for name in CHOICES if name != OFF and not lacks.get(name)]
    return render_template("ingest/item_texts.html", item=item, engines=engines, engine_name=engine_name)


@guard(FILE_SORT, scope=DIVISION)
def item_read(item_id: int) -> ResponseReturnValue:
    """Have an item read again with the engine chosen."""
    host, actor = current_host(), current_actor()
    wanted = request.form.get("engine", "")
    engine = engine_for(host, wanted) if wanted in CHOICES else ""
    if not engine:
        raise BadInput(_("没有选可用的识别引擎"), remedy=_("请从列表中选一个引擎。"))
    with host.uow(actor) as uow:
        order_again(uow, item_id, engine)
    notify(_("已安排用%(name)s重新识别；完成后刷新本页可看到新的一版", name=engine_name(engine)))
    return redirect(url_for("ingest.item_texts", item_id=item_id))
