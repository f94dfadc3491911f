"""``lindang progress``: counting, and reports of a month on the command line."""

from __future__ import annotations

from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from plugins.progress.queries.columns import form_now
from plugins.progress.queries.places import find_unit
from plugins.progress.queries.reports import versions_of
from plugins.progress.service.counting import mark_all, refresh
from plugins.progress.service.files import report_file, take_report_file


@click.group("progress")
def progress() -> None:
    """进度。"""


@progress.command("count")
@click.option("--place", default="", help="只统计这一区划（代码前缀）")
@click.option("--again", is_flag=True, help="全部重新统计")
@with_host
def count(host: Host, place: str, *, again: bool) -> None:
    """统计有改动的村。"""
    if again:
        mark_all(host, place)
    click.echo(f"统计了 {refresh(host, place)} 处")


@progress.command("annex")
@click.argument("unit_code")
@click.argument("period")
@click.option("--json", "as_json", is_flag=True, help="每列一行 JSON")
@with_host
def annex(host: Host, unit_code: str, period: str, *, as_json: bool) -> None:
    """显示一个单位某月（如 2020-09）附件1的现数。"""
    with host.view() as session:
        form = form_now(session, find_unit(session, cli_actor(), unit_code), period)
    for column in form.columns:
        cells = column.figures.cells()
        emit_json({"code": column.code, "name": column.name, "cells": list(cells)}) if as_json else click.echo(
            f"{column.code} {column.name}  {'  '.join(cells)}"
        )
    for unit in form.missing:
        emit_json({"code": unit.code, "name": unit.name, "missing": True}) if as_json else click.echo(
            f"{unit.code} {unit.name}  未报"
        )


@progress.command("export")
@click.argument("unit_code")
@click.argument("period")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_host
def export(host: Host, unit_code: str, period: str, file: Path) -> None:
    """把一个单位某月最新一版附件1写成签名的上报文件。"""
    with host.view() as session:
        unit = find_unit(session, cli_actor(), unit_code)
        versions = versions_of(session, unit.code, period)
    if not versions:
        raise click.ClickException(f"{unit.name} {period} 没有上报过附件1")
    file.write_bytes(report_file(host.vault, versions[0]))
    click.echo(f"{file}：第 {versions[0].report_no} 版，摘要 {versions[0].data_sha256}")


@progress.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_host
def import_file(host: Host, file: Path) -> None:
    """导入下级单位的上报文件。"""
    with host.uow(cli_actor()) as uow:
        taken = take_report_file(uow, file.read_bytes())
        said = f"{taken.report.values['unit']['name']} {taken.report.period} 第 {taken.report.report_no} 版"
        key = taken.report.key_fingerprint
    click.echo(f"{said}：{'已导入' if taken.is_new else '以前导入过'}；签名密钥指纹 {key}")
    if taken.is_other_key:
        click.echo("注意：签名的密钥和以前不是同一个，请核对后再接收。")
