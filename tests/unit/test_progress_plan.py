"""倒排工期: spread over working days, never falling, the last month the whole; gaps, forecasts, charts; the table of holidays."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lindang.errors import Unavailable
from models.office_calendar import office_calendar
from plugins.progress.domain.charts import Value, chart_of, heat, length
from plugins.progress.domain.period import Period
from plugins.progress.domain.plan import (
    BEHIND,
    ON_TRACK,
    SEVERE,
    Standing,
    forecast_end,
    from_table,
    mean_per_day,
    required_per_day,
    spread,
    target_on,
    to_table,
)
from plugins.progress.queries.reminders import asked_month

CALENDAR = office_calendar()
FIRST, LAST = dt.date(2020, 8, 10), dt.date(2020, 12, 30)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2023, 12, 31))


def test_the_work_plan_has_ninety_nine_working_days() -> None:
    """Domain reference 8: 2020-08-10…12-30 = 99 working days, 50,000 rows / 99 d ≈ 505 rows a day."""
    line = spread(0, 50_000, FIRST, LAST, CALENDAR)
    assert list(line.targets) == ["2020-08", "2020-09", "2020-10", "2020-11", "2020-12"]
    assert CALENDAR.between(FIRST - dt.timedelta(days=1), LAST) == 99
    assert required_per_day(50_000, FIRST, LAST, CALENDAR) == 506
    assert line.targets["2020-08"] == -(-50_000 * 16 // 99)
    assert line.targets["2020-12"] == 50_000


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), DAYS, st.integers(0, 400), st.integers(-30, 430))
def test_targets_never_fall_and_end_with_the_whole(
    base: int, total: int, first: dt.date, length_: int, at: int
) -> None:
    last = first + dt.timedelta(days=length_)
    line = spread(base, total, first, last, CALENDAR)
    values = list(line.targets.values())
    assert values == sorted(values)
    assert values[-1] == max(base, total)
    day = first + dt.timedelta(days=at)
    now, next_day = (target_on(line, first, last, each, CALENDAR) for each in (day, day + dt.timedelta(days=1)))
    assert base <= now <= next_day <= max(base, total)
    assert from_table(*json.loads(json.dumps(to_table({"pages": line}))))["pages"] == line


def test_the_target_of_a_month_is_reached_on_its_last_day() -> None:
    line = spread(100, 50_000, FIRST, LAST, CALENDAR)
    assert target_on(line, FIRST, LAST, dt.date(2020, 9, 30), CALENDAR) == line.targets["2020-09"]
    assert target_on(line, FIRST, LAST, dt.date(2020, 8, 9), CALENDAR) == 100
    assert target_on(line, FIRST, LAST, dt.date(2021, 8, 9), CALENDAR) == 50_000
    holiday = [target_on(line, FIRST, LAST, dt.date(2020, 10, day), CALENDAR) for day in (1, 8)]
    assert holiday == [line.targets["2020-09"]] * 2, "nothing is due in the National Day week"


@pytest.mark.parametrize(
    ("done", "verdict"),
    [(100, ON_TRACK), (120, ON_TRACK), (95, ON_TRACK), (94, BEHIND), (80, BEHIND), (79, SEVERE), (0, SEVERE)],
)
def test_five_percent_is_on_track_and_twenty_is_behind(done: int, verdict: str) -> None:
    one = Standing(measure="pages", total=500, done=done, target=100, required=1, forecast=None)
    assert (one.verdict, one.left) == (verdict, 500 - done)


def test_nothing_due_is_on_track() -> None:
    one = Standing(measure="pages", total=500, done=0, target=0, required=1, forecast=None)
    assert (one.gap, one.verdict) == (Decimal(0), ON_TRACK)


def test_the_end_is_forecast_from_fourteen_days() -> None:
    today = dt.date(2020, 9, 20)
    history = [(dt.date(2020, 9, day), 100 * day) for day in (1, 6, 10, 15)]
    mean = mean_per_day(history, today, 2_000)
    assert mean == Decimal(1400) / 14
    assert forecast_end(1_000, mean, today) == dt.date(2020, 9, 30)
    assert forecast_end(0, None, today) == today
    assert forecast_end(5, Decimal(0), today) is None
    assert forecast_end(5, Decimal(-1), today) is None
    assert forecast_end(10**9, Decimal("0.001"), today) is None
    assert mean_per_day([], today, 5) is None
    assert mean_per_day([(today, 5)], today, 5) is None, "today alone is no past"
    assert mean_per_day([(dt.date(2020, 9, 18), 10)], today, 30) == 10, "fewer than fourteen days: those there are"


def test_what_is_left_after_the_deadline_is_due_at_once() -> None:
    assert required_per_day(70, dt.date(2021, 1, 4), LAST, CALENDAR) == 70


@settings(deadline=None)
@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_bar_stays_on_its_track(part: int, whole: int) -> None:
    chart = chart_of([Value(label="x", text="y", done=part, whole=whole, target=whole)])
    assert 0 <= chart.bars[0].done <= chart.track
    assert (length(part, whole) > 0) == (part > 0 and whole > 0)
    assert 0 <= heat(part, whole) <= 5
    assert (heat(part, whole) == 5) == (0 < whole <= part)


@pytest.mark.parametrize(
    ("day", "asked"),
    [(21, Period(2020, 7)), (22, Period(2020, 8)), (27, Period(2020, 8)), (31, Period(2020, 8))],
)
def test_the_present_month_is_asked_for_from_five_days_before(day: int, asked: Period) -> None:
    assert asked_month(dt.date(2020, 8, day), 27, 5) == asked


def test_a_wrong_table_of_holidays_is_refused_by_name(tmp_path: Path) -> None:
    table = tmp_path / "放假.toml"
    table.write_text("[2027]\noff = [2027-01-02]", encoding="utf-8")
    with pytest.raises(Unavailable, match="本来就是周末") as caught:
        office_calendar(str(table))
    assert "放假.toml" in caught.value.where
