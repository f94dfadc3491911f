"""``lindang demo …``: build the fictional village, or only draw its papers."""

from __future__ import annotations

from pathlib import Path

import click

from lindang.cli import open_host, with_host
from lindang.host import Host
from lindang.i18n import _
from plugins.demo.service.accounts import account_lines

_HOUSEHOLDS = click.option("--households", default=30, show_default=True, type=click.IntRange(1, 900), help="户数")
_SEED = click.option("--seed", default=7, show_default=True, help="种子：相同的种子得到相同的村子")


@click.group("demo")
def demo() -> None:
    """演示：虚构的示范县柳树沟村。"""


@demo.command("build")
@_HOUSEHOLDS
@_SEED
@click.option("--dpi", default=120, show_default=True, type=click.IntRange(60, 600), help="扫描件分辨率")
@click.pass_context
def build_command(ctx: click.Context, households: int, seed: int, dpi: int) -> None:
    """在空的数据文件夹里建一个演示村；可重复运行，已建好的不再建。"""
    from plugins.demo.service.build import build  # noqa: PLC0415 - drawing loads libraries that no server needs

    host = open_host(ctx, ready=False)
    try:
        build(host, seed=seed, households=households, dpi=dpi, say=click.echo)
        click.echo(_("演示村已就绪：%(path)s", path=host.data_dir))
    finally:
        host.close()


@demo.command("accounts")
@with_host
def accounts_command(host: Host) -> None:
    """列出演示账号和密码。"""
    for line in account_lines(host):
        click.echo(line)


@demo.command("draw")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_HOUSEHOLDS
@_SEED
@click.option("--dpi", default=200, show_default=True, type=click.IntRange(60, 600), help="分辨率")
@click.option(
    "--quality",
    default="mixed",
    show_default=True,
    type=click.Choice(("clean", "office", "poor", "mixed")),
    help="品相",
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 32), help="同时绘制的进程数")
@click.option("--varied", is_flag=True, help="各户表格字体不同，约六分之一的页放歪方向（横放、倒放）")
def draw_command(
    folder: Path, *, households: int, seed: int, dpi: int, quality: str, workers: int, varied: bool
) -> None:
    """只绘制扫描件、登记表和标准答案 truth.json，不建数据。"""
    from plugins.demo.drawing.render import CAREFUL, VARIED, render_village  # noqa: PLC0415 - as above

    truth = render_village(
        folder,
        seed=seed,
        households=households,
        quality=quality,  # type: ignore[arg-type]
        dpi=dpi,
        workers=workers,
        handling=VARIED if varied else CAREFUL,
    )
    pages = sum(len(file.pages) for file in truth.files())
    click.echo(_("已绘制 %(n)s 页：%(path)s", n=pages, path=folder))


@demo.command("register")
@_SEED
@click.option("--certificates", default=500, show_default=True, type=click.IntRange(1, 200_000), help="林权证本数")
@click.option(
    "--out",
    default="register.xlsx",
    show_default=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="写到这个文件；旁边另有颁证清册、区划表和标准答案",
)
def register_command(seed: int, certificates: int, out: Path) -> None:
    """写一张虚构县的数字化表，按已知比例带有差错，并给出检查应当查出的全部结果。"""
    from plugins.demo.service.register import write_county  # noqa: PLC0415 - as above

    written = write_county(out, seed=seed, certificates=certificates)
    click.echo(
        _(
            "已写 %(n)s 本证、%(parcels)s 宗地：%(path)s",
            n=written.certificates,
            parcels=written.parcels,
            path=written.workbook,
        )
    )
    for path in (written.declared, written.divisions, written.truth):
        click.echo(f"  {path}")
