"""What a plugin is: one frozen, typed value, ``PLUGIN``, in ``plugins/<name>/__init__.py``.

Every field but ``name`` and ``title`` has a default. A type checker sees every contribution, and ``lindang plugins``
lists them without running them. An extension point exists only because at least two plugins use it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
from flask import Blueprint
from pydantic import BaseModel
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.events import Event
from lindang.i18n import Text

if TYPE_CHECKING:
    from lindang.host import Host
    from lindang.jobs import JobFunction
    from lindang.ports import IdentityProvider, KeyReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """A right that a role may hold; ``roles`` are the roles that hold it in a new archive."""

    key: str
    label: Text
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """An entry of the main menu, shown to those who hold ``permission``; small ``weight`` first."""

    label: Text
    endpoint: str
    permission: str
    weight: int = 50
    icon: str = "dot"


@dataclass(frozen=True, slots=True)
class TileValue:
    """What a home tile shows: a count that links to its list."""

    count: int
    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)
    hint: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A counter on the home page: what is waiting for this person."""

    key: str
    title: Text
    permission: str
    load: Callable[[Session, Actor], TileValue]
    weight: int = 50


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell that links to an object of some kind, when a plugin shows that kind."""

    text: str
    kind: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class PanelTable:
    """A small table on another plugin's page: texts and links, never HTML."""

    headers: tuple[Text, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    empty: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A table that this plugin adds to the page of an object of ``kind``."""

    key: str
    title: Text
    permission: str
    kind: str
    load: Callable[[Session, Actor, int], PanelTable]


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """The page of one kind of object, so that others can link to it without importing this plugin."""

    kind: str
    endpoint: str
    argument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A kind of background job. ``run`` is resumable; ``every`` makes it periodic; at most ``slots`` run at a time (a function
    of the host where a setting says how many).

    A kind whose work may take hours should leave a worker free for the others.
    """

    name: str
    title: Text
    run: JobFunction
    retries: int = 3
    every: dt.timedelta | None = None
    slots: int | Callable[[Host], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A handler for one event class. At least once, in order, idempotent; ``batch`` handlers get a list of events."""

    event: type[Event]
    name: str
    handle: Callable[[Host, Any], None]
    batch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A broken invariant: which, where, what was expected, what was found, what to do."""

    code: str
    subject: str
    expected: str
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An invariant that ``lindang verify`` tests; ``deep`` checks read every byte and run only on request."""

    code: str
    title: Text
    run: Callable[[Host], Iterator[Violation]]
    deep: bool = False


Factory = Callable[["Host"], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """Everything a plugin contributes. Pages live at ``/<name>``, the JSON API at ``/api/v1/<name>``."""

    name: str
    title: Text
    requires: tuple[str, ...] = ()
    blueprint: Callable[[], Blueprint] | None = None
    api: Callable[[], Blueprint] | None = None
    settings: type[BaseModel] | None = None
    permissions: tuple[Permission, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    tiles: tuple[Tile, ...] = ()
    panels: tuple[Panel, ...] = ()
    object_pages: tuple[ObjectPage, ...] = ()
    commands: click.Group | None = None
    root_commands: tuple[click.Command, ...] = ()
    jobs: tuple[Job, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    checks: tuple[Check, ...] = ()
    setup: Callable[[Host], None] | None = None
    on_worker_start: Callable[[Host], None] | None = None
    identity: Callable[[Host], IdentityProvider] | None = None
    keys: Callable[[Host], KeyReader] | None = None
    setup_links: Callable[[Host], list[str]] | None = None
    start_notes: Callable[[Host], list[str]] | None = None
    adapters: Mapping[str, Mapping[str, Factory]] = field(default_factory=dict)
