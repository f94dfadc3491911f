"""Lists, tiles and the overview count what the checklist says; that its SQL says it right is tested on every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.archive import ArchiveFile, ChecklistRule
from models.checklist import household_classes
from plugins.catalogue.queries.files import FileFilter, file_list
from plugins.catalogue.queries.overview import count_incomplete, count_unkeyed, overview
from tests.support.catalogue_chance import fill_by_chance
from tests.support.catalogue_world import VILLAGE, World, household, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


def test_lists_counts_and_overview_agree(world: World) -> None:
    fill_by_chance(world, 60, seed=7)
    with world.host.view() as session:
        missing = file_list(session, world.auditor, FileFilter(complete="no", size=100))
        full = file_list(session, world.auditor, FileFilter(complete="yes", size=100))
        unkeyed = file_list(session, world.auditor, FileFilter(certificate="no", size=100))
        assert missing.total + full.total == 60
        assert not any(row.completeness and row.completeness.is_complete for row in missing.rows)
        assert all(row.completeness and row.completeness.is_complete for row in full.rows)
        assert count_incomplete(session, world.auditor) == missing.total
        assert count_unkeyed(session, world.auditor) == unkeyed.total > 0
        [village] = overview(session, world.auditor, VILLAGE[:9]).rows
        assert (village.files, village.household, village.complete) == (60, 60, full.total)
        assert count_incomplete(session, world.stranger) == 0
        assert file_list(session, world.stranger, FileFilter()).total == 0


def test_the_checklist_is_for_household_files_only(world: World) -> None:
    with world.host.transaction() as session:
        session.add(
            ArchiveFile(
                archival_code="T-FA",
                fonds_code="0001",
                class_code="FA03",
                retention="Y",
                division_code=VILLAGE,
                file_no=1,
                title="方案",
                created_at=world.clock.now(),
                created_by="x",
            )
        )
    household(world)
    with world.host.view() as session:
        assert household_classes(session) == {"QQ01"}
        assert file_list(session, world.auditor, FileFilter(complete="no")).total == 1
        assert file_list(session, world.auditor, FileFilter(complete="yes")).total == 0
        rows = file_list(session, world.auditor, FileFilter()).rows
    assert [row.completeness is None for row in rows] == [False, True]


def test_the_shipped_checklist_is_in_force_with_its_provenance(world: World) -> None:
    with world.host.view() as session:
        rows = list(session.scalars(select(ChecklistRule).where(ChecklistRule.is_current)))
    assert len(rows) == 18
    assert {row.provenance for row in rows} == {"proposal-v1"}
    assert {row.version for row in rows} == {rows[0].version}
