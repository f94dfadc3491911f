"""A child that forks for every question: quick again, clean again, and no death but the question's own."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lindang.child import ChildLost
from lindang.forks import LOST, ChildPool

MODULE = "tests.support.forked"


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[ChildPool]:
    made = ChildPool(MODULE, tmp_path)
    yield made
    made.close()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_each_question_has_a_process_of_its_own_and_all_the_same_parent(pool: ChildPool) -> None:
    answers = [pool.ask({}, timeout=30) for _ in range(3)]
    assert len({one["pid"] for one in answers}) == 3
    assert len({one["parent"] for one in answers}) == 1
    assert [one["kept"] for one in answers] == [1, 1, 1]
    assert [one["read"] for one in answers] == ["", "", ""]


@pytest.mark.parametrize(("question", "status"), [({"exit": 7}, 7), ({"kill": True}, -9), ({"raise": True}, 1)])
def test_a_death_is_told_and_the_next_question_is_answered(
    pool: ChildPool, question: dict[str, object], status: int
) -> None:
    before = pool.ask({}, timeout=30)
    assert pool.ask(question, timeout=30) == {LOST: status}
    assert pool.ask({}, timeout=30)["parent"] == before["parent"]


def test_who_takes_too_long_is_ended_with_its_parent(pool: ChildPool) -> None:
    before = pool.ask({}, timeout=30)
    with pytest.raises(ChildLost) as lost:
        pool.ask({"sleep": 60}, timeout=0.3)
    assert lost.value.timed_out
    deadline = time.monotonic() + 10
    while is_alive(before["parent"]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(before["parent"])
    assert pool.ask({}, timeout=30)["parent"] != before["parent"]


def test_threads_ask_at_the_same_time(pool: ChildPool) -> None:
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(lambda _number: pool.ask({"sleep": 0.5}, timeout=30), range(3)))
    assert len({one["parent"] for one in answers}) == 3
