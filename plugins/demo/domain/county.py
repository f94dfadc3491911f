"""Invent the digitisation table of a whole fictional county: as many certificates as asked for, village by village, in good order.

Nothing in it is wrong: numbers run without a gap, neighbours name each other, every date and digit fits. What is wrong is
planted afterwards (`defects`), so that a check can be held against exactly that. The same seed gives the same county.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from plugins.demo.domain import words
from plugins.demo.domain.chance import chance
from plugins.demo.domain.numbers import COUNTY_CODE, certificate_number, certificate_serial, id_number

COUNTY: Final = "示范县"
PARCELS: Final = (1, 2, 2, 3)
"""Parcels of one certificate after the other: two on average, as in a real county."""

BOOKS_A_VILLAGE: Final = 142
VILLAGES_A_TOWN: Final = 25
PARCELS_A_STRIP: Final = 6
FIRST_YEAR: Final = 2007
_BIRTH_DAYS: Final = 14_000
_STATES: Final = {7: "已打印盖章未发放", 8: "已打印未盖章", 9: "未打印未盖章"}
ISSUED: Final = "发放到户"
_TOWN_NAMES: Final = "青岭 白石 双桥 柳林 松峪 清泉 东坪 西河 南庄 北梁 新店 古城 大川 小川 金沟 银洞 榆坪 柏峪 杏岭 桃园 枣林 石门".split()
_FIRST: Final = (
    "柳树 槐树 石窑 上庄 下庄 阳坡 阴坡 前沟 后沟 大湾 小湾 高家 张家 李家 王家 赵家 寨子 井沟 河底 岭头".split()
)
_LAST: Final = "沟 坪 湾 梁 峪 庄 堡 塔".split()

Cells = dict[str, str]
"""Texts of one row by column key; what is absent is empty."""


@dataclass(frozen=True, slots=True)
class Place:
    """One village of the county."""

    code: str
    name: str
    town_code: str
    town_name: str


@dataclass(slots=True)
class Book:
    """One certificate: its village and its rows. ``number`` is its number in the run of ``year``."""

    place: Place
    number: int
    year: int
    rows: list[Cells] = field(default_factory=list)

    @property
    def first(self) -> Cells:
        """The first row, which stands for the book."""
        return self.rows[0]

    @property
    def cert_no(self) -> str:
        """The number as its first row writes it."""
        return self.first["cert_no"]

    def write(self, key: str, text: str) -> None:
        """Write a value of the book into all of its rows."""
        for row in self.rows:
            row[key] = text


@dataclass(slots=True)
class County:
    """All villages with their certificates, in the order of the sheets."""

    seed: int
    places: list[Place] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)

    def sheets(self) -> Iterator[tuple[Place, list[Cells]]]:
        """Yield each village with its rows, numbered."""
        by_village: dict[str, list[Cells]] = {place.code: [] for place in self.places}
        for book in self.books:
            by_village[book.place.code].extend(book.rows)
        for place in self.places:
            rows = by_village[place.code]
            yield place, [{**row, "seq": str(seq)} for seq, row in enumerate(rows, 1)]


def invent_county(*, seed: int, certificates: int) -> County:
    """Invent a county of so many certificates."""
    county = County(seed)
    runs: dict[int, int] = {}
    for index, count in enumerate(_share(certificates)):
        place = _place(index)
        county.places.append(place)
        run = _Run(FIRST_YEAR + index // VILLAGES_A_TOWN % 4, runs, len(county.books))
        county.books.extend(_village(seed, place, count, run))
    return county


def _share(certificates: int) -> Iterator[int]:
    while certificates > 0:
        yield min(BOOKS_A_VILLAGE, certificates)
        certificates -= BOOKS_A_VILLAGE


def _place(index: int) -> Place:
    town, village = divmod(index, VILLAGES_A_TOWN)
    town_code = f"{COUNTY_CODE}{101 + town:03d}"
    town_name = f"{_TOWN_NAMES[town % len(_TOWN_NAMES)]}{'' if town < len(_TOWN_NAMES) else town}镇"
    name = f"{_FIRST[village % len(_FIRST)]}{_LAST[(village + town) % len(_LAST)]}村"
    return Place(f"{town_code}{201 + village:03d}", name, town_code, town_name)


@dataclass(frozen=True, slots=True)
class _Run:
    """The year in whose run of numbers a village stands, the last number of each run, how many books there are before."""

    year: int
    last: dict[int, int]
    before: int

    def next(self) -> int:
        """Return the next number of the run."""
        self.last[self.year] = self.last.get(self.year, 0) + 1
        return self.last[self.year]


def _village(seed: int, place: Place, count: int, run: _Run) -> Iterator[Book]:
    rng = chance(seed, f"village:{place.code}")
    names = _names(rng, count)
    land = _Land(rng, place, names)
    for i, name in enumerate(names):
        book = Book(place, run.next(), run.year)
        cover = _cover(rng, book, name, run.before + i, i)
        tenure = _tenure(rng, run.year)
        for page in range(PARCELS[i % len(PARCELS)]):
            book.rows.append({**cover, **tenure, "parcel_no": f"{page + 1:03d}", **land.parcel(i)})
        yield book


def _names(rng: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found[rng.choice(words.SURNAMES) + rng.choice(words.GIVEN_FIRST) + rng.choice(words.GIVEN_SECOND)] = None
    return list(found)


def _cover(rng: random.Random, book: Book, name: str, serial: int, i: int) -> Cells:
    """Return what the book's cover pages say."""
    place, state = book.place, _STATES.get(i % 10, ISSUED)
    born_on = dt.date(1938, 1, 1) + dt.timedelta(days=serial % _BIRTH_DAYS)
    issue_date = dt.date(book.year, 6, 16) + dt.timedelta(days=rng.randrange(120))
    cells = {
        "town_name": place.town_name,
        "town_code": place.town_code,
        "village_name": place.name,
        "village_code": place.code,
        "group_name": f"{i % 5 + 1}组",
        "cert_no": certificate_number(book.year, book.number),
        "application_no": f"{place.code}{i % 5 + 1}J1MSY{i + 1:04d}",
        "holder_name": name,
        "holder_type": "农户/联户",
        "id_type": "身份证",
        "id_no": id_number(born_on, 1 + serial // _BIRTH_DAYS),
        "co_mode": "单独所有",
        "land_owner": f"{place.name}农民集体",
        "land_use_holder": name,
        "tree_owner": name,
        "tree_use_holder": name,
        "issuer": f"{COUNTY}人民政府",
        "archival_code": f"0123-ZY·LG-QQ01-{place.code[6:]}-{i + 1:04d}",
        "issue_state": state,
    }
    if state != _STATES[9]:
        cells["cert_serial"] = certificate_serial(serial + 1)
    if state in (ISSUED, _STATES[7]):
        cells["issue_date"] = issue_date.isoformat()
    return cells


def _tenure(rng: random.Random, year: int) -> Cells:
    years = rng.choice((50, 70))
    return {
        "acquisition": "家庭承包",
        "term_years": str(years),
        "term_start": f"{year}-01-01",
        "term_end": f"{year + years - 1}-12-31",
    }


class _Land:
    """The land of one village, cut into strips of six parcels from west to east and given out in turn.

    In every third strip neighbours are named, which they are on both sides; elsewhere boundary stones are numbered.
    """

    def __init__(self, rng: random.Random, place: Place, names: list[str]) -> None:
        self._rng = rng
        self._place = place
        owners = [i for i in range(len(names)) for _ in range(PARCELS[i % len(PARCELS)])]
        rng.shuffle(owners)
        self._names = names
        self._owners = owners
        self._slots: dict[int, list[int]] = {}
        for slot, owner in enumerate(owners):
            self._slots.setdefault(owner, []).append(slot)
        self._strips = [first + second for first in words.PLACE_FIRST for second in words.PLACE_SECOND]
        rng.shuffle(self._strips)

    def parcel(self, owner: int) -> Cells:
        """Return the page of the owner's next parcel."""
        slot = self._slots[owner].pop(0)
        strip, position = divmod(slot, PARCELS_A_STRIP)
        place_name = self._strips[strip % len(self._strips)]
        if strip >= len(self._strips):
            place_name = f"{place_name}{strip // len(self._strips) + 1}"
        return {
            "location": f"{COUNTY}{self._place.town_name}{self._place.name}{place_name}",
            "place_name": place_name,
            "compartment": f"{strip // 4 + 3:02d}",
            "subcompartment": f"{strip % 4 + 1}-{position + 1}",
            "bound_e": self._side(slot, 1, words.LANDMARKS_EAST),
            "bound_s": f"至{place_name}{self._rng.choice(words.LANDMARKS_SOUTH)}",
            "bound_w": self._side(slot, -1, words.LANDMARKS_WEST),
            "bound_n": f"至{place_name}{self._rng.choice(words.LANDMARKS_NORTH)}",
            **self._trees(),
        }

    def _side(self, slot: int, step: int, landmarks: tuple[str, ...]) -> str:
        strip = slot // PARCELS_A_STRIP
        there = slot + step
        if strip % 3:
            return f"至{slot + (step > 0)}号界桩，以界桩连线为界"
        if not 0 <= there < len(self._owners) or there // PARCELS_A_STRIP != strip:
            return f"至{self._rng.choice(landmarks)}"
        side = "东" if step > 0 else "西"
        return f"至{self._names[self._owners[there]]}承包林地，以{side}侧界桩连线为界"

    def _trees(self) -> Cells:
        rng = self._rng
        species = rng.choice(words.SPECIES)
        area = Decimal(rng.randrange(200, 6000)) / 100
        is_economic = species in words.ECONOMIC_SPECIES
        is_public = not is_economic and rng.random() < 0.4
        return {
            "area_mu": f"{area:.2f}",
            "main_species": species,
            "tree_count": str(int(area * rng.randint(38, 96))) if rng.random() < 0.8 else "",
            "forest_category": "经济林" if is_economic else "防护林" if is_public else "用材林",
            "origin": "人工" if is_economic or rng.random() < 0.7 else "天然",
            "forest_class": "公益林" if is_public else "商品林",
            "plant_year": str(rng.randint(1985, 2004)),
        }
