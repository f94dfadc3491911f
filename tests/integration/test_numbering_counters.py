"""Numbers are handed out without gaps and without repeats, in every scope of its own; the race is in tests/contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from models.archive import ArchiveFile, NumberCounter, OldCode
from models.numbering import fonds_of, next_file_code, next_item_code, next_number
from plugins.catalogue.checks import numbers_run_through
from plugins.catalogue.service.files import FileDraft, ItemDraft, Renumbering, add_item, open_file, renumber_file
from plugins.catalogue.service.reference import add_fonds
from tests.support.catalogue_world import COUNTY, OTHER_VILLAGE, VILLAGE, World, household, make_world, paper


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


def test_numbers_begin_at_one_and_run_on(world: World) -> None:
    with world.host.uow(world.archivist) as uow:
        assert [next_number(uow, "x"), next_number(uow, "x"), next_number(uow, "y")] == [1, 2, 1]
    with world.host.uow(world.archivist) as uow:
        assert next_number(uow, "x") == 3


def test_a_rollback_gives_the_number_back(world: World) -> None:
    household(world)
    with pytest.raises(ZeroDivisionError), world.host.uow(world.archivist) as uow:
        open_file(uow, FileDraft(class_code="QQ01", division_code=VILLAGE, title="没有成功"))
        raise ZeroDivisionError
    assert household(world).archival_code == "0001-ZY·LG-QQ01-102205-0002"
    assert list(numbers_run_through(world.host)) == []


def test_codes_are_the_documented_shapes(world: World) -> None:
    file = household(world)
    assert file.archival_code == "0001-ZY·LG-QQ01-102205-0001"
    assert household(world, division=OTHER_VILLAGE).archival_code == "0001-ZY·LG-QQ01-102206-0001"
    with world.host.uow(world.archivist) as uow:
        codes = [add_item(uow, file.id, ItemDraft(title=title)).archival_code for title in "甲乙"]
    assert codes == [f"{file.archival_code}-001", f"{file.archival_code}-002"]


def test_classes_arranged_by_item_count_across_their_files(world: World) -> None:
    codes = []
    for division, year in ((VILLAGE, 2010), (OTHER_VILLAGE, 2010), (VILLAGE, 2011)):
        with world.host.uow(world.archivist) as uow:
            file = open_file(uow, FileDraft(class_code="FA03", division_code=division, title="方案", year=year))
            codes.append(add_item(uow, file.id, ItemDraft(title="决议")).archival_code)
    assert codes == [
        "0001-ZY·LG·2010-Y-FA03-0001",
        "0001-ZY·LG·2010-Y-FA03-0002",
        "0001-ZY·LG·2011-Y-FA03-0001",
    ]


def test_an_office_chooses_its_own_templates(tmp_path: Path) -> None:
    world = make_world(tmp_path, catalogue={"file_code": "{fonds}-LG·{year}-{class}-{file:03d}", "fonds_code": "0123"})
    assert household(world).archival_code == "0123-LG·2010-QQ01-001"
    with world.host.uow(world.archivist) as uow:
        later = open_file(uow, FileDraft(class_code="QQ01", division_code=VILLAGE, title="次年", year=2011))
        assert later.archival_code == "0123-LG·2011-QQ01-001"
    world.host.close()


def test_the_nearest_fonds_keeps_a_village(world: World) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        add_fonds(uow, code="0200", name="临水县林业局全宗", creator="临水县林业局", division_code=COUNTY)
    with world.host.view() as session:
        assert [fonds_of(session, code).code for code in (VILLAGE, COUNTY, "141125101201")] == ["0200", "0200", "0001"]
    assert household(world).archival_code.startswith("0200-")


def test_renumbering_keeps_old_codes_and_leaves_no_gap_behind(world: World) -> None:
    file = household(world)
    _item, _pages = paper(world, file)
    household(world)
    moved = Renumbering(
        class_code="QQ01",
        division_code=OTHER_VILLAGE,
        year=2010,
        retention="Y",
        reason="立错了村",
        approved_by="局长",
    )
    with world.host.uow(world.archivist) as uow:
        renumber_file(uow, file.id, moved, version=1)
    with world.host.view() as session:
        now = session.get_one(ArchiveFile, file.id)
        assert now.archival_code == "0001-ZY·LG-QQ01-102206-0001"
        assert [row.archival_code for row in now.items] == ["0001-ZY·LG-QQ01-102206-0001-001"]
        kept = {(row.kind, row.old_code, row.approved_by) for row in session.scalars(select(OldCode))}
    assert kept == {
        ("archive_file", "0001-ZY·LG-QQ01-102205-0001", "局长"),
        ("item", "0001-ZY·LG-QQ01-102205-0001-001", "局长"),
    }
    assert list(numbers_run_through(world.host)) == []


def test_the_check_finds_a_gap_a_repeat_and_a_number_beyond(world: World) -> None:
    first, second, third = (household(world) for _ in range(3))
    with world.host.transaction() as session:
        session.get_one(ArchiveFile, second.id).archival_code = "0001-ZY·LG-QQ01-102205-0009"
        session.add(
            OldCode(
                kind="archive_file",
                object_id=third.id,
                old_code=first.archival_code,
                reason="x",
                approved_by="x",
                at=world.clock.now(),
                by="x",
            )
        )
    found = {(violation.expected, violation.found) for violation in numbers_run_through(world.host)}
    assert found == {("no gap", "2"), ("no repeat", "1"), ("at most 3", "9")}


def test_item_and_file_codes_can_be_taken_by_other_plugins_alone(world: World) -> None:
    file = household(world)
    with world.host.uow(world.archivist) as uow:
        parts = next_file_code(uow, fonds="0001", class_code="QQ01", division_code=VILLAGE, year=2012, retention="Y")
        assert (parts.number, parts.scope) == (2, "0001-ZY·LG-QQ01-102205-#")
        assert next_item_code(uow, file).number == 1
        assert uow.session.get_one(NumberCounter, "code:0001-ZY·LG-QQ01-102205-#").last == 2
