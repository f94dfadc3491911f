"""Asking again for a background job whose batch still waits for it: after a job was dismissed, or lost its way."""

from __future__ import annotations

from lindang.errors import Conflict
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import Batch
from plugins.handover.domain.states import BatchState
from plugins.handover.permissions import DRAFT, SEND
from plugins.handover.service.checking import CHECK_JOB
from plugins.handover.service.sending import SEND_JOB
from plugins.handover.service.steps import open_batch


def resume_batch(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Put the job of a batch that is being checked or sent into the queue again.

    Raises:
        Conflict: the batch waits for no job.
    """
    batch = open_batch(uow, batch_id, version)
    job = {BatchState.CHECKING: (CHECK_JOB, DRAFT), BatchState.SENDING: (SEND_JOB, SEND)}.get(BatchState(batch.state))
    if job is None:
        raise Conflict(_("批次 %(no)s 没有等待中的后台任务", no=batch.batch_no), remedy=_("请刷新页面查看最新状态。"))
    kind, permission = job
    uow.actor.require(permission)
    uow.enqueue(kind, str(batch.id), division=batch.division_code, label=batch.batch_no)
    uow.journal("batch.job_resumed", f"batch:{batch.id}", division=batch.division_code, job=kind)
    return batch
