"""``lindang ingest …`` and ``lindang text``: taking in folders, recognition, what became of it, for scripts and people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from lindang.i18n import _
from lindang.worker import drain
from models.intake import FAILED
from plugins.ingest.adapters.engines import CHOICES, LABELS, choose, lacking, version_of
from plugins.ingest.domain.naming import PlannedFolder
from plugins.ingest.queries.progress import progress_of
from plugins.ingest.queries.runs import FileLine, file_line, file_lines, run_line, run_list
from plugins.ingest.queries.texts import item_text
from plugins.ingest.service.derivatives import order_derivatives
from plugins.ingest.service.engine import engine_for
from plugins.ingest.service.folders import Outcome, folder_draft, look_into, take_folder
from plugins.ingest.service.gathering import open_gathering
from plugins.ingest.service.halting import pause_run, resume_run
from plugins.ingest.service.layers import order_layers
from plugins.ingest.service.quality import order_quality
from plugins.ingest.service.reading import enqueue_again, enqueue_unread
from plugins.ingest.tools import settings_of

_JSON = click.option("--json", "as_json", is_flag=True, help="每行一个 JSON")


@click.group("ingest")
def ingest() -> None:
    """收件：文件夹入库、识别、失败清单。"""


@ingest.command("folder")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--county", default="", help="县级行政区划代码（6 位）")
@click.option("--village", default="", help="村代码（12 位）；不给则按文件夹中的村名判断")
@click.option("--ocr", type=click.Choice(CHOICES), default="auto", help="识别引擎")
@click.option("--wait", is_flag=True, help="等到全部入库并识别完")
@click.option("--preview", is_flag=True, help="只显示将如何入库，不收件")
@_JSON
@with_host
def folder(host: Host, path: Path, *, wait: bool, preview: bool, as_json: bool, **chosen: str) -> None:
    """把一个文件夹收进来：一户一个子文件夹，一个文件一件；可重复运行，已入库的不再收。"""
    if preview:
        _show_plan(look_into(host, path).plan.folders, as_json=as_json)
        return
    division = chosen["village"] or chosen["county"]
    if not division:
        raise click.UsageError(_("请给出 --county 或 --village"))
    if chosen["county"] and not division.startswith(chosen["county"]):
        raise click.UsageError(_("--village 不在 --county 之内"))
    draft = folder_draft(path, division, chosen["ocr"])
    outcomes = list(take_folder(host, cli_actor(), path, draft))
    if wait:
        drain(host)
    _report(host, outcomes, as_json=as_json)


def _show_plan(folders: Iterable[PlannedFolder], *, as_json: bool) -> None:
    for each in folders:
        for file in each.files:
            if as_json:
                name = file.name
                facts = {"doc_type": name.doc_type, "order": name.order, "title": name.title, "rule": name.rule}
                emit_json({"folder": each.path, "holder": each.name.holder, "path": file.relative_path, **facts})
            else:
                click.echo(
                    f"{file.relative_path}  →  {file.name.doc_type or '—'}  {file.name.title}  [{file.name.rule}]"
                )


def _report(host: Host, outcomes: list[Outcome], *, as_json: bool) -> None:
    with host.view() as session:
        for outcome in outcomes:
            line = file_line(session, cli_actor(), outcome.file_id) if outcome.file_id else None
            facts = _facts(line) if line else _known_facts(host, outcome)
            facts["path"] = outcome.relative_path
            if as_json:
                emit_json(facts)
            else:
                click.echo(
                    f"{facts['state']:<10} {facts['item'] or '—':<40} {facts['path']}  {facts['reason']}".rstrip()
                )


def _facts(line: FileLine) -> dict[str, object]:
    return {
        "path": line.path,
        "state": line.state,
        "item": line.item_code or None,
        "pages": line.pages,
        "seconds": line.seconds,
        "reason": line.reason,
    }


def _known_facts(host: Host, outcome: Outcome) -> dict[str, object]:
    """Return the line of a file that needed no row: its content is in the archive, or it could not be read."""
    facts: dict[str, object] = {
        "state": outcome.state,
        "item": None,
        "pages": 0,
        "seconds": 0.0,
        "reason": outcome.reason,
    }
    if outcome.item_id is not None:
        with host.view() as session:
            found = item_text(session, cli_actor(), str(outcome.item_id), by_id=True)
        facts |= {"state": "exists", "item": found.code, "pages": len(found.pages), "reason": _("已存在")}
    return facts


@ingest.command("gather")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--division", required=True, help="行政区划代码：县 6 位，或村 12 位")
@click.option("--ocr", type=click.Choice(CHOICES), default="auto", help="识别引擎")
@click.option("--stack", is_flag=True, help="一页一个文件的整盒材料：都上分拣台，按文件夹分件")
@_JSON
@with_host
def gather(host: Host, path: Path, *, division: str, ocr: str, stack: bool, as_json: bool) -> None:
    """由后台收一个大文件夹（移动硬盘、网络盘）：可暂停，断电、拔盘、磁盘不足后接着收，已收的不再读。"""
    with host.uow(cli_actor()) as uow:
        run_id = open_gathering(uow, replace(folder_draft(path, division, ocr), stack=stack)).id
    if as_json:
        emit_json({"run": run_id})
    else:
        click.echo(_("收件号 %(n)s；用 lindang ingest progress %(n)s 看进度", n=run_id))


@ingest.command("pause")
@click.argument("run", type=int)
@with_host
def pause(host: Host, run: int) -> None:
    """暂停一次收件：不再收、不再解析、不再识别，正在处理的做完。"""
    with host.uow(cli_actor()) as uow:
        pause_run(uow, run)
    click.echo(_("已暂停：正在处理的文件做完就停"))


@ingest.command("resume")
@click.argument("run", type=int)
@with_host
def resume(host: Host, run: int) -> None:
    """继续一次暂停的收件。"""
    with host.uow(cli_actor()) as uow:
        resume_run(uow, run)
    click.echo(_("已继续"))


@ingest.command("progress")
@click.argument("run", type=int)
@_JSON
@with_host
def progress(host: Host, run: int, as_json: bool) -> None:
    """显示一次收件的进度：文件、页、每分钟页数、预计完成时间、是否暂停。"""
    now = host.clock.now()
    with host.view() as session:
        run_line(session, cli_actor(), run)
        found = progress_of(session, run, now)
    end = found.filing.end(now) if found.is_running else None
    facts: dict[str, object] = {
        "files_done": found.files_done,
        "files": found.files,
        "pages_done": found.filing.done,
        "pages": found.filing.total,
        "pages_per_minute": round(found.filing.per_minute, 1),
        "end": end.isoformat(timespec="minutes") if end else None,
        "pages_read": found.pages_read,
        "reading_per_minute": round(found.reading.per_minute, 1),
        "halt": found.halt,
        "running": found.is_running,
    }
    if as_json:
        emit_json(facts)
        return
    for name, value in facts.items():
        click.echo(f"{name:<20} {value}")


@ingest.command("runs")
@_JSON
@with_host
def runs(host: Host, as_json: bool) -> None:
    """列出最近的收件批次。"""
    with host.view() as session:
        lines, _total = run_list(session, cli_actor(), limit=50)
    for line in lines:
        if as_json:
            counts = dict(line.counts.by_state)
            emit_json(
                {"id": line.id, "name": line.name, "division": line.division_code, "at": line.created_at, **counts}
            )
        else:
            when = line.created_at.astimezone(dt.UTC).isoformat(timespec="minutes")
            click.echo(f"{line.id:>5}  {when}  {line.counts.done}/{line.counts.total}  {line.name}")


@ingest.command("failed")
@_JSON
@with_host
def failed(host: Host, as_json: bool) -> None:
    """列出失败的文件、原因和办法。"""
    with host.view() as session:
        lines, _total = file_lines(session, cli_actor(), states=(FAILED,), limit=10_000)
    for line in lines:
        if as_json:
            emit_json({"id": line.id, **_facts(line), "remedy": line.remedy})
        else:
            click.echo(f"{line.path}:{line.reason}。{line.remedy}")


@ingest.command("engines")
@_JSON
@with_host
def engines(host: Host, as_json: bool) -> None:
    """显示本机可用的识别引擎和将要使用的引擎。"""
    settings = settings_of(host)
    chosen, lacks = choose(settings.ocr, settings.ocr_fast_models), lacking(settings.ocr_fast_models)
    if as_json:
        told = {name: str(text) for name, text in lacks.items()}
        emit_json({"engine": chosen.engine, "note": str(chosen.note), "lacking": told})
        return
    click.echo(_("将使用：%(name)s", name=str(LABELS[chosen.engine])))
    if chosen.note:
        click.echo(str(chosen.note))
    for name, text in lacks.items():
        click.echo(f"{name:<14} {str(text) or _('可用')}")


@ingest.command("recognise")
@click.option("--division", default="", help="只做这个区划（代码或前几位）")
@click.option("--ocr", type=click.Choice(CHOICES), default="auto", help="识别引擎")
@click.option("--again", is_flag=True, help="已有文字的也用这个引擎再识别一遍：各版文字都保留，现用哪一版按规则定")
@click.option("--wait", is_flag=True, help="等到识别完")
@with_host
def recognise(host: Host, division: str, ocr: str, *, again: bool, wait: bool) -> None:
    """给还没有文字的页补识别（如入库时没有识别引擎）；加 --again 用更好的引擎重新识别。原件不变。"""
    engine = engine_for(host, ocr)
    if not engine:
        raise click.ClickException(_("没有可用的识别引擎；用 lindang ingest engines 看缺什么"))
    with host.uow(cli_actor()) as uow:
        count = (
            enqueue_again(uow, division, engine, version_of(engine)) if again else enqueue_unread(uow, division, engine)
        )
    click.echo(_("已安排识别 %(n)s 件", n=count))
    if wait:
        drain(host)


@ingest.command("layers")
@click.option("--division", default="", help="只做这个区划（代码或前几位）")
@click.option("--again", is_flag=True, help="已有的也重新生成；内容没变的不会多出版本")
@click.option("--wait", is_flag=True, help="等到生成完")
@with_host
def layers(host: Host, division: str, again: bool, wait: bool) -> None:
    """给识别过而没有可检索 PDF 的件补生成（双层 PDF，PDF/A-2b）。"""
    with host.uow(cli_actor()) as uow:
        count = order_layers(uow, division, again=again)
    click.echo(_("已安排生成 %(n)s 件", n=count))
    if wait:
        drain(host)


@ingest.command("quality")
@click.option("--division", default="", help="只做这个区划（代码或前几位）")
@click.option("--again", is_flag=True, help="已测过的也从原件重新测量；人工决定保留")
@click.option("--wait", is_flag=True, help="等到检查完")
@with_host
def quality(host: Host, division: str, again: bool, wait: bool) -> None:
    """检查图像质量：测量还没有测过的页；界限改过的重新判定。"""
    with host.uow(cli_actor()) as uow:
        count = order_quality(uow, division, again=again)
    click.echo(_("已安排检查 %(n)s 件", n=count))
    if wait:
        drain(host)


@ingest.group("derivatives")
def derivatives() -> None:
    """查看图像、缩略图、可检索 PDF。"""


@derivatives.command("rebuild")
@click.option("--division", default="", help="只做这个区划（代码或前几位）")
@click.option("--wait", is_flag=True, help="等到重建完")
@with_host
def rebuild(host: Host, division: str, wait: bool) -> None:
    """从原件重新生成查看图像、缩略图和可检索 PDF；设置没变时逐字节相同，丢失或损坏的就此补齐。"""
    with host.uow(cli_actor()) as uow:
        count = order_derivatives(uow, division)
    click.echo(_("已安排重建 %(n)s 件", n=count))
    if wait:
        drain(host)


@click.command("text")
@click.argument("item")
@_JSON
@with_host
def text(host: Host, item: str, as_json: bool) -> None:
    """输出一件的识别文字，按页；ITEM 是件的档号。"""
    with host.view() as session:
        found = item_text(session, cli_actor(), item)
    if as_json:
        emit_json(found.as_json())
        return
    for page in found.pages:
        click.echo(_("—— 第 %(n)s 页 ——", n=page.page_no))
        click.echo(page.text or "")
