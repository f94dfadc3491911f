"""``lindang register check`` and ``findings``: run the rules over a county, list what they found."""

from __future__ import annotations

from typing import Any

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from lindang.i18n import _
from models.finding import CheckRun
from plugins.register.description import finding_values, run_values
from plugins.register.domain.rules.book import RULES
from plugins.register.queries.findings import STATES, FindingFilter, all_findings
from plugins.register.service.checking import check_division
from plugins.register.words import SEVERITY_LABELS, rule_title, sentence

_MOST = 1_000_000


@click.command("check")
@click.option("--county", required=True, help="县、乡镇或村的区划代码（6、9 或 12 位）")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON")
@with_host
def check_county(host: Host, county: str, as_json: bool) -> None:
    """用全部规则检查登记册，列出各规则查出几条、哪些没有检查及原因。"""
    run_id = check_division(host, cli_actor(), county, None if as_json else _tell)
    with host.view() as session:
        run = session.get_one(CheckRun, run_id)
        values = run_values(run)
    if as_json:
        emit_json(values)
    else:
        _print(values)


def _tell(_done: int, _total: int, note: str) -> None:
    if note:
        click.echo(note, err=True)


def _print(values: dict[str, Any]) -> None:
    click.echo(_("已检查 %(n)s 行", n=values["rows"]))
    for code, count in values["found"].items():
        click.echo(f"  {code} {SEVERITY_LABELS[RULES[code].severity]} {count:>7}  {rule_title(code)}")
    changes = values["changes"]
    click.echo(
        _(
            "新增 %(new)s，改正 %(fixed)s，复发 %(back)s",
            new=changes["new"],
            fixed=changes["fixed"],
            back=changes["back"],
        )
    )
    for code, missing in values["not_checked"].items():
        count = missing["count"] or ""
        click.echo(f"  {code} {_('没有检查')} {count} {rule_title(code)}：{missing['reason']}")


@click.command("findings")
@click.option("--county", default="", help="只列这一区划（代码前缀 6、9 或 12 位）")
@click.option("--code", default="", help="只列这一规则，如 R12")
@click.option(
    "--state", type=click.Choice(["standing", "all", *STATES]), default="standing", show_default=True, help="状态"
)
@click.option("--json", "as_json", is_flag=True, help="每条一行 JSON")
@with_host
def list_findings(host: Host, county: str, code: str, state: str, as_json: bool) -> None:
    """列出检查问题。"""
    wanted = FindingFilter(code=code.upper(), division=county, state="" if state == "all" else state)
    with host.view() as session:
        for row in all_findings(session, cli_actor(), wanted, _MOST):
            if as_json:
                emit_json(finding_values(row))
            else:
                click.echo(f"{row.code} {row.place} {row.cert_no} {row.parcel_no}  {sentence(row.code, row.facts)}")
