"""``lindang handover``: batches on the command line, for people and for scripts."""

from __future__ import annotations

from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import Fault, Faults
from lindang.host import Host
from lindang.i18n import _, format_mu, format_when
from models.ready_counts import COUNTING_JOB
from plugins.handover.description import describe_batch, describe_proposal, describe_row
from plugins.handover.domain.planning import GIGABYTE, REASON_NAMES, Limits
from plugins.handover.domain.states import BATCH_LABELS, ITEM_LABELS
from plugins.handover.packaging.writer import DAT93, LAYOUTS
from plugins.handover.queries.batches import BatchFilter, batch_page, find_batch_by_number
from plugins.handover.queries.page import BatchPage, batch_view
from plugins.handover.queries.planning import propose
from plugins.handover.service.packages import PackagePlan, make_package
from plugins.handover.service.receiving import inspect
from plugins.handover.service.taking_in import give_back, take_in

_PAGE = 500


@click.group("handover")
def handover() -> None:
    """移交。"""


@handover.command("propose")
@click.argument("place")
@click.option("--certs", type=click.IntRange(0), default=0, help="最多多少本（0 = 不限）")
@click.option("--pages", type=click.IntRange(0), default=0, help="最多多少扫描页（0 = 不限）")
@click.option("--gb", type=click.FloatRange(0), default=0, help="原始文件最多多少 GB（0 = 不限）")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON，含建议的林权证编号")
@with_host
def propose_batch(host: Host, place: str, *, certs: int, pages: int, gb: float, as_json: bool) -> None:
    """为一个县、乡镇或村（区划代码）拟一个批次:装得下的成熟林权证,各村数目,其余的第一个问题。只是建议。"""
    limits, actor = Limits(certs=certs, pages=pages, bytes=int(gb * GIGABYTE)), cli_actor()
    needs_paper_count = bool(host.settings.plugin("handover").needs_paper_count)
    is_counted = COUNTING_JOB in host.jobs
    with host.view(actor) as db:
        found = propose(db, actor, place, limits, needs_paper_count=needs_paper_count, is_counted=is_counted)
    if as_json:
        emit_json(describe_proposal(found))
        return
    click.echo(f"{found.place_name}  建议 {len(found.certificate_ids)} 本  {found.pages} 页  {found.bytes} 字节")
    for village in found.villages:
        rest = "，".join(f"{REASON_NAMES[code]} {n}" for code, n in village.reasons)
        click.echo(f"  {village.name}  本批 {village.chosen}  成熟 {village.ready} / {village.total}  {rest}".rstrip())


@handover.group("batch")
def batch_group() -> None:
    """移交批次。"""


@batch_group.command("list")
@click.option("--state", default="", help="只列这一状态，如 SENT")
@click.option("--county", default="", help="只列这一县（行政区划代码前缀）")
@click.option("--json", "as_json", is_flag=True, help="每批一行 JSON")
@with_host
def list_batches(host: Host, state: str, county: str, as_json: bool) -> None:
    """列出批次,新的在前。"""
    actor, page, listed = cli_actor(), 1, 0
    narrowed = BatchFilter(state=state.upper(), division=county)
    with host.view(actor) as db:
        while True:
            rows, total = batch_page(db, actor, narrowed, page=page, per_page=_PAGE)
            for row in rows:
                if as_json:
                    emit_json(describe_row(row))
                else:
                    click.echo(
                        f"{row.batch_no}  {BATCH_LABELS[row.state]}  {row.certs} 本  {row.registry}  {row.title}"
                    )
            listed += len(rows)
            if not rows or listed >= total:
                return
            page += 1


@batch_group.command("show")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def show_batch(host: Host, number: str, as_json: bool) -> None:
    """显示一个批次:清单、合计、办理记录、文件。"""
    actor = cli_actor()
    with host.view(actor) as db:
        batch = find_batch_by_number(db, actor, number)
        view = batch_view(db, actor, batch.id, host.settings.host.office_name)
    if as_json:
        emit_json(describe_batch(view))
    else:
        _print(view)


