"""Rules about what must be entered, and how: R01, R02 (one row), R05 (one row), R06 (one row), R41, R42."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from models.hanzi import traditional_in
from plugins.register.domain.columns import BOOK_KEYS, COLUMNS, PAGE_KEYS
from plugins.register.domain.row import Row
from plugins.register.domain.rules.found import CERTIFICATE, PARCEL, Context, Found
from plugins.register.domain.rules.land import SIDES
from plugins.register.domain.rules.rule import ERROR, NOTICE, WARNING

ISSUED, SEALED, UNSEALED, UNPRINTED = "ISSUED", "PRINTED_SEALED", "PRINTED_UNSEALED", "UNPRINTED"
STATES: Final = frozenset({ISSUED, SEALED, UNSEALED, UNPRINTED})

_LACKS: Final = {
    ISSUED: ("cert_serial", "issue_date"),
    SEALED: ("cert_serial",),
    UNSEALED: ("cert_serial",),
    UNPRINTED: (),
}
_HAS: Final = {ISSUED: (), SEALED: (), UNSEALED: ("issue_date",), UNPRINTED: ("cert_serial", "issue_date")}
_ASKED_ELSEWHERE: Final = frozenset({"cert_serial", "issue_date", "archival_code", "area_mu", "issue_state", *SIDES})
_NEEDED: Final = tuple(column.key for column in COLUMNS if column.need and column.key not in _ASKED_ELSEWHERE)
_BOOK: Final = tuple(key for key in BOOK_KEYS if key in _NEEDED)
_PAGE: Final = tuple(key for key in PAGE_KEYS if key in _NEEDED)
_OPEN_TERM: Final = frozenset({"term_years", "term_end"})
_MAY_BE_STRUCK: Final = frozenset({"main_species"})


def r01_entered(row: Row, _context: Context) -> Iterator[Found]:
    """R01: columns needed at entry or before handover hold a value; what R06, R10, R14 and R33 ask is left to them."""
    book = [key for key in _BOOK if _is_empty(row, key) and not (key == "issuer" and row.issue_state == UNPRINTED)]
    if book:
        yield Found("R01", ERROR, book[0], {"columns": book}, kind=CERTIFICATE)
    page = [key for key in _PAGE if _is_empty(row, key) and not (row.is_term_open and key in _OPEN_TERM)]
    if page:
        yield Found("R01", ERROR, page[0], {"columns": page}, kind=PARCEL)


def _is_empty(row: Row, key: str) -> bool:
    if getattr(row, key) not in ("", None, ()):
        return False
    # a stroke on the certificate of bare land is an answer, an empty cell is none
    return key not in _MAY_BE_STRUCK or not row.cells.get(key, "").strip()


def r02_own_village(row: Row, _context: Context) -> Iterator[Found]:
    """R02, one row: the codes written in the row are those of the sheet's village."""
    written, town = _code(row, "village_code"), _code(row, "town_code")
    if written and written != row.division_code:
        facts = {"case": "other", "written": written, "village": row.division_code}
        yield Found("R02", ERROR, "village_code", facts, "village")
    if town and not row.division_code.startswith(town):
        facts = {"case": "town", "written": town, "village": row.division_code}
        yield Found("R02", ERROR, "town_code", facts, "town")


def _code(row: Row, key: str) -> str:
    return "".join(char for char in row.cells.get(key, "") if char.isdecimal())


def r05_known_state(row: Row, _context: Context) -> Iterator[Found]:
    """R05, one row: the 备注 column says which of the four states (the seed names the four)."""
    if row.issue_state not in STATES:
        yield Found("R05", ERROR, "issue_state", {}, kind=CERTIFICATE)


def r06_state_fits(row: Row, _context: Context) -> Iterator[Found]:
    """R06, one row: serial and date fit the state; what each state implies is a proposal (domain reference 2.4)."""
    lacks = [key for key in _LACKS.get(row.issue_state, ()) if getattr(row, key) in ("", None)]
    has = [key for key in _HAS.get(row.issue_state, ()) if getattr(row, key) not in ("", None)]
    for case, columns in (("lacks", lacks), ("has", has)):
        if columns:
            facts = {"case": case, "state": row.issue_state, "columns": columns}
            yield Found("R06", ERROR, columns[0], facts, case, CERTIFICATE)


_SIGNS: Final = {
    "wide": re.compile(r"[０-９Ａ-Ｚａ-ｚ]"),
    "blank": re.compile(r"^\s|\s$|\s{2}|(?<=[\u4e00-\u9fff])[ \u3000\u00a0]+(?=[\u4e00-\u9fff])"),
    "control": re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff]"),
    "garbled": re.compile(r"\ufffd|锟斤拷|烫烫|屯屯|[ÃÂÄÅÆÇÐÑÕÖ×ØÞßãäåæçèéïð][\x80-\xbf¡-¿]|\?{3,}"),
}
_ANY_SIGN: Final = re.compile(
    r"[\s０-９Ａ-Ｚａ-ｚ\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ufeff\ufffd锟烫屯?ÃÂÄÅÆÇÐÑÕÖ×ØÞßãäåæçèéïð]"
)
"""One quick look at a whole row: without any of these characters no sign can be there."""
_SEALED_KEYS: Final = frozenset({"id_no"})
_LISTED_KEYS: Final = frozenset({"co_holders"})


def r41_clean_text(row: Row, _context: Context) -> Iterator[Found]:
    """R41: no full-width digits, stray blanks, control characters or mojibake in what was written (proposal)."""
    if not _ANY_SIGN.search("".join(row.cells.values())):
        return
    dirty = {key: _signs(key, text) for key, text in row.cells.items() if key not in _SEALED_KEYS}
    columns = sorted(key for key, signs in dirty.items() if signs)
    if columns:
        signs = sorted({sign for found in dirty.values() for sign in found})
        yield Found("R41", WARNING, columns[0], {"columns": columns, "signs": signs})


def _signs(key: str, text: str) -> list[str]:
    return [
        name for name, sign in _SIGNS.items() if sign.search(text) and not (name == "blank" and key in _LISTED_KEYS)
    ]


def r42_script(row: Row, _context: Context) -> Iterator[Found]:
    """R42: traditional characters are shown, for information only: what a certificate says is kept (proposal)."""
    if not traditional_in("".join(row.cells.values())):
        return
    found = {key: traditional_in(text) for key, text in row.cells.items()}
    columns = sorted(key for key, chars in found.items() if chars)
    signs = sorted({char for chars in found.values() for char in chars})
    yield Found("R42", NOTICE, columns[0], {"columns": columns, "signs": signs})
