"""Creating, approving, closing: separation of duties through the services, and what each step leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from lindang.auth import Actor
from lindang.errors import BadInput, Conflict, Faults, Forbidden, NotFound, StaleVersion
from lindang.host import Host
from lindang.journal import JournalRow
from lindang.testing import FixedClock, drain, make_host
from lindang.verify import run_checks
from models.account import ACTIVE, DISABLED, PENDING, Account, RoleGrant
from plugins.accounts.domain.officers import OFFICERS
from plugins.accounts.domain.rights import Rights, make_rights
from plugins.accounts.queries.standing import actor_of, get_account, holders, prefixes_of, roles_of
from plugins.accounts.service.accounts import (
    Person,
    approve_account,
    create_account,
    disable_account,
    enable_account,
    reset_password,
    set_password_by_link,
    set_rights,
)
from plugins.accounts.service.roles import change_grants, seed_roles
from tests.support.people import COUNTY, admit_everybody, admit_one

RIGHTS = Rights(frozenset({"archivist"}), (COUNTY,))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return make_host(tmp_path, clock=FixedClock())


@pytest.fixture
def people(host: Host) -> dict[str, int]:
    return admit_everybody(host)


def _as(host: Host, account_id: int) -> Actor:
    with host.view() as db:
        return actor_of(db, get_account(db, account_id), "web")


def _version(host: Host, account_id: int) -> int:
    with host.view() as db:
        return get_account(db, account_id).version


def _actions(host: Host, subject: str) -> list[str]:
    with host.view() as db:
        query = select(JournalRow.action).where(JournalRow.subject == subject).order_by(JournalRow.seq)
        return list(db.scalars(query))


def _create(host: Host, creator: int, login: str = "xinren") -> int:
    with host.uow(_as(host, creator)) as uow:
        return create_account(uow, Person(login, "新人")).id


# --- two steps --------------------------------------------------------------------------------------------------------


def test_a_new_account_can_do_nothing_until_somebody_else_approves_it(host: Host, people: dict[str, int]) -> None:
    account_id = _create(host, people["sysadmin"])
    with host.view() as db:
        account = get_account(db, account_id)
        assert (account.state, account.password_hash) == (PENDING, "")
        assert actor_of(db, account, "web").permissions == frozenset()
    with host.uow(_as(host, people["secadmin"])) as uow:
        secret = approve_account(uow, account_id, RIGHTS, version=_version(host, account_id))
    with host.view() as db:
        account = get_account(db, account_id)
        assert (account.state, account.approved_by) == (ACTIVE, people["secadmin"])
        assert roles_of(db, account_id) == {"archivist"}
        assert prefixes_of(db, account_id) == (COUNTY,)
    with host.uow(host.system_actor()) as uow:
        set_password_by_link(uow, secret, "$argon2id$x")
    assert _actions(host, f"account:{account_id}") == [
        "account.created",
        "account.approved",
        "link.issued",
        "password.changed",
    ]


def test_who_created_does_not_approve(host: Host, people: dict[str, int]) -> None:
    """A security administrator who could create would still not approve his own creature."""
    account_id = _create(host, people["secadmin"])
    with pytest.raises(Forbidden, match="两个人"), host.uow(_as(host, people["secadmin"])) as uow:
        approve_account(uow, account_id, RIGHTS, version=1)
    assert _version(host, account_id) == 1
    second = admit_one(host, "anquan2", "secadmin")
    with host.uow(_as(host, second)) as uow:
        approve_account(uow, account_id, RIGHTS, version=1)


def test_an_account_is_approved_once(host: Host, people: dict[str, int]) -> None:
    account_id = _create(host, people["sysadmin"])
    officer = _as(host, people["secadmin"])
    with host.uow(officer) as uow:
        approve_account(uow, account_id, RIGHTS, version=1)
    with pytest.raises(StaleVersion), host.uow(officer) as uow:
        approve_account(uow, account_id, RIGHTS, version=1)
    with pytest.raises(Conflict, match="待审批"), host.uow(officer) as uow:
        approve_account(uow, account_id, RIGHTS, version=_version(host, account_id))


def test_all_faults_of_a_new_account_come_at_once(host: Host, people: dict[str, int]) -> None:
    with pytest.raises(Faults) as caught, host.uow(_as(host, people["sysadmin"])) as uow:
        create_account(uow, Person("ARCHIVIST", "  ", org_id=4711))
    assert [fault.where for fault in caught.value.faults] == ["login", "name", "org_id"]


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "prefixes", "where"),
    [
        (["sysadmin", "secadmin"], [], "roles"),
        (["auditadmin", "archivist"], [COUNTY], "roles"),
        (["auditor", "liaison"], [COUNTY], "roles"),
        ([], [COUNTY], "roles"),
        (["archivist"], [], "prefixes"),
        (["archivist"], ["14112"], "prefixes"),
        (["archivist"], [""], "prefixes"),
    ],
)
def test_rights_that_do_not_fit_are_refused(roles: list[str], prefixes: list[str], where: str) -> None:
    with pytest.raises(Faults) as caught:
        make_rights(roles, prefixes)
    assert {fault.where for fault in caught.value.faults} == {where}


def test_an_unknown_role_is_refused(host: Host, people: dict[str, int]) -> None:
    account_id = _create(host, people["sysadmin"])
    with pytest.raises(Faults, match="superuser"), host.uow(_as(host, people["secadmin"])) as uow:
        approve_account(uow, account_id, make_rights(["superuser"], [COUNTY]), version=1)


def test_rights_are_replaced_and_the_old_ones_stay_on_record(host: Host, people: dict[str, int]) -> None:
    officer, target = _as(host, people["secadmin"]), people["archivist"]
    with host.uow(officer) as uow:
        set_rights(uow, target, make_rights(["liaison"], ["141125", "141126"]), version=_version(host, target))
    with host.view() as db:
        assert roles_of(db, target) == {"liaison"}
        assert prefixes_of(db, target) == ("141125", "141126")
        facts = db.scalar(select(JournalRow.facts).where(JournalRow.action == "account.rights_changed"))
    assert json.loads(facts or "") == {"roles": ["liaison"], "prefixes": ["141125", "141126"]}
    assert _version(host, target) == 3, "rights are part of what the form shows, so its version must move"


def test_a_form_opened_before_the_last_change_is_refused(host: Host, people: dict[str, int]) -> None:
    officer, target = _as(host, people["secadmin"]), people["archivist"]
    seen = _version(host, target)
    with host.uow(officer) as uow:
        set_rights(uow, target, make_rights(["liaison"], [COUNTY]), version=seen)
    with pytest.raises(StaleVersion), host.uow(officer) as uow:
        set_rights(uow, target, make_rights(["reader"], [COUNTY]), version=seen)


def test_nobody_raises_himself(host: Host, people: dict[str, int]) -> None:
    me = people["secadmin"]
    for command in (
        lambda uow: set_rights(uow, me, make_rights(["archivist"], [COUNTY]), version=_version(host, me)),
        lambda uow: disable_account(uow, me, version=_version(host, me)),
    ):
        with pytest.raises(Forbidden, match="自己"), host.uow(_as(host, me)) as uow:
            command(uow)


@pytest.mark.parametrize("role", OFFICERS)
def test_the_last_officer_cannot_be_removed_but_the_last_but_one_can(
    host: Host, people: dict[str, int], role: str
) -> None:
    somebody = host.system_actor(channel="cli")
    for command in (
        lambda uow: disable_account(uow, people[role], version=_version(host, people[role])),
        lambda uow: set_rights(
            uow, people[role], make_rights(["reader"], [COUNTY]), version=_version(host, people[role])
        ),
    ):
        with pytest.raises(Forbidden, match="最后一个"), host.uow(somebody) as uow:
            command(uow)
    admit_one(host, "jieren", role)
    with host.uow(somebody) as uow:
        disable_account(uow, people[role], version=_version(host, people[role]))
    with host.view() as db:
        assert holders(db)[role] == 1


def test_a_closed_account_keeps_its_rights_and_comes_back_with_them(host: Host, people: dict[str, int]) -> None:
    officer, target = _as(host, people["secadmin"]), people["liaison"]
    with host.uow(officer) as uow:
        disable_account(uow, target, version=_version(host, target), reason="调离")
    with host.view() as db:
        assert get_account(db, target).state == DISABLED
    with pytest.raises(Conflict), host.uow(officer) as uow:
        disable_account(uow, target, version=_version(host, target))
    with host.uow(officer) as uow:
        enable_account(uow, target, version=_version(host, target))
    with host.view() as db:
        assert actor_of(db, get_account(db, target), "web").roles == {"liaison"}


def test_opening_a_closed_account_that_was_never_approved_does_not_approve_it(
    host: Host, people: dict[str, int]
) -> None:
    account_id = _create(host, people["sysadmin"])
    officer = _as(host, people["secadmin"])
    with host.uow(officer) as uow:
        disable_account(uow, account_id, version=1)
    with host.uow(officer) as uow:
        enable_account(uow, account_id, version=2)
    with host.view() as db:
        assert get_account(db, account_id).state == PENDING


def test_an_officer_cannot_become_another_by_resetting_his_password(host: Host, people: dict[str, int]) -> None:
    officer = _as(host, people["secadmin"])
    for role in OFFICERS:
        with pytest.raises(Forbidden, match="不能在网页上重置"), host.uow(officer) as uow:
            reset_password(uow, people[role], version=_version(host, people[role]))
    with host.uow(officer) as uow:
        reset_password(uow, people["archivist"], version=_version(host, people["archivist"]))


def test_a_link_works_once_and_a_newer_one_replaces_it(host: Host, people: dict[str, int]) -> None:
    officer, target = _as(host, people["secadmin"]), people["archivist"]
    secrets = []
    for _time in range(2):
        with host.uow(officer) as uow:
            secrets.append(reset_password(uow, target, version=_version(host, target)))
    with pytest.raises(NotFound), host.uow(officer) as uow:
        set_password_by_link(uow, secrets[0], "$argon2id$old")
    with host.uow(officer) as uow:
        set_password_by_link(uow, secrets[1], "$argon2id$new")
    with pytest.raises(NotFound), host.uow(officer) as uow:
        set_password_by_link(uow, secrets[1], "$argon2id$again")
    with host.view() as db:
        assert get_account(db, target).password_hash == "$argon2id$new"


# --- role grants ------------------------------------------------------------------------------------------------------


def _holds(host: Host, role: str, permission: str) -> bool:
    query = select(RoleGrant.id).where(
        RoleGrant.role_key == role, RoleGrant.permission == permission, RoleGrant.revoked_at.is_(None)
    )
    with host.view() as db:
        return db.scalar(query) is not None


def _granted(host: Host, role: str) -> set[str]:
    query = select(RoleGrant.permission).where(RoleGrant.role_key == role, RoleGrant.revoked_at.is_(None))
    with host.view() as db:
        return set(db.scalars(query))


def test_every_declared_default_is_in_the_table(host: Host) -> None:
    declared = {(role, p.key) for p in host.permissions.values() for role in p.roles}
    assert declared
    assert all(_holds(host, role, key) for role, key in declared)


def test_a_permission_taken_back_does_not_return_with_the_next_start(host: Host, people: dict[str, int]) -> None:
    before = _granted(host, "reader")
    assert "accounts:token:manage" in before
    with host.uow(_as(host, people["secadmin"])) as uow:
        change_grants(uow, "reader", before - {"accounts:token:manage"})
    seed_roles(host)
    assert not _holds(host, "reader", "accounts:token:manage")
    with host.view() as db:
        assert not actor_of(db, get_account(db, people["reader"]), "web").can("accounts:token:manage")


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("archivist", "accounts:account:approve"),
        ("reader", "accounts:journal:read_all"),
        ("auditor", "accounts:account:create"),
        ("auditor", "accounts:token:manage"),
        ("sysadmin", "accounts:role:grant"),
        ("secadmin", "accounts:journal:read"),
    ],
)
def test_separate_rights_are_not_handed_around(host: Host, people: dict[str, int], role: str, permission: str) -> None:
    wanted = _granted(host, role) ^ {permission}
    with pytest.raises(Forbidden), host.uow(_as(host, people["secadmin"])) as uow:
        change_grants(uow, role, wanted)


def test_grants_of_nothing_known_are_refused(host: Host, people: dict[str, int]) -> None:
    officer = _as(host, people["secadmin"])
    with pytest.raises(BadInput), host.uow(officer) as uow:
        change_grants(uow, "reader", {*_granted(host, "reader"), "root:everything"})
    with pytest.raises(NotFound), host.uow(officer) as uow:
        change_grants(uow, "root", set())


# --- checks and jobs --------------------------------------------------------------------------------------------------


def test_verify_finds_an_account_that_mixes_duties(host: Host, people: dict[str, int]) -> None:
    """An officer role and an ordinary one: no index forbids that, so the check must see it."""
    found = {result.code: result.violations for result in run_checks(host)}
    assert found["S1"] == ()
    with host.transaction() as db:
        from models.account import AccountRole

        db.add(AccountRole(account_id=people["secadmin"], role_key="archivist", granted_at=host.clock.now()))
    found = {result.code: result.violations for result in run_checks(host)}
    assert [violation.subject for violation in found["S1"]] == [f"account:{people['secadmin']}"]


def test_accounts_that_nobody_uses_are_closed_but_never_the_last_officer(tmp_path: Path) -> None:
    clock = FixedClock()
    host = make_host(tmp_path, clock=clock)
    people = admit_everybody(host)
    clock.advance(days=89)
    _run_job(host, "accounts.disable_stale")
    assert _states(host) == {ACTIVE}
    clock.advance(days=2)
    _run_job(host, "accounts.disable_stale")
    with host.view() as db:
        open_accounts = set(db.scalars(select(Account.id).where(Account.state == ACTIVE)))
    assert open_accounts == {people[role] for role in OFFICERS}


def _states(host: Host) -> set[str]:
    with host.view() as db:
        return set(db.scalars(select(Account.state)))


def _run_job(host: Host, name: str) -> None:
    with host.uow(host.system_actor()) as uow:
        uow.enqueue(name, "")
    drain(host)


def test_the_daily_check_of_the_journal_writes_what_it_found(host: Host, people: dict[str, int]) -> None:
    _run_job(host, "accounts.check_journal")
    with host.view() as db:
        row = db.scalar(select(JournalRow).where(JournalRow.action == "journal.verified"))
    assert row is not None
    facts = json.loads(row.facts)
    assert facts == {"lines": row.seq - 1, "breaks": 0, "first_break": 0}
