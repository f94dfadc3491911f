"""Guessing passwords (trust S11): locks per name and per address, the same answer for everybody, nothing typed is kept."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import FixedClock, make_app, make_host
from models.account import LoginFailure
from plugins.accounts.queries.standing import get_account
from plugins.accounts.service.accounts import disable_account
from plugins.accounts.service.sessions import Client, LockedOut, LoginRefused, log_in, unlock
from tests.support.people import PASSWORD, admit_one

HERE, THERE = Client("192.0.2.1"), Client("192.0.2.2")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def host(tmp_path: Path, clock: FixedClock) -> Host:
    made = make_host(tmp_path, clock=clock)
    admit_one(made, "zhao", "archivist", password=PASSWORD)
    admit_one(made, "qian", "archivist", password=PASSWORD)
    return made


def _guess(host: Host, login: str = "zhao", client: Client = HERE, password: str = "wrong") -> str:
    try:
        log_in(host, login, password, client)
    except LockedOut:
        return "locked"
    except LoginRefused:
        return "refused"
    return "in"


def _again(host: Host) -> Host:
    """The same archive after a restart."""
    return make_host(host.data_dir, clock=host.clock)


def test_five_failures_lock_the_name_everywhere_for_a_quarter_of_an_hour(host: Host, clock: FixedClock) -> None:
    assert [_guess(host) for _try in range(6)] == ["refused"] * 5 + ["locked"]
    assert _guess(host, client=THERE, password=PASSWORD) == "locked", "the right password does not help now"
    clock.advance(minutes=15)
    assert _guess(host, client=THERE, password=PASSWORD) == "in"


def test_five_failures_lock_the_address_for_every_name(host: Host, clock: FixedClock) -> None:
    assert [_guess(host, f"name{n}") for n in range(5)] == ["refused"] * 5
    assert _guess(host, "qian", password=PASSWORD) == "locked"
    assert _guess(host, "qian", client=THERE, password=PASSWORD) == "in"
    clock.advance(minutes=15)
    assert _guess(host, "qian", password=PASSWORD) == "in"


def test_each_further_failure_doubles_the_wait(host: Host, clock: FixedClock) -> None:
    for _try in range(5):
        _guess(host)
    for minutes in (15, 30, 60):
        clock.advance(minutes=minutes, seconds=-1)
        assert _guess(host) == "locked"
        clock.advance(seconds=1)
        assert _guess(host) == "refused"
    assert _guess(host) == "locked"


def test_attempts_during_a_lock_do_not_prolong_it(host: Host, clock: FixedClock) -> None:
    for _try in range(5):
        _guess(host)
    for _minute in range(14):
        clock.advance(minutes=1)
        assert _guess(host) == "locked"
    clock.advance(minutes=1)
    assert _guess(host, password=PASSWORD) == "in"


def test_a_lock_survives_a_restart(host: Host) -> None:
    for _try in range(5):
        _guess(host)
    assert _guess(_again(host), password=PASSWORD) == "locked"


def test_a_success_forgives_ones_own_slips_but_not_guesses_at_others(host: Host) -> None:
    """Somebody with an account of his own cannot reset the counter of his address between guesses."""
    for _try in range(4):
        assert _guess(host, "zhao") == "refused"
    assert _guess(host, "zhao", password=PASSWORD) == "in"
    for _try in range(4):
        assert _guess(host, "qian") == "refused"
        assert _guess(host, "zhao", password=PASSWORD) == "in"
    assert _guess(host, "qian") == "refused"
    assert _guess(host, "zhao", password=PASSWORD) == "locked"


def test_an_officer_can_unlock(host: Host) -> None:
    for _try in range(5):
        _guess(host)
    with host.uow(host.system_actor()) as uow:
        unlock(uow, 1)
    assert _guess(host, client=THERE, password=PASSWORD) == "in"


def test_guesses_sent_at_once_are_counted_one_by_one(host: Host) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: _guess(host), range(16)))
    assert answers.count("refused") == 5
    assert answers.count("locked") == 11


def test_all_refusals_look_alike(host: Host) -> None:
    """Unknown name, wrong password, closed account with the right password: status, text and length are the same."""
    with host.uow(host.system_actor()) as uow:
        disable_account(uow, 2, version=get_account(uow.session, 2).version)
    app = make_app(host)
    answers = [_page(app, "zhao", "wrong"), _page(app, "nobody", "wrong"), _page(app, "qian", PASSWORD)]
    assert {status for status, _text in answers} == {401}
    assert len({text for _status, text in answers}) == 1
    for _try in range(2):
        _page(app, "nobody", "wrong")
    locked = [_page(app, "nobody", "wrong"), _page(app, "zhao", PASSWORD)]
    assert {status for status, _text in locked} == {429}
    assert len({text for _status, text in locked}) == 1
    assert "暂时不能登录" in locked[0][1]


def _page(app: Flask, login: str, password: str) -> tuple[int, str]:
    answer = app.test_client().post("/accounts/login", data={"login": login, "password": password})
    text = answer.text.replace(f'value="{login}"', "")
    lines = [line for line in text.splitlines() if "csrf" not in line]
    return answer.status_code, "\n".join(lines)


def test_an_unknown_name_takes_as_long_as_a_known_one(tmp_path: Path) -> None:
    """Within 20 %, by the CPU time of this thread, so that other work on the machine does not decide the test."""
    host = make_host(tmp_path, accounts={"lock_attempts": 20})
    admit_one(host, "zhao", "archivist", password=PASSWORD)

    def cost(login: str) -> float:
        times = []
        for n in range(7):
            begin = time.thread_time()
            _guess(host, login, Client(f"192.0.2.{n}-{login}"))
            times.append(time.thread_time() - begin)
        return statistics.median(times)

    cost("warm-up")
    known, unknown = cost("zhao"), cost("nobody")
    assert abs(known - unknown) <= 0.2 * max(known, unknown)


def test_what_was_typed_as_a_name_is_kept_nowhere(host: Host) -> None:
    """People type their password into the wrong field."""
    typed = "Mein-Passwort-47!"
    _guess(host, typed)
    host.close()
    stored = b"".join(path.read_bytes() for path in host.data_dir.glob("lindang.db*"))
    assert b"zhao" in stored
    assert typed.encode() not in stored
    assert typed.lower().encode() not in stored


def test_failures_and_locks_stand_in_the_journal(host: Host) -> None:
    for _try in range(5):
        _guess(host)
    with host.view() as db:
        counts = dict(
            db.execute(
                select(JournalRow.action, func.count())
                .where(JournalRow.action.startswith("login."), JournalRow.subject == "account:1")
                .group_by(JournalRow.action)
            ).all()
        )
    assert counts == {"login.failed": 5, "login.locked": 1}


def test_wrong_present_passwords_count_too(host: Host) -> None:
    """The password form of a hijacked session is no free oracle."""
    app = make_app(host)
    client = app.test_client()
    client.post("/accounts/login", data={"login": "zhao", "password": PASSWORD})
    form = {"current": "wrong", "password": "Mq4?buche-wind", "repeat": "Mq4?buche-wind"}
    for _try in range(5):
        assert client.post("/accounts/me/password", data=form).status_code == 422
    right = client.post("/accounts/me/password", data={**form, "current": PASSWORD})
    assert right.status_code == 422
    assert "暂时不能登录" in right.text
    with host.view() as db:
        open_failures = select(func.count()).select_from(LoginFailure).where(LoginFailure.cleared_at.is_(None))
        assert db.scalar(open_failures) == 5
