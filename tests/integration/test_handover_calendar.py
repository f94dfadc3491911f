"""Reminders: batches that wait for somebody, on the calendar, on their own page and on the home page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lindang.testing import FixedClock, client, make_app
from tests.handover_kit import Village, answered, received, sent_batch, village

NOW = dt.datetime(2026, 9, 1, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> Iterator[Village]:
    made = village(tmp_path, 2, clock)
    yield made
    made.host.close()


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_batch_is_reminded_of_in_each_state(world: Village, clock: FixedClock) -> None:
    sent_batch(world)
    drafter = client(make_app(world.host), world.people.drafter)

    def told() -> str:
        return words(drafter.get("/handover/calendar").text)

    assert "等接收单位接收 2026-09-01 10 2026-09-15 还有 10 个工作日" in told()
    clock.advance(seconds=16 * 86400)
    assert "已超 2 个工作日" in told()
    assert "最晚 2026-09-15，已超 2 个工作日" in words(drafter.get("/handover/batches/1").text)
    assert re.search(r"逾期批次\D*1\b", words(drafter.get("/").text))
    received(world, 1)
    assert "等接收单位逐件答复 2026-09-17 20 2026-10-21" in told(), "over the worked Sunday and the National Day week"
    answered(world, 1)
    assert "等反馈材料归档 2026-09-17 60 2026-12-16" in told()


def test_the_month_shows_what_was_done_and_what_is_due(world: Village, clock: FixedClock) -> None:
    sent_batch(world)
    received(world, 1)
    registry = client(make_app(world.host), world.people.receiver)
    page = words(registry.get("/handover/calendar?month=2026-09").text)
    assert "1 今天 YJ001 送出" in page
    assert "20 上班" in page
    assert "25 休" in page
    later = words(registry.get("/handover/calendar?month=2026-10").text)
    assert "29 YJ001 最晚：等接收单位逐件答复" in page
    assert "YJ001 最晚" not in words(registry.get("/handover/calendar?month=2026-11").text)
    assert "7 休" in later
    assert "放假安排还没有录入" in words(registry.get("/handover/calendar?month=2031-01").text)
    assert registry.get("/handover/calendar?month=2026-13").status_code == 400


def test_a_wrong_table_is_told_on_the_calendar_and_stops_nothing_else(tmp_path: Path) -> None:
    world = village(tmp_path, 1, FixedClock(NOW), holidays_file=str(tmp_path / "nowhere.toml"))
    sent_batch(world)
    drafter = client(make_app(world.host), world.people.drafter)
    answer = drafter.get("/handover/calendar")
    assert answer.status_code == 503
    assert "nowhere.toml" in answer.text
    assert drafter.get("/handover/batches/1").status_code == 200
    assert "节假日表不能用" in drafter.get("/").text
    world.host.close()
