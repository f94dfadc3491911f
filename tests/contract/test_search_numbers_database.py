"""Numbers are found on SQLite and on PostgreSQL exactly as by reading every one of them, whatever is wrong with what was typed."""

from __future__ import annotations

import random
import re

import pytest
from sqlalchemy import delete, func, select, text

from lindang.auth import Actor
from lindang.host import Host
from lindang.migrate import downgrade, upgrade
from lindang.testing import actor
from models.digital import Identifier, IdentifierPart, UnsplitIdentifier
from models.identifiers import enter_numbers, number_values
from models.number_parts import number_parts
from models.search_names import SearchKey, SearchTerm
from plugins.search.domain.names import OPEN, open_forms
from plugins.search.domain.number_ways import Match
from plugins.search.queries.numbers import FETCH_LIMIT, find_numbers
from plugins.search.service.splitting import split_again, split_numbers, unsplit_numbers
from tests.support.number_scan import HERE, Row, make_rows, put_rows, scan


@pytest.fixture
def rows(host: Host) -> list[Row]:
    """Return numbers of which half wait for their pieces, as in the minute after an import."""
    made = make_rows(700)
    put_rows(host, made[::2])
    assert split_numbers(host) == sum(row.kind != "id_no" for row in made[::2])
    put_rows(host, made[1::2])
    return made


def found_by(host: Host, who: Actor, typed: str) -> dict[tuple[str, str], Match]:
    with host.view(who) as session:
        found = find_numbers(session, who, typed)
    assert found.is_complete, typed
    return {(hit.kind, hit.raw): hit.match for hit in found.hits}


def mistyped(raw: str, lots: random.Random) -> str:
    """Return a number with one of the mistakes that happen to digits."""
    place = lots.choice([place for place, char in enumerate(raw) if char.isdigit()])
    left, digit, right = raw[:place], raw[place], raw[place + 1 :]
    kind = lots.randrange(5)
    if kind == 0:
        return left + lots.choice("0123456789") + right
    if kind == 1:
        return left + right
    if kind == 2:
        return left + digit + lots.choice("0123456789") + right
    if kind == 3 and right[:1].isdigit():
        return left + right[0] + digit + right[1:]
    return left + digit.translate(str.maketrans("0158", "OlSB")) + right


def questions(rows: list[Row], lots: random.Random) -> list[str]:
    """Return what people type who look for some of the numbers."""
    asked = ["00123", "2010 123", "1400000", "12012", "岚林证字(2010)第0", "岚2009-12100", "岚林证字第12100号", "0123"]
    for row in lots.sample(rows, 60):
        digits = "".join(re.findall(r"\d", row.raw))
        start = lots.randrange(max(len(digits) - 6, 1))
        asked += [row.raw, mistyped(row.raw, lots), mistyped(mistyped(row.raw, lots), lots), mistyped(digits, lots)]
        asked += [digits[-lots.randint(4, 6) :], digits[start : start + lots.randint(4, 8)]]
        if row.serial is not None:
            asked += [
                str(row.serial),
                mistyped(f"{row.serial:08d}", lots),
                mistyped(f"{row.year or ''}{row.serial:05d}", lots),
            ]
    return asked


def test_every_number_is_found_that_a_scan_finds_and_no_other(host: Host, rows: list[Row]) -> None:
    everybody, here = host.system_actor(), actor(host, ["archivist"], prefixes=[HERE])
    met: set[Match] = set()
    for typed in questions(rows, random.Random(5)):
        truth = scan(rows, typed)
        if len(truth) < FETCH_LIMIT:
            assert found_by(host, everybody, typed) == truth, typed
            assert found_by(host, here, typed) == scan(rows, typed, HERE), typed
            met |= set(truth.values())
    assert met == set(Match) - {Match.FORMER, Match.PATTERN, Match.RANGE}


@pytest.mark.parametrize(
    ("typed", "pattern", "kinds"),
    [
        ("岚林证字(2009)第?0123号", r"岚林证字2009.0123", ""),
        ("岚林证字(2010)第121??号", r"岚林证字2010121..", ""),
        ("*0123", r".*0123", ""),
        ("B1400000?21*", r"B1400000.21.*", ""),
        ("b14*123", r"B14.*123", ""),
        ("2?09？0123", r".*2.09.0123", ""),
        ("档号:0123-LQ·F02-*21", r"0123LQF02.*21", "archival_code"),
        ("证号:*0121", r".*0121", "cert"),
        ("14112?102003*", r".*14112.102003.*", ""),
    ],
)
def test_digits_may_be_left_open(host: Host, rows: list[Row], typed: str, pattern: str, kinds: str) -> None:
    truth = {
        (row.kind, row.raw): Match.PATTERN
        for row in rows
        if row.kind.startswith(kinds) and re.fullmatch(pattern, row.norm)
    }
    assert truth
    assert found_by(host, host.system_actor(), typed) == truth


@pytest.mark.parametrize(
    ("typed", "word", "year", "first", "last"),
    [
        ("证号:00100-00200", None, 0, 100, 200),
        ("00100..00200", None, 0, 100, 200),
        ("岚林证字(2010)第00100..00200号", "岚", 2010, 100, 200),
        ("岚林证字(2010)第12000号至岚林证字(2010)第12100号", "岚", 2010, 12000, 12100),
        ("岚林证字(2010)第12100～12000", "岚", 2010, 12000, 12100),
        ("2009-12000..12099", None, 2009, 12000, 12099),
        ("20090100..20090200", None, 2009, 100, 200),
    ],
)
def test_a_range_of_serials(
    host: Host, rows: list[Row], typed: str, word: str | None, year: int | None, first: int, last: int
) -> None:
    truth = {
        row.raw
        for row in rows
        if row.serial is not None and first <= row.serial <= last and word in (None, row.word) and year in (0, row.year)
    }
    assert truth
    found = found_by(host, host.system_actor(), typed)
    assert {raw for (_, raw), match in found.items() if match is Match.RANGE} == truth


