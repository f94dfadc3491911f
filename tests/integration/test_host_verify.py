"""I12: what `verify` says it must be able to say again: no check writes, and recovery finds nothing that it would do twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from lindang.auth import system_actor
from lindang.events import Delivery, EventRow
from lindang.host import Host
from lindang.jobs import JobRow
from lindang.plugin import Check, Plugin, Violation
from lindang.testing import drain, make_host
from lindang.verify import REPEATABLE, run_checks

NOW = dt.datetime(2020, 9, 1, tzinfo=dt.UTC)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = make_host(tmp_path / "data")
    drain(made)
    yield made
    made.close()


def found(host: Host) -> list[tuple[str, str]]:
    """Return subject and finding of the check, which is the last of all."""
    results = list(run_checks(host, deep=True))
    assert [result.code for result in results].count(REPEATABLE) == 1
    assert results[-1].code == REPEATABLE
    return [(violation.subject, violation.found) for violation in results[-1].violations]


def test_no_check_of_any_plugin_writes(host: Host) -> None:
    assert found(host) == []


def test_a_check_that_writes_is_named(host: Host) -> None:
    def repairing(of: Host) -> Iterator[Violation]:
        with of.transaction() as session:
            session.execute(text("UPDATE job SET note = '' WHERE id = 0"))
        yield from ()

    check = Check(code="X1", title="repairs on the sly", run=repairing)
    host.plugins = (*host.plugins, Plugin(name="busy", title="busy", checks=(check,)))
    assert found(host) == [("check:X1", "UPDATE job SET note = '' WHERE id = 0")]


def test_a_job_that_waits_twice_would_be_done_twice(host: Host) -> None:
    with host.uow(system_actor()) as uow:
        first = uow.enqueue("ingest.process", "7")
        assert uow.enqueue("ingest.process", "7") == first
    assert found(host) == []
    with host.transaction() as session:
        row = JobRow(kind="ingest.process", argument="7", due_at=NOW, created_at=NOW, created_by="x")
        row.lease_until = row.heartbeat_at = row.finished_at = None
        session.add(row)
    assert found(host) == [("job:ingest.process 7", "2")]


def test_an_event_that_goes_to_one_subscriber_twice_would_be_handled_twice(host: Host) -> None:
    with host.transaction() as session:
        event = EventRow(name="ItemFiled", payload={}, happened_at=NOW, actor_name="x")
        session.add(event)
        session.flush()
        event_id = event.id
        session.add_all(Delivery(event_id=event_id, subscriber=name, state="done", next_at=NOW) for name in "ab")
    assert found(host) == []
    with host.transaction() as session:
        session.add(Delivery(event_id=event_id, subscriber="a", next_at=NOW))
    assert found(host) == [(f"event:{event_id} a", "2")]
