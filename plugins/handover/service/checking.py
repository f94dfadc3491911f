"""Checking: is everything in the batch ready, and are the stored files what they were when they were filed.

`start_check` hands the batch to the background; there the files are read again outside any transaction, and `finish_check`
freezes what was seen or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lindang.errors import Unavailable
from lindang.i18n import _
from lindang.uow import UnitOfWork
from models.handover import Batch, BatchItem
from models.register import Certificate
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.manifest import in_order, line_digest, totals_of
from plugins.handover.domain.states import BatchState
from plugins.handover.queries.ready import ready_rows
from plugins.handover.queries.snapshots import snapshots
from plugins.handover.service.steps import advance, open_batch, present_items

CHECK_JOB = "handover.check"
_PROBLEMS_KEPT = 200


def start_check(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Send a draft to the check.

    Raises:
        Faults: the list is empty, or something in it is not ready.
    """
    batch = open_batch(uow, batch_id, version)
    items = present_items(uow, batch)
    facts = BatchFacts(actor_id=uow.actor.account_id, item_count=len(items), unready=_unready(uow, batch, items))
    advance(uow, batch, "check", facts)
    label = _("检查批次 %(no)s", no=batch.batch_no)
    uow.enqueue(CHECK_JOB, str(batch.id), division=batch.division_code, label=label)
    return batch


def finish_check(
    uow: UnitOfWork, batch_id: int, seen: Mapping[int, str], problems: Sequence[tuple[str, str]]
) -> Batch | None:
    """Freeze what the check saw, or let the batch fail with what is wrong; None when it is no longer being checked.

    Args:
        uow: the transaction.
        batch_id: which batch.
        seen: digest of each item's snapshot when the files were read, by item id.
        problems: (where, what) of each wrong file.

    Raises:
        Unavailable: something changed while the files were read; the check must be made again.
    """
    batch = open_batch(uow, batch_id, None)
    if batch.state != BatchState.CHECKING:
        return None
    items = present_items(uow, batch)
    now = snapshots(uow.session, items, id_numbers=uow.host.settings.plugin("handover").package_id_numbers)
    if {item_id: line_digest(snapshot) for item_id, snapshot in now.items()} != dict(seen):
        raise Unavailable(_("检查期间案卷内容有变动"), remedy=_("将自动重新检查。"))
    wrong = (*problems, *_unready(uow, batch, items))
    if wrong:
        kept = [list(problem) for problem in wrong[:_PROBLEMS_KEPT]]
        advance(uow, batch, "fail_check", BatchFacts(), problems=kept, problem_count=len(wrong))
        return batch
    _freeze(batch, items, now)
    batch.checked_at = uow.now
    advance(uow, batch, "pass_check", BatchFacts(problems=()), certs=batch.cert_count, files=batch.file_count)
    return batch


def _unready(uow: UnitOfWork, batch: Batch, items: Sequence[BatchItem]) -> tuple[tuple[str, str], ...]:
    settings = uow.host.settings.plugin("handover")
    rows = ready_rows(
        uow.session,
        uow.actor,
        Certificate.id.in_([item.certificate_id for item in items]),
        needs_paper_count=settings.needs_paper_count,
        besides=batch.id,
    )
    return tuple((row.cert_no, reason.text) for row in rows for reason in row.reasons)


def _freeze(batch: Batch, items: Sequence[BatchItem], now: Mapping[int, dict[str, Any]]) -> None:
    """Keep the snapshots, put the items into the order of the list, and write the sums."""
    for item in items:
        item.snapshot, item.snapshot_sha256 = now[item.id], line_digest(now[item.id])
    for seq, item in enumerate(sorted(items, key=lambda item: str(now[item.id]["archival_code"])), 1):
        item.seq = seq
    totals = totals_of(in_order(now.values()))
    batch.cert_count, batch.parcel_count, batch.area_mu = totals.certs, totals.parcels, totals.area_mu
    batch.item_count, batch.page_count = totals.items, totals.paper_pages
    batch.file_count, batch.byte_count = totals.files, totals.bytes
