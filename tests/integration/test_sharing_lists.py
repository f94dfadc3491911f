"""信息共享月报 (F10): new and changed rights of a finished month, fixed on issue, compared with the month before."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections.abc import Iterator

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import delete, select, update

from lindang.errors import BadInput, Conflict, Forbidden, NotFound
from lindang.testing import FixedClock, client, drain, make_app, make_host
from models.entries import EntryDraft, write_entries
from models.register import Certificate, Parcel, RegistryValue
from models.sharing import SharingAgency, SharingList, SharingListDoc
from plugins.sharing.domain.groups import ARCHIVE, BASIC, BATCH, BOUNDS, FINDINGS, GROUPS, HOLDER, PAGES, REGISTRY
from plugins.sharing.domain.lists import month_before, read_month, told_changes
from plugins.sharing.service.agencies import change_agency
from plugins.sharing.service.lists import order_list
from tests.support.sharing_world import COUNTY, MARKS, NEVER, OTHER_COUNTY, VILLAGE, SharingWorld, draft, sharing_world

OCTOBER = dt.datetime(2020, 10, 5, 1, 0, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2020, 11, 5, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingWorld]:
    """Two books keyed in September; in October the first one's boundary and state are written anew."""
    clock = FixedClock()
    made = sharing_world(
        make_host(tmp_path_factory.mktemp("lists"), clock=clock, sharing={"pdf_font": "/nowhere"}), books=2
    )
    clock.moment = OCTOBER
    with made.host.uow(made.person("archivist")) as uow:
        parcel = uow.session.scalars(select(Parcel).where(Parcel.certificate_id == made.certificates[0])).one()
        changed = {"bound_e": "keyed", "issue_state": "state", "annotation": "keyed"}
        write_entries(uow, VILLAGE, [EntryDraft(parcel_id=parcel.id, cells={"bound_e": "新界"}, changed=changed)])
    clock.moment = NOVEMBER
    yield made
    made.host.close()


def agree(world: SharingWorld, *groups: str) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        version = uow.session.get_one(SharingAgency, world.agency_id).version
        change_agency(uow, world.agency_id, draft(groups or tuple(GROUPS)), version=version, is_suspended=False)


def made(world: SharingWorld, month: str) -> SharingList:
    with world.host.uow(world.person("liaison")) as uow:
        row = order_list(uow, world.agency_id, COUNTY, month)
    drain(world.host)
    return row


def document(world: SharingWorld, row: SharingList, kind: str = "json") -> bytes:
    with world.host.view() as session:
        query = select(SharingListDoc.sha256).where(SharingListDoc.list_id == row.id, SharingListDoc.kind == kind)
        return world.host.storage.read(session.scalars(query).one())


def content(world: SharingWorld, row: SharingList) -> dict[str, object]:
    found: dict[str, object] = json.loads(document(world, row))
    return found


def broken(world: SharingWorld) -> list[str]:
    (check,) = [one for plugin in world.host.plugins for one in plugin.checks if one.code == "G3"]
    return [found.subject for found in check.run(world.host)]


def test_new_then_changed_and_the_difference_between_the_months(world: SharingWorld) -> None:
    agree(world)
    september, october = made(world, "2020-09"), made(world, "2020-10")
    first, second = content(world, september), content(world, october)
    assert (first["totals"], first["previous"]) == ({"新增": 2, "变更": 0, "作废": 0}, None)
    assert second["totals"] == {"新增": 0, "变更": 1, "作废": 0}
    assert second["previous"] == {"list_no": september.list_no, "totals": first["totals"]}
    assert second["in_both"] == 1
    (line,) = second["rows"]  # type: ignore[misc]
    assert (line["change"], line["changed"], line["last_month"]) == ("变更", ["证书状态", "四至"], "新增")
    sheet = load_workbook(io.BytesIO(document(world, october, "xlsx")))
    rows = list(sheet["清单"].iter_rows(values_only=True))
    assert rows[1][:3] == ("1", "变更", world.cert_no(1))
    sums = dict(sheet["汇总"].iter_rows(values_only=True))
    assert "新增 -2，变更 +1，作废 +0；两月都有变动的 1 本" in sums["合计和比较"]
    assert broken(world) == []


