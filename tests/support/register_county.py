"""The fictional county of the generator, put straight into the tables: what saving its rows leaves behind, without the saving."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from lindang.host import Host
from models.finding import FIXED, Finding
from models.identifiers import canonical_id, cert_key, cert_norm
from models.persons import mask_id
from models.place import Division
from models.register import BaselineLine, Certificate, Parcel, RegisterBaseline, RegisterEntry, RegisterSheet
from plugins.demo.domain.county import Book, County
from plugins.demo.domain.defects import Expected, Truth
from plugins.demo.domain.numbers import COUNTY_CODE

_CODES = {
    "防护林": "1",
    "用材林": "2",
    "经济林": "3",
    "家庭承包": "FAMILY",
    "自留山": "SELF",
    "发放到户": "ISSUED",
    "已打印盖章未发放": "PRINTED_SEALED",
    "已打印未盖章": "PRINTED_UNSEALED",
    "未打印未盖章": "UNPRINTED",
}
_PAGE_TEXTS = (
    "group_name",
    "parcel_no",
    "bdc_unit_no",
    "location",
    "place_name",
    "compartment",
    "subcompartment",
    "bound_e",
    "bound_s",
    "bound_w",
    "bound_n",
    "main_species",
    "land_owner",
    "land_use_holder",
    "tree_owner",
    "tree_use_holder",
    "origin",
    "forest_class",
    "annotation",
)
_AT_A_TIME = 5000


def put_county(host: Host, county: County) -> None:
    """Write divisions, sheets, certificates, parcels and their entries."""
    now = host.clock.now()
    with host.uow(host.system_actor()) as uow:
        session = uow.session
        session.execute(insert(Division), _divisions(county))
        sheets = {place.code: number for number, place in enumerate(county.places, 1)}
        made = {"created_at": now, "created_by": "测试", "version": 1}
        session.execute(
            insert(RegisterSheet),
            [{"id": no, "division_code": code, "sheet_no": 1, **made} for code, no in sheets.items()],
        )
        rows: dict[Any, list[dict[str, Any]]] = {Certificate: [], Parcel: [], RegisterEntry: []}
        seen: Counter[str] = Counter()
        for number, book in enumerate(county.books, 1):
            key = cert_key(book.cert_no)
            rows[Certificate].append({**_certificate(host, number, book), "duplicate_no": seen[key], **made})
            seen[key] += 1
            for seq, cells in enumerate(book.rows, 1):
                parcel_id = len(rows[Parcel]) + 1
                rows[Parcel].append({"id": parcel_id, **_parcel(number, seq, book, cells), **made})
                entry = {"sheet_id": sheets[book.place.code], "entry_no": 1, "at": now, "by": "测试", "changed": {}}
                rows[RegisterEntry].append({"parcel_id": parcel_id, "cells": _cells(cells), **entry})
        for table, values in rows.items():
            for start in range(0, len(values), _AT_A_TIME):
                session.execute(insert(table), values[start : start + _AT_A_TIME])


def _divisions(county: County) -> list[dict[str, Any]]:
    known = {COUNTY_CODE: ("示范县", "county")}
    for place in county.places:
        known[place.town_code] = (place.town_name, "town")
        known[place.code] = (place.name, "village")
    return [{"code": code, "name": name, "level": level} for code, (name, level) in known.items()]


def _certificate(host: Host, number: int, book: Book) -> dict[str, Any]:
    cells = book.first
    return {
        "id": number,
        "division_code": book.place.code,
        "county_code": book.place.code[:6],
        "cert_no": book.cert_no,
        "cert_no_norm": cert_norm(book.cert_no),
        "cert_key": cert_key(book.cert_no),
        "cert_serial": cells.get("cert_serial", ""),
        "application_no": cells["application_no"],
        "issue_state": _CODES[cells["issue_state"]],
        "issuer": cells["issuer"],
        "issue_date": _day(cells.get("issue_date")),
        "holder_name": cells["holder_name"],
        "holder_type": "6",
        "id_type": "1",
        "id_no_enc": host.vault.seal(cells["id_no"]),
        "id_no_hash": host.vault.digest(canonical_id(cells["id_no"])),
        "id_no_masked": mask_id(cells["id_no"]),
        "co_mode": "0",
    }


def _parcel(certificate_id: int, seq: int, book: Book, cells: dict[str, str]) -> dict[str, Any]:
    return {
        "certificate_id": certificate_id,
        "division_code": book.place.code,
        "seq": seq,
        "row_no": seq,
        **{key: cells.get(key, "") for key in _PAGE_TEXTS},
        "area_mu": Decimal(cells["area_mu"]),
        "area_as_written": cells["area_mu"],
        "tree_count": int(cells["tree_count"]) if cells["tree_count"] else None,
        "forest_category": _CODES[cells["forest_category"]],
        "plant_year": int(cells["plant_year"]),
        "acquisition": _CODES[cells["acquisition"]],
        "term_years": int(cells["term_years"]),
        "term_start": _day(cells["term_start"]),
        "term_end": _day(cells["term_end"]),
    }


def _cells(cells: dict[str, str]) -> dict[str, str]:
    return {**{key: text for key, text in cells.items() if text}, "id_no": mask_id(cells["id_no"])}


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def put_baselines(host: Host, truth: Truth) -> None:
    """Declare the county's list and every village's numbers."""
    with host.uow(host.system_actor()) as uow:
        made = {"baseline_no": 1, "document": "岭林发〔2020〕1号", "at": uow.now, "by": "测试"}
        county = RegisterBaseline(division_code=COUNTY_CODE, certificates=len(truth.declared), parcels=0, **made)
        uow.session.add(county)
        for one in truth.villages:
            values = {"certificates": one.certificates, "parcels": one.parcels, "area_mu": one.area_mu}
            uow.session.add(RegisterBaseline(division_code=one.code, **values, **made))
        uow.session.flush()
        lines = [
            {
                "baseline_id": county.id,
                "division_code": line.village_code,
                "line_no": number,
                "cert_no": line.cert_no,
                "cert_key": cert_key(line.cert_no),
                "parcels": line.parcels,
                "area_mu": line.area_mu,
            }
            for number, line in enumerate(truth.declared, 1)
        ]
        uow.session.execute(insert(BaselineLine), lines)


def seen(host: Host) -> Counter[Expected]:
    """Return the findings that are not fixed, as the generator names them."""
    query = (
        select(Finding, Certificate.cert_no, RegisterEntry.cells, BaselineLine.cert_no)
        .outerjoin(Certificate, Certificate.id == Finding.certificate_id)
        .outerjoin(
            RegisterEntry,
            (RegisterEntry.parcel_id == Finding.object_id) & (Finding.kind == "parcel") & RegisterEntry.is_current,
        )
        .outerjoin(BaselineLine, (BaselineLine.id == Finding.object_id) & (Finding.kind == "baseline_line"))
        .where(Finding.state != FIXED)
    )
    with host.view() as session:
        return Counter(_named(*row) for row in session.execute(query))


def _named(finding: Finding, cert_no: str, cells: dict[str, str] | None, listed: str) -> Expected:
    if finding.kind == "parcel" and cells is not None:
        return Expected(finding.code, finding.kind, finding.division_code, cells["cert_no"], cells["parcel_no"])
    if finding.kind == "village":
        return Expected(finding.code, finding.kind, finding.division_code, "", finding.subject.partition("|")[2])
    return Expected(finding.code, finding.kind, finding.division_code, listed or cert_no)


def difference(found: Counter[Expected], expected: Iterable[Expected]) -> tuple[list[Expected], list[Expected]]:
    """Return what is missing and what is too much."""
    wanted = Counter(expected)
    return sorted(wanted - found), sorted(found - wanted)
