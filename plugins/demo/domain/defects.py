"""Plant what goes wrong in a real register into a county in good order, at known rates, and say exactly what a check must find.

Each certificate gets one defect at most, so that none hides another. Source: the known problem classes of the domain
reference 2.9 and the rates of its section 8 (1 % 重号, 2 % 面积不符, 0.5 % 一地多证, 3 % 四至缺项, 1 % bad ID numbers, and others).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from models.persons import resident_id_check
from plugins.demo.domain.chance import chance
from plugins.demo.domain.county import ISSUED, Book, County
from plugins.demo.domain.numbers import COUNTY_CODE, id_number, unit_number

CERTIFICATE, PARCEL, VILLAGE, LINE = "certificate", "parcel", "village", "baseline_line"


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """One finding that a check must make, by what a person can see of it."""

    code: str
    kind: str
    village: str
    cert_no: str = ""
    parcel_no: str = ""
    """For a village: what of it (the run of numbers)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One line of the list that the county declares."""

    cert_no: str
    holder_name: str
    village_code: str
    parcels: int
    area_mu: Decimal


@dataclass(frozen=True, slots=True)
class DeclaredVillage:
    """What one village declares."""

    code: str
    certificates: int
    parcels: int
    area_mu: Decimal


@dataclass(slots=True)
class Truth:
    """What was planted: the findings of the register alone, those that need the declared numbers, and these numbers."""

    findings: list[Expected] = field(default_factory=list)
    with_baselines: list[Expected] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    villages: list[DeclaredVillage] = field(default_factory=list)

    def book(self, code: str, book: Book) -> None:
        """Expect a finding about a certificate."""
        self.findings.append(Expected(code, CERTIFICATE, book.place.code, book.cert_no))

    def page(self, code: str, book: Book, number: int = 0) -> None:
        """Expect a finding about one of its parcels."""
        row = book.rows[number]
        self.findings.append(Expected(code, PARCEL, book.place.code, row["cert_no"], row["parcel_no"]))


Plant = Callable[[Book, Truth], None]
Pair = Callable[[Book, Book, Truth], None]


def _bound_missing(book: Book, truth: Truth) -> None:
    del book.first["bound_s"]
    truth.page("R14", book)


def _bad_id(book: Book, truth: Truth) -> None:
    number = book.first["id_no"]
    book.write("id_no", number[:17] + ("0" if number[17] != "0" else "1"))
    truth.book("R21", book)


def _strange_province(book: Book, truth: Truth) -> None:
    body = f"98{book.first['id_no'][2:17]}"
    book.write("id_no", body + resident_id_check(body))
    truth.book("R22", book)


def _child(book: Book, truth: Truth) -> None:
    born_on = dt.date(2005, 1, 1) + dt.timedelta(days=book.number // 1000 * 4 + book.year % 4)
    book.write("id_no", id_number(born_on, book.number % 1000))
    truth.book("R23", book)


def _no_serial(book: Book, truth: Truth) -> None:
    book.write("cert_serial", "")
    truth.book("R06", book)


def _too_early(book: Book, truth: Truth) -> None:
    book.write("issue_date", "1999-05-06")
    truth.book("R30", book)


def _states_differ(book: Book, truth: Truth) -> None:
    book.rows[1]["issue_state"] = "已打印盖章未发放"
    truth.book("R05", book)


def _spelt_twice(book: Book, truth: Truth) -> None:
    book.rows[1]["cert_no"] = book.cert_no.replace("(", "〔").replace(")", "〕")
    truth.book("R09", book)


def _ends_before(book: Book, truth: Truth) -> None:
    book.first["term_end"] = f"{book.year - 1}-06-30"
    truth.page("R26", book)
    truth.page("R29", book)


def _other_years(book: Book, truth: Truth) -> None:
    book.first["term_years"] = "60"
    truth.page("R27", book)


def _short_contract(book: Book, truth: Truth) -> None:
    book.first.update({"term_years": "29", "term_end": f"{book.year + 28}-12-31"})
    truth.page("R28", book)


def _expired(book: Book, truth: Truth) -> None:
    book.first.update({"acquisition": "自留山", "term_years": "10", "term_end": f"{book.year + 9}-12-31"})
    truth.page("R29", book)


def _private_land(book: Book, truth: Truth) -> None:
    book.first["land_owner"] = book.first["holder_name"]
    truth.page("R19", book)


def _dense(book: Book, truth: Truth) -> None:
    book.first["tree_count"] = str(int(Decimal(book.first["area_mu"]) * 6000))
    truth.page("R32", book)


def _commercial_protection(book: Book, truth: Truth) -> None:
    book.first.update({"forest_category": "防护林", "forest_class": "商品林"})
    truth.page("R31", book)


def _bad_unit(book: Book, truth: Truth) -> None:
    book.first["bdc_unit_no"] = unit_number(book.number % 99999)[:-1]
    truth.page("R39", book)


def _wide_digits(book: Book, truth: Truth) -> None:
    book.first["annotation"] = "第１块，详见附图"
    truth.page("R41", book)


def _traditional(book: Book, truth: Truth) -> None:
    book.first["annotation"] = "與鄰地以溝為界"
    truth.page("R42", book)


def _no_compartment(book: Book, truth: Truth) -> None:
    del book.first["compartment"]
    truth.page("R01", book)


def _vague_bound(book: Book, truth: Truth) -> None:
    book.first["bound_n"] = "山"
    truth.page("R15", book)


def _huge(book: Book, truth: Truth) -> None:
    book.first.update({"area_mu": "12000.00", "tree_count": ""})
    truth.page("R11", book)


def _old_year(book: Book, truth: Truth) -> None:
    book.write("cert_no", book.cert_no.replace(f"({book.year})", "(1975)"))
    truth.book("R04", book)


def _same_serial(one: Book, other: Book, truth: Truth) -> None:
    other.write("cert_serial", one.first["cert_serial"])
    truth.book("R08", one)
    truth.book("R08", other)


def _same_person(one: Book, other: Book, truth: Truth) -> None:
    other.write("id_no", one.first["id_no"])
    truth.book("R24", one)
    truth.book("R24", other)


def _same_unit(one: Book, other: Book, truth: Truth) -> None:
    for book in (one, other):
        book.first["bdc_unit_no"] = unit_number(one.number % 99999)
        truth.page("R40", book)


def _same_number(one: Book, other: Book, truth: Truth) -> None:
    other.write("cert_no", one.cert_no)
    truth.book("R03", one)
    truth.book("R03", other)


def _same_land(one: Book, other: Book, truth: Truth) -> None:
    for key in ("place_name", "bound_e", "bound_s", "bound_w", "bound_n"):
        other.first[key] = one.first[key]
    truth.page("R16", one)
    truth.page("R16", other)


def _issued(book: Book) -> bool:
    return book.first["issue_state"] == ISSUED


def _two_pages(book: Book) -> bool:
    return len(book.rows) > 1 and _issued(book)


def _by_stones(book: Book) -> bool:
    return "号界桩" in book.first["bound_e"]


_EACH: Final[tuple[tuple[int, Callable[[Book], bool], Plant], ...]] = (
    (300, lambda _book: True, _bound_missing),
    (100, lambda _book: True, _bad_id),
    (20, _issued, _strange_province),
    (20, _issued, _child),
    (50, _issued, _no_serial),
    (30, _issued, _too_early),
    (50, _two_pages, _states_differ),
    (30, _two_pages, _spelt_twice),
    (30, lambda _book: True, _ends_before),
    (50, lambda _book: True, _other_years),
    (30, lambda _book: True, _short_contract),
    (30, lambda _book: True, _expired),
    (30, lambda _book: True, _private_land),
    (30, lambda _book: True, _dense),
    (30, lambda _book: True, _commercial_protection),
    (30, lambda _book: True, _bad_unit),
    (50, lambda _book: True, _wide_digits),
    (50, lambda _book: True, _traditional),
    (50, lambda _book: True, _no_compartment),
    (30, lambda _book: True, _vague_bound),
    (10, lambda _book: True, _huge),
    (20, lambda _book: True, _old_year),
)
"""Certificates of 10,000, which of them can have it, what is done to them."""


def _elsewhere(one: Book, other: Book) -> bool:
    return one.place.code != other.place.code


def _here(one: Book, other: Book) -> bool:
    return one.place.code == other.place.code


_PAIRS: Final[tuple[tuple[int, Callable[[Book], bool], Callable[[Book, Book], bool], Pair], ...]] = (
    (100, lambda _book: True, _elsewhere, _same_number),
    (50, _by_stones, _here, _same_land),
    (50, _issued, _elsewhere, _same_serial),
    (30, lambda _book: True, _elsewhere, _same_person),
    (30, lambda _book: True, _elsewhere, _same_unit),
)
"""Pairs of 10,000 certificates, which can be in one, how the two must lie, what is done to them."""

WRONG_AREA, UNLISTED, UNKEYED, UNUSED, UNANSWERED = 200, 50, 50, 40, 30
"""Of 10,000: declared areas that differ, books that the list leaves out, listed books that nobody keyed, numbers never used,
neighbours who do not name each other."""

SHORT_VILLAGE, WIDE_VILLAGE = 3, 4
"""Every so many villages declare a parcel more than they have; an area that is not theirs."""


def plant_defects(county: County) -> Truth:
    """Plant the defects and return what a check must find; files are none, so every certificate lacks its own."""
    truth, pool = Truth(), _Pool(county)
    numbers = {id(book): book.cert_no for book in county.books}
    unkeyed = pool.remove(UNKEYED)
    pool.remove(UNUSED)
    for rate, fits, lie, join in _PAIRS:
        for one, other in pool.pairs(rate, fits, lie):
            join(one, other, truth)
    for rate, can, plant in _EACH:
        for book in pool.take(rate, can):
            plant(book, truth)
    _silence_neighbours(county, pool, truth)
    unlisted = {id(book) for book in pool.take(UNLISTED)}
    wrong = {id(book): book for book in pool.take(WRONG_AREA)}
    listed = [book for book in (*county.books, *unkeyed) if id(book) not in unlisted]
    truth.declared = [_line(book, numbers[id(book)], is_wrong=id(book) in wrong) for book in listed]
    truth.with_baselines.extend(Expected("R12", CERTIFICATE, one.place.code, one.cert_no) for one in wrong.values())
    _expect_differences(county, truth)
    _expect_gaps(county, truth)
    for book in county.books:
        truth.book("R33", book)
    _declare_villages(county, truth)
    return truth


class _Pool:
    """The certificates that have no defect yet, in an order drawn from the county's seed."""

    def __init__(self, county: County) -> None:
        self._county = county
        self._size = len(county.books)
        order = list(county.books)
        chance(county.seed, "defects").shuffle(order)
        self._free = {id(book): book for book in order}

    def take(self, rate: int, can: Callable[[Book], bool] = lambda _book: True) -> list[Book]:
        """Take as many fitting certificates as the rate says, one at least while there are any."""
        taken = list(itertools.islice(filter(can, self._free.values()), self._count(rate)))
        for book in taken:
            del self._free[id(book)]
        return taken

    def pairs(
        self, rate: int, fits: Callable[[Book], bool], lie: Callable[[Book, Book], bool]
    ) -> Iterator[tuple[Book, Book]]:
        """Take pairs of fitting certificates that lie to each other as asked for."""
        for one in self.take(rate, fits):
            other = next((book for book in self._free.values() if fits(book) and lie(one, book)), None)
            if other is not None:
                del self._free[id(other)]
                yield one, other

    def remove(self, rate: int) -> list[Book]:
        """Take certificates out of the county itself."""
        gone = self.take(rate)
        known = {id(book) for book in gone}
        self._county.books = [book for book in self._county.books if id(book) not in known]
        return gone

    def _count(self, rate: int) -> int:
        return max(1, round(self._size * rate / 10_000))


