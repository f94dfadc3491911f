"""The command ``lindang``: one group, the host's own commands, and what the plugins add.

Exit codes follow the error tree (see ``lindang.errors``): 0 done, 2 settings or usage, 3 not found, 4 not allowed,
5 conflict, 6 bad input, 7 unavailable, 8 no space, 9 failed for good, 10 broken invariants found by ``verify``.
"""

from __future__ import annotations

import functools
import getpass
import importlib
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import structlog

from lindang import __version__
from lindang.access import guard_of
from lindang.auth import Actor, system_actor
from lindang.config import HostSettings, Settings, load_settings
from lindang.errors import VIOLATIONS_EXIT_CODE, ConfigError, LindangError
from lindang.host import Host, installed_plugins
from lindang.migrate import current_revision, head_revision, prepare
from lindang.plugin import Plugin
from lindang.serve import serve
from lindang.verify import run_checks
from lindang.web import create_web_app
from lindang.worker import die_with_parent, run_worker

COMPOSITION_ROOT = "app"
"""The module that lists the built-in plugins; named here as text, because nothing imports the composition root."""


def composition() -> Any:
    """Return the composition root."""
    return importlib.import_module(COMPOSITION_ROOT)


def known_plugins() -> tuple[Plugin, ...]:
    """Return every plugin there is, built in or installed, switched on or off."""
    return (*composition().all_plugins(), *installed_plugins())


class _Commands(click.Group):
    """The host's commands and those of every installed plugin, also of switched-off ones (they say so)."""

    def _plugin_commands(self) -> dict[str, click.Command]:
        found: dict[str, click.Command] = {}
        for plugin in known_plugins():
            if plugin.commands is not None:
                found[plugin.name] = plugin.commands
            found.update({command.name or "": command for command in plugin.root_commands})
        return found

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, sorted."""
        return sorted({*super().list_commands(ctx), *self._plugin_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        return super().get_command(ctx, cmd_name) or self._plugin_commands().get(cmd_name)


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="lindang")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="数据文件夹(等于 LINDANG__HOST__DATA_DIR)"
)
@click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="设置文件(默认：当前文件夹的 config.toml)"
)
@click.pass_context
def cli(ctx: click.Context, data: Path | None, config: Path | None) -> None:
    """林档：电子档案库。"""
    _configure_logging()
    overrides = {"host": {"data_dir": str(data)}} if data else {}
    ctx.obj = functools.partial(load_settings, config, overrides=overrides)
    ctx.meta["lindang.arguments"] = _global_arguments(data, config)


def _global_arguments(data: Path | None, config: Path | None) -> list[str]:
    arguments = []
    if data:
        arguments += ["--data", str(data.resolve())]
    if config:
        arguments += ["--config", str(config.resolve())]
    return arguments


def _configure_logging() -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def open_host(ctx: click.Context, *, ready: bool = True) -> Host:
    """Return the host that the global options select; with ``ready``, its database must be up to date."""
    settings: Settings = ctx.find_root().obj()
    host: Host = composition().make_host(settings)
    if ready and current_revision(host) != head_revision():
        raise ConfigError(f"数据文件夹 {host.data_dir} 还没有初始化或版本较旧", remedy="请先运行:lindang init")
    return host


def with_host(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a Click command the ready host as its first argument and close it afterwards."""

    @click.pass_context
    @functools.wraps(command)
    def run(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        host = open_host(ctx)
        try:
            return command(host, *args, **kwargs)
        finally:
            host.close()

    return run


def cli_actor() -> Actor:
    """Return the actor of the command line: whoever may run it on the server may everything, and is named."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return system_actor(f"命令行：{name}", channel="cli")


def emit_json(value: Any) -> None:
    """Print one JSON document on one line (so that a stream of them is JSON Lines)."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


@cli.command()
@click.pass_context
def init(ctx: click.Context) -> None:
    """建立或升级数据文件夹(可重复运行)。"""
    host = open_host(ctx, ready=False)
    prepare(host)
    click.echo(f"数据文件夹已就绪：{host.data_dir}")
    _print_setup_links(host)
    host.close()


@cli.command()
@click.option("--no-worker", is_flag=True, help="不启动后台进程(后台在别处运行时)")
@click.pass_context
def run(ctx: click.Context, no_worker: bool) -> None:
    """启动网页服务和一个后台进程。"""
    host = open_host(ctx, ready=False)
    prepare(host)
    app = create_web_app(host)
    settings = host.settings.host
    shown = "127.0.0.1" if settings.address in ("0.0.0.0", "::") else settings.address  # noqa: S104 - only compared
    click.echo(f"林档 {__version__}   http://{shown}:{settings.port}/   数据文件夹：{host.data_dir}")
    _print_setup_links(host)
    _print_warnings(host)
    sys.stdout.flush()
    arguments = None if no_worker else [*ctx.meta["lindang.arguments"], "worker", "--child"]
    serve(host, app, arguments)


@cli.command()
@click.option("--child", is_flag=True, hidden=True)
@click.pass_context
def worker(ctx: click.Context, child: bool) -> None:
    """运行后台进程(识别、索引、任务);lindang run 会自动带一个。"""
    if child:
        die_with_parent()
    host = open_host(ctx)
    run_worker(host)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="每项检查一行 JSON")
