"""Write the register of a fictional county: the workbook that an office would hand in, the list it declares, the divisions it lies in,
and the truth: exactly what a check must find.
"""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from plugins.demo.domain.county import COUNTY, County, Place, invent_county
from plugins.demo.domain.defects import Expected, Truth, plant_defects
from plugins.demo.domain.headings import HEADINGS
from plugins.demo.domain.numbers import CITY_CODE, COUNTY_CODE, PROVINCE_CODE

_LONGEST_NAME = 31


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What lies in the folder now."""

    workbook: Path
    declared: Path
    divisions: Path
    truth: Path
    certificates: int
    parcels: int


def write_county(path: Path, *, seed: int, certificates: int) -> Written:
    """Write the workbook to ``path`` and its companions beside it."""
    county = invent_county(seed=seed, certificates=certificates)
    truth = plant_defects(county)
    path.parent.mkdir(parents=True, exist_ok=True)
    parcels = _write_book(path, county)
    declared, divisions, answers = (path.with_suffix(end) for end in (".declared.csv", ".divisions.csv", ".truth.json"))
    _write_declared(declared, truth)
    _write_divisions(divisions, county.places)
    answers.write_text(json.dumps(truth_values(truth, seed), ensure_ascii=False, indent=1), encoding="utf-8")
    return Written(path, declared, divisions, answers, len(county.books), parcels)


def _write_book(path: Path, county: County) -> int:
    book, parcels = Workbook(write_only=True), 0
    for number, (place, rows) in enumerate(county.sheets(), 1):
        sheet = book.create_sheet(_sheet_name(place, number))
        sheet.append([f"{place.name}林权证登记信息入库数字化表（虚构演示）"])
        sheet.append(
            [f"村代码：{place.code}", None, None, f"村名：{place.town_name}{place.name}", None, "日期：2020-09-15"]
        )
        sheet.append(list(HEADINGS.values()))
        for row in rows:
            sheet.append([row.get(key) or None for key in HEADINGS])
        parcels += len(rows)
    book.save(path)
    return parcels


def _sheet_name(place: Place, number: int) -> str:
    return f"{number:03d}{place.town_name}{place.name}"[:_LONGEST_NAME]


def _write_declared(path: Path, truth: Truth) -> None:
    lines = ((one.cert_no, one.holder_name, one.village_code, one.parcels, one.area_mu) for one in truth.declared)
    _write_table(path, ("林权证号", "权利人", "村代码", "宗地数", "面积"), lines)


def _write_divisions(path: Path, places: Sequence[Place]) -> None:
    towns = {place.town_code: place.town_name for place in places}
    known: dict[str, str] = {PROVINCE_CODE[:2]: "云岭省", CITY_CODE[:4]: "示范市", COUNTY_CODE: COUNTY}
    known |= dict(sorted(towns.items()))
    known |= {place.code: place.name for place in places}
    _write_table(path, ("code", "name"), known.items())


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def truth_values(truth: Truth, seed: int) -> dict[str, Any]:
    """Return the truth as JSON values."""
    return {
        "seed": seed,
        "findings": _plain(truth.findings),
        "with_baselines": _plain(truth.with_baselines),
        "villages": [{**dataclasses.asdict(village), "area_mu": str(village.area_mu)} for village in truth.villages],
        "counts": _counts((*truth.findings, *truth.with_baselines)),
    }


def _plain(expected: Iterable[Expected]) -> list[dict[str, str]]:
    return [dataclasses.asdict(one) for one in sorted(expected)]


def _counts(expected: Iterable[Expected]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in expected:
        counts[one.code] = counts.get(one.code, 0) + 1
    return dict(sorted(counts.items()))