def _by_village(county: County) -> dict[str, list[Book]]:
    found: dict[str, list[Book]] = {place.code: [] for place in county.places}
    for book in county.books:
        found[book.place.code].append(book)
    return found


def _silence_neighbours(county: County, pool: _Pool, truth: Truth) -> None:
    """Let one of two neighbours forget the other: only the one who still names him is to be reported."""
    villages = _by_village(county)
    for book in pool.take(UNANSWERED, lambda one: "承包林地" in one.first["bound_e"]):
        holder = book.first["holder_name"]
        named = book.first["bound_e"].removeprefix("至").split("承包林地")[0]
        for other in villages[book.place.code]:
            if other.first["holder_name"] == named != holder:
                for row in other.rows:
                    row["bound_w"] = row["bound_w"].replace(f"至{holder}承包林地", "至旧地埂")
                for number, row in enumerate(book.rows):
                    if f"至{named}承包林地" in row["bound_e"]:
                        truth.page("R18", book, number)


def _line(book: Book, cert_no: str, *, is_wrong: bool) -> Declared:
    area = _area(book)
    return Declared(
        cert_no=cert_no,
        holder_name=book.first["holder_name"],
        village_code=book.place.code,
        parcels=len(book.rows),
        area_mu=area + 30 if is_wrong else area,
    )


