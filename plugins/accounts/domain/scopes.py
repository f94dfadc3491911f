"""Scopes: the administrative-division prefixes that an account may see, as an office types them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from lindang.errors import BadInput
from lindang.i18n import _

LENGTHS = (2, 4, 6, 9, 12)
"""Digits of a province, city, county, town and village code."""

_SEPARATORS = re.compile(r"[\s,、;]+")
_DIGITS = re.compile(r"[0-9]+")


def split_prefixes(text: str) -> list[str]:
    """Split what was typed at blanks, commas, semicolons and lines, in half or full width; nothing is checked yet."""
    half_width = unicodedata.normalize("NFKC", text)
    return [code for code in _SEPARATORS.split(half_width) if code]


def tidy(codes: Iterable[str]) -> tuple[str, ...]:
    """Check codes and drop those that lie inside another; sorted. Raises BadInput naming the wrong one."""
    kept: list[str] = []
    for code in sorted(set(codes)):
        if not _DIGITS.fullmatch(code) or len(code) not in LENGTHS:
            raise BadInput(
                _("“%(code)s”不是行政区划代码", code=code),
                where="prefixes",
                remedy=_("请填 2(省)、4(市)、6(县)、9(乡镇)或 12(村)位数字。"),
            )
        if not any(code.startswith(shorter) for shorter in kept):
            kept.append(code)
    return tuple(kept)


def is_inside(codes: Iterable[str], scope: Iterable[str]) -> bool:
    """Say whether every code lies inside the scope."""
    covering = tuple(scope)
    return all(code.startswith(covering) for code in codes)


def narrowed(codes: Iterable[str], scope: Iterable[str]) -> tuple[str, ...]:
    """Return what two scopes have in common: an API token never sees more than its account does today."""
    mine, limit = tuple(scope), tuple(codes)
    common = [code for code in limit if code.startswith(mine)] + [code for code in mine if code.startswith(limit)]
    return tuple(sorted(set(common)))
