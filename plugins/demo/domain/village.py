"""Invent the fictional village 云岭省示范市示范县青岭镇柳树沟村 from a seed: the same seed gives the same village, person by person.

The land comes first. Parcels lie side by side in strips from west to east, neighbours share one border line, areas are
measured on the outlines; so the four bounds, the sketch map and the register agree as they should in a well-kept file.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from plugins.demo.domain import numbers, words
from plugins.demo.domain.chance import chance
from plugins.demo.domain.values import (
    Course,
    Household,
    IssueState,
    Officials,
    Parcel,
    Person,
    Point,
    Tenure,
    Village,
)

FIRST_NUMBER = 301
CERTIFICATE_YEAR = 2009
PARCELS_PER_STRIP = 6
SQUARE_METRES_PER_MU = Decimal(2000) / 3
_STATES = {3: IssueState.PRINTED_SEALED, 6: IssueState.PRINTED_UNSEALED, 8: IssueState.UNPRINTED}
_ABSENT = {4: frozenset({"D07"}), 14: frozenset({"D05"}), 24: frozenset({"D02"})}


@dataclass(frozen=True, slots=True)
class _Slot:
    """One place on the ground: its strip, its position from the west and its outline."""

    strip: int
    position: int
    place_name: str
    outline: tuple[Point, ...]


def invent_village(seed: int = 7, households: int = 30) -> Village:
    """Invent the village.

    Args:
        seed: any integer; the same seed gives the same village.
        households: how many households hold a certificate, 1..900; from nine on all four issue states occur.

    Raises:
        ValueError: when the number of households is out of range.
    """
    if not 1 <= households <= 900:
        raise ValueError(f"households must be 1..900, not {households}")
    names = _names(chance(seed, "names"))
    officials = Officials(**{role: next(names) for role in Officials.__dataclass_fields__})
    holders = [_person(chance(seed, f"holder:{i}"), next(names), i) for i in range(households)]
    spouses = {i: _spouse(holders[i], next(names), i) for i in range(households) if i % 9 == 5}
    parcels = _share_out(seed, holders)
    return Village(
        seed=seed,
        province="云岭省",
        city="示范市",
        county="示范县",
        town="青岭镇",
        name="柳树沟村",
        code=numbers.VILLAGE_CODE,
        officials=officials,
        households=tuple(
            _household(seed, i, holders[i], (spouses[i],) if i in spouses else (), parcels[i])
            for i in range(households)
        ),
        voted_on=dt.date(2008, 9, 18),
        published_from=dt.date(2009, 2, 20),
        published_to=dt.date(2009, 3, 21),
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A slot with the household that holds it and the names beyond its sides."""

    ordinal: int
    seq: int
    group: int
    slot: _Slot
    east: str
    west: str


def _names(rng: random.Random) -> Iterator[str]:
    """Yield names put together from the word lists, each once."""
    seen: set[str] = set()
    while True:
        name = rng.choice(words.SURNAMES) + rng.choice(words.GIVEN_FIRST) + rng.choice(words.GIVEN_SECOND)
        if name not in seen:
            seen.add(name)
            yield name


def _group(index: int) -> int:
    return index // 10 % 9 + 1


def _id_sequence(index: int, sex: str) -> int:
    """Number the people: odd for a man, even for a woman, three digits."""
    return 2 * index % 998 + (1 if sex == "男" else 2)


def _person(rng: random.Random, name: str, index: int) -> Person:
    born_on = dt.date(1938, 1, 1) + dt.timedelta(days=rng.randrange(14_000))
    sex = "女" if index % 7 == 6 else "男"
    return Person(
        name=name,
        sex=sex,
        born_on=born_on,
        id_no=numbers.id_number(born_on, _id_sequence(index, sex)),
        address=f"云岭省示范县青岭镇柳树沟村{_group(index)}组{index + 1}号",
    )


def _spouse(holder: Person, name: str, index: int) -> Person:
    born_on = holder.born_on + dt.timedelta(days=500)
    sex = "男" if holder.sex == "女" else "女"
    return Person(
        name=name,
        sex=sex,
        born_on=born_on,
        id_no=numbers.id_number(born_on, _id_sequence(index, sex)),
        address=holder.address,
    )


