"""What is done about a stored file, and how much is read in one go."""

from __future__ import annotations

import datetime as dt

import pytest

from plugins.audit.domain.fixity import Budget, Reading, Remedy, is_hour_for_it, remedy


@pytest.mark.parametrize(
    ("store", "copy", "expected"),
    [
        (Reading.GOOD, Reading.UNASKED, Remedy.NOTHING),
        (Reading.GOOD, Reading.GOOD, Remedy.NOTHING),
        (Reading.GOOD, Reading.MISSING, Remedy.COPY),
        (Reading.GOOD, Reading.DAMAGED, Remedy.COPY),
        (Reading.DAMAGED, Reading.GOOD, Remedy.RECOVER),
        (Reading.MISSING, Reading.GOOD, Remedy.RECOVER),
        (Reading.DAMAGED, Reading.DAMAGED, Remedy.ALARM),
        (Reading.DAMAGED, Reading.MISSING, Remedy.ALARM),
        (Reading.MISSING, Reading.UNASKED, Remedy.ALARM),
    ],
)
def test_only_a_file_with_the_right_digest_mends_another(store: Reading, copy: Reading, expected: Remedy) -> None:
    assert remedy(store, copy) is expected


@pytest.mark.parametrize(
    ("hours", "hour", "expected"),
    [("", 12, True), ("20-7", 23, True), ("20-7", 6, True), ("20-7", 7, False), ("1-5", 4, True), ("1-5", 5, False)],
)
def test_hours_may_reach_over_midnight(hours: str, hour: int, *, expected: bool) -> None:
    assert is_hour_for_it(hours, dt.time(hour, 30)) is expected


def test_a_budget_of_bytes_asks_to_wait_and_one_of_seconds_ends() -> None:
    budget = Budget(seconds=60, bytes_per_second=1000)
    assert budget.rest(elapsed=1.0, read=3000) == 2.0
    assert budget.rest(elapsed=5.0, read=3000) == 0.0
    assert not budget.is_spent(59.9)
    assert budget.is_spent(60)
    assert not Budget().is_spent(1e9)
    assert Budget().rest(0.0, 1 << 40) == 0.0
