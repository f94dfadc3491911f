"""Password rules: two named profiles, and the habits that every guesser tries first.

The national scheme (等保) wants character classes, regular change and a history; OWASP ASVS 5.0 forbids the first two and
wants length and a list of known passwords. An office is measured by one of them, so both are offered by name: ``mlps`` (the
default) and ``asvs``. Known passwords and habits are refused by both.

Source: GB/T 22239-2019, 身份鉴别, as read in a transcription; OWASP ASVS 5.0.0, V6.2.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass

from lindang.errors import Fault
from lindang.i18n import _

LONGEST = 256
"""Longer input is refused unread: hashing it would only burn time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """One profile. ``max_age`` None means that a password does not run out; ``history`` counts refused old ones."""

    name: str
    min_length: int
    min_classes: int
    max_age: dt.timedelta | None
    history: int


POLICIES = {
    policy.name: policy
    for policy in (
        PasswordPolicy(name="mlps", min_length=8, min_classes=3, max_age=dt.timedelta(days=90), history=5),
        PasswordPolicy(name="asvs", min_length=12, min_classes=1, max_age=None, history=0),
    )
}


def faults(password: str, policy: PasswordPolicy, *, known: Container[str], about: Iterable[str] = ()) -> list[Fault]:
    """Return everything that is wrong with a new password; empty when it may be used.

    Args:
        password: exactly as typed.
        policy: the profile in force.
        known: passwords in lower case that lists of leaks hold.
        about: words that belong to the person (login, name), which the password may not contain.
    """
    found = [*_shape_faults(password, policy)]
    if is_guessable(password, known):
        found.append(
            _fault(_("这个密码太常见，容易被猜到"), _("请不要用常见单词、拼音、生日、手机号、键盘顺序加数字。"))
        )
    if _contains_any(password, about):
        found.append(_fault(_("密码里不能包含登录名或姓名"), _("请换一个与本人信息无关的密码。")))
    return found


def _shape_faults(password: str, policy: PasswordPolicy) -> Iterable[Fault]:
    if len(password) < policy.min_length:
        yield _fault(_("密码至少 %(n)s 位", n=policy.min_length), _("可以用一句自己记得住的话。"))
    if len(password) > LONGEST:
        yield _fault(_("密码不能超过 %(n)s 位", n=LONGEST), "")
    if count_classes(password) < policy.min_classes:
        yield _fault(
            _("大写字母、小写字母、数字、其他符号四类中至少要有 %(n)s 类", n=policy.min_classes),
            _("汉字算其他符号。"),
        )


def _fault(message: str, remedy: str) -> Fault:
    return Fault("password", message, remedy)


def count_classes(password: str) -> int:
    """Count the character classes in use: upper case, lower case, digits, anything else."""
    return len({_class_of(character) for character in password})


def _class_of(character: str) -> str:
    if character.isascii() and character.isalpha():
        return "upper" if character.isupper() else "lower"
    return "digit" if character.isdigit() else "other"


def has_run_out(changed_at: dt.datetime, policy: PasswordPolicy, now: dt.datetime) -> bool:
    """Say whether a password set at ``changed_at`` must be changed before anything else is done."""
    return policy.max_age is not None and now >= changed_at + policy.max_age


# --- what every guesser tries first -----------------------------------------------------------------------------------

HABIT_WORDS = frozenset(
    """
    admin administrator root guest test tester user manager system sysadmin operator oracle mysql default
    password passwd pass word mima miima secret login welcome hello huawei lenovo changeme letmein
    qwer qwert qwerty qwertyuiop asdf asdfg asdfgh asdfghjkl zxcv zxcvb zxcvbn zxcvbnm qaz qazwsx qazwsxedc
    abc abcd abcde abcdef aabb aaa aaaa abab qq qqq weixin wechat taobao alipay baidu
    woaini woaiwo woaiwojia woaizuguo woaizhongguo aini iloveyou loveyou zhongguo china beijing shanghai
    shanxi taiyuan xinnian kuaile shengri baobao laopo laogong wangyang wodemima nihao nihaoma xiexie
    wang zhang liu chen yang zhao huang zhou xu sun ma zhu hu guo he lin gao luo li wu
    lindang lingai linye linyeju linquan linquanzheng dangan danganju dangankeshi guanli guanliyuan xitong
    zhengfu bangong bangongshi xianzhengfu zirziyuan ziran ziranziyuan
    """.split()
)
"""Words and pinyin that offices build passwords around."""

_LOOK_ALIKES = str.maketrans({"@": "a", "0": "o", "1": "l", "3": "e", "$": "s", "5": "s", "!": "i"})
_SHIFTED_DIGITS = str.maketrans("!@#$%^&*()", "1234567890")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LOVE_NUMBERS = frozenset(
    {"520", "521", "1314", "5201314", "1314520", "520520", "13145200", "666", "888", "168", "518"}
)
_KEYBOARD_ROWS = ("1234567890", "0987654321", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_YEAR = r"(?:19[3-9]\d|20[0-4]\d)"
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATE = re.compile(rf"{_YEAR}(?:{_MONTH_DAY})?|{_MONTH_DAY}{_YEAR}|\d{{2}}{_MONTH_DAY}")
_PHONE = re.compile(r"1[3-9]\d{9}")


def is_guessable(password: str, known: Container[str]) -> bool:
    """Say whether the password is a known one, or a habit: word or initials, then an easy number and a mark."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    core = _ENDS.sub("", plain)
    look_alike = plain.translate(_LOOK_ALIKES)
    spellings = {plain, core, look_alike, _ENDS.sub("", core.translate(_LOOK_ALIKES)), plain.translate(_SHIFTED_DIGITS)}
    if any(spelling in known or spelling in HABIT_WORDS for spelling in spellings if spelling):
        return True
    return is_walk(plain) or _is_initials_and_number(plain)


def _is_initials_and_number(plain: str) -> bool:
    """``wxm19870512!``, ``a123456.``: at most three letters, the rest one easy number and marks."""
    letters = "".join(c for c in plain if c.isalpha())
    digits = "".join(c for c in plain if c.isdigit())
    marks = len(plain) - len(letters) - len(digits)
    return len(letters) <= 3 and marks <= 2 and is_easy_number(digits)


def is_easy_number(digits: str) -> bool:
    """Say whether a number is one that people choose: a run, a repetition, a date, a phone number, a lucky number."""
    if len(set(digits)) <= 2 or digits in _LOVE_NUMBERS or is_walk(digits):
        return True
    return bool(_DATE.fullmatch(digits) or _PHONE.fullmatch(digits))


def is_walk(text: str) -> bool:
    """Say whether the text walks along the keyboard, the alphabet or the digits, or repeats one short piece."""
    half = len(text) // 2
    repeats = any(text == (text[:n] * len(text))[: len(text)] for n in range(1, min(half, 4) + 1))
    return repeats or any(text in row or text in row[::-1] for row in _KEYBOARD_ROWS)


def _contains_any(password: str, words: Iterable[str]) -> bool:
    plain = password.casefold()
    return any(len(word) >= 2 and word.casefold() in plain for word in words)
