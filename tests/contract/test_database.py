"""What the archive asks of its database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DatabaseError

import models
from lindang import jobs, journal
from lindang.auth import Actor, system_actor
from lindang.config import load_settings
from lindang.db import Base
from lindang.errors import Conflict, StaleVersion
from lindang.host import Host, make_host
from lindang.jobs import JobRow
from lindang.migrate import downgrade, upgrade
from lindang.plugin import Job
from models.archive import ArchiveFile
from models.numbering import next_number
from models.register import Certificate, Parcel

SYSTEM = system_actor()


def _file(number: int, *, division: str = "141124102205", at: dt.datetime) -> ArchiveFile:
    return ArchiveFile(
        archival_code=f"0123-ZY·LG-QQ01-{division[6:]}-{number:04d}",
        fonds_code="0123",
        class_code="QQ01",
        retention="Y",
        division_code=division,
        file_no=number,
        title=f"第 {number} 户",
        created_at=at,
        created_by="测试",
    )


def _add_file(host: Host, number: int = 1, **values: str) -> int:
    with host.uow(SYSTEM) as uow:
        file = _file(number, at=uow.now, **values)
        uow.session.add(file)
        uow.session.flush()
        return file.id


def _at_once(action: Callable[[int], object], count: int) -> list[BaseException]:
    """Run ``action(0..count-1)`` in as many threads; return what went wrong."""
    wrong: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            action(number)
        except Exception as error:  # noqa: BLE001 - returned to the test
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_migrations_lead_to_the_models_and_back(tmp_path: Path, database_url: str) -> None:
    settings = load_settings(
        environment={}, overrides={"host": {"data_dir": str(tmp_path), "database_url": database_url}}
    )
    host = make_host(settings, ())
    upgrade(host)
    with host.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, models.Base.metadata) == []
    downgrade(host, "base")
    assert set(inspect(host.engine).get_table_names()) <= {"alembic_version"}
    upgrade(host)
    assert set(Base.metadata.tables) <= set(inspect(host.engine).get_table_names())
    host.close()


def test_numbers_have_no_gap_and_no_repeat_under_a_race(host: Host) -> None:
    taken: list[int] = []

    def take(worker: int) -> None:
        for step in range(10):
            try:
                with host.uow(SYSTEM) as uow:
                    number = next_number(uow, "k")
                    if (worker + step) % 5 == 0:
                        raise InterruptedError
                taken.append(number)
            except InterruptedError:
                continue

    assert _at_once(take, 4) == []
    assert sorted(taken) == list(range(1, len(taken) + 1))
    assert len(taken) == 32


def test_the_journal_is_one_chain_under_a_race(host: Host) -> None:
    def write(worker: int) -> None:
        for step in range(10):
            with host.uow(SYSTEM) as uow:
                uow.journal("bell.rung", f"bell:{worker}", step=step)

    with host.view() as session:
        before = session.scalar(select(func.count()).select_from(journal.JournalRow)) or 0
    assert _at_once(write, 4) == []
    with host.view() as session:
        assert session.scalar(select(func.max(journal.JournalRow.seq))) == before + 40
        assert list(journal.breaks(session)) == []


@pytest.mark.parametrize("statement", ["UPDATE journal SET actor = 'x'", "DELETE FROM journal"])
def test_the_journal_takes_no_update_and_no_delete(host: Host, statement: str) -> None:
    with host.uow(SYSTEM) as uow:
        uow.journal("bell.rung", "bell:1")
    with pytest.raises(DatabaseError, match="append-only"), host.engine.begin() as connection:
        connection.execute(text(statement))


def test_of_two_who_save_at_once_one_is_told(host: Host) -> None:
    file_id = _add_file(host)
    both_have_read = threading.Barrier(2)

    def save(worker: int) -> None:
        with host.view() as session:
            seen = session.get_one(ArchiveFile, file_id)
        both_have_read.wait()
        with host.uow(SYSTEM) as uow:
            seen.title = f"第 {worker} 人"
            uow.session.add(seen)

    wrong = _at_once(save, 2)
    assert [type(error) for error in wrong] == [StaleVersion]


def test_one_job_is_claimed_once_however_many_try(host: Host) -> None:
    kind = next(iter(host.jobs))
    with host.uow(SYSTEM) as uow:
        job_id = uow.enqueue(kind, "x")
    claimed: list[object] = []
    assert _at_once(lambda _n: claimed.append(jobs.claim(host, job_id)), 6) == []
    assert len([context for context in claimed if context]) == 1
    with host.view() as session:
        assert session.get_one(JobRow, job_id).attempts == 1


def test_a_kind_with_one_slot_runs_once_however_many_try(host: Host) -> None:
    host.jobs["t.long"] = Job(name="t.long", title="久", run=lambda _context, _argument: None, slots=1)
    with host.uow(SYSTEM) as uow:
        ids = [uow.enqueue("t.long", str(number)) for number in range(6)]
    claimed: list[object] = []
    assert _at_once(lambda number: claimed.append(jobs.claim(host, ids[number])), 6) == []
    assert len([context for context in claimed if context]) == 1


def test_the_scope_cuts_in_the_query(host: Host) -> None:
    _add_file(host, 1)
    _add_file(host, 2, division="141129102205")
    near = Actor(account_id=1, name="甲", prefixes=("141124",))
    sly = Actor(account_id=2, name="乙", prefixes=("14%", "_41124"))
    with host.view() as session:
        query = select(ArchiveFile.file_no)
        assert list(session.scalars(query.where(near.within(ArchiveFile.division_code)))) == [1]
        assert list(session.scalars(query.where(sly.within(ArchiveFile.division_code)))) == []


def test_a_code_is_unique_and_the_clash_is_readable(host: Host) -> None:
    _add_file(host)
    with pytest.raises(Conflict, match="已有数据冲突"):
        _add_file(host)


def test_areas_add_up_exactly(host: Host) -> None:
    file_id = _add_file(host)
    with host.uow(SYSTEM) as uow:
        certificate = Certificate(
            division_code="141124102205",
            county_code="141124",
            cert_no="临林证字(2010)第000123号",
            cert_no_norm="临林证字(2010)第000123号",
            cert_key="临|2010|123",
            issue_state="ISSUED",
            holder_name="甲",
            archive_file_id=file_id,
            created_at=uow.now,
            created_by="测试",
        )
        for number in range(1, 11):
            certificate.parcels.append(
                Parcel(
                    division_code="141124102205",
                    seq=number,
                    parcel_no=str(number),
                    location="柳树沟",
                    area_mu=Decimal("0.1"),
                    area_as_written="0.1",
                    land_owner="柳树沟村集体",
                    land_use_holder="甲",
                    tree_owner="甲",
                    tree_use_holder="甲",
                    created_at=uow.now,
                    created_by="测试",
                )
            )
        uow.session.add(certificate)
    with host.view() as session:
        assert session.scalar(select(func.sum(Parcel.area_mu))) == Decimal(1)
