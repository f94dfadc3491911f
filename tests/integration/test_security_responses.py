"""What every answer of the application must be like: headers, no state change by reading, no script from data, no ID number.

One crawl sends every GET that each role may send, plus refusals, missing pages and errors, and the tests look at the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from tests.support.crawl import ACTORS, ANONYMOUS, Reply, Town
from tests.support.permission_table import PUBLIC, TABLE
from tests.support.world import INJECTION, MARKS, MISSING, OTHER, OWN, RAW_INJECTION

pytestmark = pytest.mark.xdist_group("crawl")  # its archive is built once, not once per process

READING = re.compile(
    r"INSERT INTO \"journal\" VALUES\(\d+,'[^']*',\d+,'[^']*','(web|api)','\w+\.(read|viewed|downloaded|exported|marked_sent|export_sent|marked_copy)',"
)
PICTURES = re.compile(
    r"(/api/v1)?/catalogue/pages/\d+/(view|thumb|image|versions/\d+)|/ingest/desk/\d+/pages/\d+/(view|thumb)"
)
"""Page images: the viewer may keep them for minutes, for this person only; log-out clears them (Clear-Site-Data)."""


@dataclass(frozen=True)
class Seen:
    """One answer of the crawl, and who got it for what."""

    actor: str
    key: str
    reply: Reply

    @property
    def kind(self) -> str:
        """The media type."""
        return self.reply.headers.get("Content-Type", "").partition(";")[0]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.reply.body.decode(errors="replace")

    def __str__(self) -> str:
        return f"{self.actor}: {self.key} -> {self.reply.status} {self.kind}"


@dataclass(frozen=True)
class Crawl:
    """All answers, and the rows of the database before and after."""

    seen: tuple[Seen, ...]
    before: frozenset[str]
    after: frozenset[str]


@pytest.fixture(scope="module")
def crawl(town: Town) -> Crawl:
    town.restore()
    before = town.rows()
    made = Crawl(tuple(_walk(town)), before, town.rows())
    town.restore()
    return made


def _walk(town: Town) -> Iterator[Seen]:
    """Every GET as everybody, for what is there; as the archivist also for what is not; and some that fail."""
    for key, route in TABLE.items():
        if not key.startswith("GET "):
            continue
        for actor in ACTORS:
            yield Seen(actor, key, town.ask(actor, key, route, OWN))
        for side in town.sides(route):
            yield Seen("archivist", f"{key} ({side})", town.ask("archivist", key, route, side))
    client = town.app.test_client()
    for method, path in (("GET", "/nowhere"), ("DELETE", "/"), ("GET", "/api/v1/nowhere"), ("POST", "/accounts/login")):
        yield Seen(ANONYMOUS, f"{method} {path}", town.send(client, method, path, {}, {}))


def test_the_crawl_sees_the_whole_application(crawl: Crawl) -> None:
    good = {one.key for one in crawl.seen if one.reply.status == 200}
    gets = {key for key in TABLE if key.startswith("GET ")}
    assert not gets - good, "nobody gets a page from:\n  " + "\n  ".join(sorted(gets - good))
    assert {one.reply.status for one in crawl.seen} >= {200, 302, 401, 403, 404, 405}


def test_no_answer_is_an_internal_error(crawl: Crawl) -> None:
    assert [f"{one} {one.reply.error}" for one in crawl.seen if one.reply.status >= 500] == []


def test_reading_changes_nothing_but_is_itself_written_down(crawl: Crawl) -> None:
    """No state change by GET (trust S4). Reading personal data adds lines to the journal, and nothing else anywhere."""
    assert crawl.before - crawl.after == set(), "rows were changed or removed"
    added = sorted(crawl.after - crawl.before)
    assert added, "reading a file with a person's data must be journalled"
    assert [line for line in added if not READING.match(line)] == []


def test_every_answer_carries_the_security_headers(crawl: Crawl) -> None:
    wrong = [f"{one}: {fault}" for one in crawl.seen for fault in _header_faults(one)]
    assert wrong == []


def _header_faults(one: Seen) -> Iterator[str]:
    headers = one.reply.headers
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy and "default-src 'none'" not in policy:
        yield "no content security policy"
    if "unsafe" in policy or "*" in policy or "frame-ancestors 'none'" not in policy:
        yield f"weak policy {policy!r}"
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY")):
        if headers.get(name) != value:
            yield f"{name} is {headers.get(name)!r}"
    if "Referrer-Policy" not in headers:
        yield "no referrer policy"
    if "Server" in headers and "/" in headers["Server"]:
        yield f"tells its version: {headers['Server']}"
    yield from _cache_faults(one)


def _cache_faults(one: Seen) -> Iterator[str]:
    cache = one.reply.headers.get("Cache-Control", "")
    if one.reply.path.startswith("/static/"):
        return
    if PICTURES.search(one.reply.path) and one.reply.status == 200:
        if "private" not in cache:
            yield f"a page image may be cached by others: {cache!r}"
    elif "no-store" not in cache:
        yield f"may be cached: {cache!r}"


def test_downloads_are_never_rendered_in_our_origin(crawl: Crawl) -> None:
    """Anything that is not a page of ours, a picture shown by us or an answer of the API is an attachment in a sandbox."""
    ours = {"text/html", "application/json", "application/problem+json", "image/jpeg", "text/css", ""}
    files = [one for one in crawl.seen if one.reply.status == 200 and one.kind not in ours]
    assert files, "the crawl must meet downloads"
    inline = [str(one) for one in files if not _is_attachment(one)]
    assert inline == []
    masters = [one for one in crawl.seen if "/masters/" in one.reply.path and one.reply.status == 200]
    assert masters
    for one in masters:
        assert _is_attachment(one)
        assert "sandbox" in one.reply.headers["Content-Security-Policy"]


def _is_attachment(one: Seen) -> bool:
    return one.reply.headers.get("Content-Disposition", "").startswith("attachment")


# --- script injection -------------------------------------------------------------------------------------------------


class _Tags(HTMLParser):
    """Collects what a browser would run: script elements with content, and attributes that begin with ``on``."""

    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.live += [f"{tag} {name}" for name, _value in attrs if name.startswith("on")]
        names = dict(attrs)
        if tag == "script" and not names.get("src"):
            self.live.append("inline script")
        if str(names.get("src") or names.get("href") or "").strip().lower().startswith("javascript:"):
            self.live.append(f"{tag} javascript:")


def test_no_text_of_the_archive_becomes_markup(crawl: Crawl) -> None:
    """Names, titles, notes, file names, recognised text: all hold an injection, none may come alive (trust B7, S5)."""
    pages = [one for one in crawl.seen if one.kind == "text/html"]
    live = []
    for one in pages:
        parser = _Tags()
        parser.feed(one.text)
        live += [f"{one}: {found}" for found in parser.live]
        live += [f"{one}: {raw}" for raw in RAW_INJECTION if raw in one.text]
    assert live == []
    escaped = {one.key for one in pages if "&lt;img src=x onerror" in one.text}
    assert len(escaped) > 20, "the injection must reach many pages, or this test sees nothing"


def test_the_api_answers_in_json_only(crawl: Crawl) -> None:
    for one in crawl.seen:
        if one.reply.path.startswith("/api/") and one.kind != "image/jpeg" and not one.key.endswith("/file"):
            assert one.kind in {"application/json", "application/problem+json"}, str(one)
            json.loads(one.text)


# --- personal numbers -------------------------------------------------------------------------------------------------


def test_no_answer_to_a_get_holds_a_whole_id_number(town: Town, crawl: Crawl) -> None:
    """Masked in lists, pages, exports, API, alt texts; the whole number is given by POST, with a reason (trust 4.3)."""
    numbers = [number for side in (OWN, OTHER) for number in town.world.id_numbers[side]]
    assert [str(one) for one in crawl.seen for number in numbers if number in one.text] == []
    masked = [one for one in crawl.seen if f"{numbers[0][:3]}" in one.text and "***" in one.text]
    assert masked, "masked numbers must be seen, or this test sees nothing"


def test_the_whole_number_is_given_for_a_reason_and_the_reading_is_journalled(town: Town) -> None:
    key = "POST /catalogue/certificates/<int:certificate_id>/id-number"
    town.restore()
    before = town.digest()
    reply = town.ask("archivist", key, TABLE[key], OWN)
    assert town.world.id_numbers[OWN][0] in reply.body.decode()
    assert town.digest() != before
    town.restore()


# --- the fence once more ----------------------------------------------------------------------------------------------


def test_a_conditional_request_tells_nothing_either(town: Town, crawl: Crawl) -> None:
    """An ETag learned elsewhere does not turn a 404 into a 304."""
    tagged = [one for one in crawl.seen if one.actor == "archivist" and "ETag" in one.reply.headers]
    tagged = [one for one in tagged if one.reply.status == 200 and not one.reply.path.startswith("/static")]
    assert tagged
    for one in tagged:
        route = TABLE[one.key]
        tag = town.ask("stranger", one.key, route, OTHER).headers.get("ETag", one.reply.headers["ETag"])
        other = town.ask("archivist", one.key, route, OTHER)
        again = town.send(town.browser("archivist"), "GET", other.path, {}, {"If-None-Match": tag})
        assert again.status == other.status == 404, str(one)
        assert again.same_as(other), str(one)


def test_refusals_and_missing_pages_show_nothing_of_the_archive(crawl: Crawl) -> None:
    closed = [one for one in crawl.seen if one.reply.status in {302, 401, 403, 404, 405}]
    marks = (MARKS[OWN], MARKS[OTHER], INJECTION)
    assert [str(one) for one in closed for mark in marks if mark in one.text] == []


def test_public_pages_show_nothing_of_the_archive(town: Town, crawl: Crawl) -> None:
    public = {key for key, route in TABLE.items() if route.roles == PUBLIC}
    shown = [one for one in crawl.seen if one.actor == ANONYMOUS and one.key in public]
    assert shown
    named = "GET /ingest/drop/<secret>"
    """An upload link names the village that it was made for, to whoever has its secret."""
    assert [str(one) for one in shown if MARKS[OWN] in one.text and one.key != named] == []
    assert [str(one) for one in shown if MARKS[OTHER] in one.text] == []
    assert MISSING in town.world.values["file_code"]
