"""What the handover does when others report: a scan with a cover code is filed as feedback at once; what came too early is
tried again when its batch is answered; a page that was scanned anew is told to the signed batches that contain it. And what it
does after its own steps: the papers that a step brought about are filed.
"""

from __future__ import annotations

from sqlalchemy import exists, select

from lindang.host import Host
from lindang.plugin import Subscription
from models.events import BatchAnswered, BatchClosed, BatchSent, BatchSigned, ItemFiled, PageReplaced
from models.handover import BatchItem, Feedback, FeedbackClaim
from plugins.handover.domain.cover import cover_code
from plugins.handover.service.feedback import file_by_cover
from plugins.handover.service.flagging import flag_batches
from plugins.handover.service.papers import file_papers


def on_item_filed(host: Host, event: ItemFiled) -> None:
    """File an item as feedback when a cover code was read on its pages."""
    if event.cover_codes:
        with host.uow(host.system_actor()) as uow:
            file_by_cover(uow, event.item_id, event.cover_codes)


def on_batch_answered(host: Host, event: BatchAnswered) -> None:
    """Try the papers again whose cover codes name items of this batch."""
    filed = exists().where(Feedback.item_id == FeedbackClaim.item_id)
    query = (
        select(FeedbackClaim.item_id, FeedbackClaim.code)
        .join(BatchItem, BatchItem.code == FeedbackClaim.code)
        .where(BatchItem.batch_id == event.batch_id, ~filed)
        .order_by(FeedbackClaim.id)
    )
    with host.view() as session:
        waiting = session.execute(query).all()
    for item_id, code in waiting:
        with host.uow(host.system_actor()) as uow:
            file_by_cover(uow, item_id, [cover_code(code)])


def on_page_replaced(host: Host, event: PageReplaced) -> None:
    """Tell every signed batch that contains the page."""
    with host.uow(host.system_actor()) as uow:
        flag_batches(uow, event)


def on_step(host: Host, event: BatchSigned | BatchSent | BatchAnswered | BatchClosed) -> None:
    """File the papers that the step brought about."""
    file_papers(host, event.batch_id)


SUBSCRIPTIONS = (
    Subscription(event=PageReplaced, name="handover.page_replaced", handle=on_page_replaced),
    Subscription(event=ItemFiled, name="handover.feedback", handle=on_item_filed),
    Subscription(event=BatchAnswered, name="handover.waiting_feedback", handle=on_batch_answered),
    Subscription(event=BatchSigned, name="handover.papers_signed", handle=on_step),
    Subscription(event=BatchSent, name="handover.papers_sent", handle=on_step),
    Subscription(event=BatchAnswered, name="handover.papers_answered", handle=on_step),
    Subscription(event=BatchClosed, name="handover.papers_closed", handle=on_step),
)
