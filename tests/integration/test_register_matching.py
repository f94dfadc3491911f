"""Matching both ways: every list finds its one case and nothing else; counts lead to lines; another county sees nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from lindang.testing import client, make_app
from models.archive import ArchiveFile
from models.identifiers import CERT_NO, OCR, cert_key, number_row
from models.intake import SORTING, IntakeFile, IntakeRun
from models.register import BaselineLine, RegisterBaseline
from plugins.register.queries.matching import LISTS, match_counts, match_lines, village_counts
from tests.support.catalogue_world import COUNTY, OTHER_VILLAGE, VILLAGE, World, household, make_world, paper
from tests.support.keying import CELLS, keyed, save

OTHER_NO = "临林证字(2010)第000124号"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = make_world(tmp_path)
    yield opened
    opened.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def counts(world: World, place: str = VILLAGE) -> dict[str, int]:
    with world.host.view() as session:
        found = match_counts(session, world.archivist, place)
    return {key: count for key, count in found.items() if count}


def lines(world: World, key: str) -> list[tuple[str, str]]:
    with world.host.view() as session:
        found, total = match_lines(session, world.archivist, key, place=VILLAGE, page=1)
    assert total == len(found)
    return [(line.text, line.detail) for line in found]


def read_on(world: World, file: ArchiveFile, number: str) -> None:
    """Let a machine read a certificate number on a page of the file."""
    item, [page] = paper(world, file, "D11")
    links = {"archive_file_id": file.id, "item_id": item.id, "page_id": page.id}
    with world.host.transaction() as session:
        session.add(number_row(CERT_NO, number, source=OCR, division_code=VILLAGE, **links))


def test_a_certificate_with_its_scanned_file_is_on_no_list(world: World, app: Flask) -> None:
    file = household(world)
    keyed(world, app, file=file)
    read_on(world, file, CELLS["cert_no"])
    assert counts(world) == {}


def test_rows_without_scan_and_files_without_row(world: World, app: Flask) -> None:
    save(app, world.archivist, {**CELLS, "archival_code": "没有这一卷"})
    spare = household(world, holder_name="李四")
    read_on(world, spare, OTHER_NO)
    copyless = household(world, holder_name="王五")
    keyed(world, app, file=copyless, cert_no="临林证字(2010)第9号")
    assert counts(world) == {"no_file": 1, "no_row": 1, "no_copy": 1}
    assert lines(world, "no_file") == [(CELLS["cert_no"], "没有这一卷")]
    assert lines(world, "no_row") == [(spare.archival_code, OTHER_NO)]
    assert lines(world, "no_copy") == [("临林证字(2010)第9号", copyless.archival_code)]


def test_one_file_claimed_by_two_certificates(world: World, app: Flask) -> None:
    file = household(world)
    keyed(world, app, file=file)
    read_on(world, file, CELLS["cert_no"])
    keyed(world, app, file=file, cert_no=OTHER_NO, parcel_no="002")
    assert lines(world, "claimed") == [(OTHER_NO, CELLS["cert_no"])]


def test_a_scan_of_another_certificate_in_the_file(world: World, app: Flask) -> None:
    mine, other = household(world), household(world, holder_name="乙")
    keyed(world, app, file=mine)
    keyed(world, app, file=other, cert_no=OTHER_NO)
    read_on(world, mine, CELLS["cert_no"])
    read_on(world, mine, OTHER_NO)
    assert lines(world, "other") == [(CELLS["cert_no"], OTHER_NO)]


def test_the_declared_list_is_compared_both_ways(world: World, app: Flask) -> None:
    keyed(world, app)
    made = {"at": world.clock.now(), "by": "县", "document": "文"}
    with world.host.transaction() as session:
        base = RegisterBaseline(division_code=COUNTY, baseline_no=1, certificates=1, parcels=1, **made)
        session.add(base)
        session.flush()
        session.add(
            BaselineLine(
                baseline_id=base.id, division_code=VILLAGE, line_no=7, cert_no=OTHER_NO, cert_key=cert_key(OTHER_NO)
            )
        )
    assert lines(world, "unlisted") == [(CELLS["cert_no"], "")]
    assert lines(world, "unkeyed") == [(OTHER_NO, "7")]


def test_scans_on_the_sorting_desk_are_counted_and_lead_there(world: World, app: Flask) -> None:
    with world.host.transaction() as session:
        run = IntakeRun(
            kind="upload", name="x", profile={}, division_code=VILLAGE, created_at=world.clock.now(), created_by="x"
        )
        session.add(run)
        session.flush()
        waiting = IntakeFile(
            run_id=run.id, relative_path="散页.jpg", division_code=VILLAGE, bytes=1, sha256="0" * 64, state=SORTING,
            received_at=world.clock.now(),
        )  # fmt: skip
        session.add(waiting)
    assert lines(world, "desk") == [("散页.jpg", "")]
    acting = client(app, world.archivist)
    assert "散页.jpg" in acting.get(f"/register/matching/desk?place={VILLAGE}").text
    assert acting.get(f"/register/matching?place={VILLAGE}").text.count("/register/matching/desk") >= 1


def test_counts_are_by_village_and_inside_the_scope(world: World, app: Flask) -> None:
    save(app, world.archivist, {**CELLS, "archival_code": ""})
    save(app, world.archivist, {**CELLS, "archival_code": ""}, village=OTHER_VILLAGE)
    with world.host.view() as session:
        found = {each.code: each.counts for each in village_counts(session, world.archivist)}
        assert village_counts(session, world.stranger) == []
        assert not any(match_counts(session, world.stranger).values())
    assert {code: each.get("no_file") for code, each in found.items()} == {VILLAGE: 1, OTHER_VILLAGE: 1}
    acting = client(app, world.archivist)
    for each in LISTS:
        assert acting.get(f"/register/matching/{each.key}").status_code == 200
    assert acting.get("/register/matching/nonsense").status_code == 404
    assert CELLS["cert_no"] not in client(app, world.stranger).get("/register/matching/no_file").text
