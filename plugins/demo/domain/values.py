"""The values of the demonstration village: people, parcels, households. Everything a paper shows is read from here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

Point = tuple[float, float]
"""Metres east and north of the strip's south-west corner."""


class IssueState(StrEnum):
    """Where the printed certificate is; the value is the text of the register's 备注 column."""

    ISSUED = "发放到户"
    PRINTED_SEALED = "已打印盖章未发放"
    PRINTED_UNSEALED = "已打印未盖章"
    UNPRINTED = "未打印未盖章"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented inhabitant."""

    name: str
    sex: str
    born_on: dt.date
    id_no: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One forest parcel with the columns of the digitisation table and its outline on the ground."""

    seq: int
    parcel_no: str
    application_no: str
    bdc_unit_no: str
    location: str
    place_name: str
    compartment: str
    subcompartment: str
    area_mu: Decimal
    bound_e: str
    bound_s: str
    bound_w: str
    bound_n: str
    neighbour_e: str
    neighbour_w: str
    main_species: str
    tree_count: int | None
    forest_category: str
    origin: str
    forest_class: str
    plant_year: int
    outline: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """How long and by what the land is held."""

    acquisition: str
    contract_no: str
    contracted_on: dt.date
    term_years: int
    term_start: dt.date
    term_end: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The dates of the registration, in their order."""

    applied_on: dt.date
    surveyed_on: dt.date
    reviewed_on: dt.date
    approved_on: dt.date
    issue_date: dt.date | None
    received_on: dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One household with its certificate: what becomes one 案卷."""

    index: int
    number: int
    cert_no: str
    cert_serial: str | None
    issue_state: IssueState
    title_cert_no: str
    group: int
    holder: Person
    co_holders: tuple[Person, ...]
    parcels: tuple[Parcel, ...]
    tenure: Tenure
    course: Course
    absent: frozenset[str] = field(default_factory=frozenset)

    @property
    def area_mu(self) -> Decimal:
        """The sum of the parcels' areas."""
        return sum((parcel.area_mu for parcel in self.parcels), Decimal(0))

    @property
    def folder_name(self) -> str:
        """The folder as the office names it: certificate number and holder."""
        return f"{self.number:04d}-{self.holder.name}"

    @property
    def people(self) -> tuple[Person, ...]:
        """The holder first, then those who hold with him or her."""
        return (self.holder, *self.co_holders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officials:
    """Those who sign for the village, the township and the county."""

    village_head: str
    village_clerk: str
    surveyor: str
    township_reviewer: str
    county_clerk: str
    county_reviewer: str
    registry_clerk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """The whole fictional village."""

    seed: int
    province: str
    city: str
    county: str
    town: str
    name: str
    code: str
    officials: Officials
    households: tuple[Household, ...]
    voted_on: dt.date
    published_from: dt.date
    published_to: dt.date

    @property
    def collective(self) -> str:
        """The owner of the land."""
        return f"{self.name}农民集体"

    @property
    def full_name(self) -> str:
        """Province to village, as an address begins."""
        return f"{self.province}{self.county}{self.town}{self.name}"
