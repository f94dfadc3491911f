"""One command, one commit: rows, events, jobs and journal together or not at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from lindang import journal
from lindang.auth import system_actor
from lindang.config import load_settings
from lindang.db import Base
from lindang.errors import Conflict, StaleVersion
from lindang.events import Delivery, Dispatcher, Event, EventRow
from lindang.host import Host, make_host
from lindang.jobs import JobRow
from lindang.plugin import Job, Plugin, Subscription
from lindang.testing import FixedClock
from models.archive import NumberCounter
from models.place import Org

SYSTEM = system_actor()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Event):
    """A bell rang."""

    times: int


class Ear:
    """A subscriber that remembers, and fails as often as it is told."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.failures = 0

    def hear(self, _host: Host, event: Rung) -> None:
        """Remember, or fail."""
        if self.failures:
            self.failures -= 1
            raise ValueError("deaf")
        self.heard.append(event.times)


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def host(tmp_path: Path, ear: Ear) -> Host:
    plugin = Plugin(
        name="bell",
        title="铃",
        jobs=(Job(name="bell.polish", title="擦铃", run=lambda _context, _argument: None),),
        subscriptions=(Subscription(event=Rung, name="bell.ear", handle=ear.hear),),
    )
    settings = load_settings(environment={}, overrides={"host": {"data_dir": str(tmp_path)}})
    made = make_host(settings, (plugin,), FixedClock())
    Base.metadata.create_all(made.engine)
    return made


def _count(host: Host, table: type[Base]) -> int:
    with host.view() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _everything(host: Host) -> tuple[int, ...]:
    return tuple(_count(host, table) for table in (Org, EventRow, Delivery, JobRow, journal.JournalRow))


def _do_all(host: Host, *, fail: bool = False) -> None:
    with host.uow(SYSTEM) as uow:
        uow.session.add(Org(code="a", name="甲", kind="forestry"))
        uow.emit(Rung(times=3))
        uow.enqueue("bell.polish", "1")
        uow.journal("org.opened", "org:a")
        if fail:
            raise RuntimeError("in the middle")


def test_a_command_writes_rows_event_delivery_job_and_journal(host: Host) -> None:
    _do_all(host)
    assert _everything(host) == (1, 1, 1, 1, 1)


def test_an_exception_leaves_nothing(host: Host) -> None:
    with pytest.raises(RuntimeError):
        _do_all(host, fail=True)
    assert _everything(host) == (0, 0, 0, 0, 0)


def test_a_clash_with_other_data_is_a_conflict_and_leaves_nothing(host: Host) -> None:
    _do_all(host)
    with pytest.raises(Conflict):
        _do_all(host)
    assert _everything(host) == (1, 1, 1, 1, 1)


def test_a_view_throws_away_what_was_changed_in_it(host: Host) -> None:
    with host.view() as session:
        session.add(Org(code="b", name="乙", kind="forestry"))
        session.flush()
    assert _count(host, Org) == 0


def test_an_equal_waiting_job_is_not_doubled(host: Host) -> None:
    with host.uow(SYSTEM) as uow:
        first = uow.enqueue("bell.polish", "1")
        assert uow.enqueue("bell.polish", "1") == first
        assert uow.enqueue("bell.polish", "2") != first


def test_an_unknown_job_is_refused_at_once(host: Host) -> None:
    with pytest.raises(LookupError), host.uow(SYSTEM) as uow:
        uow.enqueue("bell.melt", "1")


def test_an_event_is_delivered_once_it_succeeds(host: Host, ear: Ear) -> None:
    ear.failures = 2
    with host.uow(SYSTEM) as uow:
        uow.emit(Rung(times=1))
        uow.emit(Rung(times=2))
    dispatcher = Dispatcher(host)
    dispatcher.run_once()
    assert ear.heard == []
    clock = host.clock
    assert isinstance(clock, FixedClock)
    clock.advance(minutes=10)
    dispatcher.run_once()
    dispatcher.run_once()
    assert sorted(ear.heard) == [1, 2]


