"""Sending: the decision and the verified package are two transactions, so that a crash between them resumes.

`start_sending` writes `SENDING`; the background reads every promised file again and stores the package description; only
then `finish_sending` writes `SENT`. Whatever dies in between leaves `SENDING`, and the job is offered again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from lindang.i18n import _
from lindang.ports import Blob
from lindang.uow import UnitOfWork
from models.handover import LIST_XLSX, MANIFEST, PACKAGE, Batch, TransferDoc
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.states import BatchState
from plugins.handover.service.manifests import MadeDocument, add_document
from plugins.handover.service.steps import advance, move, open_batch, present_items

SEND_JOB = "handover.send"
_PROBLEMS_KEPT = 200


def start_sending(uow: UnitOfWork, batch_id: int, *, version: int, carriers: str, boxes: str) -> Batch:
    """Decide to send a signed batch; the package is made and verified in the background.

    Raises:
        Faults: no carrier or no boxes are named.
    """
    batch = open_batch(uow, batch_id, version)
    facts = BatchFacts(actor_id=uow.actor.account_id, carriers=carriers, boxes=boxes)
    advance(uow, batch, "send", facts, carriers=carriers.strip(), boxes=boxes.strip())
    batch.carriers, batch.boxes = carriers.strip(), boxes.strip()
    label = _("送出批次 %(no)s", no=batch.batch_no)
    uow.enqueue(SEND_JOB, str(batch.id), division=batch.division_code, label=label)
    return batch


def finish_sending(uow: UnitOfWork, batch_id: int, package: Blob, problems: Sequence[tuple[str, str]]) -> Batch | None:
    """Confirm that the verified package went out, or take the batch back to `SIGNED`; None when that was done before."""
    batch = open_batch(uow, batch_id, None)
    if batch.state != BatchState.SENDING:
        return None
    if problems:
        kept = [list(problem) for problem in problems[:_PROBLEMS_KEPT]]
        advance(uow, batch, "fail_sending", BatchFacts(), problems=kept, problem_count=len(problems))
        return batch
    add_document(uow, batch, MadeDocument(PACKAGE, package))
    uow.session.flush()
    kinds = select(TransferDoc.kind).where(
        TransferDoc.batch_id == batch.id, TransferDoc.list_version == batch.list_version
    )
    facts = BatchFacts(
        problems=(),
        document_kinds=frozenset(uow.session.scalars(kinds)),
        required_kinds=frozenset({MANIFEST, LIST_XLSX, PACKAGE}),
    )
    batch.package_sha256 = package.sha256
    advance(uow, batch, "confirm_sent", facts, package_sha256=package.sha256)
    for item in present_items(uow, batch):
        move(item, "send")
    return batch
