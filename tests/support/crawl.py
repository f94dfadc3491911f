"""Walking through the whole application: every method of every rule, as everybody, on every side of the fence."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lindang.host import Host
from lindang.testing import FixedClock, drain, make_app, make_host
from models.account import ApiToken, LoginSession
from plugins.accounts.service.first_start import FIRST_START
from plugins.accounts.service.links import issue_link
from tests.support.people import COUNTY, OTHER_COUNTY, admit_everybody, admit_one, signed_in, token_of
from tests.support.permission_table import EVERYBODY, Route
from tests.support.world import MISSING, OTHER, OWN, World, make_world

ANONYMOUS = "anonymous"
STRANGER = "stranger"
"""An archivist of the other county, and of no other."""

ACTORS = (ANONYMOUS, *sorted(EVERYBODY))
_CSRF = re.compile(rb'(csrf[-_]token"[^>]*(?:value|content)=")[^"]*')
_PLACEHOLDER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")


@dataclass(frozen=True)
class Reply:
    """What came back: enough to compare two answers byte by byte."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    path: str

    def same_as(self, other: Reply) -> bool:
        """Say whether two answers differ in nothing but the address that was asked for, and the form token."""
        return (self.status, self._plain()) == (other.status, other._plain())

    def _plain(self) -> bytes:
        body = _CSRF.sub(rb"\1", self.body)
        for shown in (self.path, quote(self.path), quote(self.path, safe="")):
            body = body.replace(shown.encode(), b"PATH")
        return body


class Town:
    """The running application with both counties, its people, and a way back to the beginning."""

    def __init__(self, folder: Path, clock: FixedClock | None = None) -> None:
        self.host: Host = make_host(folder / "data", clock=clock or FixedClock())
        self.world: World = make_world(self.host)
        drain(self.host)
        self.people = admit_everybody(self.host)
        self.people[STRANGER] = admit_one(self.host, "stranger", "archivist", prefixes=(OTHER_COUNTY,))
        self._give_the_receiver_his_registry()
        self.app: Flask = make_app(self.host)
        self._browsers: dict[str, FlaskClient] = {ANONYMOUS: self.app.test_client()}
        self._tokens: dict[str, str] = {}
        for name, account in self.people.items():
            self._browsers[name] = signed_in(self.app, self.host, account)
            self._tokens[name] = token_of(self.host, account)
        self._note_objects_of_no_county()
        self._copy = folder / "beginning.db"
        self._copy_database(self.host.data_dir / "lindang.db", self._copy)

    def _give_the_receiver_his_registry(self) -> None:
        from models.account import Account

        with self.host.transaction() as db:
            db.get_one(Account, self.people["receiver"]).org_id = self.world.orgs[OWN]

    def _note_objects_of_no_county(self) -> None:
        """Objects without a county have two sides only: there, and not there."""
        spare = admit_one(self.host, "spare", "reader", prefixes=(COUNTY,))
        with self.host.uow(self.host.system_actor()) as uow:
            link = issue_link(uow, FIRST_START, None, self.host.settings.plugin("accounts").link_lifetime)
        for kind, there, not_there in (
            ("account", str(spare), "987654"),
            ("role", "reader", "nobody"),
            ("link", link, "x" * 43),
            ("static", "app/app.css", "app/none.css"),
        ):
            self.world.note(kind, OWN, there)
            self.world.note(kind, MISSING, not_there)

    # --- asking ---

    def ask(self, actor: str, key: str, route: Route, side: str) -> Reply:
        """Send one request as ``actor`` for the objects of ``side``."""
        method, rule = key.split(" ", 1)
        path = self._path(rule, route, side, actor)
        if rule.startswith("/api/"):
            token = self._tokens.get(actor)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return self.send(self.app.test_client(), method, path, route.form, headers)
        return self.send(self._browsers[actor], method, path, route.form, {})

    @staticmethod
    def send(
        client: FlaskClient, method: str, path: str, form: Mapping[str, object], headers: Mapping[str, str]
    ) -> Reply:
        """Send a request and read the whole answer."""
        data = dict(form) if method != "GET" else None
        answer: TestResponse = client.open(path, method=method, data=data, headers=dict(headers))
        with contextlib.closing(answer):
            return Reply(answer.status_code, answer.get_data(), dict(answer.headers), path)

    def sides(self, route: Route) -> list[str]:
        """Return the sides that the route's objects have besides the own one."""
        kinds = [kind for kind in route.objects.values() if not kind.startswith("=")]
        if not kinds:
            return []
        return [side for side in (OTHER, MISSING) if all(self._has(kind, side) for kind in kinds)]

    def _has(self, kind: str, side: str) -> bool:
        return kind.startswith("my_") or side in self.world.values[kind]

    def _path(self, rule: str, route: Route, side: str, actor: str) -> str:
        names = set(_PLACEHOLDER.findall(rule))
        if names != set(route.objects):
            raise AssertionError(f"{rule}: the table names {sorted(route.objects)}, the rule {sorted(names)}")
        return _PLACEHOLDER.sub(lambda found: self._value(route.objects[found.group(1)], side, actor), rule)

    def _value(self, kind: str, side: str, actor: str) -> str:
        if kind.startswith("="):
            return kind[1:]
        if kind.startswith("my_"):
            return self._mine(kind, side, actor)
        value = self.world.value(kind, side)
        return value if kind == "static" else quote(value, safe="")

    def _mine(self, kind: str, side: str, actor: str) -> str:
        """A session or token of the actor himself, or of somebody else."""
        if side == MISSING:
            return "987654"
        owner = actor if side == OWN else STRANGER
        table = {"my_session": LoginSession, "my_token": ApiToken}[kind]
        with self.host.view() as db:
            query = select(table.id).where(table.account_id == self.people.get(owner, 0))
            return str(db.scalar(query) or 987654)

    # --- the way back ---

    def restore(self) -> None:
        """Put the database back to the beginning."""
        self._copy_database(self._copy, self.host.data_dir / "lindang.db")

    @staticmethod
    def _copy_database(source: Path, target: Path) -> None:
        with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
            old.backup(new)

    def digest(self) -> str:
        """Return a digest of every row of every table."""
        total = hashlib.sha256()
        with contextlib.closing(sqlite3.connect(self.host.data_dir / "lindang.db")) as db:
            for line in db.iterdump():
                total.update(line.encode())
        return total.hexdigest()


def keys_of(app: Flask) -> Iterator[str]:
    """Yield ``METHOD rule`` for everything that the application answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"