def _share_out(seed: int, holders: Sequence[Person]) -> list[list[Parcel]]:
    """Lay the parcels on the ground and give each to its household."""
    rng = chance(seed, "land")
    owners = [i for i in range(len(holders)) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
    rng.shuffle(owners)
    slots = list(_slots(seed, len(owners)))
    shares: list[list[Parcel]] = [[] for _ in holders]
    for ordinal, (owner, slot) in enumerate(zip(owners, slots, strict=True), start=1):
        claim = _Claim(
            ordinal=ordinal,
            seq=len(shares[owner]) + 1,
            group=_group(owner),
            slot=slot,
            east=_neighbour(ordinal, slots, owners, holders, step=1),
            west=_neighbour(ordinal, slots, owners, holders, step=-1),
        )
        shares[owner].append(_parcel(chance(seed, f"parcel:{ordinal}"), claim))
    return shares


def _neighbour(ordinal: int, slots: list[_Slot], owners: list[int], holders: Sequence[Person], *, step: int) -> str:
    """Name the holder on one side, or nobody at the strip's end."""
    here, there = ordinal - 1, ordinal - 1 + step
    if not 0 <= there < len(slots) or slots[there].strip != slots[here].strip:
        return ""
    return holders[owners[there]].name


def _slots(seed: int, count: int) -> Iterator[_Slot]:
    """Cut strips of land into parcels, from west to east."""
    places = [first + second for first in words.PLACE_FIRST for second in words.PLACE_SECOND]
    chance(seed, "places").shuffle(places)
    for ordinal in range(count):
        strip, position = divmod(ordinal, PARCELS_PER_STRIP)
        west, east = _border(seed, strip, position), _border(seed, strip, position + 1)
        yield _Slot(strip, position, places[strip % len(places)], (*west, *reversed(east)))


def _border(seed: int, strip: int, position: int) -> tuple[Point, ...]:
    """Draw the border line at one position of a strip, from south to north; both neighbours read the same line."""
    rng = chance(seed, f"border:{strip}:{position}")
    depth = 180 + 40 * (strip % 3)
    east = 95.0 * position
    return tuple((east + rng.uniform(-18, 18), depth * part / 3 + rng.uniform(-9, 9)) for part in range(4))


def _area_mu(outline: Sequence[Point]) -> Decimal:
    """Measure an outline by the shoelace formula, in 亩 to two decimals."""
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True))
    mu = Decimal(str(abs(twice) / 2)) / SQUARE_METRES_PER_MU
    return mu.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _parcel(rng: random.Random, claim: _Claim) -> Parcel:
    slot = claim.slot
    species = rng.choice(words.SPECIES)
    economic = species in words.ECONOMIC_SPECIES
    is_public = not economic and rng.random() < 0.4
    area_mu = _area_mu(slot.outline)
    return Parcel(
        seq=claim.seq,
        parcel_no=f"{claim.seq:03d}",
        application_no=numbers.application_number(claim.group, claim.ordinal),
        bdc_unit_no=numbers.unit_number(claim.ordinal),
        location=f"云岭省示范县青岭镇柳树沟村{slot.place_name}",
        place_name=slot.place_name,
        compartment=f"{slot.strip // 4 + 3:02d}",
        subcompartment=f"{slot.strip % 4 + 1}-{slot.position + 1}",
        area_mu=area_mu,
        bound_e=f"至{_beyond(rng, claim.east, '东', words.LANDMARKS_EAST)}",
        bound_s=f"至{slot.place_name}{rng.choice(words.LANDMARKS_SOUTH)}",
        bound_w=f"至{_beyond(rng, claim.west, '西', words.LANDMARKS_WEST)}",
        bound_n=f"至{slot.place_name}{rng.choice(words.LANDMARKS_NORTH)}",
        neighbour_e=claim.east,
        neighbour_w=claim.west,
        main_species=species,
        tree_count=int(area_mu * rng.randint(38, 96)) if rng.random() < 0.8 else None,
        forest_category="经济林" if economic else "防护林" if is_public else "用材林",
        origin="人工" if economic or rng.random() < 0.7 else "天然",
        forest_class="公益林" if is_public else "商品林",
        plant_year=rng.randint(1985, 2004),
        outline=slot.outline,
    )


def _beyond(rng: random.Random, neighbour: str, side: str, landmarks: Sequence[str]) -> str:
    return f"{neighbour}承包林地，以{side}侧界桩连线为界" if neighbour else rng.choice(landmarks)


def _household(
    seed: int, index: int, holder: Person, co_holders: tuple[Person, ...], parcels: list[Parcel]
) -> Household:
    rng = chance(seed, f"household:{index}")
    # One number of the run stays empty, as the certificate that was spoilt in printing leaves a 空号.
    number = FIRST_NUMBER + index + (1 if index >= 17 else 0)
    state = _STATES.get(index % 10, IssueState.ISSUED)
    return Household(
        index=index,
        number=number,
        cert_no=numbers.certificate_number(CERTIFICATE_YEAR, number),
        cert_serial=None if state is IssueState.UNPRINTED else numbers.certificate_serial(number),
        issue_state=state,
        title_cert_no=numbers.title_certificate_number(2021, number),
        group=_group(index),
        holder=holder,
        co_holders=co_holders,
        parcels=tuple(parcels),
        tenure=_tenure(rng, number, self_kept=index % 10 == 7),
        course=_course(rng, state),
        absent=_ABSENT.get(index, frozenset()),
    )


def _tenure(rng: random.Random, number: int, *, self_kept: bool) -> Tenure:
    years = rng.choice((50, 70, 70))
    start = dt.date(2009, 1, 1)
    return Tenure(
        acquisition="自留山" if self_kept else "家庭承包",
        contract_no="" if self_kept else f"柳林包〔2008〕{number}号",
        contracted_on=dt.date(2008, 11, 1) + dt.timedelta(days=rng.randrange(40)),
        term_years=years,
        term_start=start,
        term_end=start.replace(year=start.year + years) - dt.timedelta(days=1),
    )


def _course(rng: random.Random, state: IssueState) -> Course:
    applied_on = dt.date(2008, 12, 12) + dt.timedelta(days=rng.randrange(20))
    surveyed_on = applied_on + dt.timedelta(days=rng.randint(8, 35))
    approved_on = dt.date(2009, 5, 6) + dt.timedelta(days=rng.randrange(20))
    issued = state is IssueState.ISSUED
    issue_date = dt.date(2009, 6, 16) + dt.timedelta(days=rng.randrange(10))
    return Course(
        applied_on=applied_on,
        surveyed_on=surveyed_on,
        reviewed_on=dt.date(2009, 4, 7) + dt.timedelta(days=rng.randrange(20)),
        approved_on=approved_on,
        issue_date=issue_date if issued or state is IssueState.PRINTED_SEALED else None,
        received_on=issue_date + dt.timedelta(days=rng.randint(3, 50)) if issued else None,
    )
