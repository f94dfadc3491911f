"""Certificates with names and places of every sort, and a search of them that reads every one: the truth that keys are held to."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lindang.host import Host
from models.events import CertificatesSaved
from models.place import Division
from models.register import Certificate, Parcel
from plugins.search.domain.names import Why, fold_name
from plugins.search.domain.readings import name_readings

COUNTY, OTHER = "141124", "141125"
VILLAGES = {
    "141124100201": "柳树沟村",
    "141124100202": "野狐梁村",
    "141124101201": "单家峁村",
    "141125100201": "柳树沟村",
}
_NOW = dt.datetime(2020, 8, 1, tzinfo=dt.UTC)
_SURNAMES = "王汪李张章单山曾解谢仇查翟宅朴乐岳欧区"
_GIVEN = "建健剑国明名华军伟强平芳乐月长重𠮷"
_ODD = (
    "艾力·买买提", "艾力买买提", "尉迟恭", "柳树沟村民委员会", "柳树沟村第三村民小组", "王建国、李明", "單田芳", "ABC林业公司",
    "王□国", "吕布", "张𠮷明", "临水县城关镇柳树沟村农民专业合作社联合社有限责任公司第二经营部",
)  # fmt: skip
_PLACES = ("后沟", "野狐梁", "后沟掌", "狐梁", "大柳树沟", "张家坟", "")


@dataclass(frozen=True, slots=True)
class Book:
    """One certificate as a person would write it down."""

    number: int
    village: str
    holders: tuple[str, ...]
    places: tuple[str, ...]


@dataclass
class NamedCounty:
    """The certificates by number, which is their id; parcels are numbered by their certificate."""

    books: dict[int, Book] = field(default_factory=dict)

    def scan(self, query: str, prefix: str = "") -> dict[tuple[int, int], Why]:
        """Return every certificate (place 0) and parcel (its place in the book) that a query finds, and why."""
        found: dict[tuple[int, int], Why] = {}
        for book in self.books.values():
            if book.village.startswith(prefix):
                for place, why in self._ways(book, query):
                    found[book.number, place] = min(why, found.get((book.number, place), why))
        return found

    def _ways(self, book: Book, query: str) -> Iterator[tuple[int, Why]]:
        asked = fold_name(query)
        for holder in book.holders:
            for name in holder.split("、"):
                yield from ((0, why) for why in ways_to(asked, fold_name(name)))
        if asked.isascii():
            return
        if asked in VILLAGES[book.village]:
            yield 0, Why.VILLAGE
        for place, name in enumerate(book.places, 1):
            if asked in name:
                yield place, Why.PLACE
            if asked in location_of(book.village):
                yield place, Why.LOCATION


def ways_to(asked: str, name: str) -> Iterator[Why]:
    """Yield every way in which a folded query finds a folded name."""
    if asked == name:
        yield Why.NAME
    if asked in name:
        yield Why.PART
    if asked.isascii():
        readings = name_readings(name)
        if any("".join(one[0] for one in reading).startswith(asked) for reading in readings):
            yield Why.INITIALS
        if any("".join(reading).startswith(asked) for reading in readings):
            yield Why.PINYIN
    else:
        yield from _near_ways(asked, name)


def _near_ways(asked: str, name: str) -> Iterator[Why]:
    if len(asked) == len(name) <= 12:
        if not set(name_readings(asked)).isdisjoint(name_readings(name)):
            yield Why.SOUND
        if sum(one != other for one, other in zip(asked, name, strict=True)) == 1:
            yield Why.ONE_CHARACTER if len(asked) > 2 else Why.ONE_OF_TWO
    elif len(asked) + 1 == len(name) <= 12 and asked in shortened(name):
        yield Why.ONE_MISSING
    elif len(name) + 1 == len(asked) <= 12 and name in shortened(asked):
        yield Why.ONE_SURPLUS


def shortened(name: str) -> Iterator[str]:
    """Yield the name without each of its characters in turn."""
    return (name[:place] + name[place + 1 :] for place in range(len(name)))


def location_of(village: str) -> str:
    """Return the 坐落 of every parcel of a village."""
    return f"临水县城关镇{VILLAGES[village]}"


def put_named_county(host: Host, count: int, seed: int = 5) -> NamedCounty:
    """Write the certificates and say so by events."""
    lots, county = random.Random(seed), NamedCounty()
    with host.uow(host.system_actor()) as uow:
        for code, name in VILLAGES.items():
            uow.session.add(Division(code=code, name=name, level="village"))
        for number in range(1, count + 1):
            book = _book(number, lots)
            county.books[number] = book
            uow.session.add(_certificate(book))
            uow.session.flush()
            uow.session.add_all(_parcels(book))
        for code in VILLAGES:
            saved = tuple(book.number for book in county.books.values() if book.village == code)
            uow.emit(CertificatesSaved(certificate_ids=saved, division_code=code))
    return county


def _book(number: int, lots: random.Random) -> Book:
    names = [lots.choice(_SURNAMES) + "".join(lots.choices(_GIVEN, k=lots.choice((1, 2, 2, 2)))) for _ in range(3)]
    holders = (_ODD[number - 1] if number <= len(_ODD) else names[0], *names[1 : lots.randint(1, 3)])
    places = tuple(lots.choice(_PLACES) for _ in range(lots.randint(1, 3)))
    return Book(number, lots.choice(tuple(VILLAGES)), holders, places)


def _certificate(book: Book) -> Certificate:
    return Certificate(
        id=book.number,
        division_code=book.village,
        county_code=book.village[:6],
        cert_no=f"临林证字(2010)第{book.number:05d}号",
        cert_no_norm=f"{book.number:05d}",
        cert_key=f"临|2010|{book.number}",
        issue_state="ISSUED",
        holder_name=book.holders[0],
        co_holders=list(book.holders[1:]),
        created_at=_NOW,
        created_by="测试",
    )


def _parcels(book: Book) -> Iterator[Parcel]:
    for place, name in enumerate(book.places, 1):
        yield Parcel(
            certificate_id=book.number,
            division_code=book.village,
            seq=place,
            parcel_no=str(place),
            location=location_of(book.village),
            place_name=name,
            area_mu=Decimal("1.5"),
            area_as_written="1.5",
            land_owner="村集体",
            land_use_holder=book.holders[0],
            tree_owner=book.holders[0],
            tree_use_holder=book.holders[0],
            created_at=_NOW,
            created_by="测试",
        )
