"""Numbers as the papers write them: check digits, certificate numbers, parcel codes and title certificates, all from the unused code block 99."""

from __future__ import annotations

import datetime as dt

from models.persons import resident_id_check

PROVINCE_CODE = "990000"
CITY_CODE = "990100"
COUNTY_CODE = "990121"
TOWN_CODE = "990121102"
VILLAGE_CODE = "990121102203"


def id_number(born_on: dt.date, sequence: int) -> str:
    """Invent a resident ID number with a right check digit.

    The area part is the fictional county's: no province has the code 99, so the number can belong to nobody.

    Args:
        born_on: date of birth.
        sequence: 1..999, odd for a man and even for a woman.
    """
    body = f"{COUNTY_CODE}{born_on:%Y%m%d}{sequence:03d}"
    return body + resident_id_check(body)


def certificate_number(year: int, number: int) -> str:
    """Write a certificate number as the fictional county does, such as 岭林证字(2009)第0312号."""
    return f"岭林证字({year})第{number:04d}号"


def certificate_serial(number: int) -> str:
    """Give the printed serial of the book; the block B99 is used by nobody."""
    return f"B99{number:08d}"


def application_number(group: int, parcel: int) -> str:
    """Write the application form's number: group code, kind of tenure, kind of right, parcel number in the group."""
    return f"{VILLAGE_CODE}{group}J1MSY{parcel:04d}"


def unit_number(parcel: int) -> str:
    """Give the 28-character real-estate unit number that the registry assigns to a contracted forest parcel."""
    return f"{COUNTY_CODE}{TOWN_CODE[6:]}{VILLAGE_CODE[9:]}JE{parcel:05d}L00000001"


def grouped_unit_number(number: str) -> str:
    """Write a unit number in the four groups in which the registry prints it."""
    return f"{number[:6]} {number[6:12]} {number[12:19]} {number[19:]}"


def title_certificate_number(year: int, number: int) -> str:
    """Write the number of the real-estate certificate that replaces the forest certificate."""
    return f"云({year})示范县不动产权第{number:07d}号"