@click.option("--deep", is_flag=True, help="重新计算每个文件的摘要(较慢)")
@with_host
def verify(host: Host, as_json: bool, deep: bool) -> None:
    """检查全部不变量；发现问题时逐条列出并以 10 退出。"""
    broken = 0
    for result in run_checks(host, deep=deep):
        broken += len(result.violations)
        if as_json:
            emit_json(
                {"code": result.code, "title": result.title, "violations": [_plain(v) for v in result.violations]}
            )
            continue
        click.echo(f"{result.code:<5} {'通过' if not result.violations else '不通过'}  {result.title}")
        for violation in result.violations:
            click.echo(f"      {violation.subject}:应为 {violation.expected},实为 {violation.found} {violation.remedy}")
    if broken:
        raise SystemExit(VIOLATIONS_EXIT_CODE)


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """列出插件和它们的贡献。"""
    settings: Settings = ctx.find_root().obj()
    for plugin in known_plugins():
        enabled = plugin.name not in settings.host.disabled
        parts = {
            "permissions": [p.key for p in plugin.permissions],
            "jobs": [j.name for j in plugin.jobs],
            "subscriptions": [s.name for s in plugin.subscriptions],
            "checks": [c.code for c in plugin.checks],
            "requires": list(plugin.requires),
        }
        if as_json:
            emit_json({"name": plugin.name, "title": str(plugin.title), "enabled": enabled, **parts})
        else:
            click.echo(f"{plugin.name:<10} {'启用' if enabled else '停用'}  {plugin.title}")


@cli.group("config")
def config_group() -> None:
    """设置。"""


@config_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.pass_context
def config_check(ctx: click.Context, as_json: bool) -> None:
    """检查设置文件和环境变量，列出生效的值。"""
    settings: Settings = ctx.find_root().obj()
    host = composition().make_host(settings)
    sections = {"host": settings.host}
    sections.update({f"plugins.{p.name}": settings.plugin(p.name) for p in host.plugins if p.settings is not None})
    for name, section in sections.items():
        values = section.model_dump(mode="json")
        if as_json:
            emit_json({"section": name, **values})
            continue
        click.echo(f"[{name}]")
        for key, value in values.items():
            shown = "******" if "url" in key and "@" in str(value) else value
            click.echo(f"  {key} = {json.dumps(shown, ensure_ascii=False)}")
    host.close()


@cli.command("routes", hidden=True)
@with_host
def routes(host: Host) -> None:
    """List every route with its declared permission and scope."""
    app = create_web_app(host)
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        found = guard_of(app, rule.endpoint)
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        emit_json(
            {
                "rule": rule.rule,
                "methods": methods,
                "endpoint": rule.endpoint,
                "permission": found.permission if found else "",
                "scope": found.scope.value if found else "",
            }
        )


def _print_setup_links(host: Host) -> None:
    for plugin in host.plugins:
        for line in plugin.setup_links(host) if plugin.setup_links is not None else ():
            click.echo(line)


def _print_warnings(host: Host) -> None:
    defaults = HostSettings()
    if host.settings.host.address != defaults.address and not host.settings.host.tls:
        click.echo("注意：正在非本机地址上以明文提供服务，请在前面配置 TLS 并设置 [host] tls = true。")
    for plugin in host.plugins:
        for line in plugin.start_notes(host) if plugin.start_notes is not None else ():
            click.echo(line)


def main() -> None:
    """Run the command; an error of ours becomes one readable line and its exit code."""
    root = str(Path(__file__).resolve().parent.parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        raise SystemExit(130) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(2) from None
    except LindangError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None
