"""Drafting: making a batch out of ready certificates, changing its list, calling it off, revising a refused one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lindang.errors import BadInput, Conflict, Fault, Faults, NotFound
from lindang.i18n import OFFICE_ZONE, _
from lindang.uow import UnitOfWork
from models.handover import PAPER_COPY, PAPER_NONE, PAPER_ORIGINAL, Batch, BatchItem
from models.identifiers import CODE, number_row
from models.numbering import next_number
from models.register import Certificate
from plugins.handover.domain.guards import BatchFacts
from plugins.handover.domain.states import BATCH, BatchState
from plugins.handover.permissions import DRAFT
from plugins.handover.queries.places import registries
from plugins.handover.queries.ready import ReadyRow, ready_rows
from plugins.handover.service.steps import advance, move, open_batch, present_items, record, touch

PAPER_KINDS = (PAPER_ORIGINAL, PAPER_COPY, PAPER_NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """What a new batch is to be: of which county, for which registry, with which certificates."""

    county_code: str
    registry_org_id: int
    title: str
    paper_kind: str
    certificate_ids: tuple[int, ...]


def create_batch(uow: UnitOfWork, plan: BatchPlan) -> Batch:
    """Draft a batch under the next number of its county and year.

    Raises:
        NotFound: the county is not in the actor's scope.
        BadInput: no title, an unknown paper kind, or a registry that does not serve the county.
        Conflict: a certificate stands in another open batch.
        Faults: a certificate is not ready.
    """
    uow.actor.require(DRAFT)
    _refuse_plan(uow, plan)
    year = uow.now.astimezone(OFFICE_ZONE).year
    number = next_number(uow, f"batch:{plan.county_code}-{year}")
    batch = Batch(
        batch_no=f"{plan.county_code}-{year}-YJ{number:03d}",
        title=plan.title.strip(),
        division_code=plan.county_code,
        registry_org_id=plan.registry_org_id,
        state=BATCH.initial.value,
        paper_kind=plan.paper_kind,
        state_since=uow.now,
        created_at=uow.now,
        created_by=uow.actor.name,
        created_by_id=uow.actor.account_id,
    )
    uow.session.add(batch)
    uow.session.flush()
    uow.session.add(
        number_row("batch_no", batch.batch_no, source=CODE, division_code=batch.division_code, batch_id=batch.id)
    )
    added = _put_in(uow, batch, plan.certificate_ids)
    record(uow, batch, "create", "", added=added)
    return batch


def _refuse_plan(uow: UnitOfWork, plan: BatchPlan) -> None:
    if len(plan.county_code) != 6 or not uow.actor.covers(plan.county_code):
        raise NotFound(_("没有这个县"), remedy=_("它不存在，或不在您的权限范围内。"))
    if not plan.title.strip():
        raise BadInput(_("没有填写批次名称"), where="title")
    if plan.paper_kind not in PAPER_KINDS:
        raise BadInput(_("没有选择纸质材料的移交方式"), where="paper_kind")
    if plan.registry_org_id not in {org_id for org_id, _name in registries(uow.session, plan.county_code)}:
        raise BadInput(
            _("所选接收单位不是本县的不动产登记机构"),
            where="registry_org_id",
            remedy=_("请先在“机构”中登记本县的不动产登记机构。"),
        )


def add_certificates(uow: UnitOfWork, batch_id: int, certificate_ids: Collection[int], *, version: int) -> int:
    """Add ready certificates to a draft; returns how many.

    Raises:
        Conflict: the batch is no draft any more, or a certificate stands in another open batch.
        Faults: a certificate is not ready.
    """
    batch = _open_draft(uow, batch_id, version)
    added = _put_in(uow, batch, certificate_ids)
    touch(batch)
    record(uow, batch, "edit", batch.state, added=added)
    return len(added)


def remove_items(uow: UnitOfWork, batch_id: int, item_ids: Collection[int], *, version: int) -> int:
    """Withdraw items from a draft; their rows stay. Returns how many."""
    batch = _open_draft(uow, batch_id, version)
    chosen = [item for item in present_items(uow, batch) if item.id in set(item_ids)]
    if not chosen:
        raise BadInput(_("没有选择要移出的条目"))
    for item in chosen:
        _withdraw(uow, item)
    uow.session.flush()
    _count(uow, batch)
    touch(batch)
    record(uow, batch, "edit", batch.state, left=chosen, withdrawn=[item.certificate_id for item in chosen])
    return len(chosen)


def cancel_batch(uow: UnitOfWork, batch_id: int, *, version: int, reason: str) -> Batch:
    """Call a batch off before it was sent; its number stays used, its certificates are free again."""
    batch = open_batch(uow, batch_id, version)
    items = present_items(uow, batch)
    advance(uow, batch, "cancel", BatchFacts(actor_id=uow.actor.account_id, reason=reason), note=reason.strip())
    for item in items:
        _withdraw(uow, item)
    return batch


def reopen_batch(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Take a batch whose check failed back to the draft."""
    batch = open_batch(uow, batch_id, version)
    advance(uow, batch, "reopen", BatchFacts(actor_id=uow.actor.account_id))
    return batch


