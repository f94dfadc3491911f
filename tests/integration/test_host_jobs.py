"""The job ledger: claimed once, taken over after a lease, never written over by the dead, failed with a reason."""

from __future__ import annotations

import datetime as dt
import errno
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lindang import jobs
from lindang.auth import Actor, system_actor
from lindang.config import load_settings
from lindang.db import Base
from lindang.errors import Conflict, LeaseLost, NoSpace, NotFound, PermanentFailure
from lindang.host import Host, make_host
from lindang.jobs import DISMISSED, DONE, FAILED, QUEUED, JobContext, JobRow
from lindang.plugin import Job, Plugin
from lindang.testing import FixedClock
from lindang.worker import drain

SYSTEM = system_actor()
Work = Callable[[JobContext, str], None]


def _host(
    folder: Path, work: Work, *, retries: int = 2, every: dt.timedelta | None = None, lease_seconds: int = 30
) -> Host:
    plugin = Plugin(
        name="p", title="插件", jobs=(Job(name="p.work", title="干活", run=work, retries=retries, every=every),)
    )
    settings = load_settings(
        environment={}, overrides={"host": {"data_dir": str(folder), "lease_seconds": lease_seconds}}
    )
    host = make_host(settings, (plugin,), FixedClock())
    Base.metadata.create_all(host.engine)
    return host


def _enqueue(host: Host, argument: str = "x", division: str = "") -> int:
    with host.uow(SYSTEM) as uow:
        return uow.enqueue("p.work", argument, division=division)


def _row(host: Host, job_id: int) -> JobRow:
    with host.view() as session:
        row = session.get_one(JobRow, job_id)
        session.expunge(row)
        return row


def _advance(host: Host, **delta: float) -> None:
    clock = host.clock
    assert isinstance(clock, FixedClock)
    clock.advance(**delta)


def test_a_job_runs_with_its_argument_and_shows_progress(tmp_path: Path) -> None:
    seen: list[str] = []

    def work(context: JobContext, argument: str) -> None:
        seen.append(argument)
        context.progress(3, 7, "第 3 页")

    host = _host(tmp_path, work)
    job_id = _enqueue(host)
    drain(host)
    row = _row(host, job_id)
    assert seen == ["x"]
    assert (row.state, row.done, row.total, row.note, row.attempts) == (DONE, 3, 7, "第 3 页", 1)


