"""A fictional city with counties for the tests of progress: declared numbers, certificates with rows, sheets that were closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from lindang import desk
from lindang.auth import Actor
from lindang.config import load_settings
from lindang.db import Base
from lindang.host import Host, make_host
from lindang.plugin import Plugin
from lindang.testing import FixedClock, actor, database_for
from models.place import Division
from models.progress import ProgressReport
from models.register import ISSUED, Certificate, Parcel, RegisterBaseline, RegisterEntry, RegisterSheet
from plugins.progress import PLUGIN
from plugins.progress.domain.period import Period
from plugins.progress.service.counting import refresh
from plugins.progress.service.reports import Filling, accept_report, submit_report

CITY, PROVINCE = "1411", "14"
NAMES = tuple(f"{name}县" for name in "甲乙丙丁戊己庚辛壬癸子丑寅")
NOW = dt.datetime(2020, 8, 26, 2, 0, tzinfo=dt.UTC)
AUGUST = Period(2020, 8)


@dataclass
class City:
    """A host with a city; `codes` are its counties in order."""

    host: Host
    clock: FixedClock
    codes: tuple[str, ...]
    serials: dict[str, int] = field(default_factory=dict)

    def county(self, number: int) -> str:
        """Return the code of a county, counted from 0."""
        return self.codes[number]

    def person(self, role: str, prefix: str, account_id: int) -> Actor:
        """Return somebody of a role with a scope."""
        return actor(self.host, {role}, prefixes=(prefix,), name=f"{role}{account_id}", account_id=account_id)

    def report(self, report_id: int) -> ProgressReport:
        """Return a report as it is now."""
        with self.host.view() as session:
            return session.get_one(ProgressReport, report_id)


def make_city(folder: Path, counties: int = 3, *, others: tuple[Plugin, ...] = (), **settings: Any) -> City:
    """Return a city of some counties, each with one township and one village, on a fresh database."""
    overrides = {
        "host": {"data_dir": str(folder), "database_url": database_for(folder), "disk_reserve_mb": 0},
        "plugins": {"progress": settings},
    }
    clock = FixedClock(NOW)
    host = make_host(load_settings(environment={}, overrides=overrides), (desk.PLUGIN, PLUGIN, *others), clock)
    Base.metadata.create_all(host.engine)
    codes = tuple(f"{CITY}{20 + number}" for number in range(counties))
    with host.transaction() as session:
        session.add(Division(code=PROVINCE, name="某省", level="province"))
        session.add(Division(code=CITY, name="某市", level="city", parent_code=PROVINCE))
        for code, name in zip(codes, NAMES, strict=False):
            session.add(Division(code=code, name=name, level="county", parent_code=CITY))
            session.add(Division(code=f"{code}100", name="东乡", level="town", parent_code=code))
            session.add(Division(code=f"{code}100201", name="前村", level="village", parent_code=f"{code}100"))
    return City(host, clock, codes)


def declare(
    city: City,
    county: str,
    certificates: int,
    parcels: int,
    area: str | None = "100",
    document: str = "县发〔2020〕1号",
) -> None:
    """Put declared numbers in force, the version before stays."""
    with city.host.transaction() as session:
        mine = session.scalars(select(RegisterBaseline).where(RegisterBaseline.division_code == county)).all()
        for row in mine:
            row.is_current = False
        session.flush()
        session.add(
            RegisterBaseline(
                division_code=county,
                baseline_no=len(mine) + 1,
                certificates=certificates,
                parcels=parcels,
                area_mu=None if area is None else Decimal(area),
                document=document,
                at=NOW,
                by="测试",
            )
        )


def key_rows(city: City, village: str, certificates: int, rows: int = 1) -> None:
    """Key certificates with rows into the open sheet of a village, without closing it."""
    made = {"created_at": NOW, "created_by": "测试", "version": 1}
    with city.host.transaction() as session:
        sheet = session.scalar(
            select(RegisterSheet).where(RegisterSheet.division_code == village, RegisterSheet.closed_at.is_(None))
        )
        if sheet is None:
            last = session.scalar(
                select(func.max(RegisterSheet.sheet_no)).where(RegisterSheet.division_code == village)
            )
            sheet = RegisterSheet(division_code=village, sheet_no=(last or 0) + 1, created_at=NOW, created_by="测试")
            session.add(sheet)
            session.flush()
        first = (session.scalar(select(func.max(Certificate.id))) or 0) + 1
        parcel = (session.scalar(select(func.max(Parcel.id))) or 0) + 1
        ids = range(first, first + certificates)
        session.execute(insert(Certificate), [{**_certificate(one, village), **made} for one in ids])
        books = [(one, seq) for one in ids for seq in range(1, rows + 1)]
        parcels = [{**_parcel(parcel + n, one, seq, village), **made} for n, (one, seq) in enumerate(books)]
        session.execute(insert(Parcel), parcels)
        entries = [_entry(one["id"], sheet.id) for one in parcels]
        session.execute(insert(RegisterEntry), entries)


def _certificate(number: int, village: str) -> dict[str, Any]:
    return {
        "id": number, "division_code": village, "county_code": village[:6], "cert_no": f"某林证字第{number}号",
        "cert_no_norm": f"某林证字{number}", "cert_key": f"某||{number}", "issue_state": ISSUED, "holder_name": f"户{number}",
    }  # fmt: skip


def _parcel(number: int, certificate: int, seq: int, village: str) -> dict[str, Any]:
    return {
        "id": number, "certificate_id": certificate, "division_code": village, "seq": seq, "parcel_no": f"{seq:04d}",
        "location": "村北", "area_mu": Decimal("1.5"), "area_as_written": "1.5", "land_owner": "村", "land_use_holder": "户",
        "tree_owner": "户", "tree_use_holder": "户",
    }  # fmt: skip


def _entry(parcel: int, sheet: int) -> dict[str, Any]:
    return {"parcel_id": parcel, "sheet_id": sheet, "entry_no": 1, "cells": {}, "changed": {}, "at": NOW, "by": "测试"}


def close(city: City, village: str) -> None:
    """Close the open sheet of a village (定稿), as two people do."""
    with city.host.transaction() as session:
        sheet = session.scalars(
            select(RegisterSheet).where(RegisterSheet.division_code == village, RegisterSheet.closed_at.is_(None))
        ).one()
        sheet.last_entry_id = session.scalar(select(func.max(RegisterEntry.id)))
        sheet.closed_at, sheet.closed_by, sheet.filled_by = city.clock.now(), "乙", "甲"


def village_of(county: str) -> str:
    """Return the one village of a county."""
    return f"{county}100201"


def done(city: City, number: int, certificates: int, rows: int = 1) -> str:
    """Have certificates of a county keyed and checked; returns the county's code."""
    county = city.county(number)
    key_rows(city, village_of(county), certificates, rows)
    close(city, village_of(county))
    counted(city, county)
    return county


def counted(city: City, county: str) -> None:
    """Have a county counted, as events would."""
    from plugins.progress.service.counting import mark_all

    mark_all(city.host, county)
    refresh(city.host, county)


def filling(reason: str = "", filled_by: str = "联络员甲") -> Filling:
    """Return who hands a report in."""
    return Filling(
        filled_by=filled_by,
        phone="0358-1234567",
        filled_on=dt.date(2020, 8, 26),
        approved_by="分管领导乙",
        reason=reason,
    )


def submitted(city: City, unit: str, period: Period = AUGUST, reason: str = "", account_id: int = 21) -> int:
    """Hand a unit's report in; returns its id."""
    with city.host.uow(city.person("liaison", unit, account_id)) as uow:
        return submit_report(uow, unit, period, filling(reason)).id


def accepted(city: City, counties: Sequence[str], period: Period = AUGUST) -> list[int]:
    """Hand in and accept the reports of counties; returns their ids."""
    ids = [submitted(city, county, period) for county in counties]
    for report_id in ids:
        with city.host.uow(city.person("liaison", CITY, 31)) as uow:
            accept_report(uow, report_id, city.report(report_id).version)
    return ids
