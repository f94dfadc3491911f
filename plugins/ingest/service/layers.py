"""The PDF with a text layer (双层 PDF) of an item: made once its pages are read, made anew when their text or images change.

The originals are never touched, and a former PDF stays as a former version. It can be made again at any time from what is
stored, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lindang.errors import PermanentFailure
from lindang.host import Host
from lindang.i18n import _
from lindang.jobs import JobContext
from lindang.limits import Limits
from lindang.ports import Blob
from lindang.uow import UnitOfWork
from models.digital import LAYERED, DigitalObject
from plugins.ingest.adapters.layering import NotLayered, layered
from plugins.ingest.queries.layers import LayerPlan, last_version, layer_plan, unlayered, wants_layer
from plugins.ingest.service.room import refuse_without_room
from plugins.ingest.tools import layer_children, settings_of, work_folder

LAYER_JOB: Final = "ingest.layer"
ARCHIVAL: Final = "pdf/a-2b"
PLAIN: Final = "pdf"


def want_layer(host: Host, item_id: int, division_code: str) -> None:
    """Have the PDF of an item made in the background once all its pages are read, where the office wants such PDFs."""
    if not settings_of(host).layered_pdf:
        return
    with host.view() as session:
        if not wants_layer(session, item_id):
            return
    with host.uow(host.system_actor()) as uow:
        order_layer(uow, item_id, division_code)


def order_layer(uow: UnitOfWork, item_id: int, division_code: str) -> None:
    """Have the PDF of an item made; an order that waits already is not doubled."""
    uow.enqueue(LAYER_JOB, str(item_id), division=division_code, label=_("生成可检索 PDF"))


def order_layers(uow: UnitOfWork, division_code: str, *, again: bool) -> int:
    """Have the PDFs made of all items that lack theirs (of all when ``again``); returns how many items that are."""
    items = unlayered(uow.session, uow.actor, division_code, again=again)
    for item_id in items:
        order_layer(uow, item_id, division_code)
    return len(items)


def make_layer(context: JobContext, item_id: int) -> None:
    """Make the PDF of an item, when all its pages are read and it is not there already.

    Raises:
        PermanentFailure: the originals do not allow it; they stay as they are, and findable through their text.
        NoSpace: there is no room to make it.
    """
    host = context.host
    with host.view() as session:
        plan = layer_plan(session, item_id)
    if plan is None:
        return
    refuse_without_room(host)
    settings = settings_of(host)
    bounds = Limits(
        memory_mb=settings.parse_memory_mb, cpu_seconds=settings.parse_total_seconds, file_mb=2 * settings.max_file_mb
    )
    try:
        with layered(
            layer_children(host),
            [_page(host, page) for page in plan.pages],
            title=plan.title,
            date=plan.date.astimezone(dt.UTC).isoformat(timespec="seconds"),
            folder=work_folder(host, "layer"),
            limits=bounds,
            seconds=settings.parse_total_seconds,
        ) as made:
            blob, is_archival = host.storage.put_file(made.path), made.is_archival
    except NotLayered as error:
        refuse_without_room(host)
        raise PermanentFailure(_("这一件做不成可检索 PDF（%(why)s）；原件和文字不受影响。", why=str(error))) from error
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        _keep(uow, plan, blob, ARCHIVAL if is_archival else PLAIN)


def _page(host: Host, page: Any) -> dict[str, Any]:
    path = host.storage.path(page.sha256)
    return {"path": str(path.resolve()), "kind": page.kind, "index": page.index, "words": page.words}


def _keep(uow: UnitOfWork, plan: LayerPlan, blob: Blob, form: str) -> None:
    if _is_there(uow.session, plan.item_id, blob.sha256):
        return
    former = update(DigitalObject).where(DigitalObject.item_id == plan.item_id, DigitalObject.role == LAYERED)
    uow.session.execute(former.values(is_current=False))
    uow.session.add(
        DigitalObject(
            item_id=plan.item_id,
            page_id=None,
            role=LAYERED,
            version=last_version(uow.session, plan.item_id) + 1,
            format=form,
            media_type="application/pdf",
            bytes=blob.bytes,
            sha256=blob.sha256,
            tool=f"pikepdf {version('pikepdf')}",
            made_at=uow.now,
            made_by=uow.actor.name,
            verified_at=uow.now,
        )
    )
    facts = {"sha256": blob.sha256, "form": form, "pages": len(plan.pages)}
    uow.journal("item.layered", f"item:{plan.item_id}", division=plan.division_code, **facts)


def _is_there(session: Session, item_id: int, sha256: str) -> bool:
    query = select(DigitalObject.id).where(
        DigitalObject.item_id == item_id,
        DigitalObject.role == LAYERED,
        DigitalObject.is_current,
        DigitalObject.sha256 == sha256,
    )
    return session.scalar(query) is not None
