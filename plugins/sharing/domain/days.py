"""Days of the office: a quota is counted from midnight to midnight where the office is."""

from __future__ import annotations

import datetime as dt

from lindang.i18n import OFFICE_ZONE, local_time


def office_day(moment: dt.datetime) -> dt.date:
    """Return the day it is at the office."""
    return local_time(moment).date()


def next_midnight(moment: dt.datetime) -> dt.datetime:
    """Return when the next day of the office begins."""
    following = office_day(moment) + dt.timedelta(days=1)
    return dt.datetime.combine(following, dt.time(), OFFICE_ZONE)


def day_bounds(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the instants at which the first day begins and the last one ends."""
    begin = dt.datetime.combine(first, dt.time(), OFFICE_ZONE)
    return begin, dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), OFFICE_ZONE)