def revise_batch(uow: UnitOfWork, batch_id: int, *, version: int) -> Batch:
    """Begin a new version of the list of a refused batch; the refused list stays as it was."""
    batch = open_batch(uow, batch_id, version)
    old = present_items(uow, batch)
    batch.list_version += 1
    advance(uow, batch, "revise", BatchFacts(actor_id=uow.actor.account_id))
    for item in old:
        move(item, "supersede")
        item.is_open = False
    # the old rows must let go of their certificates before the new ones take them
    uow.session.flush()
    uow.session.add_all(_successor(uow, batch, item) for item in old)
    return batch


def _successor(uow: UnitOfWork, batch: Batch, old: BatchItem) -> BatchItem:
    return BatchItem(
        batch_id=batch.id,
        list_version=batch.list_version,
        seq=old.seq,
        certificate_id=old.certificate_id,
        archive_file_id=old.archive_file_id,
        division_code=old.division_code,
        state="IN_BATCH",
        replaces_item_id=old.id,
        added_at=uow.now,
        added_by=uow.actor.name,
    )


def _open_draft(uow: UnitOfWork, batch_id: int, version: int) -> Batch:
    batch = open_batch(uow, batch_id, version)
    uow.actor.require(DRAFT)
    if batch.state != BatchState.DRAFT:
        raise Conflict(
            _("批次 %(no)s 已不是拟稿，清单不能再增减", no=batch.batch_no), remedy=_("请刷新页面查看最新状态。")
        )
    return batch


def _put_in(uow: UnitOfWork, batch: Batch, certificate_ids: Collection[int]) -> list[int]:
    """Put certificates into the list; returns their ids in list order."""
    rows = _wanted(uow, batch, certificate_ids)
    last = uow.session.scalar(select(func.max(BatchItem.seq)).where(BatchItem.batch_id == batch.id)) or 0
    try:
        with uow.session.begin_nested():
            for seq, row in enumerate(rows, last + 1):
                _add_item(uow, batch, row, seq)
    except IntegrityError as error:
        raise Conflict(
            _("所选林权证中有的刚刚被别人放进了另一个批次"), remedy=_("请刷新成熟清单后重新选择。")
        ) from error
    _count(uow, batch)
    return [row.certificate_id for row in rows]


def _wanted(uow: UnitOfWork, batch: Batch, certificate_ids: Collection[int]) -> list[ReadyRow]:
    settings = uow.host.settings.plugin("handover")
    rows = ready_rows(
        uow.session,
        uow.actor,
        Certificate.id.in_(certificate_ids),
        Certificate.division_code.startswith(batch.division_code, autoescape=True),
        needs_paper_count=settings.needs_paper_count,
    )
    if len(rows) != len(set(certificate_ids)):
        raise NotFound(_("所选林权证中有的不存在或不属于本县"), remedy=_("请从成熟清单重新选择。"))
    taken = [row for row in rows if row.reasons and row.reasons[0].code == "in_batch"]
    if taken:
        listed = "；".join(f"{row.cert_no}：{row.reasons[0].text}" for row in taken)
        raise Conflict(_("所选林权证已在别的批次中"), where=listed, remedy=_("请刷新成熟清单后重新选择。"))
    faults = [Fault(row.cert_no, row.reasons[0].text) for row in rows if row.reasons]
    if faults:
        raise Faults(_("所选林权证中有的还不成熟"), faults, remedy=_("请从成熟清单重新选择。"))
    return rows


def _add_item(uow: UnitOfWork, batch: Batch, row: ReadyRow, seq: int) -> None:
    uow.session.add(
        BatchItem(
            batch_id=batch.id,
            list_version=batch.list_version,
            seq=seq,
            certificate_id=row.certificate_id,
            archive_file_id=row.archive_file_id,
            division_code=row.division_code,
            state="IN_BATCH",
            replaces_item_id=row.replaces_item_id,
            added_at=uow.now,
            added_by=uow.actor.name,
        )
    )
    if row.replaces_item_id is not None:
        move(uow.session.get_one(BatchItem, row.replaces_item_id), "replace")


def _withdraw(uow: UnitOfWork, item: BatchItem) -> None:
    """Withdraw an item; a returned item that it was to replace waits again for another batch."""
    move(item, "withdraw")
    item.is_open = False
    replaced_id = item.replaces_item_id
    while replaced_id is not None:
        replaced = uow.session.get_one(BatchItem, replaced_id)
        if replaced.return_reason:
            move(replaced, "restore")
            return
        replaced_id = replaced.replaces_item_id


def _count(uow: UnitOfWork, batch: Batch) -> None:
    uow.session.flush()
    batch.cert_count = len(present_items(uow, batch))
