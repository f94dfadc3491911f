"""``lindang register ready``: what may be handed over, village by village, and what first stands in the way of the rest."""

from __future__ import annotations

from typing import Any

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from lindang.i18n import _
from plugins.register.queries.ready import CertificateReadiness, VillageCount, certificates_ready, village_counts
from plugins.register.service.readiness import judge_village, mark_all, villages_to_judge


@click.command("ready")
@click.option("--county", required=True, help="县、乡镇或村的区划代码（6、9 或 12 位）")
@click.option("--certificates", is_flag=True, help="逐本列出，写明首先要处理的问题")
@click.option("--without-paper-count", is_flag=True, help="没有登记纸质页数的也算")
@click.option("--again", is_flag=True, help="全部重新判定后再列出")
@click.option("--json", "as_json", is_flag=True, help="每村（每本）一行 JSON")
@with_host
def ready(
    host: Host, county: str, *, certificates: bool, without_paper_count: bool, again: bool, as_json: bool
) -> None:
    """列出成熟的林权证数量；没有成熟的，按首先要处理的问题分类。"""
    if again:
        mark_all(host, county)
    for code in villages_to_judge(host, county):
        judge_village(host, code)
    needs = {"needs_paper_count": not without_paper_count}
    with host.view() as session:
        for village in village_counts(session, cli_actor(), county, **needs):
            emit_json(village_values(village)) if as_json else click.echo(_told(village))
            for one in certificates_ready(session, cli_actor(), village.code, **needs) if certificates else ():
                emit_json(_certificate_values(one)) if as_json else click.echo(_certificate_told(one))


def village_values(village: VillageCount) -> dict[str, Any]:
    """Return a village's counts as plain values."""
    return {
        "village": village.code,
        "name": village.name,
        "total": village.total,
        "ready": village.ready,
        "in_batch": village.in_batch,
        "handed_over": village.handed_over,
        "unjudged": village.unjudged,
        "judged_at": village.judged_at,
        "waiting": village.waiting,
    }


def _told(village: VillageCount) -> str:
    told = _("成熟 %(ready)s / %(total)s", ready=village.ready, total=village.total)
    return f"{village.code} {village.name}  {told}  {village.waiting or ''}".rstrip()


def _certificate_values(one: CertificateReadiness) -> dict[str, Any]:
    reason = one.reason.text if one.reason else ""
    return {"cert_no": one.cert_no, "holder": one.holder_name, "code": one.archival_code, "reason": reason}


def _certificate_told(one: CertificateReadiness) -> str:
    return f"  {one.cert_no} {one.holder_name}  {one.reason.text if one.reason else _('成熟')}"
