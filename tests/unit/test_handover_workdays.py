"""Working days, and the table of public holidays that ships."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindang.errors import Unavailable
from models.data import HOLIDAYS
from models.office_calendar import office_calendar
from models.workdays import Calendar, calendar_of
from plugins.handover.domain.states import BatchState
from plugins.handover.domain.timers import Clockwork, deadline_of

DAYS = st.dates(dt.date(2019, 12, 1), dt.date(2026, 11, 30))
SHIPPED_CALENDAR = office_calendar()


def test_the_holidays_of_2026_are_those_of_the_notice() -> None:
    """国务院办公厅关于2026年部分节假日安排的通知, 2025-11-04: every day it names."""
    off = {
        "01": (1, 2, 3), "02": range(15, 24), "04": (4, 5, 6), "05": range(1, 6), "06": (19, 20, 21), "09": (25, 26, 27),
        "10": range(1, 8),
    }  # fmt: skip
    named = {dt.date(2026, int(month), day) for month, days in off.items() for day in days}
    worked = {
        dt.date(2026, 1, 4),
        dt.date(2026, 2, 14),
        dt.date(2026, 2, 28),
        dt.date(2026, 5, 9),
        dt.date(2026, 9, 20),
    }
    worked.add(dt.date(2026, 10, 10))
    day = dt.date(2026, 1, 1)
    while day.year == 2026:
        expected = day in worked or (day.weekday() < 5 and day not in named)
        assert SHIPPED_CALENDAR.is_working(day) is expected, day
        day += dt.timedelta(days=1)
    assert SHIPPED_CALENDAR.is_sure(2026)
    assert not SHIPPED_CALENDAR.is_sure(2025)


@pytest.mark.parametrize(
    ("since", "count", "due"),
    [
        (dt.date(2026, 9, 18), 1, dt.date(2026, 9, 20)),  # Friday; the Sunday is worked
        (dt.date(2026, 9, 30), 1, dt.date(2026, 10, 8)),
        (dt.date(2026, 2, 13), 2, dt.date(2026, 2, 24)),  # the worked Saturday, then the Spring Festival
        (dt.date(2026, 3, 2), 10, dt.date(2026, 3, 16)),
        (dt.date(2026, 3, 2), 0, dt.date(2026, 3, 2)),
    ],
)
def test_days_are_counted_over_holidays(since: dt.date, count: int, due: dt.date) -> None:
    assert SHIPPED_CALENDAR.after(since, count).day == due


def test_a_year_nobody_entered_counts_weekends_and_says_so() -> None:
    found = Calendar().after(dt.date(2031, 12, 30), 3)
    assert found.day == dt.date(2032, 1, 2)
    assert found.unsure == (2031, 2032)
    assert SHIPPED_CALENDAR.after(dt.date(2026, 3, 2), 10).unsure == ()


@given(DAYS, st.integers(1, 80))
def test_counting_out_and_counting_back_agree(day: dt.date, count: int) -> None:
    due = SHIPPED_CALENDAR.after(day, count).day
    assert SHIPPED_CALENDAR.is_working(due)
    assert SHIPPED_CALENDAR.between(day, due) == count


def test_a_deadline_is_overdue_from_the_next_working_day() -> None:
    def on(today: dt.date) -> tuple[int, int]:
        works = Clockwork(SHIPPED_CALENDAR, {BatchState.SENT: 10}, today)
        found = deadline_of(BatchState.SENT, dt.date(2026, 3, 2), works)
        assert found is not None
        return found.overdue, found.left

    assert on(dt.date(2026, 3, 13)) == (0, 1)
    assert on(dt.date(2026, 3, 16)) == (0, 0)
    assert on(dt.date(2026, 3, 18)) == (2, 0)
    works = Clockwork(SHIPPED_CALENDAR, {BatchState.SENT: 0}, dt.date(2026, 3, 2))
    assert deadline_of(BatchState.SENT, dt.date(2026, 3, 2), works) is None
    assert deadline_of(BatchState.CLOSED, dt.date(2026, 3, 2), works) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[2027]\noff = [2027-01-02]", "2027-01-02 本来就是周末"),
        ("[2027]\nwork = [2027-01-04]", "2027-01-04 本来就上班"),
        ("[2027]\noff = [2026-01-01]", "不是这一年的日期"),
        ("[2027]\nholidays = []", "只能有"),
        ("[next]\noff = []", "不是年份"),
        ("[2027]\noff = [", "节假日表不能用"),
    ],
)
def test_a_wrong_table_is_refused_by_name_and_place(tmp_path: Path, text: str, said: str) -> None:
    table = tmp_path / "放假.toml"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(Unavailable, match=said) as caught:
        office_calendar(str(table))
    assert "放假.toml" in caught.value.where


def test_an_edited_table_is_read_again(tmp_path: Path) -> None:
    import os

    table = tmp_path / "h.toml"
    table.write_text("[2027]\noff = []", encoding="utf-8")
    assert office_calendar(str(table)).is_working(dt.date(2027, 1, 1))
    table.write_text("[2027]\nverified = true\noff = [2027-01-01]", encoding="utf-8")
    os.utime(table, ns=(1, 1))
    assert not office_calendar(str(table)).is_working(dt.date(2027, 1, 1))


def test_every_shipped_year_names_its_notice() -> None:
    table = tomllib.loads(HOLIDAYS.read_text(encoding="utf-8"))
    assert list(table) == [str(year) for year in range(2020, 2027)]
    assert all("国办发明电" in entry["source"] for entry in table.values())
    assert set(calendar_of(table).years) == set(range(2020, 2027))
