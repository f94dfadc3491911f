"""Flagging batches: a page was scanned anew after the list that promises its former image was signed.

The list, its digests and the stored former image stay what they are; the batch says what changed since, so that the office
can decide whether to tell the registry. Source: story 6 of the domain reference.
"""

from __future__ import annotations

from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.archive import Item, Page
from models.events import PageReplaced
from plugins.handover.domain.states import PAGE_REPLACED
from plugins.handover.queries.replaced import batches_with, is_flagged
from plugins.handover.service.steps import open_batch, record


def flag_batches(uow: UnitOfWork, event: PageReplaced) -> int:
    """Write into every signed batch that contains the page what became of it; returns how many. May be repeated."""
    page, item = uow.session.get_one(Page, event.page_id), uow.session.get_one(Item, event.item_id)
    flagged = 0
    for batch_id in batches_with(uow.session, item):
        batch = open_batch(uow, batch_id, None)
        if is_flagged(uow.session, batch.id, page.id, event.version):
            continue
        note = _("%(code)s 第 %(n)s 页：%(why)s", code=item.archival_code, n=page.page_no, why=event.reason)
        record(uow, batch, PAGE_REPLACED, batch.state, note=note, page_id=page.id, version=event.version)
        flagged += 1
    return flagged
