"""What the catalogue asks of the database, on SQLite and on PostgreSQL: numbers under a race, the checklist as SQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.archive import ArchiveFile
from models.checklist import current_rules, facts_of, is_incomplete
from models.completeness import assess
from plugins.catalogue.checks import numbers_run_through
from plugins.catalogue.queries.overview import overview
from plugins.catalogue.service.files import FileDraft, open_file
from tests.support.catalogue_chance import fill_by_chance
from tests.support.catalogue_world import TOWN, VILLAGE, World, household, keyed, make_world


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    made = make_world(tmp_path, database_url=database_url)
    yield made
    made.host.close()


def test_four_writers_get_every_number_once_though_some_fail(world: World) -> None:
    taken: list[str] = []

    def work(who: int) -> None:
        for turn in range(10):
            try:
                with world.host.uow(world.archivist) as uow:
                    draft = FileDraft(class_code="QQ01", division_code=VILLAGE, title=f"{who}-{turn}")
                    code = open_file(uow, draft).archival_code
                    if turn % 5 == 4:
                        raise ZeroDivisionError  # every fifth attempt fails after it had its number
            except ZeroDivisionError:
                continue
            taken.append(code)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"0001-ZY·LG-QQ01-102205-{number:04d}" for number in range(1, 33)]
    assert list(numbers_run_through(world.host)) == []


def test_the_sql_condition_and_the_rule_agree_on_every_file(world: World) -> None:
    fill_by_chance(world, 150, seed=20200730)
    with world.host.view() as session:
        rules = current_rules(session)
        ids = list(session.scalars(select(ArchiveFile.id)))
        facts = facts_of(session, ids)
        by_rule = {file_id for file_id in ids if not assess(rules, facts[file_id]).is_complete}
        by_sql = set(session.scalars(select(ArchiveFile.id).where(is_incomplete(rules))))
        assert by_sql == by_rule
        assert 0 < len(by_rule) < len(ids)
        for rule in rules:  # each rule alone, so that none hides behind another
            alone = {file_id for file_id in ids if not assess([rule], facts[file_id]).is_complete}
            assert set(session.scalars(select(ArchiveFile.id).where(is_incomplete([rule])))) == alone, rule.doc_type


def test_the_overview_sums_exactly(world: World) -> None:
    keyed(world, household(world), parcels=3)
    with world.host.view() as session:
        [village] = overview(session, world.auditor, TOWN).rows
    assert (village.files, village.certificates, village.parcels, str(village.area_mu)) == (1, 1, 3, "36.9")
