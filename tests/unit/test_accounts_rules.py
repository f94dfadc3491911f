"""Separation of duties, throttling, scopes and login names: the pure rules."""

from __future__ import annotations

import datetime as dt
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindang.addresses import local_path
from lindang.errors import BadInput
from plugins.accounts.domain import officers
from plugins.accounts.domain.logins import normalise_login, parse_login
from plugins.accounts.domain.officers import (
    ARCHIVIST,
    AUDITADMIN,
    AUDITOR,
    LIAISON,
    OFFICERS,
    READER,
    ROLE_KEYS,
    SECADMIN,
    SEPARATE,
    SYSADMIN,
    approval_obstacle,
    conflict,
    grant_obstacle,
    group_of,
    is_reserved,
    loss_obstacle,
    self_obstacle,
)
from plugins.accounts.domain.scopes import is_inside, narrowed, split_prefixes, tidy
from plugins.accounts.domain.throttle import ThrottlePolicy, lock_length, locked_until

NOW = dt.datetime(2020, 7, 30, 9, 0, tzinfo=dt.UTC)
POLICY = ThrottlePolicy()
MINUTE = dt.timedelta(minutes=1)


# --- officers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", list(combinations(OFFICERS, 2)))
def test_no_two_officer_roles_in_one_account(pair):
    assert "不得由同一账号兼任" in str(conflict(pair))


@pytest.mark.parametrize("alone", sorted(SEPARATE))
def test_separate_roles_stand_alone(alone):
    assert conflict([alone]) is None
    assert all(conflict([alone, other]) for other in ROLE_KEYS if other != alone)


def test_ordinary_roles_combine():
    ordinary = [key for key in ROLE_KEYS if key not in SEPARATE]
    assert conflict(ordinary) is None
    assert conflict([]) is None
    assert [group_of(key) for key in ordinary] == [None] * len(ordinary)
    assert {group_of(key) for key in SEPARATE} == {officers.SEPARATE_GROUP}


def test_creating_and_approving_are_two_persons():
    assert approval_obstacle(account=9, creator=1, approver=1)
    assert approval_obstacle(account=9, creator=1, approver=9)
    assert approval_obstacle(account=9, creator=1, approver=2) is None
    assert approval_obstacle(account=9, creator=None, approver=None) is None
    assert approval_obstacle(account=9, creator=None, approver=2) is None


def test_nobody_changes_own_rights():
    assert self_obstacle(account=4, actor=4)
    assert self_obstacle(account=4, actor=5) is None
    assert self_obstacle(account=4, actor=None) is None


@pytest.mark.parametrize("role", OFFICERS)
def test_the_last_officer_of_each_kind_stays(role):
    assert loss_obstacle([role], {})
    assert loss_obstacle([role], {role: 0})
    assert loss_obstacle([role], {role: 1}) is None
    assert loss_obstacle([ARCHIVIST, AUDITOR], {}) is None


def test_rights_of_officers_are_not_for_others():
    assert is_reserved({SYSADMIN})
    assert is_reserved({AUDITADMIN, AUDITOR})
    assert not is_reserved({AUDITOR})
    assert not is_reserved({SECADMIN, ARCHIVIST})
    assert not is_reserved(set())
    assert all(grant_obstacle(role, {LIAISON}) for role in SEPARATE)
    assert grant_obstacle(ARCHIVIST, {SECADMIN})
    assert grant_obstacle(READER, {LIAISON}) is None


# --- throttling -------------------------------------------------------------------------------------------------------


def test_four_failures_are_free_and_the_fifth_locks_for_a_quarter_of_an_hour():
    failures = [NOW - n * MINUTE for n in range(4)]
    assert locked_until(failures, POLICY, NOW) is None
    assert locked_until([*failures, NOW - 4 * MINUTE], POLICY, NOW) == NOW + 15 * MINUTE


def test_a_lock_ends():
    failures = [NOW] * 5
    assert locked_until(failures, POLICY, NOW + 15 * MINUTE - dt.timedelta(seconds=1))
    assert locked_until(failures, POLICY, NOW + 15 * MINUTE) is None


def test_each_further_failure_doubles_the_wait_up_to_the_ceiling():
    lengths = [lock_length(surplus, POLICY) / MINUTE for surplus in range(9)]
    assert lengths == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert lock_length(10_000, POLICY) == POLICY.longest


def test_old_failures_are_forgotten():
    assert locked_until([NOW - POLICY.memory] * 50, POLICY, NOW) is None


@given(st.lists(st.integers(min_value=0, max_value=60 * 48), max_size=30))
def test_no_lock_outlasts_the_ceiling(minutes_ago):
    until = locked_until([NOW - m * MINUTE for m in minutes_ago], POLICY, NOW)
    assert until is None or NOW < until <= NOW + POLICY.longest


# --- scopes and names -------------------------------------------------------------------------------------------------


def test_prefixes_are_read_as_offices_type_them():
    assert tidy(split_prefixes(" 141124、141125;1411 ")) == ("1411",)
    assert split_prefixes("141124\uff0c141125102\uff1b14") == ["141124", "141125102", "14"]
    assert split_prefixes("\uff11\uff14\uff11\uff11\uff12\uff14\n") == ["141124"]
    assert split_prefixes("") == []


@pytest.mark.parametrize("wrong", ["14112", "14112x", "1", "1411241022055", "14%", "²²"])
def test_what_is_no_division_code_is_refused(wrong):
    with pytest.raises(BadInput):
        tidy([wrong])


def test_a_token_sees_no_more_than_its_account():
    assert narrowed(["141124"], ["1411"]) == ("141124",)
    assert narrowed(["1411"], ["141124", "1412"]) == ("141124",)
    assert narrowed(["1412"], ["1411"]) == ()
    assert narrowed(["141124"], [""]) == ("141124",)
    assert narrowed(["141124"], []) == ()
    assert is_inside(["141124102"], ["141124"])
    assert not is_inside(["1411"], ["141124"])


def test_one_spelling_per_login():
    assert normalise_login(" \uff3a\uff28\uff21\uff2e\uff27.San ") == "zhang.san"
    assert parse_login("张三_2") == "张三_2"


@pytest.mark.parametrize("wrong", ["", "a", "a b", "<script>", "x" * 33, "a/b", "a\nb"])
def test_unusable_logins_are_refused(wrong):
    with pytest.raises(BadInput):
        parse_login(wrong)


@pytest.mark.parametrize("ours", ["/", "/handover/batches?state=sent", "/search?q=林权证&page=2", "/a#b"])
def test_pages_of_ours_are_allowed_after_login(ours):
    assert local_path(ours) == ours


@pytest.mark.parametrize(
    "theirs",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        " /evil",
        "http:/evil",
    ],
)
def test_nobody_is_sent_elsewhere_after_login(theirs):
    assert local_path(theirs) == "/"
