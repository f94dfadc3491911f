"""Commands under ``lindang hello``."""

from __future__ import annotations

import click

from hello_plugin.queries import item_count
from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host


@click.group()
def hello() -> None:
    """示例插件：问候。"""


@hello.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def count(host: Host, as_json: bool) -> None:
    """数一数库里有多少件。"""
    actor = cli_actor()
    with host.view(actor) as session:
        found = item_count(session, actor)
    if as_json:
        emit_json({"items": found})
    else:
        click.echo(f"{host.settings.plugin('hello').greeting}：{found} 件")
