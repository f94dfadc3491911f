"""Certificates, waivers, pages and their numbers in a real database: what is written stays, what is secret is sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from lindang.errors import Conflict, Faults, Forbidden, NotFound, StaleVersion
from lindang.events import EventRow
from lindang.journal import JournalRow
from models.archive import ArchiveFile, Waiver
from models.digital import DigitalObject, Identifier, PageText
from models.handover import Batch, BatchItem
from models.identifiers import canonical_id
from models.place import Division, Org
from models.register import Certificate
from plugins.catalogue.service.certificates import (
    Confirmation,
    add_parcel,
    edit_certificate,
    key_certificate,
    reveal_id_no,
)
from plugins.catalogue.service.files import ItemDraft, Renumbering, add_item, describe_item, renumber_file
from plugins.catalogue.service.pages import replace_page
from plugins.catalogue.service.reference import load_divisions
from plugins.catalogue.service.waivers import approve_waiver, request_waiver
from tests.support.catalogue_world import (
    ALL_PAPERS,
    CERTIFICATE,
    COUNTY,
    PARCEL,
    VILLAGE,
    World,
    household,
    keyed,
    make_world,
    paper,
    stored,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


def numbers(world: World, certificate_id: int) -> dict[str, list[tuple[str, bool]]]:
    """Return the identifiers of a certificate: kind to (as written, is current)."""
    with world.host.view() as session:
        query = select(Identifier).where(Identifier.certificate_id == certificate_id).order_by(Identifier.id)
        found: dict[str, list[tuple[str, bool]]] = {}
        for row in session.scalars(query):
            found.setdefault(row.kind, []).append((row.raw, row.is_current))
    return found


def test_the_id_number_goes_into_the_vault_and_nowhere_else(world: World) -> None:
    certificate_id = keyed(world, household(world))
    with world.host.view() as session:
        row = session.get_one(Certificate, certificate_id)
        assert world.host.vault.open(row.id_no_enc) == "141124197001010017"
        assert row.id_no_masked == "141124********0017"
        identifier = session.scalars(select(Identifier).where(Identifier.kind == "id_no")).one()
        assert (identifier.raw, identifier.norm) == ("141124********0017", row.id_no_hash)
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        dump = "".join(str(session.execute(text(f'SELECT * FROM "{table}"')).all()) for table in tables)
    assert "141124********0017" in dump
    assert "141124197001010017" not in dump


def test_an_old_fifteen_digit_number_meets_its_new_form(world: World) -> None:
    keyed(world, household(world), id_no="141124700101001")
    with world.host.view() as session:
        row = session.scalars(select(Certificate)).one()
    assert row.id_no_hash == world.host.vault.digest(canonical_id("141124197001010017"))
    assert row.id_no_masked == "141124*****1001"
    assert world.host.vault.open(row.id_no_enc) == "141124700101001"


def test_every_keyed_number_can_be_found_and_a_former_one_stays(world: World) -> None:
    certificate_id = keyed(world, household(world), application_no="1411241022050J1DS0001")
    assert set(numbers(world, certificate_id)) == {"cert_no", "cert_serial", "application_no", "id_no"}
    changed = CERTIFICATE | {"cert_no": "临林证字(2010)第124号", "id_no": "11010519491231002X"}
    with world.host.uow(world.archivist) as uow:
        edit_certificate(uow, certificate_id, changed, version=1)
    found = numbers(world, certificate_id)
    assert found["cert_no"] == [("临林证字(2010)第000123号", False), ("临林证字(2010)第124号", True)]
    assert found["id_no"] == [("141124********0017", False), ("110105********002X", True)]
    assert found["cert_serial"] == [("B1400000123", True)]
    with world.host.view() as session:
        facts = json.loads(
            session.scalars(select(JournalRow).where(JournalRow.action == "certificate.edited")).one().facts
        )
    assert facts["changed"]["cert_no"] == ["临林证字(2010)第000123号", "临林证字(2010)第124号"]
    assert facts["changed"]["id_no"] == [True, True]


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    certificate_id = keyed(world, household(world))
    with world.host.uow(world.archivist) as uow:
        edit_certificate(uow, certificate_id, CERTIFICATE, version=1)
    with world.host.view() as session:
        assert session.get_one(Certificate, certificate_id).version == 1
        assert session.scalar(select(JournalRow.seq).where(JournalRow.action == "certificate.edited")) is None


def test_one_file_one_certificate(world: World) -> None:
    file = household(world)
    keyed(world, file)
    with pytest.raises(Conflict, match="一卷对应一本证"), world.host.uow(world.archivist) as uow:
        key_certificate(uow, file.id, CERTIFICATE | {"cert_no": "临林证字(2010)第9号"})


def test_the_same_number_twice_in_a_county_needs_the_clerks_word(world: World) -> None:
    keyed(world, household(world))
    other = household(world, "李秀英林权登记材料")
    spelt = CERTIFICATE | {"cert_no": "临林证字〔２０１０〕第123号"}
    with pytest.raises(Faults, match="同号") as caught, world.host.uow(world.archivist) as uow:
        key_certificate(uow, other.id, spelt)
    assert caught.value.faults[0].where == "cert_no"
    with world.host.uow(world.archivist) as uow:
        assert key_certificate(uow, other.id, spelt, Confirmation(duplicate=True)).duplicate_no == 1


def test_an_unusual_number_is_kept_as_written_when_confirmed(world: World) -> None:
    file = household(world)
    odd = CERTIFICATE | {"cert_no": "老证 第 12 号(补)"}
    with pytest.raises(Faults), world.host.uow(world.archivist) as uow:
        key_certificate(uow, file.id, odd)
    with world.host.uow(world.archivist) as uow:
        made = key_certificate(uow, file.id, odd, Confirmation(as_written=True))
        assert made.cert_no == "老证 第 12 号(补)"
        assert made.cert_key.startswith("?|")


def test_a_state_does_not_go_back_by_form(world: World) -> None:
    certificate_id = keyed(world, household(world))
    back = CERTIFICATE | {"issue_state": "PRINTED_SEALED"}
    with pytest.raises(Faults) as caught, world.host.uow(world.archivist) as uow:
        edit_certificate(uow, certificate_id, back, Confirmation(), version=1)
    assert {fault.where for fault in caught.value.faults} == {"issue_state"}
    with world.host.view() as session:
        assert session.get_one(Certificate, certificate_id).issue_state == "ISSUED"


def test_a_stale_edit_is_refused_and_changes_nothing(world: World) -> None:
    certificate_id = keyed(world, household(world))
    with world.host.uow(world.archivist) as uow:
        edit_certificate(uow, certificate_id, CERTIFICATE | {"holder_name": "甲"}, version=1)
    with pytest.raises(StaleVersion), world.host.uow(world.second) as uow:
        edit_certificate(uow, certificate_id, CERTIFICATE | {"holder_name": "乙"}, version=1)
    with world.host.view() as session:
        assert session.get_one(Certificate, certificate_id).holder_name == "甲"


def test_out_of_scope_is_not_found_for_every_command(world: World) -> None:
    file = household(world)
    item, [page] = paper(world, file)
    certificate_id = keyed(world, file)
    images = stored(world, "neu")
    for command in (
        lambda uow: key_certificate(uow, file.id, CERTIFICATE),
        lambda uow: edit_certificate(uow, certificate_id, CERTIFICATE, version=1),
        lambda uow: add_parcel(uow, certificate_id, PARCEL),
        lambda uow: reveal_id_no(uow, certificate_id, "x"),
        lambda uow: add_item(uow, file.id, ItemDraft(title="x")),
        lambda uow: describe_item(uow, item.id, ItemDraft(title="x"), version=1),
        lambda uow: replace_page(uow, page.id, images, seen_version=1, reason="x"),
        lambda uow: request_waiver(uow, file.id, "D05", "x"),
    ):
        with pytest.raises(NotFound), world.host.uow(world.stranger) as uow:
            command(uow)


def test_saved_records_tell_the_rest_of_the_house(world: World) -> None:
    file = household(world)
    keyed(world, file)
    with world.host.view() as session:
        told = [
            (row.name, row.payload["division_code"])
            for row in session.scalars(select(EventRow))
            if row.name != "ReferenceChanged"  # the world's own tables
        ]
    assert told == [("ArchiveFileSaved", VILLAGE), ("CertificatesSaved", VILLAGE), ("CertificatesSaved", VILLAGE)]


def test_a_waiver_needs_a_missing_paper_and_two_people(world: World) -> None:
    file = household(world)
    paper(world, file, "D01")
    keyed(world, file)
    with pytest.raises(Conflict, match="现在不缺"), world.host.uow(world.archivist) as uow:
        request_waiver(uow, file.id, "D01", "理由")
    with pytest.raises(Faults), world.host.uow(world.archivist) as uow:
        request_waiver(uow, file.id, "D05", "  ")
    with world.host.uow(world.archivist) as uow:
        waiver = request_waiver(uow, file.id, "D05", "水灾毁损")
    with pytest.raises(Conflict, match="已有缺件说明"), world.host.uow(world.second) as uow:
        request_waiver(uow, file.id, "D05", "又一次")
    with pytest.raises(Forbidden), world.host.uow(world.archivist) as uow:
        approve_waiver(uow, waiver.id)
    with world.host.uow(world.second) as uow:
        approve_waiver(uow, waiver.id)
    with world.host.view() as session:
        row = session.get_one(Waiver, waiver.id)
        assert (row.requested_by, row.approved_by) == ("档案员甲", "联络员乙")


def signed_batch(world: World, file: ArchiveFile, certificate_id: int, batch_state: str, item_state: str) -> None:
    """Put the file into a batch, as the handover would have done."""
    with world.host.transaction() as session:
        org = Org(code="BDC", name="不动产登记中心", kind="registry", division_code=COUNTY)
        session.add(org)
        session.flush()
        now = world.clock.now()
        batch = Batch(
            batch_no="141124-2020-YJ001",
            title="第一批",
            division_code=COUNTY,
            registry_org_id=org.id,
            state=batch_state,
            state_since=now,
            created_at=now,
            created_by="x",
        )
        batch.items.append(
            BatchItem(
                seq=1,
                certificate_id=certificate_id,
                archive_file_id=file.id,
                division_code=file.division_code,
                state=item_state,
                added_at=now,
                added_by="x",
            )
        )
        session.add(batch)


def test_a_replaced_page_names_the_signed_batches_that_contain_it(world: World) -> None:
    file = household(world)
    _item, [page] = paper(world, file)
    signed_batch(world, file, keyed(world, file), "SENT", "SENT")
    with world.host.transaction() as session:
        session.add(PageText(page_id=page.id, engine="t", text="旧", words=[], made_at=world.clock.now()))
    images = stored(world, "neu")
    with world.host.uow(world.archivist) as uow:
        done = replace_page(uow, page.id, images, seen_version=1, reason="缺角")
    assert (done.version, done.batches) == (2, ("141124-2020-YJ001",))
    with world.host.view() as session:
        rows = list(session.scalars(select(DigitalObject).where(DigitalObject.page_id == page.id)))
        assert {(row.role, row.version, row.is_current) for row in rows} == {
            (role, version, version == 2) for role in ("master", "view", "thumb") for version in (1, 2)
        }
        assert session.scalars(select(PageText)).one().is_current is False
        facts = json.loads(session.scalars(select(JournalRow).where(JournalRow.action == "page.replaced")).one().facts)
    assert (facts["reason"], facts["signed_batches"]) == ("缺角", ["141124-2020-YJ001"])
    with pytest.raises(Conflict, match="完全相同"), world.host.uow(world.archivist) as uow:
        replace_page(uow, page.id, images, seen_version=2, reason="再来")


def test_a_draft_batch_is_not_named_and_a_batch_ties_the_code(world: World) -> None:
    file = household(world)
    _item, [page] = paper(world, file)
    signed_batch(world, file, keyed(world, file), "DRAFT", "IN_BATCH")
    with world.host.uow(world.archivist) as uow:
        assert replace_page(uow, page.id, stored(world, "neu"), seen_version=1, reason="缺角").batches == ()
    moved = Renumbering(
        class_code="QQ08", division_code=VILLAGE, year=2010, retention="Y", reason="错类", approved_by="局长"
    )
    with pytest.raises(Conflict, match="141124-2020-YJ001"), world.host.uow(world.archivist) as uow:
        renumber_file(uow, file.id, moved, version=2)


def test_renumbering_moves_certificate_parcels_and_numbers_along(world: World) -> None:
    file = household(world)
    paper(world, file)
    certificate_id = keyed(world, file)
    moved = Renumbering(
        class_code="QQ01",
        division_code="141124102206",
        year=2010,
        retention="Y",
        reason="立错了村",
        approved_by="局长",
    )
    with world.host.uow(world.archivist) as uow:
        renumber_file(uow, file.id, moved, version=2)  # keying wrote the holder's name into the file
    with world.host.view() as session:
        certificate = session.get_one(Certificate, certificate_id)
        places = {certificate.division_code, *(parcel.division_code for parcel in certificate.parcels)}
        places |= set(session.scalars(select(Identifier.division_code)))
    assert places == {"141124102206"}
    with pytest.raises(Conflict, match="都没有变"), world.host.uow(world.archivist) as uow:
        renumber_file(uow, file.id, moved, version=3)


def test_divisions_change_in_time_and_stay_inside_the_loaders_scope(world: World) -> None:
    merged = (
        "code,name,valid_from,valid_to,successor\n"
        "141124102205,王家沟村,,2020-06-30,141124102206\n"
        "141124102206,李家庄新村,2020-07-01,,\n"
    )
    with world.host.uow(world.archivist) as uow:
        assert load_divisions(uow, merged.encode(), source="2020").is_new
    with world.host.uow(world.archivist) as uow:
        assert not load_divisions(uow, merged.encode(), source="2020").is_new
    with world.host.view() as session:
        rows = session.scalars(select(Division).where(Division.code.startswith("14112410220")).order_by(Division.id))
        assert [(row.name, str(row.valid_to), row.successor_code) for row in rows] == [
            ("王家沟村", "2020-06-30", "141124102206"),
            ("李家庄村", "None", ""),
            ("李家庄新村", "None", ""),
        ]
    with pytest.raises(Faults, match="不在您的辖区内"), world.host.uow(world.stranger) as uow:
        load_divisions(uow, merged.encode(), source="x")


def test_a_full_file_is_complete(world: World) -> None:
    file = household(world)
    for doc_type in ALL_PAPERS:
        paper(world, file, doc_type)
    keyed(world, file)
    with pytest.raises(Conflict, match="现在不缺"), world.host.uow(world.archivist) as uow:
        request_waiver(uow, file.id, "D12", "理由")
