"""The host: collects plugins, orders and checks them, and holds what they share.

:func:`make_host` needs no web server; the command line, the worker and the tests use it as it is, and
``lindang.web.create_web_app`` puts a Flask application around it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lindang.adapters.huey_queue import embedded_queue, redis_queue
from lindang.adapters.local_storage import LocalStorage
from lindang.adapters.system_clock import SystemClock
from lindang.auth import Actor, system_actor
from lindang.config import Settings
from lindang.crypto import Vault, load_vault
from lindang.db import make_engine
from lindang.errors import ConfigError
from lindang.events import Event
from lindang.plugin import Job, Permission, Plugin, Subscription
from lindang.ports import Clock, IdentityProvider, JobQueue, KeyReader, Storage
from lindang.uow import UnitOfWork

ENTRY_POINT_GROUP = "lindang.plugins"
DEMO_MARKER = "DEMO"


class Host:
    """One running archive: its settings, database, storage, queue and plugins (in dependency order)."""

    def __init__(self, settings: Settings, plugins: tuple[Plugin, ...], clock: Clock | None = None) -> None:
        self.settings = settings
        self.plugins = plugins
        self.clock: Clock = clock or SystemClock()
        self.data_dir: Path = settings.host.data_dir.resolve()
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.engine: Engine = make_engine(settings.host.database_url, self.data_dir)
        self.jobs: dict[str, Job] = {job.name: job for plugin in plugins for job in plugin.jobs}
        self.subscriptions: tuple[Subscription, ...] = tuple(s for p in plugins for s in p.subscriptions)
        self._ports: dict[str, Any] = {}

    @functools.cached_property
    def vault(self) -> Vault:
        """The encryption of personal numbers."""
        return load_vault(self.data_dir)

    @functools.cached_property
    def storage(self) -> Storage:
        """Where the bytes of originals and derivatives are."""
        if self.settings.host.storage != "local":
            raise ConfigError(
                f"[host] storage = {self.settings.host.storage!r}:没有这种存储", remedy='目前可选:"local"。'
            )
        reserve = self.settings.host.disk_reserve_mb * 1024 * 1024
        return LocalStorage(self.data_dir / "objects", reserve_bytes=reserve)

    @functools.cached_property
    def queue(self) -> JobQueue:
        """What carries job ids to the workers."""
        host = self.settings.host
        if host.queue == "huey-redis":
            return redis_queue(host.queue_url)
        if host.queue == "huey-sqlite":
            return embedded_queue(self.data_dir)
        raise ConfigError(
            f"[host] queue = {host.queue!r}:没有这种任务传送", remedy='可选:"huey-sqlite"、"huey-redis"。'
        )

    @functools.cached_property
    def identity(self) -> IdentityProvider | None:
        """Who tells the persons apart; None when no plugin does (command line only)."""
        makers = [plugin.identity for plugin in self.plugins if plugin.identity is not None]
        return makers[0](self) if makers else None

    @functools.cached_property
    def key_readers(self) -> tuple[KeyReader, ...]:
        """Who knows bearer tokens: the identity provider first, then the plugins with keys of their own."""
        readers = [plugin.keys(self) for plugin in self.plugins if plugin.keys is not None]
        return (*([self.identity] if self.identity is not None else []), *readers)

    @property
    def is_demo(self) -> bool:
        """Say whether this data folder holds the fictional demo village."""
        return (self.data_dir / DEMO_MARKER).exists()

    @property
    def permissions(self) -> dict[str, Permission]:
        """Every permission of every plugin, by key."""
        return {permission.key: permission for plugin in self.plugins for permission in plugin.permissions}

    def port(self, name: str, choice: str | None = None) -> Any:
        """Return the implementation of a plugin-level port, made once.

        Args:
            name: the port, such as ``search_engine``.
            choice: which implementation; None when only one is offered.

        Raises:
            ConfigError: nobody offers it.
        """
        offers = {key: maker for p in self.plugins for key, maker in p.adapters.get(name, {}).items()}
        chosen = choice or next(iter(offers), "")
        if chosen not in offers:
            raise ConfigError(f"端口 {name} 没有名为 {chosen!r} 的实现", remedy=f"可选：{'、'.join(offers) or '无'}。")
        key = f"{name}:{chosen}"
        if key not in self._ports:
            self._ports[key] = offers[chosen](self)
        return self._ports[key]

    def subscribers_of(self, kind: type[Event]) -> list[str]:
        """Return the names of the subscriptions to this event class, in plugin order."""
        return [subscription.name for subscription in self.subscriptions if subscription.event is kind]

    def open_session(self, *, write: bool) -> Session:
        """Return a session on a connection whose transactions are of the wanted kind."""
        engine = self.engine.execution_options(write=write)
        return Session(engine, expire_on_commit=False)

    @contextmanager
    def view(self, actor: Actor | None = None) -> Iterator[Session]:
        """Give a read-only session; whatever was changed in it is thrown away, what was loaded stays readable."""
        session = self.open_session(write=False)
        try:
            yield session
        finally:
            session.expunge_all()
            session.rollback()
            session.close()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a writing session for the host's own bookkeeping (jobs, deliveries): no events, no journal."""
        session = self.open_session(write=True)
        try:
            yield session
            session.commit()
        finally:
            session.rollback()  # nothing is left to roll back after a commit
            session.close()

    def uow(self, actor: Actor) -> UnitOfWork:
        """Return a unit of work: one command, one transaction."""
        return UnitOfWork(self, actor)

    @staticmethod
    def system_actor(name: str = "系统", channel: str = "worker") -> Actor:
        """Return the system's own actor."""
        return system_actor(name, channel)

    def close(self) -> None:
        """Let go of database connections."""
        self.engine.dispose()


