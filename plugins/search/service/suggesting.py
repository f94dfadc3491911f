"""Suggesting, while somebody types, what the archive has: within the scope, and nothing for what may become a person's number."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from lindang.auth import Actor
from lindang.host import Host
from plugins.search.domain.names import read_name_query
from plugins.search.domain.number_ways import read_number_query
from plugins.search.queries.suggestions import MOST, Suggestion, suggest_names, suggest_numbers

MOST_TYPED: Final = 40
"""Of a longer text nothing is suggested: who types so much knows what to ask."""

_DAY: Final = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_BEGINNING_OF_ID = re.compile(rf"(?:^|\D)[1-9]\d{{5}}(?:(?:18|19|20)\d{{2}}(?:0[1-9]|1[0-2])|\d{{2}}{_DAY})")


def suggest(host: Host, actor: Actor, text: str) -> list[Suggestion]:
    """Return at most `MOST` texts of the archive that begin like what is typed, by kind; nothing when there is no such text."""
    if len(text) > MOST_TYPED or may_become_id(text):
        return []
    names, numbers = read_name_query(text), read_number_query(text)
    found: list[Suggestion] = []
    with host.view(actor) as session:
        if names is not None:
            found += suggest_names(session, actor, names)
        if numbers is not None:
            found += suggest_numbers(session, actor, numbers)
    return found[:MOST]


def may_become_id(text: str) -> bool:
    """Tell whether digits were typed as an identity number begins: a county's six and the month of a birthday."""
    plain = re.sub(r"[\s\u200b\ufeff\-–—·.,，、]", "", unicodedata.normalize("NFKC", text))
    return bool(_BEGINNING_OF_ID.search(plain))
