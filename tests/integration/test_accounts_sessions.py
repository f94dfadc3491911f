"""Twelve cases of a session's life (trust S3), through the real login form and cookie."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lindang.host import Host
from lindang.testing import FixedClock, make_app, make_host
from models.account import Account, LoginSession
from plugins.accounts.adapters.secret_texts import digest_of
from plugins.accounts.domain.rights import make_rights
from plugins.accounts.queries.standing import get_account
from plugins.accounts.service.accounts import disable_account, set_rights
from tests.support.people import COUNTY, PASSWORD, admit_one

NEW_PASSWORD = "Mq4?buche-wind"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def host(tmp_path: Path, clock: FixedClock) -> Host:
    made = make_host(tmp_path, clock=clock, host={"session_idle_minutes": 15, "session_hours": 8})
    admit_one(made, "zhao", "archivist", password=PASSWORD)
    return made


@pytest.fixture
def app(host: Host) -> Flask:
    return make_app(host)


def _log_in(client: FlaskClient, password: str = PASSWORD, login: str = "zhao") -> int:
    return client.post("/accounts/login", data={"login": login, "password": password}).status_code


def _entered(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert _log_in(client) == 302
    return client


def _is_in(client: FlaskClient) -> bool:
    return client.get("/accounts/me").status_code == 200


def _cookie(client: FlaskClient) -> str:
    found = client.get_cookie("lindang")
    return found.value if found else ""


def _replay(app: Flask, cookie: str) -> FlaskClient:
    thief = app.test_client()
    thief.set_cookie("lindang", cookie)
    return thief


def _reasons(host: Host) -> list[str]:
    with host.view() as db:
        return list(db.scalars(select(LoginSession.end_reason).order_by(LoginSession.id)))


def test_01_a_login_gets_a_new_id_and_the_old_cookie_is_worth_nothing(app: Flask) -> None:
    client = app.test_client()
    client.get("/accounts/login")
    before = _cookie(client)
    assert _log_in(client) == 302
    assert _cookie(client) != before
    assert _is_in(client)
    assert not _is_in(_replay(app, before))


def test_02_an_id_planted_before_the_login_does_not_become_valid(app: Flask, host: Host) -> None:
    """Session fixation: the server chooses the id, always."""
    victim = app.test_client()
    with victim.session_transaction() as cookie:
        cookie["sid"] = "planted-by-somebody"
    assert _log_in(victim) == 302
    with victim.session_transaction() as cookie:
        assert cookie["sid"] != "planted-by-somebody"
    attacker = app.test_client()
    with attacker.session_transaction() as cookie:
        cookie["sid"] = "planted-by-somebody"
    assert not _is_in(attacker)


def test_03_the_server_keeps_only_a_digest_of_256_random_bits(app: Flask, host: Host) -> None:
    client = _entered(app)
    with client.session_transaction() as cookie:
        secret = cookie["sid"]
    assert len(secret) == 43
    with host.view() as db:
        assert db.scalars(select(LoginSession.digest)).all() == [digest_of(secret)]
    stored = b"".join(path.read_bytes() for path in host.data_dir.glob("lindang.db*"))
    assert digest_of(secret).encode() in stored
    assert secret.encode() not in stored


def test_04_after_log_out_the_old_cookie_is_dead(app: Flask, host: Host) -> None:
    client = _entered(app)
    stolen = _cookie(client)
    answer = client.post("/accounts/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not _is_in(client)
    assert not _is_in(_replay(app, stolen))
    assert _reasons(host) == ["logout"]


def test_05_fifteen_idle_minutes_end_it(app: Flask, host: Host, clock: FixedClock) -> None:
    client = _entered(app)
    for _click in range(4):
        clock.advance(minutes=14)
        assert _is_in(client)
    clock.advance(minutes=15)
    assert not _is_in(client)
    assert _reasons(host) == ["idle"]
    clock.advance(minutes=-10)
    assert not _is_in(client), "what has ended stays ended, whatever the clock says"


def test_06_eight_hours_end_it_however_busy(app: Flask, host: Host, clock: FixedClock) -> None:
    client = _entered(app)
    for _click in range(47):
        clock.advance(minutes=10)
        assert _is_in(client)
    clock.advance(minutes=10)
    assert not _is_in(client)
    assert _reasons(host) == ["absolute"]


def test_07_at_most_three_at_once_and_the_least_used_goes(app: Flask, host: Host, clock: FixedClock) -> None:
    clients = []
    for _seat in range(3):
        clients.append(_entered(app))
        clock.advance(minutes=1)
    assert _is_in(clients[0])
    clock.advance(minutes=1)
    fourth = _entered(app)
    assert [_is_in(one) for one in (*clients, fourth)] == [True, False, True, True]
    assert _reasons(host).count("replaced") == 1


def test_08_a_password_change_ends_the_other_logins_and_keeps_this_one(app: Flask, host: Host) -> None:
    here, elsewhere = _entered(app), _entered(app)
    form = {"current": PASSWORD, "password": NEW_PASSWORD, "repeat": NEW_PASSWORD}
    assert here.post("/accounts/me/password", data=form).status_code == 302
    assert (_is_in(here), _is_in(elsewhere)) == (True, False)
    fresh = app.test_client()
    assert _log_in(fresh) == 401
    assert _log_in(fresh, NEW_PASSWORD) == 302


def test_09_closing_the_account_ends_it_at_once(app: Flask, host: Host) -> None:
    client = _entered(app)
    with host.uow(host.system_actor()) as uow:
        account = uow.session.scalars(select(Account)).one()
        disable_account(uow, account.id, version=account.version)
    assert not _is_in(client)
    assert _log_in(app.test_client()) == 401


def test_10_new_rights_ask_for_a_new_login(app: Flask, host: Host) -> None:
    client = _entered(app)
    with host.uow(host.system_actor()) as uow:
        account = uow.session.scalars(select(Account)).one()
        set_rights(uow, account.id, make_rights(["reader"], [COUNTY]), version=account.version)
    assert not _is_in(client)


def test_11_one_ends_ones_own_logins_elsewhere_and_nobody_elses(app: Flask, host: Host) -> None:
    admit_one(host, "qian", "archivist", password=NEW_PASSWORD)
    here, elsewhere, stranger = _entered(app), _entered(app), app.test_client()
    assert _log_in(stranger, NEW_PASSWORD, "qian") == 302
    with host.view() as db:
        ids = {login.account_id: login.id for login in db.scalars(select(LoginSession).order_by(LoginSession.id))}
        own = db.scalars(select(LoginSession.id).order_by(LoginSession.id)).all()[1]
    foreign = ids[2]
    assert here.post(f"/accounts/me/sessions/{foreign}/end").status_code == 404
    assert _is_in(stranger)
    assert here.post(f"/accounts/me/sessions/{own}/end").status_code == 302
    assert (_is_in(here), _is_in(elsewhere)) == (True, False)
    third = _entered(app)
    assert here.post("/accounts/me/sessions/end-others").status_code == 302
    assert (_is_in(here), _is_in(third), _is_in(stranger)) == (True, False, True)


def test_12_the_cookie_is_hidden_from_scripts_and_other_sites(tmp_path: Path) -> None:
    host = make_host(tmp_path, host={"tls": True})
    admit_one(host, "zhao", "archivist", password=PASSWORD)
    client = make_app(host).test_client()
    answer = client.post("/accounts/login", data={"login": "zhao", "password": PASSWORD}, base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-lindang=")
    assert all(part in cookie for part in ("; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"))
    assert "Domain" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_a_login_bound_to_its_address_does_not_travel(tmp_path: Path) -> None:
    host = make_host(tmp_path, accounts={"bind_address": True})
    admit_one(host, "zhao", "archivist", password=PASSWORD)
    app = make_app(host)
    client = _entered(app)
    assert _is_in(client)
    assert client.get("/accounts/me", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 302
    assert _is_in(client)


def test_reading_pages_does_not_write_at_every_click(app: Flask, host: Host, clock: FixedClock) -> None:
    client = _entered(app)

    def seen() -> object:
        with host.view() as db:
            return db.scalars(select(LoginSession.last_seen_at)).one()

    first = seen()
    clock.advance(seconds=30)
    assert _is_in(client)
    assert seen() == first
    clock.advance(seconds=31)
    assert _is_in(client)
    assert seen() == clock.now()


def test_a_password_that_has_run_out_is_renewed_before_anything_else(app: Flask, host: Host, clock: FixedClock) -> None:
    clock.advance(days=90)
    client = app.test_client()
    answer = client.post("/accounts/login", data={"login": "zhao", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/setup/")
    assert not _is_in(client)
    link = answer.headers["Location"]
    same = client.post(link, data={"password": PASSWORD, "repeat": PASSWORD})
    assert same.status_code == 422
    assert "用过的密码" in same.text
    assert client.post(link, data={"password": NEW_PASSWORD, "repeat": NEW_PASSWORD}).status_code == 302
    assert _log_in(client, NEW_PASSWORD) == 302
    assert _is_in(client)


def test_a_login_does_not_make_an_open_form_stale(app: Flask, host: Host) -> None:
    with host.view() as db:
        before = get_account(db, 1).version
    _entered(app)
    with host.view() as db:
        assert get_account(db, 1).version == before
        assert get_account(db, 1).last_login_at is not None