def make_host(settings: Settings, built_in: Iterable[Plugin], clock: Clock | None = None) -> Host:
    """Collect, order and check the plugins and bind their settings.

    Raises:
        ConfigError: a plugin is missing, required in a circle, or two share a name; a section nobody declares.
    """
    found = [*built_in, *installed_plugins()]
    strange = sorted(set(settings.host.disabled) - {plugin.name for plugin in found})
    if strange:
        raise ConfigError(f"[host] disabled：没有名为 {strange[0]} 的插件", remedy="请核对插件名称。")
    enabled = [plugin for plugin in found if plugin.name not in settings.host.disabled]
    ordered = _in_order(enabled)
    _refuse_doubles(ordered)
    for plugin in ordered:
        if plugin.settings is not None:
            settings.bind(plugin.name, plugin.settings)
    unknown = settings.unknown_sections({plugin.name for plugin in found if plugin.settings is not None})
    if unknown:
        raise ConfigError(f"{settings.source}:[plugins.{unknown[0]}] 没有对应的插件", remedy="请核对插件名称。")
    return Host(settings, ordered, clock)


def installed_plugins() -> list[Plugin]:
    """Return the plugins of other packages, by the name of their entry point. Raises ConfigError for a non-plugin."""
    found = []
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        value = entry.load()
        if not isinstance(value, Plugin):
            raise ConfigError(f"插件入口 {entry.name} 不是 Plugin 值", remedy="请参阅 docs/plugins.md。")
        found.append(value)
    return found


def _in_order(plugins: list[Plugin]) -> tuple[Plugin, ...]:
    by_name = {plugin.name: plugin for plugin in plugins}
    for plugin in plugins:
        for needed in plugin.requires:
            if needed not in by_name:
                raise ConfigError(
                    f"插件 {plugin.name} 需要插件 {needed},而它没有启用", remedy="请检查 [host] disabled。"
                )
    sorter = TopologicalSorter({plugin.name: plugin.requires for plugin in plugins})
    try:
        return tuple(by_name[name] for name in sorter.static_order())
    except CycleError as error:
        raise ConfigError(f"插件互相依赖成环：{' → '.join(error.args[1])}") from error


def _refuse_doubles(plugins: tuple[Plugin, ...]) -> None:
    for what, names in (
        ("插件", [p.name for p in plugins]),
        ("权限", [x.key for p in plugins for x in p.permissions]),
        ("任务", [x.name for p in plugins for x in p.jobs]),
        ("对象页面", [x.kind for p in plugins for x in p.object_pages]),
        ("检查", [x.code for p in plugins for x in p.checks]),
    ):
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ConfigError(f"{what}名称重复：{'、'.join(doubled)}", remedy="请改名或停用其中一个插件。")
