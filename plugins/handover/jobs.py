"""The background jobs: checking a batch, sending it, and writing its package. The first two read, then verify bytes outside any
transaction, then write once; started again after a crash they find the batch still waiting and do the same, or find it done and
stop. The third finds its files in the folder.
"""

from __future__ import annotations

from collections.abc import Callable

from lindang.i18n import lazy
from lindang.jobs import JobContext
from lindang.plugin import Job
from models.handover import PACKAGE, Batch
from plugins.handover.domain.manifest import line_digest
from plugins.handover.domain.states import BatchState
from plugins.handover.queries.batches import documents
from plugins.handover.queries.snapshots import (
    StoredObject,
    current_items,
    frozen_objects,
    snapshots,
    stored_objects,
)
from plugins.handover.service.checking import CHECK_JOB, finish_check
from plugins.handover.service.fixity import wrong_objects
from plugins.handover.service.manifests import package_bytes
from plugins.handover.service.packing import PACK_JOB, write_ordered
from plugins.handover.service.sending import SEND_JOB, finish_sending

_REPORT_EVERY = 20


def check(context: JobContext, argument: str) -> None:
    """Read every stored file of a batch again, then freeze its list or say what is wrong."""
    batch_id = int(argument)
    host = context.host
    with host.view() as session:
        batch = session.get_one(Batch, batch_id)
        if batch.state != BatchState.CHECKING:
            return
        items = current_items(session, batch.id, batch.list_version)
        now = snapshots(session, items, id_numbers=host.settings.plugin("handover").package_id_numbers)
        seen = {item_id: line_digest(snapshot) for item_id, snapshot in now.items()}
        objects = stored_objects(session, [item.archive_file_id for item in items])
    problems = wrong_objects(host.storage, objects, _reporter(context))
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        finish_check(uow, batch_id, seen, problems)


def send(context: JobContext, argument: str) -> None:
    """Verify everything that a signed batch promises, store the description of the package, and confirm."""
    batch_id = int(argument)
    host = context.host
    with host.view() as session:
        batch = session.get_one(Batch, batch_id)
        if batch.state != BatchState.SENDING:
            return
        items = current_items(session, batch.id, batch.list_version)
        docs = [doc for doc in documents(session, batch.id) if doc.list_version == batch.list_version]
        package = package_bytes(batch, docs)
    promised = [StoredObject(doc.file_name, doc.sha256, doc.bytes) for doc in docs if doc.kind != PACKAGE]
    problems = wrong_objects(host.storage, [*promised, *frozen_objects(items)], _reporter(context))
    blob = host.storage.put_bytes(package)
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        finish_sending(uow, batch_id, blob, problems)


def _reporter(context: JobContext) -> Callable[[int, int, str], None]:
    """Report now and then: each report is a small commit of its own."""

    def report(done: int, total: int, note: str) -> None:
        if done == total or done % _REPORT_EVERY == 0:
            context.progress(done, total, note)

    return report


JOBS = (
    Job(name=PACK_JOB, title=lazy("制作移交包"), run=write_ordered, slots=1),
    Job(name=CHECK_JOB, title=lazy("检查移交批次"), run=check),
    Job(name=SEND_JOB, title=lazy("送出移交批次"), run=send),
)
