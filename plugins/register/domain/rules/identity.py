"""Rules about numbers and people: R04, R19, R21, R22, R23, R39."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from models.numbers import parse_cert_no, parse_unit_no
from models.persons import is_resident_id, is_uscc, mask_id, resident_id_birth, upgrade_resident_id
from plugins.register.domain.row import Row
from plugins.register.domain.rules.found import CERTIFICATE, Context, Found
from plugins.register.domain.rules.rule import ERROR, WARNING

EARLIEST_YEAR: Final = 1981
RESIDENT_ID, LICENCE = "1", "7"
YOUNGEST, OLDEST = 16, 110
_PROVINCES: Final = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_PUBLIC_OWNER: Final = re.compile(r"国家|国有|集体|[村组社乡镇街]|林场|委员会|政府|公有")
_PARCEL_CODE: Final = re.compile(r"\d{12}[GJZ][ABSXCDEFLNHGWY]\d{5}")


def r04_readable_number(row: Row, context: Context) -> Iterator[Found]:
    """R04: the certificate number is of the national form and its year lies between 1981 and today (proposal)."""
    parsed = parse_cert_no(row.cert_no)
    if parsed is None:
        yield Found("R04", ERROR, "cert_no", {"cert_no": row.cert_no}, kind=CERTIFICATE)
    elif parsed.year is not None and not EARLIEST_YEAR <= parsed.year <= context.today.year:
        yield Found("R04", ERROR, "cert_no", {"case": "year", "year": parsed.year}, kind=CERTIFICATE)


def r19_public_land(row: Row, _context: Context) -> Iterator[Found]:
    """R19: forest land belongs to the state or a collective, never to a person (Forest Law; the word list is a proposal)."""
    if row.land_owner and not _PUBLIC_OWNER.search(row.land_owner):
        yield Found("R19", ERROR, "land_owner", {"owner": row.land_owner})


def r21_check_digit(row: Row, context: Context) -> Iterator[Found]:
    """R21: ID number (GB 11643) or credit code (GB 32100) with a right check character."""
    if not row.id_no:
        return
    if row.id_type == RESIDENT_ID:
        if _resident(row, context) is None:
            yield Found("R21", ERROR, "id_no", {"id_no": mask_id(row.id_no)}, kind=CERTIFICATE)
    elif row.id_type == LICENCE and not is_uscc(row.id_no):
        yield Found("R21", ERROR, "id_no", {"case": "uscc", "id_no": mask_id(row.id_no)}, kind=CERTIFICATE)


def r22_known_province(row: Row, context: Context) -> Iterator[Found]:
    """R22: the number begins with a province; counties are not compared, their codes changed over time (proposal)."""
    number = _resident(row, context)
    if number and number[:2] not in _PROVINCES and number[:2] != row.division_code[:2]:
        yield Found("R22", WARNING, "id_no", {"prefix": number[:2]}, kind=CERTIFICATE)


def r23_plausible_age(row: Row, context: Context) -> Iterator[Found]:
    """R23: the holder was between 16 and 110 when the certificate was issued (proposal)."""
    number = _resident(row, context)
    birth = resident_id_birth(number) if number else None
    if birth is None or row.issue_date is None:
        return
    age = _years(birth, row.issue_date)
    if not YOUNGEST <= age <= OLDEST:
        yield Found("R23", WARNING, "id_no", {"age": age}, kind=CERTIFICATE)


def _resident(row: Row, context: Context) -> str | None:
    """Return the 18-character resident number if there is a right one."""
    if row.id_type != RESIDENT_ID or not row.id_no:
        return None
    if is_resident_id(row.id_no, today=context.today):
        return str(row.id_no).upper()
    return upgrade_resident_id(row.id_no)


def _years(birth: dt.date, day: dt.date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def r39_parcel_numbers(row: Row, _context: Context) -> Iterator[Found]:
    """R39: parcel code (19) and unit number (28) are well formed, of this county, and agree with each other."""
    county = row.division_code[:6]
    unit = parse_unit_no(row.bdc_unit_no) if row.bdc_unit_no else None
    formed = {"parcel_code": bool(_PARCEL_CODE.fullmatch(row.parcel_code)), "bdc_unit_no": unit is not None}
    for field, is_formed in formed.items():
        text = getattr(row, field)
        if not text:
            continue
        if not is_formed:
            yield Found("R39", ERROR, field, {"case": "form", "columns": [field], "text": text}, field)
        elif county and not text.startswith(county):
            facts = {"case": "county", "columns": [field], "text": text, "county": county}
            yield Found("R39", ERROR, field, facts, field)
    if unit and formed["parcel_code"] and unit.parcel_code != row.parcel_code:
        yield Found("R39", ERROR, "bdc_unit_no", {"case": "differ", "text": row.parcel_code}, "differ")
