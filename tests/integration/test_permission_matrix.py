"""Role x route x object over every route of the real application (trust S1).

The expectation stands in ``tests/support/permission_table.py``. Whoever is not let in gets the same answer for every object.
Whoever is let in, but asks for an object outside his divisions, gets exactly the bytes that a missing object gets.
"""

from __future__ import annotations

import pytest

from tests.support.crawl import ACTORS, ANONYMOUS, STRANGER, Reply, Town, keys_of
from tests.support.permission_table import PUBLIC, TABLE, Route
from tests.support.world import MARKS, MISSING, OTHER, OWN

NOT_FOUND = 404
KNOWN_EVERYWHERE = {
    "sysadmin": {
        "GET /accounts/new",
        "GET /catalogue/divisions",
        "GET /catalogue/fonds",
        "GET /catalogue/fonds/new",
        "GET /catalogue/orgs",
        "GET /catalogue/orgs/new",
    },
    "secadmin": {"GET /sharing/agencies", "GET /sharing/agencies/new"},
    "auditadmin": {"GET /sharing/log"},
}
"""Pages with names of every county on purpose: reference data that the system administrator keeps for all, the agreements that
the security administrator makes, and the record of queries, which the audit administrator reads as a whole."""


def test_every_route_stands_in_the_table(town: Town) -> None:
    routes = set(keys_of(town.app))
    missing, gone = sorted(routes - TABLE.keys()), sorted(TABLE.keys() - routes)
    assert not missing, "add a line to tests/support/permission_table.py for:\n  " + "\n  ".join(missing)
    assert not gone, "these lines have no route any more:\n  " + "\n  ".join(gone)


def test_the_table_speaks_of_many_cells() -> None:
    cells = sum(len(ACTORS) * (3 if route.objects else 1) for route in TABLE.values())
    assert cells > 2000


@pytest.mark.parametrize("key", sorted(TABLE))
def test_matrix(town: Town, key: str) -> None:
    route = TABLE[key]
    wrong = [*_entry_faults(town, key, route), *_scope_faults(town, key, route)]
    assert not wrong, "\n".join(wrong)


def _entry_faults(town: Town, key: str, route: Route) -> list[str]:
    """Who is let in to an object of his own county, and who is not."""
    wrong = []
    for actor in ACTORS:
        reply = _ask(town, actor, key, route, OWN)
        if actor in route.blind:
            if reply.status != NOT_FOUND:
                wrong.append(f"{actor} has no county and must see nothing, got {reply.status}")
        elif route.roles == PUBLIC or actor in route.roles:
            if reply.status in {401, 403, NOT_FOUND} or reply.status >= 500 or _is_login(reply):
                wrong.append(f"{actor} must be let in, got {reply.status} {_words(reply)}")
        elif not _is_refused(actor, key, reply):
            wrong.append(f"{actor} must be refused, got {reply.status}")
        elif town.sides(route) and not reply.same_as(_ask(town, actor, key, route, MISSING)):
            wrong.append(f"{actor} is refused in different words for what is there and what is not")
    return wrong


def _scope_faults(town: Town, key: str, route: Route) -> list[str]:
    """Objects outside the divisions look exactly like objects that do not exist."""
    wrong = []
    for actor in sorted(route.roles if route.roles != PUBLIC else {ANONYMOUS}):
        replies = {side: _ask(town, actor, key, route, side) for side in town.sides(route)}
        for side, reply in replies.items():
            if reply.status != NOT_FOUND:
                wrong.append(f"{actor}, {side}: must be 404, got {reply.status} {_words(reply)}")
        if OTHER in replies and not replies[OTHER].same_as(replies[MISSING]):
            wrong.append(f"{actor}: another county's object answers differently from a missing one")
    if "archivist" in route.roles and OTHER in town.sides(route) and not _is_personal(route):
        reply = _ask(town, STRANGER, key, route, OWN)
        if reply.status != NOT_FOUND:
            wrong.append(f"an archivist of another county got {reply.status}")
    return wrong


def _ask(town: Town, actor: str, key: str, route: Route, side: str) -> Reply:
    reply = town.ask(actor, key, route, side)
    if not key.startswith("GET ") and reply.status < 400:
        town.restore()
    return reply


def _is_refused(actor: str, key: str, reply: Reply) -> bool:
    if actor == ANONYMOUS:
        return reply.status == 401 if " /api/" in key else _is_login(reply)
    return reply.status == 403


def _is_personal(route: Route) -> bool:
    """Whether the object belongs to the actor himself, whoever that is."""
    return any(kind.startswith("my_") for kind in route.objects.values())


def _is_login(reply: Reply) -> bool:
    """Whether the answer sends to the login page because nobody is logged in (and not because somebody logged out)."""
    to_login = reply.headers.get("Location", "").partition("?")[0] == "/accounts/login"
    return reply.status == 302 and to_login and "Clear-Site-Data" not in reply.headers


def _words(reply: Reply) -> str:
    """What the answer says, for the person who has to mend it."""
    headline = reply.body.decode(errors="replace").partition("<h1>")[2].partition("</h1>")[0]
    return f"{headline[:60]} {reply.error}".strip()


# --- no word of another county anywhere -------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [name for name in ACTORS if name != ANONYMOUS])
def test_nothing_of_another_county_is_on_any_page(town: Town, actor: str) -> None:
    """Lists, counts, facets, select lists, panels, downloads: every GET that the actor may send."""
    seen = {}
    for key, route in TABLE.items():
        if key.startswith("GET ") and actor in route.roles:
            seen[key] = town.ask(actor, key, route, OWN).body.decode(errors="replace")
    assert seen
    leaks = {key for key, body in seen.items() if MARKS[OTHER] in body}
    assert leaks - KNOWN_EVERYWHERE.get(actor, set()) == set()
    if actor in {"archivist", "auditor"}:
        own = [key for key, body in seen.items() if MARKS[OWN] in body]
        assert len(own) > 5, "the mark of the own county must be seen, or this test sees nothing"


@pytest.mark.parametrize("path", ["/search?q={}", "/api/v1/search?q={}", "/catalogue/files?q={}"])
def test_searching_tells_nothing_about_another_county(town: Town, path: str) -> None:
    """A word that stands only in the other county gets the same answer as a word that stands nowhere."""
    key = path.partition("?")[0]
    route = Route(TABLE[f"GET {key}"].roles)
    words = MARKS | {"nowhere": "无此四字"}
    replies = {}
    for side, word in words.items():
        reply = town.ask("archivist", f"GET {path.format(word)}", route, OWN)
        replies[side] = reply.body.decode().replace(word, "WORD")
    assert _countless(replies[OTHER]) == _countless(replies["nowhere"])
    assert _countless(replies[OWN]) != _countless(replies["nowhere"])


def _countless(body: str) -> str:
    """Leave out what differs by itself: the form token, and the milliseconds a search took."""
    import re
    from urllib.parse import quote

    for word in (*MARKS.values(), "无此四字"):
        body = body.replace(quote(word), "WORD").replace(quote(quote(word)), "WORD")
    body = re.sub(r'csrf[-_]token"[^>]*', "", body)
    return re.sub(r"\d+([.,]\d+)? ?(ms|毫秒|秒|seconds?)|\"(took|seconds|milliseconds)[^,}]*", "", body)
