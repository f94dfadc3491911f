"""Rules about terms and dates: R26, R27, R28, R29, R30."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final

from models.numbers import parse_cert_no
from plugins.register.domain.row import Row
from plugins.register.domain.rules.found import CERTIFICATE, Context, Found
from plugins.register.domain.rules.rule import ERROR, WARNING

NATIONAL_FORM_SINCE: Final = dt.date(2000, 4, 18)
FAMILY: Final = "FAMILY"
SHORTEST, LONGEST = 30, 70
_DAYS_A_YEAR: Final = 365.25


def r26_term_order(row: Row, _context: Context) -> Iterator[Found]:
    """R26: a term does not end before it begins."""
    if row.term_start and row.term_end and row.term_end < row.term_start:
        facts = {"start": row.term_start.isoformat(), "end": row.term_end.isoformat()}
        yield Found("R26", ERROR, "term_end", facts)


def r27_term_years(row: Row, _context: Context) -> Iterator[Found]:
    """R27: the years written are the years between the dates, rounded (a term may end on the day or the day before)."""
    if row.term_years is None or not row.term_start or not row.term_end or row.term_end < row.term_start:
        return
    between = round((row.term_end - row.term_start).days / _DAYS_A_YEAR)
    if between != row.term_years:
        yield Found("R27", WARNING, "term_years", {"years": row.term_years, "between": between})


def r28_family_term(row: Row, _context: Context) -> Iterator[Found]:
    """R28: a household contract on forest land runs 30 to 70 years (general knowledge, clause not verified)."""
    if row.acquisition == FAMILY and row.term_years is not None and not SHORTEST <= row.term_years <= LONGEST:
        yield Found("R28", WARNING, "term_years", {"years": row.term_years})


def r29_term_over(row: Row, context: Context) -> Iterator[Found]:
    """R29: the term has run out (到期), so that the row belongs on the list of renewals (proposal)."""
    if row.term_end and not row.is_term_open and row.term_end < context.today:
        yield Found("R29", WARNING, "term_end", {"end": row.term_end.isoformat()})


def r30_issue_date(row: Row, context: Context) -> Iterator[Found]:
    """R30: no certificate of the future, and none of the national form before 2000-04-18; an old form has another number."""
    day = row.issue_date
    if day is None:
        return
    if day > context.today:
        yield Found("R30", ERROR, "issue_date", {"case": "future", "date": day.isoformat()}, kind=CERTIFICATE)
    elif day < NATIONAL_FORM_SINCE and parse_cert_no(row.cert_no) is not None:
        yield Found("R30", ERROR, "issue_date", {"case": "old", "date": day.isoformat()}, kind=CERTIFICATE)
