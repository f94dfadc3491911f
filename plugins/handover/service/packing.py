"""Packages ordered from the batch's page: one row each, written by a background job that goes on where it was broken off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, NoSpace, NotFound, PermanentFailure
from lindang.i18n import _, lazy
from lindang.jobs import QUEUED, RUNNING, JobContext, JobRow
from lindang.uow import UnitOfWork
from models.handover import Batch
from models.packages import ORDERED, WRITTEN, TransferPackage
from plugins.handover.domain.states import FROZEN_STATES
from plugins.handover.packaging.writer import LAYOUTS
from plugins.handover.permissions import SEND
from plugins.handover.queries.batches import find_batch
from plugins.handover.service.packages import PackagePlan, Packed, note_package, pack

if TYPE_CHECKING:
    from lindang.host import Host

PACK_JOB: Final = "handover.package"
HERE: Final = "here"
HERE_LABEL: Final = lazy("本机（做好后可下载）")
_MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageOrder:
    """What a person wants: layout, where to (`HERE` or a target of the settings), MB of a carrier (0: all in one), SM3."""

    layout: str
    target: str
    carrier_mb: int = 0
    with_sm3: bool = False


def targets_of(host: Host) -> dict[str, Path]:
    """Return the places that packages can be written to, by name."""
    named = {target.name: target.path for target in host.settings.plugin("handover").package_targets}
    return {HERE: host.data_dir / "packages", **named}


def order_package(uow: UnitOfWork, batch_id: int, order: PackageOrder) -> TransferPackage:
    """Order the package of a signed batch; asked for again in the same form, it goes on in the same folder.

    Raises:
        NotFound: the batch is not the actor's to see.
        Conflict: it is not signed, or this very package is being written.
        BadInput: there is no such layout or place.
    """
    uow.actor.require(SEND)
    batch = find_batch(uow.session, uow.actor, batch_id)
    if batch.state not in FROZEN_STATES:
        raise Conflict(_("批次 %(no)s 还没有签发，不能做移交包", no=batch.batch_no))
    if order.layout not in LAYOUTS or order.target not in targets_of(uow.host):
        raise BadInput(_("没有这种布局或去处"), where="target", remedy=_("请从列表中选择。"))
    folder = _folder(batch, order)
    if _is_being_written(uow.session, batch, order.target, folder):
        raise Conflict(_("这个移交包正在写"), remedy=_("请等它写完，进度在本页。"))
    package = TransferPackage(
        batch_id=batch.id,
        division_code=batch.division_code,
        list_version=batch.list_version,
        layout=order.layout,
        target=order.target,
        folder=folder,
        carrier_bytes=order.carrier_mb * _MEGABYTE,
        with_sm3=order.with_sm3,
        state=ORDERED,
        carriers=[],
        ordered_at=uow.now,
        ordered_by=uow.actor.name,
    )
    uow.session.add(package)
    uow.session.flush()
    label = _("制作移交包 %(no)s", no=batch.batch_no)
    package.job_id = uow.enqueue(PACK_JOB, str(package.id), division=batch.division_code, label=label)
    facts = {"layout": order.layout, "target": order.target, "folder": folder}
    uow.journal("batch.package_ordered", f"batch:{batch.id}", division=batch.division_code, **facts)
    return package


def _folder(batch: Batch, order: PackageOrder) -> str:
    """Return the folder's name, which says what lies in it: equal orders go to one folder, others never into each other's."""
    parts = [batch.batch_no if batch.list_version == 1 else f"{batch.batch_no}.{batch.list_version}", order.layout]
    parts += [f"{order.carrier_mb}MB"] if order.carrier_mb else []
    parts += ["SM3"] if order.with_sm3 else []
    return "-".join(parts)


def _is_being_written(session: Session, batch: Batch, target: str, folder: str) -> bool:
    query = (
        select(TransferPackage.id)
        .join(JobRow, JobRow.id == TransferPackage.job_id)
        .where(
            TransferPackage.batch_id == batch.id,
            TransferPackage.target == target,
            TransferPackage.folder == folder,
            TransferPackage.state == ORDERED,
            JobRow.state.in_((QUEUED, RUNNING)),
        )
    )
    return session.scalar(query.limit(1)) is not None


def find_package(session: Session, actor: Actor, batch_id: int, package_id: int) -> TransferPackage:
    """Return a package of a batch the actor may see. Raises NotFound."""
    batch = find_batch(session, actor, batch_id)
    package = session.get(TransferPackage, package_id)
    if package is None or package.batch_id != batch.id:
        raise NotFound(_("没有这个移交包"), remedy=_("它不存在，或不在您的权限范围内。"))
    return package


def place_of(host: Host, package: TransferPackage) -> Path:
    """Return where a package lies. Raises Conflict when its place is no longer among the settings."""
    root = targets_of(host).get(package.target)
    if root is None:
        raise Conflict(
            _("设置里已没有名为 %(name)s 的去处", name=package.target), where="[plugins.handover] package_targets"
        )
    return root / package.folder


def write_ordered(context: JobContext, argument: str) -> None:
    """Run the job: write the package or finish it, read it again, and keep what came of it.

    Raises:
        PermanentFailure: trying again would not help: no room, something else in the folder, the disk not there.
    """
    host = context.host
    with host.view() as session:
        package = session.get_one(TransferPackage, int(argument))
        if package.state == WRITTEN:
            return
        batch_no = session.get_one(Batch, package.batch_id).batch_no
        plan = PackagePlan(layout=package.layout, carrier_bytes=package.carrier_bytes, with_sm3=package.with_sm3)
    try:
        place = place_of(host, package)
        _refuse_missing_disk(package, place.parent)
        packed = pack(host, host.system_actor(), batch_no, place, plan, on_file=context.progress)
    except (Conflict, NoSpace) as error:
        raise PermanentFailure(str(error)) from error
    with host.uow(host.system_actor()) as uow:
        context.still_mine(uow.session)
        _keep(uow, package.id, plan, packed)


def _refuse_missing_disk(package: TransferPackage, root: Path) -> None:
    if package.target != HERE and not root.is_dir():
        raise Conflict(
            _("%(folder)s 不在：移动硬盘没有插上，或网络盘没有挂载", folder=str(root)), remedy=_("接好后请重新运行。")
        )


def _keep(uow: UnitOfWork, package_id: int, plan: PackagePlan, packed: Packed) -> None:
    package = uow.session.get_one(TransferPackage, package_id)
    package.state, package.written_at = WRITTEN, uow.now
    package.digest, package.files, package.bytes = packed.digest, packed.files, packed.bytes
    package.carriers = [
        {"name": name, "digest": one.digest, "files": one.files, "bytes": one.bytes} for name, one in packed.carriers
    ]
    note_package(uow, uow.session.get_one(Batch, package.batch_id), plan, packed)
