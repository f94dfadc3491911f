"""Filling a batch within its limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.readiness import TEXTS
from plugins.handover.domain.planning import BYTES, CERTS, PAGES, REASON_NAMES, TRAVELLING, Filling, Limits, Load

LOADS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1000)), max_size=40)
LIMITS = st.builds(Limits, certs=st.integers(0, 20), pages=st.integers(0, 300), bytes=st.integers(0, 9000))


def filled(limits: Limits, weights: list[tuple[int, int]]) -> Filling:
    filling = Filling(limits)
    for number, (pages, size) in enumerate(weights, 1):
        filling.offer(Load(number, "141124102205", pages, size))
    return filling


def test_without_limits_everything_goes_along() -> None:
    filling = filled(Limits(), [(3, 10), (4, 20)])
    assert ([load.certificate_id for load in filling.chosen], filling.pages, filling.bytes) == ([1, 2], 7, 30)
    assert filling.stopped_by == ""


@pytest.mark.parametrize(
    ("limits", "stopped_by"), [(Limits(certs=2), CERTS), (Limits(pages=7), PAGES), (Limits(bytes=30), BYTES)]
)
def test_each_limit_ends_the_batch_and_is_named(limits: Limits, stopped_by: str) -> None:
    filling = filled(limits, [(3, 10), (4, 20), (5, 30)])
    assert ([load.certificate_id for load in filling.chosen], filling.stopped_by) == ([1, 2], stopped_by)


def test_no_later_smaller_one_is_pulled_forward() -> None:
    filling = filled(Limits(pages=10), [(6, 1), (9, 1), (1, 1)])
    assert [load.certificate_id for load in filling.chosen] == [1]


@given(LIMITS, LOADS)
def test_a_batch_is_the_longest_run_within_its_limits(limits: Limits, weights: list[tuple[int, int]]) -> None:
    filling = filled(limits, weights)
    count = len(filling.chosen)
    assert [load.certificate_id for load in filling.chosen] == list(range(1, count + 1))
    assert _holds(limits, weights[:count])
    if filling.stopped_by:
        assert not _holds(limits, weights[: count + 1])
    else:
        assert count == len(weights)


def _holds(limits: Limits, weights: list[tuple[int, int]]) -> bool:
    sums = (len(weights), sum(pages for pages, _size in weights), sum(size for _pages, size in weights))
    return all(
        not most or found <= most for found, most in zip(sums, (limits.certs, limits.pages, limits.bytes), strict=True)
    )


def test_every_reason_has_a_short_name() -> None:
    assert set(REASON_NAMES) == set(TEXTS)
    assert set(TEXTS) >= TRAVELLING