def _area(book: Book) -> Decimal:
    return sum((Decimal(row["area_mu"]) for row in book.rows), Decimal(0))


def _expect_differences(county: County, truth: Truth) -> None:
    """R45 both ways: what stands on one side only."""
    listed = {(line.village_code, line.cert_no) for line in truth.declared}
    keyed = {(book.place.code, book.cert_no) for book in county.books}
    truth.with_baselines.extend(Expected("R45", CERTIFICATE, *one) for one in sorted(keyed - listed))
    truth.with_baselines.extend(Expected("R45", LINE, *one) for one in sorted(listed - keyed))


def _expect_gaps(county: County, truth: Truth) -> None:
    """R07: one finding for each run of numbers that has a hole."""
    runs: dict[str, set[int]] = {}
    for book in county.books:
        word, rest = book.cert_no.split("林证字(")
        year, number = rest.removesuffix("号").split(")第")
        runs.setdefault(f"{word}|{year}", set()).add(int(number))
    for run, numbers in sorted(runs.items()):
        if len(numbers) != max(numbers) - min(numbers) + 1:
            truth.findings.append(Expected("R07", VILLAGE, COUNTY_CODE, "", run))


def _declare_villages(county: County, truth: Truth) -> None:
    """Declare certificates, parcels and area of every village; some of them wrongly (R13, R44)."""
    villages = _by_village(county)
    for number, place in enumerate(county.places, 1):
        books = villages[place.code]
        area = sum((_area(book) for book in books), Decimal(0))
        parcels = sum(len(book.rows) for book in books)
        if number % SHORT_VILLAGE == 0:
            parcels += 1
            truth.with_baselines.append(Expected("R44", VILLAGE, place.code))
        if number % WIDE_VILLAGE == 0:
            area *= 2
            truth.with_baselines.append(Expected("R13", VILLAGE, place.code))
        truth.villages.append(DeclaredVillage(place.code, len(books), parcels, area))
