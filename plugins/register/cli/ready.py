"""``lindang register ready``: what may be handed over, village by village, and what first stands in the way of the rest."""

from __future__ import annotations

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from lindang.i18n import _
from plugins.register.queries.ready import villages_ready


@click.command("ready")
@click.option("--county", required=True, help="县、乡镇或村的区划代码（6、9 或 12 位）")
@click.option("--certificates", is_flag=True, help="逐本列出，写明首先要处理的问题")
@click.option("--without-paper-count", is_flag=True, help="没有登记纸质页数的也算")
@click.option("--json", "as_json", is_flag=True, help="每村（每本）一行 JSON")
@with_host
def ready(host: Host, county: str, *, certificates: bool, without_paper_count: bool, as_json: bool) -> None:
    """列出成熟的林权证数量；没有成熟的，按首先要处理的问题分类。"""
    with host.view() as session:
        found = villages_ready(session, cli_actor(), county, needs_paper_count=not without_paper_count)
        for village, judged in found:
            if as_json:
                emit_json(
                    {
                        "village": village.code,
                        "name": village.name,
                        "total": village.total,
                        "ready": village.ready,
                        "in_batch": village.in_batch,
                        "handed_over": village.handed_over,
                        "waiting": dict(village.waiting),
                    }
                )
            else:
                told = _("成熟 %(ready)s / %(total)s", ready=village.ready, total=village.total)
                click.echo(f"{village.code} {village.name}  {told}  {dict(village.waiting) or ''}".rstrip())
            for one in judged if certificates else ():
                reason = one.reason.text if one.reason else ""
                if as_json:
                    emit_json(
                        {"cert_no": one.cert_no, "holder": one.holder_name, "code": one.archival_code, "reason": reason}
                    )
                else:
                    click.echo(f"  {one.cert_no} {one.holder_name}  {reason or _('成熟')}")
