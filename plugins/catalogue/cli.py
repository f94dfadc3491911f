"""``lindang catalogue``: loading reference tables, registering a fonds, showing a 案卷 and the figures by division."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.host import Host
from models.codes import normalise_code
from models.place import ORG_ARCHIVES, ORG_FORESTRY, ORG_REGISTRY
from plugins.catalogue.queries.filepage import file_id_of_code, file_view
from plugins.catalogue.queries.overview import overview
from plugins.catalogue.service.reference import (
    Loaded,
    add_fonds,
    add_org,
    load_checklist,
    load_codes,
    load_divisions,
    load_scheme,
)

_TABLE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def catalogue() -> None:
    """档案目录：分类方案、区划、全宗、案卷。"""


def _load(host: Host, file: Path, load: Callable[..., Loaded], **more: Any) -> None:
    with host.uow(cli_actor()) as uow:
        loaded = load(uow, file.read_bytes(), **more)
    words = "已载入" if loaded.is_new else "与现有内容相同，没有变化"
    click.echo(f"{words}：{loaded.version}，{loaded.rows} 行")


@catalogue.command("load-scheme")
@_TABLE
@with_host
def load_scheme_command(host: Host, file: Path) -> None:
    """载入本单位的分类方案（CSV：code,parent,level,title,retention,unit）。"""
    _load(host, file, load_scheme)


@catalogue.command("load-checklist")
@_TABLE
@with_host
def load_checklist_command(host: Host, file: Path) -> None:
    """载入本单位的一户一档应有材料（CSV：doc_type,title,rule）。"""
    _load(host, file, load_checklist)


@catalogue.command("load-codes")
@_TABLE
@with_host
def load_codes_command(host: Host, file: Path) -> None:
    """载入本单位的代码表（CSV：list,code,label,aliases）。"""
    _load(host, file, load_codes)


@catalogue.command("load-divisions")
@_TABLE
@with_host
def load_divisions_command(host: Host, file: Path) -> None:
    """载入行政区划（CSV：code,name,level,parent,valid_from,valid_to,successor）。"""
    _load(host, file, load_divisions, source=file.name)


@catalogue.command("add-fonds")
@click.argument("code")
@click.option("--name", required=True, help="全宗名称")
@click.option("--creator", required=True, help="立档单位")
@click.option("--division", "division_code", default="", help="管辖区划代码；空 = 全部")
@with_host
def add_fonds_command(host: Host, code: str, name: str, creator: str, division_code: str) -> None:
    """登记一个全宗。"""
    with host.uow(cli_actor()) as uow:
        fonds = add_fonds(uow, code=code.upper(), name=name, creator=creator, division_code=division_code)
    click.echo(f"已登记全宗 {fonds.code} {fonds.name}")


@catalogue.command("add-org")
@click.argument("code")
@click.option("--name", required=True, help="单位名称")
@click.option("--kind", required=True, type=click.Choice([ORG_REGISTRY, ORG_FORESTRY, ORG_ARCHIVES]), help="性质")
@click.option("--division", "division_code", default="", help="所在区划代码；空 = 全部")
@with_host
def add_org_command(host: Host, code: str, name: str, kind: str, division_code: str) -> None:
    """登记一个单位（registry = 不动产登记机构，forestry = 林业主管部门，archives = 档案馆）。"""
    with host.uow(cli_actor()) as uow:
        org = add_org(uow, code=code, name=name, kind=kind, division_code=division_code)
    click.echo(f"已登记单位 {org.code} {org.name}")


@catalogue.command("file")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@with_host
def file_command(host: Host, code: str, as_json: bool) -> None:
    """按档号（或旧档号）显示一个案卷。"""
    actor = cli_actor()
    with host.view(actor) as session:
        view = file_view(session, actor, file_id_of_code(session, actor, normalise_code(code)))
    missing = [line.rule.doc_type for line in view.completeness.missing] if view.completeness else []
    values = {
        "archival_code": view.row.archival_code,
        "old_codes": [old.old_code for old in view.old_codes],
        "title": view.row.title,
        "place": view.place.path,
        "items": [
            {"code": item.row.archival_code, "title": item.row.title, "pages": len(item.page_ids)}
            for item in view.items
        ],
        "pages": view.page_count,
        "missing": missing,
    }
    if as_json:
        emit_json(values)
        return
    click.echo(f"{values['archival_code']}  {view.row.title}  {view.place.path}")
    for item in view.items:
        click.echo(f"  {item.row.archival_code}  {item.row.title}  {len(item.page_ids)} 页")
    click.echo(f"  缺：{'、'.join(missing)}" if missing else "  材料齐全" if view.is_household else "")


@catalogue.command("overview")
@click.option("--under", default="", help="上级区划代码；空 = 各县")
@with_host
def overview_command(host: Host, under: str) -> None:
    """按区划列出案卷、件、页、证、宗地数（每行一个 JSON）。"""
    actor = cli_actor()
    with host.view(actor) as session:
        found = overview(session, actor, under)
    for row in found.rows:
        figures = {name: getattr(row, name) for name in row.__dataclass_fields__ if name != "place"}
        emit_json({"division": row.place.code, "name": row.place.name, **figures})