def test_a_range_of_printed_numbers_and_codes(host: Host, rows: list[Row]) -> None:
    for typed, kind, low, high in (
        ("B140000000100..B140000000300", "cert_serial", "B140000000100", "B140000000300"),
        ("b140000012000~12200", "cert_serial", "B140000012000", "B140000012200"),
        ("档号:0123-LQ·F02-0100..0300", "archival_code", "0123LQF020100", "0123LQF020300"),
    ):
        truth = {row.raw for row in rows if row.kind == kind and low <= row.norm <= high}
        found = found_by(host, host.system_actor(), typed)
        assert truth
        assert {raw for (_, raw), match in found.items() if match is Match.RANGE} == truth, typed


def test_a_year_and_a_number_behind_a_field_are_no_range(host: Host, rows: list[Row]) -> None:
    assert Match.RANGE not in found_by(host, host.system_actor(), "证号:2010-123").values()


def test_identity_numbers_have_no_pieces_and_are_never_found(host: Host, rows: list[Row]) -> None:
    for typed in ("1970010100", "*0017", "141124*", "14112419700101..14112419900101"):
        with host.view() as session:
            found = find_numbers(session, host.system_actor(), typed)
        assert all(hit.kind != "id_no" for hit in found.hits), typed
    with host.view() as session:
        persons = select(Identifier.id).where(Identifier.kind == "id_no")
        assert session.scalar(select(func.count()).where(UnsplitIdentifier.identifier_id.in_(persons))) == 0
        assert session.scalar(select(func.count()).where(IdentifierPart.identifier_id.in_(persons))) == 0


def test_too_common_digits_are_said_to_be_incomplete(host: Host) -> None:
    put_rows(host, [Row("batch_no", f"X7000{n:04d}Y", HERE) for n in range(FETCH_LIMIT + 20)])
    with host.view() as session:
        found = find_numbers(session, host.system_actor(), "7000")
    assert not found.is_complete
    assert len(found.hits) == FETCH_LIMIT


def test_pieces_are_written_after_the_fact_and_mended_where_one_is_gone(host: Host, rows: list[Row]) -> None:
    assert split_numbers(host) > 0
    assert (split_numbers(host), unsplit_numbers(host)) == (0, [])
    with host.uow(host.system_actor()) as uow:
        victims = list(uow.session.scalars(select(IdentifierPart.identifier_id).order_by(IdentifierPart.part).limit(3)))
        lowest = select(IdentifierPart.part).order_by(IdentifierPart.part).limit(1).scalar_subquery()
        uow.session.execute(delete(IdentifierPart).where(IdentifierPart.part == lowest))
    assert set(unsplit_numbers(host)) & set(victims)
    split_again(host)
    assert unsplit_numbers(host) == []


def test_many_numbers_at_once_have_the_pieces_that_one_by_one_have(host: Host) -> None:
    links = {"source": "keyed", "division_code": HERE, "is_current": True, "batch_id": None}
    links |= dict.fromkeys(("archive_file_id", "item_id", "page_id", "certificate_id"))
    with host.uow(host.system_actor()) as uow:
        enter_numbers(uow.session, [number_values("cert_no", f"岚林证字(2010)第{n:05d}号") | links for n in range(50)])
    assert split_numbers(host) == 50
    with host.view() as session:
        for row in session.scalars(select(Identifier)):
            query = select(IdentifierPart.part).where(IdentifierPart.identifier_id == row.id)
            assert set(session.scalars(query)) == number_parts(row.norm)
            assert row.serial_no == int(row.raw[-6:-1])


def test_numbers_that_were_there_before_are_found_after_the_change_of_tables(host: Host, rows: list[Row]) -> None:
    typed = {"00123", "2010 123", "1400000", *(row.raw for row in rows[:20]), "00100..00200"}
    before = {one: found_by(host, host.system_actor(), one) for one in typed}
    with host.uow(host.system_actor()) as uow:
        uow.session.add(SearchTerm(sort="name", text="王明"))
    downgrade(host, "0003")
    upgrade(host)
    assert {one: found_by(host, host.system_actor(), one) for one in typed} == before
    with host.view() as session:
        keys = session.execute(select(SearchKey.kind, SearchKey.key)).all()
    assert {tuple(key) for key in keys} == {(OPEN, form) for form in open_forms("王明")}


def test_beginnings_are_looked_up_in_the_index(host: Host, rows: list[Row]) -> None:
    is_sqlite = host.engine.dialect.name == "sqlite"
    with host.view() as session:
        if not is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        for column in ("norm", "key", "digits_reversed"):
            query = f"SELECT raw FROM identifier WHERE {column} >= '岚' AND {column} < '岛'"
            plan = session.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all()
            shown = " ".join(str(cell) for line in plan for cell in line)
            assert f"ix_identifier_{column}" in shown, shown
            assert (f"{column}>?" in shown) if is_sqlite else ("Index Cond" in shown), shown
