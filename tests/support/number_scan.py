"""Numbers of every kind, and a search of them that reads every one: the truth that look-ups by number are held to."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lindang.host import Host
from models.digital import Identifier
from models.identifiers import id_row, number_row
from models.numbers import cert_query, digits_reversed, normalise_number, parse_cert_no, skeleton
from plugins.search.domain.number_ways import Match

HERE, THERE = "141124100201", "141125100201"
_ALIKE = {frozenset(pair) for pair in ("08", "17", "38", "56")}


@dataclass(frozen=True, slots=True)
class Row:
    """A number as it is written, and where."""

    kind: str
    raw: str
    division: str
    word: str = ""
    year: int | None = None
    serial: int | None = None

    @property
    def norm(self) -> str:
        """The normal form."""
        parsed = parse_cert_no(self.raw) if self.kind == "cert_no" else None
        return parsed.norm if parsed else normalise_number(self.raw)


_SURE = (
    Row("cert_no", "岚林证字(2009)第10123号", HERE, "岚", 2009, 10123),
    Row("cert_no", "岚林证字(2009)第00121号", HERE, "岚", 2009, 121),
    Row("cert_serial", "B140000000121", HERE),
    Row("archival_code", "0123-LQ·F02-0021", HERE),
    Row("batch_no", "141124-2010-121", HERE),
)


def make_rows(count: int, seed: int = 11) -> list[Row]:
    """Return numbers of every kind, many of them near to each other."""
    lots = random.Random(seed)
    made = [*_SURE, *(_row(lots) for _ in range(count))]
    return list({(row.kind, row.raw): row for row in made}.values())


def _row(lots: random.Random) -> Row:
    kind = lots.choice(("cert_no", "cert_no", "cert_serial", "archival_code", "bdc_unit_no", "batch_no"))
    place = lots.choice((HERE, HERE, THERE))
    serial = lots.choice((lots.randint(1, 400), lots.randint(12000, 12400), lots.randint(1, 99_999_999)))
    if kind == "cert_no":
        word, year = lots.choice(("岚", "岚", "柳")), lots.choice((2008, 2009, 2010, None))
        written = f"{serial:0{lots.choice((1, 5, 8))}d}"
        return Row(kind, f"{word}林证字({year or ''})第{written}号", place, word, year, serial)
    raw = {
        "cert_serial": f"B1400{serial:08d}",
        "archival_code": f"0123-LQ·F02-{serial % 10000:04d}",
        "bdc_unit_no": f"141124102{serial % 9:03d}JE{serial % 90000:05d}L0000{serial % 300:04d}",
        "batch_no": f"141124-2010-{serial % 1000:03d}",
    }[kind]
    return Row(kind, raw, place)


def put_rows(host: Host, rows: list[Row]) -> None:
    """Write the numbers, and identity numbers that nobody may find among them."""
    with host.uow(host.system_actor()) as uow:
        for row in rows:
            uow.session.add(number_row(row.kind, row.raw, source="keyed", division_code=row.division))
        person: Identifier = id_row(host.vault, "141124197001010017", source="keyed", division_code=HERE)
        uow.session.add(person)


# --- the truth --------------------------------------------------------------------------------------------------


def scan(rows: list[Row], typed: str, prefix: str = "") -> dict[tuple[str, str], Match]:
    """Return every number that a query without wildcards and ranges finds, and the surest reason."""
    found = {}
    for row in rows:
        if row.division.startswith(prefix) and (ways := set(_ways(row, typed))):
            found[row.kind, row.raw] = min(ways)
    return found


def _ways(row: Row, typed: str) -> Iterator[Match]:
    norm, digits, read = normalise_number(typed), digits_reversed(typed)[::-1], cert_query(typed)
    readings = [(one.word, one.year, one.number) for one in (read.readings if read else ())]
    if norm == row.norm or any(_is_read(row, *one) for one in readings):
        yield Match.EXACT
    if row.norm.startswith(norm) and (len(digits) >= 4 or (read and not readings)):
        yield Match.PREFIX
    if len(digits) < 4:
        return
    if norm == digits and digits_reversed(row.raw)[::-1].endswith(digits):
        yield Match.TAIL
    plain = cert_query(skeleton(typed))
    misread = plain.readings if plain and skeleton(typed) != norm else ()
    if skeleton(row.raw) == skeleton(typed) or any(_is_read(row, one.word, one.year, one.number) for one in misread):
        yield Match.LOOKALIKE
    if norm == digits and digits in row.norm:
        yield Match.MIDDLE
    if len(digits) >= 5:
        yield from _near_ways(row, norm, digits, readings)


def _is_read(row: Row, word: str | None, year: int | None, number: str) -> bool:
    same_word, same_year = word in (None, row.word), year in (None, row.year)
    if word is not None and year is None and parse_cert_no(f"{word}林证字第{number}号"):
        same_year = True
    return number.isdigit() and row.serial == int(number) and same_word and same_year


def _near_ways(row: Row, norm: str, digits: str, readings: list[tuple[str | None, int | None, str]]) -> Iterator[Match]:
    pairs = [(norm, row.norm)]
    if norm == digits:
        pairs.append((digits, digits_reversed(row.raw)[::-1]))
    for word, year, number in readings:
        if row.serial is None or word not in (None, row.word) or not number.isdigit():
            continue
        if year in (None, row.year) and int(number) != row.serial:
            pairs += [(number, f"{row.serial:0{len(number) + more}d}") for more in (-1, 0, 1)]
        if word and year and row.year and int(number) == row.serial:
            pairs.append((str(year), str(row.year)))
    yield from (way for typed, stored in pairs if (way := difference(typed, stored)))


def difference(typed: str, stored: str) -> Match | None:
    """Return how two numbers differ, when it is by what may happen to one digit; None when they are equal or farther apart."""
    if re.sub(r"[0-9]+", "0", typed) != re.sub(r"[0-9]+", "0", stored):
        return None
    if len(typed) == len(stored):
        return _difference_in_place(typed, stored)
    longer, shorter = max(typed, stored, key=len), min(typed, stored, key=len)
    gaps = [gap for gap in range(len(longer)) if longer[gap].isdigit()]
    if len(longer) - len(shorter) != 1 or all(longer[:gap] + longer[gap + 1 :] != shorter for gap in gaps):
        return None
    return Match.ONE_MISSING if longer == stored else Match.ONE_SURPLUS


def _difference_in_place(typed: str, stored: str) -> Match | None:
    wrong = [place for place, pair in enumerate(zip(typed, stored, strict=True)) if pair[0] != pair[1]]
    if 1 <= len(wrong) <= 2 and all(frozenset((typed[place], stored[place])) in _ALIKE for place in wrong):
        return Match.LOOKALIKE
    if len(wrong) == 1:
        return Match.ONE_WRONG
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1 and typed[wrong[0]] == stored[wrong[1]]:
        return Match.SWAPPED if typed[wrong[1]] == stored[wrong[0]] else None
    return None
