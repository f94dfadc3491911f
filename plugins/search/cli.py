"""``lindang search …``: find and rebuild from the server's command line."""

from __future__ import annotations

import time

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from plugins.search.domain.engine import Filters, Order, Request
from plugins.search.domain.names import Why
from plugins.search.service import indexing
from plugins.search.service.answering import find
from plugins.search.service.export import plain_hits
from plugins.search.words import WHY_WORDS

DEFAULT_LIMIT = 1000


@click.group("search")
def search() -> None:
    """检索：查找、重建索引。"""


@search.command("find")
@click.argument("query")
@click.option("--division", default="", help="行政区划代码（任一级）")
@click.option(
    "--order",
    type=click.Choice([order.value for order in Order]),
    default=Order.RELEVANCE.value,
    show_default=True,
    help="排列：相关程度、档号、日期（新的在前）、村、面积（大的在前）",
)
@click.option("--limit", default=DEFAULT_LIMIT, show_default=True, help="最多列出多少件；0 = 全部")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON")
@with_host
def find_command(host: Host, query: str, *, division: str, order: str, limit: int, as_json: bool) -> None:
    """按检索式查找（号码、姓名、拼音、地名、词语、字段，同网页检索框）。"""
    wanted = Request(
        query=None,
        scope=(),
        filters=Filters(division=division),
        limit=limit,
        per_group=0,
        facets=False,
        order=Order(order),
    )
    result = find(host, cli_actor(), query, wanted)
    hits = list(plain_hits(result))
    answer = result.answer
    if as_json:
        emit_json(
            {
                "query": query,
                "total": answer.hits if answer else 0,
                "items": answer.group_count if answer else 0,
                "exact": answer.is_exact if answer else True,
                "register_total": result.names_total,
                "engine": "database" if result.is_fallback else "index",
                "hits": hits,
            }
        )
        return
    for hit in hits:
        place = f" 第 {hit['page']} 页" if hit["page"] else ""
        why = f"（{WHY_WORDS[Why[hit['why'].upper()]]}）" if hit["why"] else ""
        click.echo(f"{hit['archival_code']}{place}  {hit['title']}\n    {hit['snippet']}{why}")
    if result.is_fallback:
        click.echo("索引不可用，以上由数据库直接查得。", err=True)
    if result.names_total > len(result.names):
        click.echo(f"登记册中共 {result.names_total} 项，只列出前 {len(result.names)} 项。", err=True)
    if not hits:
        click.echo("没有找到。")


@search.command("rebuild")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON")
@with_host
def rebuild(host: Host, as_json: bool) -> None:
    """在旁边重建索引和登记册的姓名、地名索引键，完成后切换；期间检索照常。"""
    started = time.monotonic()
    units = indexing.rebuild(host)
    seconds = round(time.monotonic() - started, 2)
    if as_json:
        emit_json({"units": units, "seconds": seconds})
    else:
        click.echo(f"索引已重建：{units} 个案卷，用时 {seconds} 秒。")
