"""Password profiles and habits: what is refused, what is let through, and that both profiles differ where they must."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.accounts.adapters.hashing import hash_password, matches
from plugins.accounts.adapters.known_passwords import known_passwords
from plugins.accounts.domain.passwords import (
    POLICIES,
    count_classes,
    faults,
    has_run_out,
    is_easy_number,
    is_guessable,
    is_walk,
)

MLPS, ASVS = POLICIES["mlps"], POLICIES["asvs"]
NOW = dt.datetime(2020, 7, 30, 9, 0, tzinfo=dt.UTC)
KNOWN = known_passwords()


def test_the_shipped_list_is_whole():
    assert len(KNOWN) == 3000
    assert all(line == line.lower() and len(line) >= 8 for line in KNOWN)


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "P@ssw0rd",
        "Passw0rd!",
        "Admin@123",
        "admin123!",
        "Qwer1234",
        "Qwerty!23",
        "1qaz@WSX",
        "Abcd1234",
        "Woaini1314",
        "woaini520!",
        "Zhang123!",
        "Linye2020!",
        "Lindang2020",
        "Dangan@2020",
        "Wxm19870512!",
        "a123456.",
        "A1234567!",
        "Zx13800138000!",
        "12345678",
        "11111111",
        "abababab",
        "Ｐａｓｓｗｏｒｄ１！",
        "qwertyuiop",
    ],
)
def test_habits_are_refused(password):
    assert is_guessable(password, KNOWN)
    assert faults(password, MLPS, known=KNOWN)


@pytest.mark.parametrize(
    "password",
    ["Tr7-kopfstand.Regen", "松林-Rain47gate", "vG8#pz!Lq2", "Hirsch4%Mondlicht", "mK9$tsunami-berg", "9#48!kT71w25$"],
)
def test_good_passwords_pass_both_profiles(password):
    assert faults(password, MLPS, known=KNOWN, about=("zhangsan", "张三")) == []
    assert [f.message for f in faults(password, ASVS, known=KNOWN)] == (
        [] if len(password) >= ASVS.min_length else ["密码至少 12 位"]
    )


def test_the_profiles_disagree_where_the_rule_sets_do():
    """A long passphrase of small letters: forbidden by the national scheme, welcome to ASVS."""
    phrase = "morgen regnet es im wald"
    assert [f.where for f in faults(phrase.replace(" ", ""), MLPS, known=KNOWN)] == ["password"]
    assert faults(phrase, ASVS, known=KNOWN) == []
    assert has_run_out(NOW - dt.timedelta(days=91), MLPS, NOW)
    assert not has_run_out(NOW - dt.timedelta(days=3650), ASVS, NOW)
    assert (MLPS.history, ASVS.history) == (5, 0)


def test_a_password_runs_out_on_its_ninetieth_day():
    assert not has_run_out(NOW - dt.timedelta(days=90) + dt.timedelta(seconds=1), MLPS, NOW)
    assert has_run_out(NOW - dt.timedelta(days=90), MLPS, NOW)


def test_all_faults_are_told_at_once():
    told = [fault.message for fault in faults("abc", MLPS, known=KNOWN, about=("abc",))]
    assert len(told) == 4
    assert told[0] == "密码至少 8 位"


def test_own_name_and_login_are_refused():
    assert faults("xu-Lihua.77q", MLPS, known=KNOWN, about=("lihua", "徐丽华"))
    assert faults("Zk7!徐丽华pq", MLPS, known=KNOWN, about=("lihua", "徐丽华"))
    assert faults("Zk7!wq-pqmn", MLPS, known=KNOWN, about=("x", "")) == []


def test_two_hundred_characters_are_welcome_and_more_than_the_limit_is_not():
    assert faults("aB3 " + "森" * 200, MLPS, known=KNOWN) == []
    assert faults("aB3 " + "x!" * 200, MLPS, known=KNOWN)


@pytest.mark.parametrize(
    ("digits", "easy"),
    [
        ("123456", True),
        ("987654", True),
        ("19870512", True),
        ("05121987", True),
        ("870512", True),
        ("13800138000", True),
        ("5201314", True),
        ("2020", True),
        ("121212", True),
        ("48171", False),
        ("19871399", False),
        ("7294016", False),
    ],
)
def test_easy_numbers(digits, easy):
    assert is_easy_number(digits) is easy


def test_walks():
    assert all(is_walk(text) for text in ("qwertyui", "lkjhgfdsa", "abcdefgh", "123123123", "xyxyxyxy"))
    assert not any(is_walk(text) for text in ("qwertyux", "gate47rain", "vg8#pz!lq2"))


@given(st.text(alphabet=string.ascii_letters + string.digits + string.punctuation + "林档亩", max_size=40))
def test_any_text_gets_a_verdict(password):
    assert 0 <= count_classes(password) <= 4
    verdict = faults(password, MLPS, known=KNOWN)
    assert verdict or (len(password) >= 8 and count_classes(password) >= 3)


def test_hashes_are_salted_and_exact():
    first, second = hash_password("松林-Rain47"), hash_password("松林-Rain47")
    assert first != second
    assert first.startswith("$argon2id$")
    assert matches(first, "松林-Rain47")
    assert not matches(first, "松林-rain47")
    assert not matches(first, "松林-Rain47 ")
    assert not matches("", "松林-Rain47")
    assert not matches("", "")
