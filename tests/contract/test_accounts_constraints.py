"""The rules about accounts that the database itself keeps, whoever writes: on SQLite and on PostgreSQL."""

from __future__ import annotations

from itertools import combinations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from lindang.host import Host
from models.account import Account, AccountRole
from plugins.accounts.domain.officers import SEPARATE, group_of
from tests.support.people import admit_one


def _write(host: Host, statement: str, **values: object) -> None:
    with host.transaction() as db:
        db.execute(text(statement), values)


GIVE = (
    "INSERT INTO account_role (account_id, role_key, exclusive_group, granted_at)"
    " VALUES (:account, :role, :group, '2020-09-01 00:00:00')"
)


@pytest.mark.parametrize(("first", "second"), list(combinations(sorted(SEPARATE), 2)))
def test_no_account_holds_two_separate_roles(host: Host, first: str, second: str) -> None:
    account = admit_one(host, "aa", first)
    with pytest.raises(IntegrityError):
        _write(host, GIVE, account=account, role=second, group="separate")


def test_the_exclusive_group_cannot_be_left_out_to_slip_past(host: Host) -> None:
    account = admit_one(host, "aa", "sysadmin")
    with pytest.raises(IntegrityError):
        _write(host, GIVE, account=account, role="auditadmin", group=None)
    with pytest.raises(IntegrityError):
        _write(host, "UPDATE account_role SET exclusive_group = NULL WHERE account_id = :account", account=account)


def test_a_role_that_was_taken_back_makes_room(host: Host) -> None:
    account = admit_one(host, "aa", "sysadmin")
    _write(host, "UPDATE account_role SET revoked_at = '2020-09-02 00:00:00' WHERE account_id = :a", a=account)
    _write(host, GIVE, account=account, role="auditadmin", group="separate")
    with host.view() as db:
        assert db.query(AccountRole).filter_by(account_id=account).count() == 2


def test_an_ordinary_role_stands_once_per_account(host: Host) -> None:
    account = admit_one(host, "aa", "archivist", "liaison")
    with pytest.raises(IntegrityError):
        _write(host, GIVE, account=account, role="liaison", group=group_of("liaison"))


def test_creator_and_approver_are_two_accounts(host: Host) -> None:
    officer, newcomer = admit_one(host, "aa", "secadmin"), admit_one(host, "bb", "reader")
    with pytest.raises(IntegrityError):
        _write(host, "UPDATE account SET created_by = :o, approved_by = :o WHERE id = :n", o=officer, n=newcomer)
    _write(host, "UPDATE account SET created_by = :n, approved_by = :o WHERE id = :n", o=officer, n=newcomer)


def test_no_active_account_without_approval_and_no_other_state(host: Host) -> None:
    newcomer = admit_one(host, "aa", "reader")
    with pytest.raises(IntegrityError):
        _write(host, "UPDATE account SET approved_at = NULL WHERE id = :n", n=newcomer)
    with pytest.raises(IntegrityError):
        _write(host, "UPDATE account SET state = 'root' WHERE id = :n", n=newcomer)


def test_one_login_name_one_account(host: Host) -> None:
    admit_one(host, "aa", "reader")
    with pytest.raises(IntegrityError), host.transaction() as db:
        db.add(Account(login="aa", name="又一个", created_at=host.clock.now()))
