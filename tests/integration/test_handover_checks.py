"""`lindang verify` for the handover: each planted fault is found under its own code, and a sound archive has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text

from lindang.testing import drain
from lindang.verify import run_checks
from models.handover import TransferDoc
from plugins.handover.checks import CHECKS
from plugins.handover.domain.cover import cover_code
from plugins.handover.service.closing import close_batch
from tests.handover_kit import Village, answered, received, scan_feedback, sent_batch, village


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Village]:
    """Give an archive with one closed batch and one that is sent."""
    made = village(tmp_path, 3)
    closed = answered(made, received(made, sent_batch(made, made.certificates[:2])))
    for number in (1, 2):
        scan_feedback(made.host, number, cover_codes=(cover_code(f"141124-2020-YJ001-000{number}"),))
    drain(made.host)
    with made.host.uow(made.people.drafter) as uow:
        close_batch(uow, closed, version=made.batch(closed).version)
    sent_batch(made, made.certificates[2:])
    yield made
    made.host.close()


def found(world: Village) -> set[str]:
    """Return the codes of the handover's checks that find something."""
    mine = {check.code for check in CHECKS}
    return {result.code for result in run_checks(world.host) if result.violations and result.code in mine}


def sql(statement: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(statement))


def test_a_sound_archive_has_nothing_to_report(world: Village) -> None:
    assert found(world) == set()


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("UPDATE batch SET state = 'RECEIVED' WHERE id = 2", {"I3"}),
        ("UPDATE batch_transition SET to_state = 'CLOSED' WHERE action = 'sign' AND batch_id = 1", {"I3"}),
        ("UPDATE batch_item SET seq = 9 WHERE id = 2", {"I3"}),
        (
            "UPDATE batch_item SET snapshot = (SELECT snapshot FROM batch_item WHERE id = 1) WHERE id = 3",
            {"I3", "I4", "H4"},
        ),
        ("UPDATE batch SET manifest_sha256 = package_sha256 WHERE id = 2", {"I4"}),
        ("UPDATE batch SET package_sha256 = '' WHERE id = 2", {"I4"}),
        ("DELETE FROM transfer_doc WHERE batch_id = 2 AND kind = 'package'", {"I4"}),
        ("UPDATE batch_item SET is_open = true WHERE id = 1", {"I5"}),
        ("UPDATE feedback SET is_final = false WHERE id = 1", {"H6"}),
        (
            "UPDATE digital_object SET is_current = false WHERE item_id = (SELECT item_id FROM feedback WHERE id = 1)",
            {"H7"},
        ),
        ("UPDATE certificate SET archive_file_id = NULL WHERE id = 1", {"H1"}),
        ("UPDATE certificate SET is_withdrawn = true WHERE id = 3", {"H1"}),
        ("UPDATE parcel SET is_withdrawn = true WHERE certificate_id = 2", {"H2"}),
        ("UPDATE archive_file SET paper_pages = 3 WHERE id = 3", {"H3"}),
        ("UPDATE digital_object SET is_current = false WHERE role = 'view' AND item_id = 1", {"H3"}),
        ("UPDATE digital_object SET sha256 = '0' WHERE role = 'master' AND item_id = 1", {"H4"}),
        ("UPDATE batch_item SET replaces_item_id = 1 WHERE id = 3", {"H11"}),
        ("UPDATE batch SET page_count = page_count + 1 WHERE id = 2", {"H8"}),
        ("UPDATE batch SET area_mu = area_mu + 1 WHERE id = 1", {"H8"}),
    ],
)
def test_a_planted_fault_is_found_under_its_code(world: Village, statement: str, codes: set[str]) -> None:
    with world.host.transaction() as session:
        sql(statement)(session.connection())
    assert found(world) == codes


def test_two_places_with_one_unit_number_are_found(world: Village) -> None:
    insert = (
        "INSERT INTO registry_value (kind, object_id, field, value, is_current, source_feedback_id, at, by) "
        "VALUES ('parcel', {parcel}, 'bdc_unit_no', '141124102005JE00012L00000001', true, 1, '2020-09-01 00:00:00', 'x')"
    )
    with world.host.transaction() as session:
        # an archive whose index was lost: the check does not lean on it
        session.connection().exec_driver_sql("DROP INDEX uq_registry_value_number")
        for parcel in (1, 2):
            session.connection().execute(text(insert.format(parcel=parcel)))
    assert found(world) == {"H9"}


