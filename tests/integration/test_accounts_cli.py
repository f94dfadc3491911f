"""``lindang user …``: accounts from the command line, with exit codes and machine-readable output."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lindang.cli import cli
from lindang.errors import Faults, Forbidden, LindangError, NotFound
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import make_app, make_host
from tests.support.people import COUNTY, PASSWORD


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return make_host(tmp_path)


def _run(host: Host, *arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, ["--data", str(host.data_dir), "user", *arguments], input=stdin)


def _done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def _failure(result: Result) -> LindangError:
    assert isinstance(result.exception, LindangError), result.output
    return result.exception


def _log_in(host: Host, login: str, password: str) -> int:
    return make_app(host).test_client().post("/accounts/login", data={"login": login, "password": password}).status_code


def _add(host: Host, login: str, role: str, *more: str, password: str = PASSWORD) -> Result:
    return _run(
        host, "add", login, "--name", f"{login}君", "--role", role, *more, "--password-stdin", stdin=password + "\n"
    )


def test_add_makes_an_account_that_can_log_in(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--prefix", COUNTY))
    assert _log_in(host, "zhao", PASSWORD) == 302


def test_add_without_a_password_prints_a_link(host: Host) -> None:
    out = _done(_run(host, "add", "zhao", "--name", "赵", "--role", "archivist", "--prefix", COUNTY))
    link = re.search(r"/accounts/setup/[\w-]{43}", out)
    assert link
    form = {"password": PASSWORD, "repeat": PASSWORD}
    assert make_app(host).test_client().post(link.group(), data=form).status_code == 302
    assert _log_in(host, "zhao", PASSWORD) == 302


def test_separation_of_duties_holds_on_the_command_line_too(host: Host) -> None:
    refused = _failure(_add(host, "zhao", "sysadmin", "--role", "secadmin"))
    assert isinstance(refused, Faults)
    assert refused.exit_code == 6
    refused = _failure(_add(host, "zhao", "archivist", "--prefix", "14112"))
    assert "行政区划代码" in str(refused)
    refused = _failure(_add(host, "zhao", "archivist", "--prefix", COUNTY, password="12345678"))
    assert "太常见" in str(refused)
    assert _done(_run(host, "list", "--json")) == ""


def test_list_speaks_json_lines(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--role", "liaison", "--prefix", COUNTY))
    _done(_add(host, "qian", "sysadmin"))
    rows = [json.loads(line) for line in _done(_run(host, "list", "--json")).splitlines()]
    assert [(row["login"], row["roles"], row["prefixes"], row["state"]) for row in rows] == [
        ("qian", ["sysadmin"], [], "active"),
        ("zhao", ["archivist", "liaison"], [COUNTY], "active"),
    ]
    assert "档案员、联络员" in _done(_run(host, "list"))


def test_passwd_replaces_the_password_and_unlocks(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--prefix", COUNTY))
    for _try in range(5):
        assert _log_in(host, "zhao", "wrong") == 401
    assert _log_in(host, "zhao", PASSWORD) == 429
    _done(_run(host, "passwd", "ZHAO", "--password-stdin", stdin="Mq4?buche-wind\n"))
    assert _log_in(host, "zhao", "Mq4?buche-wind") == 302
    assert isinstance(_failure(_run(host, "passwd", "nobody", "--password-stdin", stdin="x\n")), NotFound)


def test_token_prints_the_token_and_nothing_else(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--prefix", COUNTY))
    secret = _done(_run(host, "token", "zhao", "--label", "扫描站", "--days", "10")).strip()
    assert host.identity
    actor = host.identity.from_bearer(secret)
    assert actor
    assert actor.prefixes == (COUNTY,)
    outside = _failure(_run(host, "token", "zhao", "--prefix", "141125"))
    assert "辖区之内" in str(outside)


def test_disable_and_enable(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--prefix", COUNTY))
    _done(_run(host, "disable", "zhao", "--reason", "调离"))
    assert _log_in(host, "zhao", PASSWORD) == 401
    _done(_run(host, "enable", "zhao"))
    assert _log_in(host, "zhao", PASSWORD) == 302
    _done(_add(host, "qian", "secadmin"))
    assert isinstance(_failure(_run(host, "disable", "qian")), Forbidden)


def test_every_command_is_in_the_journal_under_its_channel(host: Host) -> None:
    _done(_add(host, "zhao", "archivist", "--prefix", COUNTY))
    with host.view() as db:
        rows = db.query(JournalRow).filter(JournalRow.subject == "account:1").all()
    assert {row.channel for row in rows} == {"cli"}
    assert all(row.actor.startswith("命令行") for row in rows)
    assert not any(PASSWORD in row.facts for row in rows)
