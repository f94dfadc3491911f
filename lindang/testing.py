"""What tests of the host and of plugins need: a migrated archive in a folder, actors, a logged-in client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from lindang import access
from lindang.auth import EVERYWHERE, Actor
from lindang.cli import composition
from lindang.config import load_settings
from lindang.host import Host
from lindang.migrate import prepare
from lindang.ports import Clock
from lindang.web import create_web_app
from lindang.worker import drain

__all__ = ["FixedClock", "actor", "client", "database_for", "drain", "keep_rows_in", "make_app", "make_host"]

_choose_database: Callable[[Path], str] = lambda _folder: ""  # noqa: E731 - replaced by keep_rows_in


def keep_rows_in(choose: Callable[[Path], str]) -> None:
    """Let the hosts of all tests keep their rows in the database whose URL ``choose`` returns for their folder."""
    global _choose_database  # noqa: PLW0603 - one choice for a whole run of tests
    _choose_database = choose


def database_for(folder: Path) -> str:
    """Return the URL of the database of a test host; empty means the embedded file in its folder."""
    return _choose_database(folder)


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: dt.datetime = dt.datetime(2020, 9, 1, 1, 0, tzinfo=dt.UTC)) -> None:
        self.moment = now

    def now(self) -> dt.datetime:
        """Return the chosen instant."""
        return self.moment

    def advance(self, **delta: float) -> None:
        """Move on by a ``timedelta``'s keywords."""
        self.moment += dt.timedelta(**delta)


def make_host(
    folder: Path, *, clock: Clock | None = None, host: dict[str, Any] | None = None, **plugins: dict[str, Any]
) -> Host:
    """Return a prepared host whose data lie in ``folder``; ``host`` and plugin names give settings."""
    base = {"data_dir": str(folder), "disk_reserve_mb": 0, "database_url": database_for(folder)}
    values = {"host": {**base, **(host or {})}, "plugins": plugins}
    made: Host = composition().make_host(load_settings(environment={}, overrides=values), clock)
    prepare(made)
    return made


def actor(
    host: Host,
    roles: Iterable[str] = (),
    *,
    prefixes: Iterable[str] = (EVERYWHERE,),
    name: str = "测试员",
    account_id: int | None = 1,
    org_id: int | None = None,
    channel: str = "web",
) -> Actor:
    """Return an actor with the default grants of ``roles``."""
    wanted = frozenset(roles)
    granted = frozenset(p.key for p in host.permissions.values() if p.roles & wanted)
    return Actor(
        account_id=account_id,
        name=name,
        roles=wanted,
        permissions=granted,
        prefixes=tuple(prefixes),
        org_id=org_id,
        channel=channel,
    )


def make_app(host: Host) -> Flask:
    """Return the web application of a test host, without CSRF tokens in forms (other tests check those)."""
    app = create_web_app(host)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    return app


class _ActingClient(FlaskClient):
    """A test client whose requests are those of one actor."""

    acting: Actor

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send the request as the actor."""
        previous = access.identify
        access.identify = lambda host: self.acting  # noqa: ARG005 - the name is part of the signature
        try:
            return super().open(*args, **kwargs)
        finally:
            access.identify = previous


def client(app: Flask, acting: Actor) -> FlaskClient:
    """Return a client that is logged in as ``acting``, without going through the login form."""
    app.test_client_class = _ActingClient
    made = app.test_client()
    made.acting = acting  # type: ignore[attr-defined]
    return made