@pytest.mark.parametrize("kind", ["manifest", "list_xlsx", "package"])
def test_a_changed_byte_of_a_document_is_found_and_named(world: Village, kind: str) -> None:
    with world.host.view() as session:
        doc = session.scalars(select(TransferDoc).where(TransferDoc.batch_id == 2, TransferDoc.kind == kind)).one()
    path = world.host.storage.path(doc.sha256)
    good = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(good[:-1] + b"?")
    violations = [one for result in run_checks(world.host) if result.code == "I4" for one in result.violations]
    assert doc.file_name in {one.subject for one in violations}
    path.write_bytes(good)
    assert found(world) == set()


def test_verifying_changes_nothing(world: Village) -> None:
    def dump() -> list[tuple[object, ...]]:
        with world.host.view() as session:
            names = inspect(session.connection()).get_table_names()
            tables = [session.connection().exec_driver_sql(f'SELECT * FROM "{name}"') for name in sorted(names)]
            return [tuple(row) for table in tables for row in table]

    before = dump()
    list(run_checks(world.host))
    list(run_checks(world.host))
    assert dump() == before


def test_the_retained_set_is_proved(world: Village) -> None:
    """H10: the signed list says that originals went, or the paper lies in a known place."""
    change = {
        "copy": "UPDATE batch SET paper_kind = 'copy' WHERE id = 2",
        "homeless": "UPDATE archive_file SET box_no = '' WHERE id = 3",
        "placed": "UPDATE archive_file SET location = '二号库 3 排' WHERE id = 3",
    }
    for step, codes in (("copy", set()), ("homeless", {"H10"}), ("placed", set())):
        with world.host.transaction() as session:
            sql(change[step])(session.connection())
        assert found(world) == codes, step


def test_the_auditor_reads_the_twelve_and_drills_down(world: Village) -> None:
    from lindang.testing import client, make_app

    browser = client(make_app(world.host), world.people.auditor)
    clean = browser.get("/handover/balance").text
    assert clean.count("符合</span>") == 12
    again = browser.get("/handover/balance").text
    report = [page[page.index("<main") : page.index("</main>")] for page in (clean, again)]
    assert report[0] == report[1], "nothing changed, so the report and its digest are the same"
    with world.host.transaction() as session:
        sql("UPDATE parcel SET is_withdrawn = true WHERE certificate_id = 2")(session.connection())
    assert "不符合" in browser.get("/handover/balance").text
    detail = browser.get("/handover/balance/2").text
    assert "141124-2020-YJ001-0002" in detail
    assert "没有问题" in browser.get("/handover/balance/1").text
    assert browser.get("/handover/balance/13").status_code == 404
    assert browser.get("/handover/balance.xlsx").data.startswith(b"PK")


def test_a_number_read_otherwise_is_a_question_and_fails_nothing(world: Village) -> None:
    from lindang.testing import client, make_app
    from models.digital import Identifier
    from models.identifiers import number_values

    def read(raw: str) -> None:
        with world.host.transaction() as session:
            values = number_values("cert_no", raw)
            session.add(Identifier(**values, source="ocr", division_code="141124102205", item_id=2, archive_file_id=1))

    browser = client(make_app(world.host), world.people.auditor)
    read("某政林证字(2010)第000007号")
    assert "请核对" in browser.get("/handover/balance").text
    assert "000007" in browser.get("/handover/balance/12").text
    assert found(world) == set()


def test_a_neighbour_sees_none_of_it(world: Village) -> None:
    from lindang.testing import actor, client, make_app
    from tests.handover_kit import OTHER_COUNTY

    with world.host.transaction() as session:
        sql("UPDATE parcel SET is_withdrawn = true WHERE certificate_id = 2")(session.connection())
    stranger = actor(world.host, {"auditor"}, prefixes=(OTHER_COUNTY,))
    assert "不符合" not in client(make_app(world.host), stranger).get("/handover/balance").text
