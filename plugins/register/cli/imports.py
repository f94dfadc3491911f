"""``lindang register import``: the dry run of a file, and its writing, for scripts and people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import BadInput, Conflict, Faults, LindangError
from lindang.host import Host
from lindang.i18n import _
from lindang.worker import drain
from models.register_import import ALL_OR_NOTHING, APPLIED, CHECKED, GOOD_ROWS, MAPPING, REFUSED
from plugins.register.queries.imports import FaultLine, ImportLine, fault_lines, import_line, notice_text, progress_of
from plugins.register.service import importing
from plugins.register.service.sealed import keep_sealed

_PART = 1000


@click.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--county", required=True, help="县级行政区划代码（6 位）")
@click.option(
    "--apply",
    "choice",
    type=click.Choice([ALL_OR_NOTHING, GOOD_ROWS]),
    help="all 全部或不导入；good 只导入合格行；不给则只试读",
)
@click.option("--confirm-changes", is_flag=True, help="确认对已有行的全部改动")
@click.option("--json", "as_json", is_flag=True, help="每行一个 JSON")
@with_host
def import_file(
    host: Host, path: Path, *, county: str, choice: str | None, confirm_changes: bool, as_json: bool
) -> None:
    """试读数字化表，逐格列出错误；给了 --apply 则写入登记册。退出码：0 无错，5 没有写入，6 有错或不能读取。"""
    file = keep_sealed(host, path)
    with host.uow(cli_actor()) as uow:
        import_id = importing.take_file(uow, county, path.name, file).id
    line = _worked(host, import_id, importing.READ_JOB)
    _report(host, line, as_json=as_json)
    if line.state == CHECKED and choice:
        line = _apply(host, line, choice, confirm=confirm_changes)
        _tell_applied(line, as_json=as_json)
    refused = _refusal(line)
    if refused is not None:
        raise refused


def _worked(host: Host, import_id: int, kind: str) -> ImportLine:
    """Let the jobs run, here or in a worker that was faster, and return what the import has become."""
    drain(host)
    with host.view() as session:
        line = import_line(session, cli_actor(), import_id)
        progress = progress_of(session, import_id, (kind,))
    if progress.is_running or progress.error:
        raise Conflict(
            progress.error or _("后台正在处理第 %(id)s 号导入", id=import_id),
            remedy=_("请在导入页面查看，或稍后再试。"),
        )
    return line


def _apply(host: Host, line: ImportLine, choice: str, *, confirm: bool) -> ImportLine:
    with host.uow(cli_actor()) as uow:
        if confirm:
            importing.confirm_changes(uow, line.id, None, confirmed=True)
        importing.order_apply(uow, line.id, choice)
    return _worked(host, line.id, importing.APPLY_JOB)


def _report(host: Host, line: ImportLine, *, as_json: bool) -> None:
    for sheet in line.sheets:
        if as_json:
            emit_json({"kind": "sheet", **sheet})
            continue
        counts = sheet["verdicts"]
        words = "；".join(notice_text(notice) for notice in sheet["notices"])
        click.echo(
            _(
                "%(name)s：%(rows)s 行，新增 %(new)s，改动 %(changed)s，不变 %(same)s，有错 %(faulty)s。%(words)s",
                name=sheet["name"],
                rows=sheet["rows"],
                words=words,
                **{key: counts.get(key, 0) for key in ("new", "changed", "same", "faulty")},
            )
        )
    for fault in _faults(host, line):
        if as_json:
            emit_json({"kind": "fault", **_fault(fault)})
        else:
            click.echo(f"  {fault.sheet}!{fault.cell} {fault.heading} {fault.code} {fault.sentence}。{fault.remedy}")
    if as_json:
        emit_json({"kind": "import", "id": line.id, "state": line.state, "reason": line.reason, **line.counts})


def _faults(host: Host, line: ImportLine) -> list[FaultLine]:
    found: list[FaultLine] = []
    with host.view() as session:
        while True:
            part, total = fault_lines(session, line, refusing=True, offset=len(found), limit=_PART)
            found += part
            if len(found) >= total or not part:
                return found


def _fault(fault: FaultLine) -> dict[str, Any]:
    return {
        "sheet": fault.sheet,
        "row": fault.row_no,
        "column": fault.column,
        "cell": fault.cell,
        "field": fault.field,
        "heading": fault.heading,
        "value": fault.value,
        "code": fault.code,
        "severity": fault.severity,
        "message": fault.sentence,
        "remedy": fault.remedy,
    }


def _tell_applied(line: ImportLine, *, as_json: bool) -> None:
    if as_json:
        emit_json({"kind": "applied", "id": line.id, "state": line.state, **line.counts})
    else:
        click.echo(_("写入 %(n)s 行", n=line.counts.get("applied", 0)))


def _refusal(line: ImportLine) -> LindangError | None:
    if line.state == REFUSED:
        return BadInput(line.reason, where=line.file_name)
    if line.state == MAPPING:
        unknown = sorted({heading for sheet in line.sheets for heading in sheet["strange"].values()})
        return BadInput(
            _("有必填列认不出，不认识的列名：%(names)s", names="、".join(unknown)),
            where=line.file_name,
            remedy=_("请在导入页面指明一次，以后本县的文件会记住。"),
        )
    if line.state == CHECKED and line.counts.get("faults"):
        return Faults(_("有 %(n)s 处错误", n=line.counts["faults"]), (), remedy=_("请按上面列出的格子改正。"))
    return None if line.state in {CHECKED, APPLIED} else Conflict(_("没有写入"))