def test_a_lease_is_renewed_again_after_the_database_was_busy_for_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lindang.db.BUSY_TIMEOUT_SECONDS", 0.05)
    leases: list[dt.datetime | None] = []

    def work(context: JobContext, _argument: str) -> None:
        other = sqlite3.connect(tmp_path / "lindang.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # a writer that takes longer than anybody waits
        time.sleep(2.2)
        other.rollback()
        other.close()
        _advance(context.host, seconds=30)
        time.sleep(2.2)
        leases.append(_row(context.host, context.job_id).lease_until)

    host = _host(tmp_path, work, lease_seconds=5)
    job_id = _enqueue(host)
    drain(host)
    assert _row(host, job_id).state == DONE
    assert leases[0] is not None
    assert leases[0] > host.clock.now()


def test_of_quick_steps_the_first_and_the_last_are_written(tmp_path: Path) -> None:
    told: list[int] = []

    def work(context: JobContext, _argument: str) -> None:
        for step in range(1, 1001):
            context.progress(step, 1000)
            if step in {1, 2, 1000}:
                told.append(_row(host, context.job_id).done)

    host = _host(tmp_path, work)
    _enqueue(host)
    drain(host)
    assert told == [1, 1, 1000]


def test_only_one_worker_gets_a_job(tmp_path: Path) -> None:
    host = _host(tmp_path, lambda _c, _a: None)
    job_id = _enqueue(host)
    assert jobs.claim(host, job_id) is not None
    assert jobs.claim(host, job_id) is None


def test_a_dead_workers_job_is_taken_over_and_the_dead_cannot_write(tmp_path: Path) -> None:
    host = _host(tmp_path, lambda _c, _a: None)
    job_id = _enqueue(host)
    dead = jobs.claim(host, job_id)
    assert dead is not None
    assert jobs.due_jobs(host) == []
    _advance(host, seconds=host.settings.host.lease_seconds + 1)
    assert jobs.due_jobs(host) == [job_id]
    heir = jobs.claim(host, job_id)
    assert heir is not None
    with pytest.raises(LeaseLost):
        dead.progress(1, 2)
    with pytest.raises(LeaseLost), host.view() as session:
        dead.still_mine(session)
    heir.progress(1, 2)
    with host.view() as session:
        heir.still_mine(session)


def test_a_failing_job_is_tried_again_later_and_then_fails_with_its_reason(tmp_path: Path) -> None:
    def work(_context: JobContext, _argument: str) -> None:
        raise ValueError("纸卡住了")

    host = _host(tmp_path, work, retries=2)
    job_id = _enqueue(host)
    for attempt in (1, 2):
        drain(host)
        assert (_row(host, job_id).state, _row(host, job_id).attempts) == (QUEUED, attempt)
        assert jobs.due_jobs(host) == []
        _advance(host, hours=1)
    drain(host)
    row = _row(host, job_id)
    assert (row.state, row.attempts) == (FAILED, 3)
    assert "纸卡住了" in row.error


def test_a_permanent_failure_is_not_tried_again(tmp_path: Path) -> None:
    def work(_context: JobContext, _argument: str) -> None:
        raise PermanentFailure("文件已加密", remedy="请提供密码")

    host = _host(tmp_path, work)
    job_id = _enqueue(host)
    drain(host)
    row = _row(host, job_id)
    assert (row.state, row.attempts) == (FAILED, 1)
    assert "请提供密码" in row.error


def test_a_person_retries_or_dismisses_a_failed_job(tmp_path: Path) -> None:
    failing = [True]

    def work(_context: JobContext, _argument: str) -> None:
        if failing[0]:
            raise PermanentFailure("坏了")

    host = _host(tmp_path, work)
    first, second = _enqueue(host, "1"), _enqueue(host, "2")
    drain(host)
    failing[0] = False
    with host.uow(SYSTEM) as uow:
        jobs.retry(uow, first)
        jobs.dismiss(uow, second)
    drain(host)
    assert (_row(host, first).state, _row(host, second).state) == (DONE, DISMISSED)
    with pytest.raises(Conflict), host.uow(SYSTEM) as uow:
        jobs.retry(uow, first)


def test_a_job_outside_the_scope_does_not_exist(tmp_path: Path) -> None:
    host = _host(tmp_path, lambda _c, _a: None)
    job_id = _enqueue(host, division="141124")
    stranger = Actor(account_id=2, name="外县", prefixes=("141129",))
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        jobs.retry(uow, job_id)


def test_what_the_queue_lost_is_offered_again(tmp_path: Path) -> None:
    host = _host(tmp_path, lambda _c, _a: None)
    offered: list[int] = []

    class Forgetful:
        """A queue that carries nothing."""

        def send(self, job_id: int) -> None:
            offered.append(job_id)

        def consume(self, run: Callable[[int], None], *, workers: int) -> None:
            raise NotImplementedError

    host.__dict__["queue"] = Forgetful()
    job_id = _enqueue(host)
    sweeper = jobs.Sweeper(host)
    sweeper.run_once()
    sweeper.run_once()
    assert offered == [job_id, job_id]
    _advance(host, seconds=11)
    sweeper.run_once()
    assert offered == [job_id] * 3


def test_a_periodic_job_is_started_by_the_sweeper(tmp_path: Path) -> None:
    runs: list[str] = []
    host = _host(tmp_path, lambda _c, argument: runs.append(argument), every=dt.timedelta(minutes=5))
    sweeper = jobs.Sweeper(host)
    for minutes in (0, 1, 5):
        _advance(host, minutes=minutes)
        sweeper.run_once()
        drain(host)
    assert len(runs) == 2
    with host.view() as session:
        assert session.query(JobRow).count() == 1


def test_a_job_of_a_switched_off_plugin_fails_with_words(tmp_path: Path) -> None:
    host = _host(tmp_path, lambda _c, _a: None)
    job_id = _enqueue(host)
    host.jobs.clear()
    drain(host)
    assert _row(host, job_id).state == FAILED
    assert "p.work" in _row(host, job_id).error


@pytest.mark.parametrize("slots", [1, lambda host: host.settings.host.workers - 1])
def test_a_kind_with_slots_leaves_workers_free(tmp_path: Path, slots: int | Callable[[Host], int]) -> None:
    plugin = Plugin(
        name="p",
        title="插件",
        jobs=(
            Job(name="p.long", title="久", run=lambda _c, _a: None, slots=slots),
            Job(name="p.work", title="快", run=lambda _c, _a: None),
        ),
    )
    host = make_host(
        load_settings(environment={}, overrides={"host": {"data_dir": str(tmp_path)}}), (plugin,), FixedClock()
    )
    Base.metadata.create_all(host.engine)
    with host.uow(SYSTEM) as uow:
        first, second = uow.enqueue("p.long", "1"), uow.enqueue("p.long", "2")
        quick = uow.enqueue("p.work", "1")
    assert jobs.claim(host, first) is not None
    assert jobs.claim(host, second) is None
    assert jobs.due_jobs(host) == [quick]
    _advance(host, seconds=host.settings.host.lease_seconds + 1)
    assert jobs.claim(host, second) is not None


def test_a_freed_slot_is_filled_at_once(tmp_path: Path) -> None:
    """Jobs that were offered while their kind was full are passed over by the queue; the one that ends offers the next."""
    done: list[str] = []
    long = Job(name="p.long", title="久", run=lambda _c, argument: done.append(argument), slots=1)
    host = make_host(
        load_settings(environment={}, overrides={"host": {"data_dir": str(tmp_path)}}),
        (Plugin(name="p", title="插件", jobs=(long,)),),
        FixedClock(),
    )
    Base.metadata.create_all(host.engine)
    offered: list[int] = []

    class Carrier:
        """A queue that holds what it is given."""

        def send(self, job_id: int) -> None:
            offered.append(job_id)

        def consume(self, run: Callable[[int], None], *, workers: int) -> None:
            raise AssertionError(workers)

    host.__dict__["queue"] = Carrier()
    with host.uow(SYSTEM) as uow:
        first, second, third = (uow.enqueue("p.long", text) for text in "123")
    offered.clear()  # all three were taken while the slot was full
    assert jobs.due_jobs(host) == [first]
    jobs.run_job(host, first)
    assert offered == [second]
    jobs.run_job(host, second)
    jobs.run_job(host, third)
    assert (done, offered) == (["1", "2", "3"], [second, third])


def test_a_malformed_carrier_is_set_aside_and_nothing_is_lost(tmp_path: Path) -> None:
    """As after a power cut, or a bad sector: the jobs stand in the ledger, the file only carries their numbers."""
    done: list[str] = []

    def work(_context: JobContext, argument: str) -> None:
        done.append(argument)

    host = _host(tmp_path, work)
    _enqueue(host, "before")
    host.close()
    file = tmp_path / "queue.db"
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 8192)
    again = _host(tmp_path, work)
    _enqueue(again, "after")
    drain(again)
    assert done == ["before", "after"]
    assert (tmp_path / "queue.db.damaged").exists()


def test_a_job_without_room_waits_however_often_and_goes_on(tmp_path: Path) -> None:
    tries: list[int] = []

    def work(_context: JobContext, _argument: str) -> None:
        tries.append(1)
        if len(tries) < 8:
            raise NoSpace("磁盘已满") if len(tries) % 2 else OSError(errno.ENOSPC, "磁盘已满")

    host = _host(tmp_path, work, retries=1)
    job_id = _enqueue(host)
    for _minute in range(8):
        drain(host)
        _advance(host, seconds=jobs.ROOM_SECONDS)
    row = _row(host, job_id)
    assert (row.state, row.attempts, len(tries), row.error) == (DONE, 1, 8, "")
