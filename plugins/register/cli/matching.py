"""``lindang register matching``: what of the register has no scan and the reverse, for scripts and people."""

from __future__ import annotations

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from plugins.register.queries.matching import LISTS, village_counts


@click.command("matching")
@click.option("--county", default="", help="只列这一区划（代码前缀 6、9 或 12 位）")
@click.option("--json", "as_json", is_flag=True, help="每村一行 JSON")
@with_host
def matching(host: Host, county: str, as_json: bool) -> None:
    """登记册与扫描件两边互查，按村列出对不上的数量。"""
    with host.view() as session:
        for village in village_counts(session, cli_actor(), county):
            counts = {each.key: village.counts.get(each.key, 0) for each in LISTS}
            if as_json:
                emit_json({"village": village.code, "name": village.name, **counts})
            else:
                told = "  ".join(f"{each.title} {counts[each.key]}" for each in LISTS if counts[each.key])
                click.echo(f"{village.code} {village.name}  {told}")
