"""The checklist as one SQL condition says exactly what the pure rule says, whatever lies in the files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.archive import ArchiveFile, ChecklistRule, Item, Page, Waiver
from models.checklist import current_rules, facts_of, household_classes, is_incomplete
from models.completeness import assess
from models.register import ISSUE_STATES, Certificate, Parcel
from plugins.catalogue.queries.files import FileFilter, file_list
from plugins.catalogue.queries.overview import count_incomplete, count_unkeyed, overview
from tests.support.catalogue_world import VILLAGE, World, household, make_world

PAPERS = [f"D{number:02d}" for number in range(1, 19)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


def fill_by_chance(world: World, count: int, seed: int) -> None:
    """Put files of every kind into the archive: more or less papers, waivers, certificates in every state."""
    chance = random.Random(seed)
    now = world.clock.now()
    with world.host.transaction() as session:
        for number in range(1, count + 1):
            file = ArchiveFile(
                archival_code=f"T-{seed}-{number}",
                fonds_code="0001",
                class_code="QQ01",
                retention="Y",
                division_code=VILLAGE,
                file_no=number,
                title=f"卷 {number}",
                created_at=now,
                created_by="x",
            )
            session.add(file)
            session.flush()
            likely = chance.choice([0.4, 0.9, 1.0])
            for place, doc_type in enumerate(PAPERS, start=1):
                if chance.random() < likely:
                    session.add(_item(file, place, doc_type, chance.choice([0, 1, 1, 2, 3]), now))
                elif chance.random() < 0.3:
                    approved = now if chance.random() < 0.6 else None
                    session.add(
                        Waiver(
                            archive_file_id=file.id,
                            doc_type=doc_type,
                            reason="x",
                            requested_by="x",
                            requested_at=now,
                            approved_at=approved,
                        )
                    )
            if chance.random() < 0.8:
                session.add(_certificate(file, number, chance, now))


def _item(file: ArchiveFile, place: int, doc_type: str, pages: int, now: object) -> Item:
    return Item(
        archive_file_id=file.id,
        archival_code=f"{file.archival_code}-{place}",
        item_no=place,
        division_code=VILLAGE,
        doc_type=doc_type,
        title=doc_type,
        created_at=now,
        created_by="x",
        pages=[Page(page_no=page) for page in range(1, pages + 1)],
    )


def _certificate(file: ArchiveFile, number: int, chance: random.Random, now: object) -> Certificate:
    return Certificate(
        division_code=VILLAGE,
        county_code=VILLAGE[:6],
        cert_no=file.archival_code,
        cert_no_norm=file.archival_code,
        cert_key=file.archival_code,
        issue_state=chance.choice(ISSUE_STATES),
        holder_name="某",
        co_holders=chance.choice([[], [], ["乙"]]),
        archive_file_id=file.id,
        created_at=now,
        created_by="x",
        parcels=[
            Parcel(
                division_code=VILLAGE,
                seq=seq,
                parcel_no=str(seq),
                location="x",
                area_mu=number,
                area_as_written="x",
                land_owner="x",
                land_use_holder="x",
                tree_owner="x",
                tree_use_holder="x",
                acquisition=chance.choice(["FAMILY", "SELF", "OTHER", ""]),
                created_at=now,
                created_by="x",
            )
            for seq in range(chance.choice([0, 1, 2, 3]))
        ],
    )


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
