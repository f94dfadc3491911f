"""The village's sheet: closed by two people and then fixed; rows withdrawn and kept; three layers and every version of a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from lindang.auth import Actor
from lindang.errors import BadInput, Faults, NotFound, StaleVersion
from lindang.testing import client, make_app
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet, RegistryValue
from plugins.register.domain.digest import digest_of
from plugins.register.queries.ready import certificates_ready, village_counts
from plugins.register.queries.versions import closed_sheet, row_view
from plugins.register.service.sheets import close_sheet, withdraw_row
from tests.support.catalogue_world import VILLAGE, World, household, make_world
from tests.support.keying import CELLS, keyed, save

DAY = dt.date(2020, 8, 20)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    opened = make_world(tmp_path)
    yield opened
    opened.host.close()


@pytest.fixture
def app(world: World) -> Flask:
    return make_app(world.host)


def sheets(world: World) -> list[RegisterSheet]:
    with world.host.view() as session:
        found = list(session.scalars(select(RegisterSheet).order_by(RegisterSheet.sheet_no)))
        session.expunge_all()
        return found


def close(world: World, who: Actor | None = None, filled_by: str = "填表的人", version: int | None = None) -> None:
    seen = sheets(world)[-1].version if version is None else version
    with world.host.uow(who or world.second) as uow:
        close_sheet(uow, VILLAGE, seen, filled_by, DAY)


def withdraw(world: World, row: dict[str, object], reason: str = "重复录入", who: Actor | None = None) -> None:
    with world.host.view() as session:
        version = session.get_one(Parcel, row["parcel_id"]).version
    with world.host.uow(who or world.archivist) as uow:
        withdraw_row(uow, int(str(row["parcel_id"])), reason, version)


def test_a_closed_sheet_shows_the_rows_as_they_were(world: World, app: Flask) -> None:
    row = keyed(world, app)
    close(world)
    save(app, world.archivist, {"place_name": "前坡"}, row=row)
    keyed(world, app, cert_no="临林证字(2010)第9号")
    first, second = sheets(world)
    assert (first.row_count, first.filled_by, first.closed_by) == (1, "填表的人", world.second.name)
    assert (second.sheet_no, second.closed_at) == (2, None)
    with world.host.view() as session:
        closed = closed_sheet(session, world.archivist, VILLAGE, 1)
    assert [cells["place_name"] for cells in closed.rows] == [CELLS["place_name"]]
    assert closed.is_sound
    assert closed.rows_digest == digest_of(closed.rows)


def test_a_changed_entry_is_noticed(world: World, app: Flask) -> None:
    keyed(world, app)
    close(world)
    with world.host.transaction() as session:
        session.execute(update(RegisterEntry).values(cells={"place_name": "别处"}))
    with world.host.view() as session:
        assert not closed_sheet(session, world.archivist, VILLAGE, 1).is_sound
    page = client(app, world.auditor).get(f"/register/villages/{VILLAGE}/sheets/1").text
    assert "与定稿时的摘要不符" in page


def test_closing_takes_two_people_and_no_drafts(world: World, app: Flask) -> None:
    with pytest.raises(IndexError):
        close(world)  # nothing keyed, no sheet
    keyed(world, app)
    with pytest.raises(Faults, match="两个人"):
        close(world, filled_by=world.second.name)
    save(app, world.archivist, {"holder_name": "半行"}, slot="n7")
    with pytest.raises(Faults, match="暂存"):
        close(world)
    client(app, world.archivist).post(f"/register/villages/{VILLAGE}/grid/discard", json={"slot": "n7"})
    with pytest.raises(StaleVersion):
        close(world, version=99)
    with pytest.raises(NotFound):
        close(world, who=world.stranger)
    close(world)
    with pytest.raises(NotFound, match="没有录入中"):
        close(world)


def test_a_withdrawn_row_stays_and_counts_nowhere(world: World, app: Flask) -> None:
    file = household(world)
    row = keyed(world, app, file=file)
    other = keyed(world, app, file=file, parcel_no="002")
    close(world)
    with pytest.raises(BadInput):
        withdraw(world, other, reason=" ")
    with pytest.raises(NotFound):
        withdraw(world, other, who=world.stranger)
    withdraw(world, other)
    acting = client(app, world.archivist)
    village = f"/register/villages/{VILLAGE}"
    assert acting.get(village).text.count(f"/register/parcels/{other['parcel_id']}") == 0
    assert acting.get(f"{village}?tab=withdrawn").text.count(f"/register/parcels/{other['parcel_id']}") == 1
    assert f'data-slot="p{other["parcel_id"]}"' not in acting.get(f"{village}/grid").text
    with world.host.view() as session:
        assert len(closed_sheet(session, world.archivist, VILLAGE, 1).rows) == 2
        assert not session.scalars(select(Certificate)).one().is_withdrawn
        view = row_view(session, world.archivist, int(str(other["parcel_id"])))
    assert (view.is_withdrawn, view.versions[0].is_withdrawal, view.versions[0].reason) == (True, True, "重复录入")
    withdraw(world, row)
    with world.host.view() as session:
        book = session.scalars(select(Certificate)).one()
    assert (book.is_withdrawn, book.archive_file_id) == (True, None)
    right = {**CELLS, "archival_code": file.archival_code}
    again = save(app, world.archivist, right, slot="n99")  # the right row may come
    assert again["state"] == "saved"


def test_a_row_shows_its_three_layers_and_every_version(world: World, app: Flask) -> None:
    row = keyed(world, app, area_mu="１２．３０亩", id_no="141124197001010017")
    save(app, world.second, {"place_name": "前坡"}, row=row)
    with world.host.transaction() as session:
        session.add(
            RegistryValue(kind="parcel", object_id=row["parcel_id"], field="area_mu", value="12.28",
                          at=world.clock.now(), by="登记机构")
        )  # fmt: skip
    with world.host.view() as session:
        view = row_view(session, world.archivist, row["parcel_id"])
    layers = {layer.header: layer for layer in view.layers}
    area, place, number = layers["面积（亩）"], layers["小地名"], layers["证件号码"]
    assert (area.written, area.normal, area.confirmed) == ("１２．３０亩", "12.3", "12.28")
    assert (place.written, world.second.name in place.source) == ("前坡", True)
    assert number.written == "141124********0017"
    assert view.versions[0].changes == (("小地名", CELLS["place_name"], "前坡"),)
    page = client(app, world.auditor).get(f"/register/parcels/{row['parcel_id']}").text
    assert "12.28" in page
    assert "141124197001010017" not in page
    assert client(app, world.stranger).get(f"/register/parcels/{row['parcel_id']}").status_code == 404


def test_the_village_page_closes_and_leads_to_the_closed_version(world: World, app: Flask) -> None:
    keyed(world, app)
    acting = client(app, world.second)
    form = {"version": sheets(world)[0].version, "filled_by": world.second.name, "filled_on": "2020-08-20"}
    refused = acting.post(f"/register/villages/{VILLAGE}/close", data=form)
    assert refused.status_code == 422
    assert "须是两个人" in refused.text
    answer = acting.post(f"/register/villages/{VILLAGE}/close", data={**form, "filled_by": "填表的人"})
    assert answer.status_code == 302
    assert "各行与定稿时一致" in acting.get(answer.headers["Location"]).text
    assert "第 1 版已定稿" in acting.get("/register/").text


def test_what_may_be_handed_over_is_told_by_village_with_the_first_reason(world: World, app: Flask) -> None:
    keyed(world, app)
    keyed(world, app, cert_no="临林证字(2010)第9号", place_name="")
    with world.host.view() as session:
        (village,) = village_counts(session, world.archivist, VILLAGE, needs_paper_count=True)
        rows = list(certificates_ready(session, world.archivist, VILLAGE, needs_paper_count=True))
        assert village_counts(session, world.stranger, "", needs_paper_count=True) == []
        assert list(certificates_ready(session, world.stranger, VILLAGE, needs_paper_count=True)) == []
    assert (village.total, village.ready, village.unjudged, village.waiting) == (2, 0, 0, {"no_item": 2})
    assert [one.reason.code for one in rows if one.reason] == ["no_item", "no_item"]
