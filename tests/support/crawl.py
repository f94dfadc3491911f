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
from sqlalchemy import select, update
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from lindang.host import Host
from lindang.testing import FixedClock, drain, make_app, make_host
from models.account import ApiToken, LoginSession
from models.finding import WAIVED, Finding
from models.keying import SecondEntry, SecondKeying
from models.saved_searches import MADE, SavedSearch, SearchExport
from plugins.accounts.service.first_start import FIRST_START
from plugins.accounts.service.links import issue_link
from tests.support.people import COUNTY, OTHER_COUNTY, admit_everybody, admit_one, signed_in, token_of
from tests.support.permission_table import EVERYBODY, MY_SECOND_ENTRY, Route
from tests.support.world import (
    COUNTIES,
    MARKS,
    MISSING,
    OTHER,
    OWN,
    UPLOAD_SECRETS,
    WHEN,
    World,
    export_files,
    export_of,
    make_world,
    sealed_text,
)

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
    error: str = ""

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
        self.host: Host = make_host(folder / "data", clock=clock or FixedClock(), ingest={"layered_pdf": False})
        self.world: World = make_world(self.host)
        drain(self.host)
        with self.host.transaction() as db:  # what the checks found in made-up rows stands in nobody's way
            db.execute(update(Finding).where(Finding.certificate_id.is_not(None)).values(state=WAIVED))
        self.people = admit_everybody(self.host)
        self.people[STRANGER] = admit_one(self.host, "stranger", "archivist", prefixes=(OTHER_COUNTY,))
        self._give_the_receiver_his_registry()
        self.app: Flask = make_app(self.host)
        self._cookies: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        for name, account in self.people.items():
            cookie = signed_in(self.app, self.host, account).get_cookie("lindang")
            self._cookies[name] = cookie.value if cookie else ""
            self._tokens[name] = token_of(self.host, account)
            # first use now: afterwards reading by API does not touch the token's row again (the clock stands still)
            assert self.host.identity is not None
            assert self.host.identity.from_bearer(self._tokens[name]) is not None
        self._note_objects_of_no_county()
        self._order_second_keying()
        self._exports = self._give_everybody_an_export()
        self._give_everybody_searches()
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
            ("upload_secret", UPLOAD_SECRETS[OWN], "y" * 43),
            ("static", "app/app.css", "app/none.css"),
        ):
            self.world.note(kind, OWN, there)
            self.world.note(kind, MISSING, not_there)

    def _order_second_keying(self) -> None:
        """Two archivists have rows to key a second time; the numbers of the rows stand in the permission table."""
        with self.host.transaction() as db:
            for entry_id, (owner, side) in enumerate((("archivist", OWN), (STRANGER, OTHER)), MY_SECOND_ENTRY):
                first = db.get_one(SecondEntry, int(self.world.value("second_entry", side)))
                order = db.get_one(SecondKeying, first.second_keying_id)
                mine = SecondKeying(division_code=order.division_code, percent=100, seed=1, created_at=order.created_at)
                mine.keyer_id, mine.keyer, mine.created_by = self.people[owner], owner, owner
                db.add(mine)
                db.flush()
                db.add(
                    SecondEntry(
                        id=entry_id, second_keying_id=mine.id, parcel_id=first.parcel_id,
                        first_entry_id=first.first_entry_id, first_by=first.first_by,
                    )
                )  # fmt: skip

    def _give_everybody_an_export(self) -> dict[str, int]:
        """An export that each person had made himself, in his own county."""
        made = {}
        with self.host.transaction() as db:
            for name, account in self.people.items():
                side = OTHER if name == STRANGER else OWN
                row = export_of(COUNTIES[side], MARKS[side], account)
                db.add(row)
                db.flush()
                db.add_all(export_files(self.host, row.id, MARKS[side]))
                made[name] = row.id
        return made

    def _give_everybody_searches(self) -> None:
        """A kept search and an exported result of each person, in his own county."""
        with self.host.transaction() as db:
            for name, account in self.people.items():
                side = OTHER if name == STRANGER else OWN
                text = f"甲 {MARKS[side]}"
                sealed = sealed_text(self.host, text)
                db.add(
                    SavedSearch(
                        account_id=account, name=text, typed=text, order="relevance", created_at=WHEN, looked_at=WHEN
                    )
                )
                db.add(
                    SearchExport(typed=text, order="relevance", prefixes=[COUNTIES[side]], state=MADE, created_at=WHEN,
                                 created_by="某人", created_by_id=account, sha256=sealed.blob.sha256, bytes=sealed.bytes)
                )  # fmt: skip

    # --- asking ---

    def ask(self, actor: str, key: str, route: Route, side: str) -> Reply:
        """Send one request as ``actor`` for the objects of ``side``."""
        method, rule = key.split(" ", 1)
        path = self._path(rule, route, side, actor)
        if rule.startswith("/api/"):
            token = self._tokens.get(actor)
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            return self.send(self.app.test_client(), method, path, route.form, headers, as_json=route.is_json)
        return self.send(self.browser(actor), method, path, route.form, {})

    def path_of(self, key: str, route: Route, actor: str) -> str:
        """Return the address of the actor's own objects."""
        return self._path(key.split(" ", 1)[1], route, OWN, actor)

    def token(self, actor: str) -> str:
        """Return the actor's API token."""
        return self._tokens[actor]

    def dress(self, client: FlaskClient, actor: str) -> None:
        """Give a browser (of any application on this host) the actor's cookie."""
        if actor in self._cookies:
            client.set_cookie("lindang", self._cookies[actor])

    def browser(self, actor: str) -> FlaskClient:
        """Return a new browser with the actor's cookie: what an earlier answer did to a cookie does not matter."""
        client = self.app.test_client()
        self.dress(client, actor)
        return client

    @staticmethod
    def send(
        client: FlaskClient,
        method: str,
        path: str,
        form: Mapping[str, object],
        headers: Mapping[str, str],
        *,
        as_json: bool = False,
    ) -> Reply:
        """Send a request and read the whole answer."""
        data = (
            {name: value() if callable(value) else value for name, value in form.items()} if method != "GET" else None
        )
        body = {"json": data} if as_json else {"data": data}
        with capture_logs() as logs:
            answer: TestResponse = client.open(path, method=method, headers=dict(headers), **body)
        error = "; ".join(repr(line["exc_info"]) for line in logs if "exc_info" in line)
        with contextlib.closing(answer):
            return Reply(answer.status_code, answer.get_data(), dict(answer.headers), path, error)

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
        """A session, token or order of the actor himself, or of somebody else."""
        if side == MISSING:
            return "987654"
        owner = actor if side == OWN else STRANGER
        if kind == "my_export":
            return str(self._exports.get(owner, 987654))
        table, person = {
            "my_session": (LoginSession.id, LoginSession.account_id),
            "my_token": (ApiToken.id, ApiToken.account_id),
            "my_saved_search": (SavedSearch.id, SavedSearch.account_id),
            "my_result": (SearchExport.id, SearchExport.created_by_id),
            "my_second_order": (SecondKeying.id, SecondKeying.keyer_id),
        }[kind]
        with self.host.view() as db:
            query = select(table).where(person == self.people.get(owner, 0))
            return str(db.scalar(query) or 987654)

    # --- the way back ---

    def restore(self) -> None:
        """Put the database back to the beginning."""
        self._copy_database(self._copy, self.host.data_dir / "lindang.db")

    @staticmethod
    def _copy_database(source: Path, target: Path) -> None:
        with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
            old.backup(new)

    def rows(self) -> frozenset[str]:
        """Return every row of every table, as SQL text."""
        with contextlib.closing(sqlite3.connect(self.host.data_dir / "lindang.db")) as db:
            return frozenset(db.iterdump())

    def digest(self) -> str:
        """Return a digest of every row of every table."""
        return hashlib.sha256("\n".join(sorted(self.rows())).encode()).hexdigest()


def keys_of(app: Flask) -> Iterator[str]:
    """Yield ``METHOD rule`` for everything that the application answers."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield f"{method} {rule.rule}"
