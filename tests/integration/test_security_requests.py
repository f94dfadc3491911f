"""What no request may achieve: without the form token, with fields that are nobody's business, with a forged host or target."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from lindang.errors import ConfigError
from lindang.testing import make_app
from lindang.web import create_web_app
from models.account import Account
from tests.support.crawl import ANONYMOUS, Town
from tests.support.people import PASSWORD, admit_one, csrf_of
from tests.support.permission_table import TABLE, Route
from tests.support.world import MISSING, OTHER, OWN

WRITING = sorted(key for key in TABLE if not key.startswith("GET "))


@pytest.fixture(scope="module")
def strict(town: Town) -> Flask:
    """The application with its form tokens on, as people get it."""
    return create_web_app(town.host)


# --- form tokens (S4) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [key for key in WRITING if " /api/" not in key])
def test_no_form_works_without_its_token(town: Town, strict: Flask, key: str) -> None:
    route = TABLE[key]
    for actor in (ANONYMOUS, *sorted(route.roles - {ANONYMOUS})[:2]):
        path = town.path_of(key, route, actor)
        before = town.digest()
        for headers in ({}, {"X-CSRFToken": "forged"}, {"Referer": "https://evil.example/"}):
            client = strict.test_client()
            town.dress(client, actor)
            answer = client.post(path, data=route.form, headers=headers)
            assert answer.status_code == 400, f"{actor} {headers}"
            assert "页面已过期" in answer.text
        assert town.digest() == before


def test_a_token_of_another_session_is_worth_nothing(town: Town, strict: Flask) -> None:
    mine, theirs = strict.test_client(), strict.test_client()
    town.dress(mine, "archivist")
    town.dress(theirs, "liaison")
    token = csrf_of(theirs, "/accounts/me/password")
    assert mine.post("/accounts/logout", data={"csrf_token": token}).status_code == 400
    assert mine.post("/accounts/logout", data={"csrf_token": csrf_of(mine, "/accounts/me")}).status_code == 302
    town.restore()


def test_the_api_knows_no_cookie(town: Town, strict: Flask) -> None:
    """It needs no form token because a browser cannot be made to send its key."""
    client = strict.test_client()
    town.dress(client, "archivist")
    assert client.get("/api/v1/handover/batches").status_code == 401
    assert client.post("/api/v1/ingest/uploads").status_code == 401


def test_pages_know_no_api_key(town: Town, strict: Flask) -> None:
    key = town.token("archivist")
    answer = strict.test_client().get("/accounts/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "bearer ld_" + "x" * 43, "Bearer \u00e9", "Token x"]
)
def test_broken_keys_are_refused_alike(strict: Flask, header: str) -> None:
    answer = strict.test_client().get("/api/v1/handover/batches", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.mimetype == "application/problem+json"


# --- fields that are nobody's business (S2) ---------------------------------------------------------------------------

EXTRA = {
    "id": "1",
    "state": "active",
    "roles": ["sysadmin", "secadmin"],
    "role": "sysadmin",
    "permissions": ["accounts:role:grant"],
    "approved_by": "1",
    "approved_at": "2020-01-01",
    "password_hash": "x",
    "is_admin": "true",
    "is_superuser": "true",
    "prefixes": "14",
    "created_by": "1",
    "account_id": "1",
}


def _row(town: Town, login: str) -> Account:
    with town.host.view() as db:
        found = db.scalar(select(Account).where(Account.login == login))
    assert found is not None
    return found


def test_a_new_account_takes_four_fields_and_no_more(town: Town) -> None:
    client = town.browser("sysadmin")
    answer = client.post("/accounts/new", data={**EXTRA, "login": "smuggler", "name": "某", "remark": ""})
    assert answer.status_code == 302
    account = _row(town, "smuggler")
    assert (account.state, account.approved_by, account.approved_at, account.password_hash) == (
        "pending",
        None,
        None,
        "",
    )
    assert account.created_by == town.people["sysadmin"]
    page = town.browser("secadmin").get(f"/accounts/{account.id}").text
    assert "待审批" in page
    town.restore()


@pytest.mark.parametrize(
    "path", ["/accounts/me/password", "/accounts/me/tokens", "/accounts/logout", "/accounts/me/sessions/end-others"]
)
def test_ones_own_forms_change_nobody_else_and_no_right(town: Town, path: str) -> None:
    before = _rights(town)
    form = {**EXTRA, "label": "x", "days": "1", "current": "x", "password": PASSWORD, "repeat": PASSWORD}
    assert town.browser("archivist").post(path, data=form).status_code < 500
    assert _rights(town) == before
    town.restore()


def _rights(town: Town) -> list[tuple[object, ...]]:
    from models.account import AccountRole, AccountScope

    with town.host.view() as db:
        rows: list[tuple[object, ...]] = [
            (a.id, a.state, a.password_hash) for a in db.scalars(select(Account).order_by(Account.id))
        ]
        rows += [(r.account_id, r.role_key, r.revoked_at) for r in db.scalars(select(AccountRole))]
        rows += [(s.account_id, s.prefix, s.revoked_at) for s in db.scalars(select(AccountScope))]
    return rows


@pytest.mark.parametrize("version", ["true", "[1]", "null", "-1", "1e3", "", "1 OR 1=1", "9" * 400, "１"])
def test_a_version_of_the_wrong_type_saves_nothing(town: Town, version: str) -> None:
    before = _rights(town)
    path = f"/accounts/{town.people['archivist']}/disable"
    answer = town.browser("secadmin").post(path, data={"version": version})
    assert answer.status_code in {400, 409, 422}
    assert _rights(town) == before


@pytest.mark.parametrize(
    "number", ["0", "-1", "9" * 30, "1.0", "1e1", "%31%00", "..%2f..%2fetc%2fpasswd", "'; DROP TABLE"]
)
def test_strange_numbers_in_addresses_are_simply_not_found(town: Town, number: str) -> None:
    for place in ("/accounts/{}", "/catalogue/files/{}", "/handover/batches/{}", "/catalogue/pages/{}"):
        assert town.browser("secadmin").get(place.format(number)).status_code in {403, 404}
        assert town.browser("archivist").get(place.format(number)).status_code in {403, 404}


# --- another county's objects through a field of the form (IDOR in the body) --------------------------------------------


def _scan() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("L", (400, 500), 255).save(out, "JPEG")
    return io.BytesIO(out.getvalue()), "01.jpg"


BODY_FIELDS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a batch of another county's certificates": (
        "liaison",
        "POST /handover/batches/new",
        {"county": "141124", "certificate_ids": "{free_certificate}", "title": "某批", "paper_kind": "copy"},
    ),
    "a batch for another county": (
        "liaison",
        "POST /handover/batches/new",
        {"county": "{county}", "certificate_ids": "{free_certificate}", "title": "某批", "paper_kind": "copy"},
    ),
    "a file for another county's village": (
        "archivist",
        "POST /catalogue/files/new",
        {"division_code": "{village}", "title": "某卷", "class_code": "C6", "retention": "Y", "holder_name": "某户"},
    ),
    "a delivery into another county": (
        "archivist",
        "POST /ingest/",
        {"division": "{village}", "name": "某", "ocr": "off"},
    ),
    "an upload by API into another county": (
        "archivist",
        "POST /api/v1/ingest/uploads",
        {"division": "{village}", "relative_path": "某户/01.jpg", "ocr": "off", "file": _scan},
    ),
    "an upload by API into another county's delivery": (
        "archivist",
        "POST /api/v1/ingest/uploads",
        {"run": "{run}", "relative_path": "某户/01.jpg", "ocr": "off", "file": _scan},
    ),
    "a scan sorted into another county's file": (
        "archivist",
        "POST /ingest/desk/<int:file_id>",
        {"target": "{archive_file}", "doc_type": "D01", "title": "某件", "version": "1"},
    ),
    "a person looked up in another county": ("archivist", "POST /search/person", {"number": "{id_number}"}),
}


@pytest.mark.parametrize("name", sorted(BODY_FIELDS))
def test_a_form_cannot_reach_over_the_county_border(town: Town, name: str) -> None:
    """Another county's object in a field is answered like one that does not exist; one's own object is not refused."""
    actor, key, form = BODY_FIELDS[name]
    answers = {side: _answer(town, actor, key, form, side) for side in (OWN, OTHER, MISSING)}
    assert answers[OTHER] == answers[MISSING]
    assert answers[OTHER][0] not in {201, 302, 500}
    assert answers[OWN] != answers[OTHER], "with an object of the own county the form must work, or it proves nothing"
    assert answers[OWN][0] in {200, 201, 302}


def _answer(town: Town, actor: str, key: str, form: dict[str, Any], side: str) -> tuple[int, bytes]:
    filled = {name: _filled(town, value, side) for name, value in form.items()}
    if key == "POST /handover/batches/new":
        filled["registry_org_id"] = town.world.orgs[OWN]
    reply = town.ask(actor, key, Route(TABLE[key].roles, TABLE[key].objects, filled), OWN)
    town.restore()
    assert not reply.error, reply.error
    body = re.sub(rb'csrf[-_]token"[^>]*', b"", reply.body)
    for name, template in form.items():
        if isinstance(template, str) and template.startswith("{"):
            body = body.replace(f'"{filled[name]}"'.encode(), b"VALUE")
    return reply.status, body


def _filled(town: Town, template: Any, side: str) -> Any:
    found = re.fullmatch(r"\{(\w+)\}", template) if isinstance(template, str) else None
    if found is None:
        return template
    if found.group(1) == "id_number":
        return "141199197001010018" if side == MISSING else town.world.id_numbers[side][0]
    if found.group(1) == "county":
        return town.world.value("village", side)[:6]
    return town.world.value(found.group(1), side)


# --- hosts and targets (S12) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/accounts/", "X-Rewrite-URL": "/accounts/"},
    ],
)
def test_headers_of_a_proxy_that_nobody_configured_are_not_believed(town: Town, headers: dict[str, str]) -> None:
    answer = town.app.test_client().get("/catalogue/files", headers=headers)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/accounts/login?next=/catalogue/files"
    page = town.app.test_client().get("/accounts/login", headers=headers)
    assert "evil.example" not in page.text
    assert page.status_code == 200


def test_a_forwarded_address_does_not_dodge_the_lock(town: Town) -> None:
    client = town.app.test_client()
    for n in range(5):
        form = {"login": f"nobody{n}", "password": "x"}
        client.post("/accounts/login", data=form, headers={"X-Forwarded-For": f"203.0.113.{n}"})
    locked = client.post(
        "/accounts/login", data={"login": "new", "password": "x"}, headers={"X-Forwarded-For": "203.0.113.77"}
    )
    assert locked.status_code == 429
    town.restore()


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/handover/batches?state=SENT", "/handover/batches?state=SENT"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/%09/evil.example", "/%09/evil.example"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_the_login_one_stays_here(town: Town, wanted: str, target: str) -> None:
    admit_one(town.host, "tester", "reader", password=PASSWORD)
    form = {"login": "tester", "password": PASSWORD, "next": wanted}
    answer = town.app.test_client().post("/accounts/login", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (302, target)
    again = town.app.test_client().get("/accounts/login", query_string={"next": wanted})
    assert again.status_code == 200
    town.restore()


def test_whoever_is_in_is_sent_on_from_the_login_page_but_not_away(town: Town) -> None:
    answer = town.browser("archivist").get("/accounts/login?next=https://evil.example/")
    assert answer.headers["Location"] == "/"


# --- secrets (S13) ----------------------------------------------------------------------------------------------------


def test_a_key_file_that_others_may_read_stops_the_start(town: Town, tmp_path: object) -> None:
    from pathlib import Path

    from lindang.testing import make_host

    host = make_host(Path(str(tmp_path)))
    assert host.vault.session_key
    key = host.data_dir / "secret.key"
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        make_app(make_host(Path(str(tmp_path))))