@batch_group.command("package")
@click.argument("number")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个文件夹")
@click.option(
    "--layout", type=click.Choice(LAYOUTS), default=DAT93, help="dat93：DA/T 93 目录树；bagit：外加 BagIt 1.0 封装"
)
@click.option("--carrier-mb", type=click.IntRange(min=1), help="一个载体放多少 MB：放不下时分写到 载体01、载体02 ……")
@click.option("--sm3", "with_sm3", is_flag=True, help="另附 SM3 摘要")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def package_batch(  # noqa: PLR0917 - one argument for each option
    host: Host, number: str, folder: Path, layout: str, carrier_mb: int | None, with_sm3: bool, as_json: bool
) -> None:
    """把签发后的批次写成移交包:原文件、目录、清单、校验;中断后再运行即接着做,写完再读一遍核对。"""
    plan = PackagePlan(layout=layout, carrier_bytes=(carrier_mb or 0) * 1_000_000, with_sm3=with_sm3)
    written = make_package(host, cli_actor(), number, folder, plan)
    if as_json:
        emit_json({"sha256": written.digest, "files": written.files, "bytes": written.bytes, "copied": written.copied})
        return
    click.echo(f"{folder}：{written.files} 个文件，{written.bytes} 字节，核对无误；本次写入 {written.copied} 个")
    click.echo(f"移交包摘要（SHA-256）：{written.digest}")


@handover.group("package")
def package_group() -> None:
    """收到的移交包。"""


@package_group.command("check")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def check_package(_host: Host, folder: Path, as_json: bool) -> None:
    """核对收到的移交包(两种布局都可以):逐个文件核对摘要,查多、缺、改、改名和不安全的内容,不写入任何东西。"""
    inspected = inspect(folder)
    found, description = inspected.found, inspected.tree.description
    if as_json:
        problems = [{"path": one.path, "what": one.what} for one in found.problems]
        emit_json({
            "layout": found.layout,
            "sha256": inspected.digest,
            "files": len(found.sizes),
            "bytes": sum(found.sizes.values()),
            "volumes": len(inspected.tree.entries),
            "problems": problems,
        })  # fmt: skip
    if found.problems:
        faults = [Fault(one.path, one.what) for one in found.problems]
        raise Faults(_("移交包 %(folder)s 有 %(n)s 处不符", folder=str(folder), n=len(faults)), faults)
    if not as_json:
        click.echo(f"{description.get('内容描述', '')}  {description.get('移交单位', '')}".strip())
        click.echo(
            f"{len(inspected.tree.entries)} 卷，{len(found.sizes)} 个文件，{sum(found.sizes.values())} 字节，核对无误"
        )
        click.echo(f"移交包摘要（SHA-256）：{inspected.digest}")


@package_group.command("import")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--division", default="", help="包里没有说明区划的案卷归到哪里（县 6 位或村 12 位代码）")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def import_package(host: Host, folder: Path, division: str, as_json: bool) -> None:
    """收存别处送来的移交包:先核对,全部无误才收,档号照原样,原包每个文件都留存;有一处不符就什么也不写。"""
    package = take_in(host, cli_actor(), folder, division)
    if as_json:
        emit_json({"id": package.id, "sha256": package.digest, "volumes": package.volumes, "files": package.files})
        return
    click.echo(
        f"已收存（编号 {package.id}）：{package.from_org}  {package.batch_no}  {package.volumes} 卷，{package.files} 个文件"
    )


@package_group.command("restore")
@click.argument("number", type=int)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="写到哪个空文件夹"
)
@with_host
def restore_package(host: Host, number: int, folder: Path) -> None:
    """把收存的移交包按原样写回文件夹(编号见 import --json 的 id)。"""
    count = give_back(host, cli_actor(), number, folder)
    click.echo(f"{folder}：{count} 个文件")


def _print(view: BatchPage) -> None:
    batch, totals = view.batch, view.lines.totals
    click.echo(f"{batch.batch_no}  {BATCH_LABELS[view.state]}  {batch.title}")
    click.echo(f"{view.from_org} → {view.to_org}  第 {batch.list_version} 版")
    click.echo(
        f"{totals.certs} 本  {totals.parcels} 宗  {format_mu(totals.area_mu)}  {totals.items} 件  {totals.paper_pages} 页"
    )
    for row in view.lines.rows:
        where = row.code or f"{row.seq:>4}"
        click.echo(f"  {where}  {row.archival_code}  {row.cert_no}  {ITEM_LABELS[row.state]}")
    for done in view.history:
        click.echo(f"  {format_when(done.at)}  {done.actor}  {done.action}  {done.note}".rstrip())
