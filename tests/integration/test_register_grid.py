"""The keying grid: rows saved, drafts kept, two people on one row, suggestions, what a machine offers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from lindang.testing import client, make_app
from models.digital import PageText
from models.keying import FieldReading, KeyingDraft
from models.register import Certificate, Parcel, RegisterEntry
from plugins.register.queries.scans import grouped, readings_of_file
from tests.support.catalogue_world import OTHER_VILLAGE, VILLAGE, World, household, make_world, paper
from tests.support.keying import CELLS, ID_NO, keyed, save

URL = f"/register/villages/{VILLAGE}/grid"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def count(world: World, table: Any) -> int:
    with world.host.view() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def entries(world: World) -> list[RegisterEntry]:
    with world.host.view() as session:
        found = list(session.scalars(select(RegisterEntry).order_by(RegisterEntry.id)))
        session.expunge_all()
        return found


def test_a_whole_row_is_stored_with_who_and_whence(world: World, app: Flask) -> None:
    file = household(world, holder_name="王小山")
    cells = {**CELLS, "archival_code": file.archival_code}
    answer = save(app, world.archivist, cells, sources={**dict.fromkeys(cells, "keyed"), "area_mu": "ocr"})
    assert (answer["status"], answer["state"], answer["seen"], answer["file_id"]) == (200, "saved", 1, file.id)
    [entry] = entries(world)
    assert (entry.by, entry.by_id) == (world.archivist.name, world.archivist.account_id)
    assert (entry.changed["area_mu"], entry.changed["place_name"]) == ("ocr", "keyed")
    assert entry.cells["area_mu"] == "12.30"
    with world.host.view() as session:
        parcel = session.scalars(select(Parcel)).one()
        assert session.get_one(Certificate, parcel.certificate_id).archive_file_id == file.id


def test_a_changed_cell_is_a_new_version_and_so_is_taking_it_back(world: World, app: Flask) -> None:
    row = keyed(world, app)
    changed = save(app, world.archivist, {"place_name": "前坡"}, row=row)
    back = save(app, world.archivist, {"place_name": "后沟"}, row=changed, reason="撤销录入")
    assert (changed["seen"], back["seen"]) == (2, 3)
    assert [entry.cells["place_name"] for entry in entries(world)] == ["后沟", "前坡", "后沟"]
    assert [entry.is_current for entry in entries(world)] == [False, False, True]
    assert entries(world)[-1].reason == "撤销录入"


def test_what_cannot_be_stored_is_a_draft_of_its_person_and_says_why(world: World, app: Flask) -> None:
    household(world)
    answer = save(app, world.archivist, {**CELLS, "area_mu": "见附图"})
    assert (answer["status"], answer["state"]) == (422, "draft")
    assert [mark["field"] for mark in answer["marks"] if mark["severity"] == "E"].count("area_mu") == 1
    assert all(mark["text"] for mark in answer["marks"])
    assert count(world, Parcel) == 0
    mine = client(app, world.archivist).get(URL).text
    assert "见附图" in mine
    assert "见附图" not in client(app, world.second).get(URL).text


def test_a_draft_that_became_a_row_is_gone_and_its_slot_stays_one_row(world: World, app: Flask) -> None:
    file = household(world)
    cells = {**CELLS, "archival_code": file.archival_code}
    save(app, world.archivist, {**cells, "area_mu": ""}, slot="n1")
    first = save(app, world.archivist, cells, slot="n1")
    again = save(app, world.archivist, cells, slot="n1")  # the answer was lost on the way
    assert (first["state"], again["state"]) == ("saved", "saved")
    assert first["parcel_id"] == again["parcel_id"]
    assert count(world, Parcel) == 1
    with world.host.view() as session:
        assert session.scalars(select(KeyingDraft)).one().closed_at is not None


def test_a_draft_put_aside_is_shown_no_more_and_not_deleted(world: World, app: Flask) -> None:
    save(app, world.archivist, {"holder_name": "王小山"}, slot="n1")
    acting = client(app, world.archivist)
    assert acting.post(f"{URL}/discard", json={"slot": "n1"}).status_code == 200
    assert "王小山" not in acting.get(URL).text
    assert count(world, KeyingDraft) == 1


def test_the_second_of_two_people_is_told_and_loses_nothing(world: World, app: Flask) -> None:
    row = keyed(world, app)
    save(app, world.archivist, {"area_mu": "13.00"}, row=row)
    answer = save(app, world.second, {"area_mu": "12.80"}, row=row)
    assert (answer["status"], answer["state"], answer["seen"]) == (409, "conflict", 2)
    assert world.archivist.name in answer["message"]
    assert answer["cells"]["area_mu"] == "13.00"
    assert [entry.cells["area_mu"] for entry in entries(world)] == ["12.30", "13.00"]
    knowingly = save(app, world.second, {"area_mu": "12.80"}, row={**row, "seen": answer["seen"]})
    assert knowingly["state"] == "saved"


def test_a_row_that_is_there_is_not_keyed_over(world: World, app: Flask) -> None:
    keyed(world, app)
    answer = save(app, world.archivist, {**CELLS, "area_mu": "99.00"}, slot="n9")
    assert answer["state"] == "draft"
    assert [mark["field"] for mark in answer["marks"] if mark["code"] == "R03"] == ["parcel_no"]
    assert [entry.cells["area_mu"] for entry in entries(world)] == ["12.30"]


def test_an_id_number_stands_nowhere_in_plain_text(world: World, app: Flask) -> None:
    draft = save(app, world.archivist, {**CELLS, "id_no": ID_NO, "area_mu": ""}, slot="n1")
    page = client(app, world.archivist).get(URL).text
    kept = save(app, world.archivist, {**CELLS, "id_no": "141124********0017"}, slot="n1")
    assert kept["state"] == "saved"
    for said in (str(draft), str(kept), page, client(app, world.archivist).get(URL).text):
        assert ID_NO not in said
    with world.host.view() as session:
        certificate = session.scalars(select(Certificate)).one()
        assert world.host.vault.open(certificate.id_no_enc) == ID_NO
        assert ID_NO not in str([row.cells for row in session.scalars(select(KeyingDraft))])


def test_another_county_finds_no_village_row_or_scan(world: World, app: Flask) -> None:
    row = keyed(world, app)
    stranger = client(app, world.stranger)
    file_id = row["file_id"]
    assert stranger.get(URL).status_code == 404
    assert stranger.get(f"{URL}/choices").status_code == 404
    assert stranger.get(f"/register/files/{file_id}/scan").status_code == 404
    assert save(app, world.stranger, {"area_mu": "1"}, row=row)["status"] == 404
    assert client(app, world.archivist).get(f"/register/files/{file_id}/scan").status_code == 200


def test_a_row_is_not_saved_through_another_village(world: World, app: Flask) -> None:
    row = keyed(world, app)
    assert save(app, world.archivist, {"area_mu": "1"}, row=row, village=OTHER_VILLAGE)["status"] == 404
    assert [entry.cells["area_mu"] for entry in entries(world)] == ["12.30"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"slot": "n1", "parcel_id": None, "seen": 0, "cells": {"nonsense": "x"}, "sources": {}},
        {"slot": "", "parcel_id": None, "seen": 0, "cells": {}, "sources": {}},
        {"slot": "n1", "parcel_id": 2**40, "seen": 0, "cells": {}, "sources": {}},
        {"slot": "n1", "parcel_id": None, "seen": 0, "cells": {"area_mu": "1" * 5000}, "sources": {}},
        {"slot": "n1", "parcel_id": None, "seen": 0, "cells": {"area_mu": 1}, "sources": {}},
    ],
)
def test_what_is_no_row_is_refused(world: World, app: Flask, body: object) -> None:
    answer = client(app, world.archivist).post(f"{URL}/rows", json=body)
    assert answer.status_code == 400
    assert count(world, Parcel) == 0


def test_suggestions_are_the_villages_own_most_frequent_first(world: World, app: Flask) -> None:
    for number, species in enumerate(("油松", "侧柏", "侧柏"), start=1):
        keyed(world, app, cert_no=f"临林证字(2010)第{number}号", main_species=species)
    keyed(world, app, village=OTHER_VILLAGE, cert_no="临林证字(2010)第9号", main_species="红枣")
    known = client(app, world.archivist).get(f"{URL}/choices").get_json()
    assert known["main_species"] == ["侧柏", "油松"]
    assert "防护林" in known["forest_category"]
    assert "发放到户" in known["issue_state"]


def test_the_next_household_is_the_next_file_without_a_certificate(world: World, app: Flask) -> None:
    files = [household(world, holder_name=name) for name in ("甲", "乙", "丙", "丁")]
    row = keyed(world, app, file=files[1])
    acting = client(app, world.archivist)
    following = acting.get(f"{URL}/next?from={row['parcel_id']}").get_json()
    assert following["file_id"] == files[2].id
    assert following["cells"]["holder_name"] == "丙"
    assert following["cells"]["land_owner"] == CELLS["land_owner"]
    assert "cert_no" not in following["cells"]
    further = acting.get(f"{URL}/next?from={row['parcel_id']}&taken={files[2].id}").get_json()
    assert further["file_id"] == files[3].id
    wrapped = acting.get(f"{URL}/next?from={row['parcel_id']}&taken={files[2].id},{files[3].id}").get_json()
    assert wrapped["file_id"] == files[0].id


def test_what_a_machine_read_is_offered_and_fills_nothing(world: World, app: Flask) -> None:
    file = household(world)
    _item, [page] = paper(world, file, "D11")
    with world.host.transaction() as session:
        text = PageText(page_id=page.id, engine="test", text="", words=[], made_at=world.clock.now())
        session.add(text)
        session.flush()
        for row, field, value, sure in (
            (0, "cert_no", "临林证字(2010)第000123号", 98),
            (0, "place_name", "后沟", 91),
            (0, "area_mu", "12.30", 97),
            (1, "place_name", "前坡", 88),
            (1, "area_mu", "5.00", 99),
        ):
            session.add(
                FieldReading(
                    page_id=page.id, page_text_id=text.id, row=row, field=field, value=value, confidence=sure,
                    box=[1, 2, 3, 4], made_at=world.clock.now(),
                )
            )  # fmt: skip
    with world.host.view(world.archivist) as session:
        found = grouped(readings_of_file(session, file.id))
    assert found.book["cert_no"].value == "临林证字(2010)第000123号"
    assert [parcel["place_name"].value for parcel in found.parcels] == ["后沟", "前坡"]
    scan = client(app, world.archivist).get(f"/register/files/{file.id}/scan").text
    assert "前坡" in scan
    assert f"/catalogue/pages/{page.id}/view.jpg" in scan
    assert count(world, RegisterEntry) == 0


def test_the_grid_needs_the_right_to_key(world: World, app: Flask) -> None:
    assert client(app, world.auditor).get(URL).status_code == 403
    assert save(app, world.auditor, CELLS)["status"] == 403


def test_five_hundred_rows_are_shown_a_window_at_a_time(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.register.queries.keying.ROWS_SHOWN", 2)
    file = household(world)
    for number in range(1, 6):
        keyed(world, app, parcel_no=f"{number:03}", file=file)
    acting = client(app, world.archivist)
    last, first = acting.get(URL).text, acting.get(f"{URL}?page=1").text
    assert last.count('data-slot="p') == 1
    assert first.count('data-slot="p') == 2
    assert 'data-last="yes"' in last
    assert 'data-last="no"' in first