def test_an_issued_list_stands_and_the_month_must_be_over(world: SharingWorld) -> None:
    agree(world)
    row = made(world, "2020-10")
    before = document(world, row)
    with world.host.transaction() as db:
        db.execute(update(Certificate).values(issue_state="UNPRINTED"))
    with world.host.uow(world.host.system_actor()) as uow:
        uow.enqueue("sharing.make_list", str(row.id))
    drain(world.host)
    assert document(world, row) == before
    liaison = world.person("liaison")
    cases = (
        (liaison, COUNTY, "2020-10", Conflict),
        (liaison, COUNTY, "2020-11", BadInput),
        (liaison, COUNTY, "2020-13", BadInput),
        (liaison, OTHER_COUNTY, "2020-09", NotFound),
        (world.person("archivist"), COUNTY, "2020-09", Forbidden),
    )
    for who, county, month, refusal in cases:
        with pytest.raises(refusal), world.host.uow(who) as uow:
            order_list(uow, world.agency_id, county, month)
    with world.host.transaction() as db:
        db.execute(delete(SharingListDoc).where(SharingListDoc.kind == "xlsx"))
    assert broken(world) == [row.list_no]


def test_a_change_that_was_not_agreed_on_is_no_change(world: SharingWorld) -> None:
    agree(world, BASIC, HOLDER)
    with world.host.transaction() as db:
        values = {"kind": "certificate", "object_id": world.certificates[1], "field": "title_cert_no", "value": "x"}
        db.add(RegistryValue(at=OCTOBER, by="测试", **values))
    assert [line["changed"] for line in content(world, made(world, "2020-10"))["rows"]] == [["证书状态"]]  # type: ignore[attr-defined]
    assert told_changes({"title_cert_no", "bound_e", "nonsense"}, {REGISTRY}) == ["不动产权证号"]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.sets(st.sampled_from(sorted(set(GROUPS) - {BASIC}))))
def test_no_field_outside_the_agreement_is_in_the_list(world: SharingWorld, groups: set[str]) -> None:
    agree(world, BASIC, *groups)
    with world.host.transaction() as db:
        db.execute(delete(SharingListDoc))
        db.execute(delete(SharingList))
    row = made(world, "2020-09")
    book = load_workbook(io.BytesIO(document(world, row, "xlsx")))
    words = "\n".join(str(cell) for sheet in book for line in sheet.iter_rows(values_only=True) for cell in line)
    words += document(world, row).decode()
    for group, marks in MARKS.items():
        if group in groups:
            continue
        assert not [mark for mark in marks if mark in words and group != BASIC], group
    assert (world.cert_no(1) in words, "QHOLDER" in words) == (True, HOLDER in groups)
    assert (MARKS[ARCHIVE][0] in words, MARKS[BATCH][0] in words) == (ARCHIVE in groups, BATCH in groups)
    assert not [mark for mark in (*NEVER, *MARKS[BOUNDS], *MARKS[FINDINGS], *world.id_numbers) if mark in words]
    assert PAGES not in json.loads(document(world, row))["groups"]


def test_the_page_orders_and_the_agency_takes_its_own(world: SharingWorld) -> None:
    agree(world)
    app = make_app(world.host)
    liaison = client(app, world.person("liaison"))
    assert "2020-10" in liaison.get("/sharing/lists").text
    form = {"agency_id": world.agency_id, "county": COUNTY, "month": "2020-10"}
    assert liaison.post("/sharing/lists", data=form).status_code == 302
    assert liaison.post("/sharing/lists", data=form).status_code == 422
    with world.host.view() as session:
        row = session.scalars(select(SharingList)).one()
    path = f"/sharing/lists/{row.id}.xlsx"
    assert client(app, world.receiver).get(path).status_code == 404
    drain(world.host)
    with contextlib.closing(client(app, world.receiver).get(path)) as got:
        assert got.data == document(world, row, "xlsx")
    assert client(app, world.stranger).get(path).status_code == 404
    assert liaison.get(f"/sharing/lists/{row.id}.pdf").status_code == 404


@pytest.mark.font
def test_the_paper_says_what_the_list_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = FixedClock()
    world = sharing_world(make_host(tmp_path_factory.mktemp("paper"), clock=clock), books=30)
    clock.moment = NOVEMBER
    row = made(world, "2020-09")
    with contextlib.closing(pypdfium2.PdfDocument(document(world, row, "pdf"))) as pdf:
        pages = ["".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    assert len(pages) > 1
    for number, words in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in words
        assert row.list_no in words
    assert "本月新增30本，变更0本，作废0本" in pages[-1]
    world.host.close()


def test_months() -> None:
    assert read_month("2020-02") == (dt.date(2020, 2, 1), dt.date(2020, 2, 29))
    assert read_month("2020-2") is read_month("1999-01") is read_month("2020-00") is None
    assert month_before("2021-01") == "2020-12"