def test_a_failing_handler_says_why(host: Host, ear: Ear) -> None:
    ear.failures = 1
    with host.uow(SYSTEM) as uow:
        uow.emit(Rung(times=1))
    Dispatcher(host).run_once()
    with host.view() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.attempts, delivery.error) == ("failed", 1, "ValueError: deaf")


def test_a_lost_update_is_told_to_the_loser(tmp_path: Path, host: Host) -> None:
    from models.archive import ArchiveFile

    with host.uow(SYSTEM) as uow:
        uow.session.add(
            ArchiveFile(
                archival_code="x",
                fonds_code="1",
                class_code="QQ01",
                retention="Y",
                division_code="141124102205",
                file_no=1,
                title="甲",
                created_at=uow.now,
                created_by="甲",
            )
        )
    with host.view() as session:
        seen = session.scalars(select(ArchiveFile)).one()
        session.expunge(seen)
    with host.uow(SYSTEM) as uow:
        uow.session.scalars(select(ArchiveFile)).one().title = "乙"
    with pytest.raises(StaleVersion, match="别人刚刚修改"), host.uow(SYSTEM) as uow:
        seen.title = "丙"
        uow.session.add(seen)
    with host.view() as session:
        assert session.scalars(select(ArchiveFile.title)).one() == "乙"


def test_writers_take_turns_and_none_is_turned_away(host: Host) -> None:
    with host.uow(SYSTEM) as uow:
        uow.session.add(NumberCounter(key="k"))
    errors: list[Exception] = []

    def raise_counter() -> None:
        try:
            for _step in range(20):
                with host.uow(SYSTEM) as uow:
                    counter = uow.session.get_one(NumberCounter, "k")
                    counter.last += 1
                    uow.journal("counter.raised", "counter:k")
        except Exception as error:  # noqa: BLE001 - reported by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=raise_counter) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with host.view() as session:
        assert session.get_one(NumberCounter, "k").last == 80
        assert list(journal.breaks(session)) == []


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("UPDATE journal SET facts = '{}' WHERE seq = 3", [(3, "changed")]),
        ("DELETE FROM journal WHERE seq = 3", [(3, "missing"), (4, "prev_hash")]),
        ("UPDATE journal SET actor = '别人' WHERE seq = 1", [(1, "changed")]),
        ("UPDATE journal SET seq = -seq WHERE seq = 5", [(1, "repeated")]),
    ],
)
def test_the_journal_shows_the_place_of_any_tampering(
    host: Host, tampering: str, expected: list[tuple[int, str]]
) -> None:
    for number in range(5):
        with host.uow(SYSTEM) as uow:
            uow.journal("bell.rung", f"bell:{number}", times=number)
    with host.view() as session:
        assert list(journal.breaks(session)) == []
    with host.engine.begin() as connection:
        connection.execute(text(tampering))
    with host.view() as session:
        found = [(place.seq, place.reason) for place in journal.breaks(session)]
    assert found[: len(expected)] == expected


def test_the_migrated_journal_refuses_update_and_delete(tmp_path: Path) -> None:
    from lindang.migrate import upgrade

    host = make_host(load_settings(environment={}, overrides={"host": {"data_dir": str(tmp_path / "m")}}), ())
    upgrade(host)
    with host.uow(SYSTEM) as uow:
        uow.journal("bell.rung", "bell:1")
    for statement in ("UPDATE journal SET actor = 'x'", "DELETE FROM journal"):
        with pytest.raises(DatabaseError, match="append-only"), host.engine.begin() as connection:
            connection.execute(text(statement))


def test_instants_keep_their_zone(host: Host) -> None:
    with host.uow(SYSTEM) as uow:
        uow.emit(Rung(times=1))
    with host.view() as session:
        assert session.scalars(select(EventRow.happened_at)).one() == dt.datetime(2020, 9, 1, 1, 0, tzinfo=dt.UTC)
