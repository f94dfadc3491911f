"""Who works in the demonstration: one account for each role, and a second liaison officer because signing takes two."""

from __future__ import annotations

import random
from dataclasses import dataclass

from plugins.demo.domain.numbers import COUNTY_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One account: its login name, the name shown, its role; `is_registry` for those of the registry's own office."""

    login: str
    name: str
    role: str
    prefixes: str = COUNTY_CODE
    is_registry: bool = False


OFFICERS = (
    Part(login="xitong", name="系统员（演示）", role="sysadmin", prefixes=""),
    Part(login="anbao", name="安保员（演示）", role="secadmin", prefixes=""),
    Part(login="anshen", name="安审员（演示）", role="auditadmin", prefixes=""),
)
STAFF = (
    Part(login="dangan", name="档案员（演示）", role="archivist"),
    Part(login="lianluo", name="联络员（演示）", role="liaison"),
    Part(login="shenhe", name="审核人（演示）", role="liaison"),
    Part(login="jieshou", name="接收员（演示）", role="receiver", is_registry=True),
    Part(login="shenji", name="审计员（演示）", role="auditor"),
    Part(login="chayue", name="查阅员（演示）", role="reader"),
)
ARCHIVIST, LIAISON, REVIEWER, RECEIVER = (part.login for part in STAFF[:4])

_HEADS, _TAILS = (
    ("B", "D", "F", "G", "K", "M", "P", "R", "S", "T", "V", "Z"),
    ("ova", "elu", "ibo", "uma", "ero", "ilan"),
)


def invent_password(rng: random.Random) -> str:
    """Invent a password that can be typed and that no list of habits holds: two made-up words and two digits."""
    words = "-".join(rng.choice(_HEADS) + rng.choice(_TAILS) + rng.choice("bdgkmprtv") for _word in range(2))
    return f"{words}-{rng.randint(12, 98)}"
