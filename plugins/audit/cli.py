"""``lindang audit …``: read stored files again, prepare the second copy."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from lindang.cli import cli_actor, emit_json, with_host
from lindang.errors import BadInput
from lindang.host import Host
from plugins.audit.domain.fixity import Budget
from plugins.audit.queries.fixity import lost_files
from plugins.audit.service.copies import copy_folder, is_there, prepare_copy
from plugins.audit.service.scrub import scrub

MEGABYTE = 1_000_000


@click.group("audit")
def audit() -> None:
    """审计：核验存储文件，准备第二副本。"""


@audit.command("scrub")
@click.option("--seconds", type=click.FloatRange(0), default=0.0, help="最多用多少秒（0 = 全部核对一遍）")
@click.option("--mb-per-second", type=click.FloatRange(0), default=0.0, help="每秒最多读多少 MB（0 = 不限）")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON")
@with_host
def scrub_command(host: Host, *, seconds: float, mb_per_second: float, as_json: bool) -> None:
    """重读存储文件并核对摘要，最久没有核对的在先；坏的从第二副本恢复。有恢复不了的，退出码为 1。"""
    actor = cli_actor()
    folder = copy_folder(host)
    if folder is not None and not is_there(folder):
        click.echo(f"第二副本不在：{folder}。本次只核对存储，请检查那块盘。", err=True)
    done = scrub(host, actor, Budget(seconds, mb_per_second * MEGABYTE))
    with host.view(actor) as session:
        lost = [row.digest for row in lost_files(session)]
    if as_json:
        emit_json({**asdict(done), "lost_now": lost})
    else:
        click.echo(
            f"核对 {done.files} 个文件，{done.bytes / MEGABYTE:.1f} MB；损坏 {done.damaged}，"
            f"恢复 {done.recovered}，写副本 {done.replicated}，未能恢复 {done.lost}"
        )
        for digest in lost:
            click.echo(f"  {digest}  损坏或丢失，没有完好的副本：请从备份找回")
    if lost:
        raise SystemExit(1)


@audit.command("copy")
@click.argument("folder", type=click.Path(path_type=Path))
@with_host
def copy_command(host: Host, folder: Path) -> None:
    """把一个空文件夹（另一块盘上）准备成第二副本，并说明怎样写进设置。"""
    store = (host.data_dir / "objects").resolve()
    if folder.resolve() == store or store in folder.resolve().parents:
        raise BadInput("第二副本不能放在存储里面", where=str(folder), remedy="请用另一块盘上的文件夹。")
    prepare_copy(folder)
    if host.data_dir.stat().st_dev == folder.stat().st_dev:
        click.echo("注意：它和档案在同一块盘上，这块盘坏了两份一起丢。", err=True)
    click.echo(
        f'已准备好。请在 config.toml 写上\n\n[plugins.audit]\ncopy_dir = "{folder.resolve()}"\n\n然后重新启动服务。'
    )
