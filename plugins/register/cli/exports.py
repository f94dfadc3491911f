"""``lindang register export`` and ``mapping check``: write a place of the register to a file, try an office's mapping file."""

from __future__ import annotations

import contextlib
import errno
import secrets
from collections.abc import Iterable
from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import BadInput, Conflict, Fault, Faults, NoSpace
from lindang.host import Host
from lindang.i18n import _
from lindang.worker import drain
from models.register_export import MADE
from plugins.register.adapters.mapping_files import TargetFile, read_target, target_named
from plugins.register.description import export_values
from plugins.register.domain.mapping import TargetMapping
from plugins.register.queries.exports import ExportLine, export_line
from plugins.register.queries.imports import progress_of
from plugins.register.service.exporting import EXPORT_JOB, ExportOrder, mapping_folder, order_export, take_file_away
from plugins.register.service.sealed import unsealed_parts

_FORMS = {("xlsx", "utf-8"): "xlsx", ("csv", "utf-8"): "csv_utf8", ("csv", "gb18030"): "csv_gb18030"}


@click.command("export")
@click.option("--county", help="县级行政区划代码（6 位）：导出全县")
@click.option("--division", help="县、乡镇或村的区划代码（6、9 或 12 位）")
@click.option(
    "--target", default="szhb", show_default=True, help="szhb、qlt_ql_lq、映射文件夹中的文件名，或一个 .toml 文件"
)
@click.option(
    "--format", "kind", type=click.Choice(["xlsx", "csv"]), default="xlsx", show_default=True, help="文件格式"
)
@click.option(
    "--encoding", type=click.Choice(["utf-8", "gb18030"]), default="utf-8", show_default=True, help="CSV 的编码"
)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写到哪个文件")
@click.option("--with-id-numbers", is_flag=True, help="含完整证件号码；须写 --purpose")
@click.option("--purpose", default="", help="导出完整证件号码的事由，记入日志")
@click.option("--anyway", is_flag=True, help="目标会拒收的行也写入文件")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON")
@with_host
def export_place(  # noqa: PLR0913 - one parameter for each option of the command
    host: Host,
    *,
    county: str | None,
    division: str | None,
    target: str,
    kind: str,
    encoding: str,
    output: Path,
    with_id_numbers: bool,
    purpose: str,
    anyway: bool,
    as_json: bool,
) -> None:
    """导出一个县、乡镇或村的登记册。有目标会拒收的行时列出并以 6 退出，不写文件；--anyway 照样写。"""
    order = ExportOrder(
        place=_place(county, division),
        target=_target(host, target),
        form=_FORMS[kind, encoding if kind == "csv" else "utf-8"],
        with_id_numbers=with_id_numbers,
        purpose=purpose,
        is_forced=anyway,
    )
    if not output.parent.is_dir():
        raise BadInput(_("文件夹不存在"), where=str(output.parent), remedy=_("请先建立，或换一个地方。"))
    with host.uow(cli_actor()) as uow:
        export_id = order_export(uow, order).export_id
    line = _worked(host, export_id)
    if as_json:
        emit_json({**export_values(line), "path": str(output) if line.state == MADE else ""})
    if line.state != MADE:
        raise _refusal(line)
    with host.uow(cli_actor()) as uow:
        file = take_file_away(uow, export_id)
    _copy(unsealed_parts(host, file.sha256), output)
    if not as_json:
        click.echo(
            _("写出 %(n)s 行：%(path)s（SHA-256 %(digest)s）", n=line.rows, path=output, digest=file.file_sha256)
        )


def _place(county: str | None, division: str | None) -> str:
    if bool(county) == bool(division):
        raise BadInput(_("请给 --county 或 --division，只给一个"), where="--division")
    return county or division or ""


def _target(host: Host, target: str) -> TargetFile:
    path = Path(target)
    return read_target(path) if path.suffix == ".toml" else target_named(mapping_folder(host), target)


def _worked(host: Host, export_id: int) -> ExportLine:
    """Let the job run, here or in a worker that was faster, and return what the export has become."""
    drain(host)
    with host.view() as session:
        line = export_line(session, cli_actor(), export_id)
        progress = progress_of(session, export_id, (EXPORT_JOB,))
    if progress.is_running or progress.error:
        raise Conflict(
            progress.error or _("后台正在处理第 %(id)s 号导出", id=export_id),
            remedy=_("请在导出页面查看，或稍后再试。"),
        )
    return line


def _refusal(line: ExportLine) -> Faults:
    values = export_values(line)
    faults = [
        Fault(
            f"{row['village_code']} {row['cert_no']} {row['parcel_no']}",
            f"{each['column']} {each['title']}：{each['message']}",
        )
        for row in values["refusals"]
        for each in row["faults"]
    ]
    return Faults(
        _("目标会拒收 %(n)s 行，没有写文件", n=line.refused),
        faults,
        remedy=_("请在登记册中补正；确要写出请加 --anyway。这里列前 100 行，全部见导出页面的清单。"),
    )


def _copy(parts: Iterable[bytes], output: Path) -> None:
    """Write the file beside its place and move it there: nobody ever sees half of it."""
    beside = output.with_name(f".{output.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as target:
            target.writelines(parts)
        beside.replace(output)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace(_("磁盘空间不足，没有写文件"), where=str(output)) from error
        raise BadInput(_("不能写到这里：%(reason)s", reason=error.strerror or error), where=str(output)) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


@click.group("mapping")
def mapping() -> None:
    """映射文件。"""


@mapping.command("check")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON")
def mapping_check(path: Path, as_json: bool) -> None:
    """检查一个映射文件，逐处说明错误；没有错时列出各列从哪里来。"""
    found = read_target(path).mapping
    if found is None:
        return
    if as_json:
        emit_json(_mapping_values(found))
        return
    click.echo(_("%(title)s：%(n)s 列，可以使用", title=found.title, n=len(found.columns)))
    for column in found.columns:
        source = column.field or (
            f"= {column.constant}" if column.constant else _("（留空：%(who)s）", who=column.left_to)
        )
        marks = "" if column.verified else _("未核实")
        click.echo(f"  {column.name:<12} {source:<24} {_('必填') if column.required else ''} {marks}".rstrip())


def _mapping_values(found: TargetMapping) -> dict[str, object]:
    return {
        "name": found.name,
        "title": found.title,
        "layout": found.layout.value,
        "columns": [
            {
                "name": column.name,
                "field": column.field,
                "constant": column.constant,
                "left_to": column.left_to,
                "layer": column.layer.value if column.field else "",
                "required": column.required,
                "verified": column.verified,
            }
            for column in found.columns
        ],
    }
