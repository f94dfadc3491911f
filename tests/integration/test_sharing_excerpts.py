"""查询证明: numbered without gaps, fixed, archived, confirmed by code and by file, and found out when altered."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from lindang.errors import Conflict, Faults, Forbidden, NotFound
from lindang.fonts import find_font
from lindang.testing import FixedClock, client, drain, make_app, make_host
from models.archive import ArchiveFile, Item
from models.digital import DigitalObject
from models.register import Certificate
from models.sharing import SharingAgency, SharingExcerpt
from plugins.sharing import cli
from plugins.sharing.documents import pdf_excerpt
from plugins.sharing.domain.groups import BASIC, GROUPS, HOLDER, PAGES
from plugins.sharing.domain.papers import ExcerptPaper, first_difference, read_code, shown_code
from plugins.sharing.service.agencies import change_agency
from plugins.sharing.service.excerpts import issue_excerpt, make_excerpt
from plugins.sharing.service.verifying import ALTERED, GENUINE, UNKNOWN, Verdict, verify_code, verify_file
from tests.handover_kit import Unclosed
from tests.support.sharing_world import MARKS, NEVER, SharingWorld, draft, sharing_world

pytestmark = pytest.mark.font


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharingWorld]:
    made = sharing_world(make_host(tmp_path_factory.mktemp("excerpts"), clock=FixedClock()))
    yield made
    made.host.close()


@pytest.fixture(scope="module")
def app(world: SharingWorld) -> Flask:
    return make_app(world.host)


def agree(world: SharingWorld, *groups: str) -> None:
    with world.host.uow(world.host.system_actor()) as uow:
        version = uow.session.get_one(SharingAgency, world.agency_id).version
        change_agency(uow, world.agency_id, draft(groups), version=version, is_suspended=False)


def issued(world: SharingWorld, *, is_made: bool = True) -> SharingExcerpt:
    with world.host.uow(world.person("archivist")) as uow:
        row = issue_excerpt(uow, world.certificates[0], world.agency_id, "办理转移登记", "受理2020-0001")
    return make_excerpt(world.host, row.id) if is_made else row


def pdf_pages(data: bytes) -> list[str]:
    """Return each page's text without white space, as PDFium reads it."""
    with contextlib.closing(pypdfium2.PdfDocument(data)) as document:
        return ["".join(page.get_textpage().get_text_bounded().split()) for page in document]


def pdf_text(data: bytes) -> str:
    return "".join(pdf_pages(data))


def broken(world: SharingWorld) -> set[str]:
    """The codes of the checks that find something: those of excerpts, of archival codes and of stored files."""
    checks = [one for plugin in world.host.plugins for one in plugin.checks if one.code in {"G1", "G2", "K2", "I1"}]
    assert len(checks) == 4
    return {one.code for one in checks if any(one.run(world.host))}


def test_an_excerpt_is_numbered_archived_and_readable(world: SharingWorld) -> None:
    agree(world, *GROUPS)
    first, second = issued(world), issued(world)
    assert [row.excerpt_no[-4:] for row in (first, second)] == [
        f"{int(first.excerpt_no[-4:]):04d}",
        f"{int(first.excerpt_no[-4:]) + 1:04d}",
    ]
    data = world.host.storage.read(first.sha256)
    pages = pdf_pages(data)
    words = "".join(pages)
    for part in (first.excerpt_no, shown_code(first.code), "印章", f"第1页共{len(pages)}页", "QHOLDER", "2020年9月1日"):
        assert part in words, part
    with world.host.view() as session:
        item = session.get_one(Item, first.item_id)
        file = session.get_one(ArchiveFile, item.archive_file_id)
        masters = session.scalars(select(DigitalObject.sha256).where(DigitalObject.item_id == item.id)).all()
    assert (file.class_code, file.year, item.doc_no, masters) == ("ZH06", 2020, first.excerpt_no, [first.sha256])
    assert broken(world) == set()


def test_a_number_taken_in_vain_is_given_back_and_a_paper_not_made_comes_later(world: SharingWorld) -> None:
    agree(world, *GROUPS)
    with pytest.raises(ZeroDivisionError), world.host.uow(world.person("archivist")) as uow:
        issue_excerpt(uow, world.certificates[0], world.agency_id, "核对", "一号")
        raise ZeroDivisionError
    row = issued(world, is_made=False)
    assert row.sha256 == ""
    assert broken(world) == set()
    drain(world.host)
    with world.host.view() as session:
        made = session.get_one(SharingExcerpt, row.id)
    assert made.sha256
    assert make_excerpt(world.host, row.id).item_id == made.item_id
    assert verify_code(world.host, row.code).outcome == GENUINE


def test_who_gives_out_what(world: SharingWorld) -> None:
    agree(world, *GROUPS)
    archivist = world.person("archivist")
    outside = world.certificates[-1]
    cases = (
        (world.person("liaison"), world.certificates[0], world.agency_id, Forbidden),
        (archivist, outside, world.agency_id, NotFound),
        (archivist, world.certificates[0], world.other_agency_id, NotFound),
    )
    for who, certificate_id, agency_id, refusal in cases:
        with pytest.raises(refusal), world.host.uow(who) as uow:
            issue_excerpt(uow, certificate_id, agency_id, "核对", "一号")
    with pytest.raises(Faults), world.host.uow(archivist) as uow:
        issue_excerpt(uow, world.certificates[0], world.agency_id, "", "")
    with world.host.uow(world.host.system_actor()) as uow:
        version = uow.session.get_one(SharingAgency, world.agency_id).version
        change_agency(uow, world.agency_id, draft(), version=version, is_suspended=True)
    with pytest.raises(Conflict), world.host.uow(archivist) as uow:
        issue_excerpt(uow, world.certificates[0], world.agency_id, "核对", "一号")


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.sets(st.sampled_from(sorted(set(GROUPS) - {BASIC}))))
def test_no_field_outside_the_agreement_is_on_the_paper(world: SharingWorld, groups: set[str]) -> None:
    agree(world, BASIC, *groups)
    words = pdf_text(world.host.storage.read(issued(world).sha256))
    for group, marks in MARKS.items():
        for mark in marks:
            assert (mark in words) == (group in groups or group == BASIC), (group, mark)
    assert not [mark for mark in (*NEVER, *world.id_numbers) if mark in words]


def test_the_same_content_gives_the_same_bytes() -> None:
    clock = FixedClock()
    rows = [{"parcel_no": f"{n:04d}", "location": "王家沟" * 9, "place_name": "", "area_mu": "1.5"} for n in range(90)]
    content = {
        "basic": {"rows": [{"cert_no": "临林证字(2010)第1号"}], "note": ""},
        "parcels": {"rows": rows, "note": ""},
    }
    paper = ExcerptPaper(
        excerpt_no="141124-2020-GX0001", office="某县林业局", agency="登记中心", purpose="核对", basis="一号",
        content=content, code="0123456789ABCDEF", issued_at=clock.now(), issued_on=clock.now().date(),
    )  # fmt: skip
    one, two = pdf_excerpt(paper, find_font()), pdf_excerpt(paper, find_font())
    assert one == two
    pages = pdf_pages(one)
    count = len(pages)
    assert count > 3
    for number, words in enumerate(pages, 1):
        assert f"第{number}页共{count}页" in words
        assert number in {1, count} or "宗地号" in words


# --- verifying --------------------------------------------------------------------------------------------------


def test_code_and_file_are_confirmed_and_altered_ones_found_out(world: SharingWorld) -> None:
    agree(world, *(set(GROUPS) - {PAGES}))
    row = issued(world)
    data = world.host.storage.read(row.sha256)
    for found in (
        verify_code(world.host, row.code),
        verify_code(world.host, f" {shown_code(row.code).lower()} "),
        verify_code(world.host, f"LDGX:{row.excerpt_no}:{shown_code(row.code)}"),
        verify_file(world.host, data),
    ):
        assert (found.outcome, found.excerpt_no, found.changes) == (GENUINE, row.excerpt_no, ())
    assert verify_code(world.host, "0" * 16).outcome == UNKNOWN
    assert verify_code(world.host, "nonsense").outcome == UNKNOWN
    assert verify_file(world.host, b"%PDF-1.7 something else").outcome == UNKNOWN
    place = data.index(b"stream") + 40
    for altered, start in (
        (data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], place),
        (data + b"\n", len(data)),
    ):
        found = verify_file(world.host, altered)
        assert found.outcome == ALTERED
        assert row.excerpt_no in found.faults[0]
        assert f"第 {start + 1} 字节" in found.faults[0]
        assert first_difference(data, altered) == start


def test_every_single_byte_matters(world: SharingWorld) -> None:
    agree(world, BASIC)
    row = issued(world)
    data = world.host.storage.read(row.sha256)
    for place in range(0, len(data), max(1, len(data) // 60)):
        altered = data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]
        assert verify_file(world.host, altered).outcome != GENUINE, place


def test_what_changed_since_is_told_but_not_what_a_person_is_called_now(world: SharingWorld) -> None:
    agree(world, BASIC, HOLDER)
    row = issued(world)
    with world.host.transaction() as db:
        where = update(Certificate).where(Certificate.id == world.certificates[0])
        db.execute(where.values(issue_state="PRINTED_SEALED", holder_name="新户主"))
    found = verify_code(world.host, row.code)
    with world.host.transaction() as db:
        db.execute(where.values(issue_state="ISSUED", holder_name="QHOLDER"))
    assert found.outcome == GENUINE
    assert [(one.field, one.then, one.now) for one in found.changes] == [
        ("证书状态", "发放到户", "已打印盖章未发放"),
        ("", "", ""),
    ]
    assert "新户主" not in repr(dataclasses.asdict(found))


def test_verify_finds_a_changed_record_a_lost_paper_and_a_gap(tmp_path: Path) -> None:
    world = sharing_world(make_host(tmp_path, clock=FixedClock()), books=1)
    row, last = issued(world), issued(world)
    assert broken(world) == set()
    with world.host.transaction() as db:
        content = json.loads(json.dumps(row.content))
        content["basic"]["rows"][0]["state"] = "未打印未盖章"
        db.execute(update(SharingExcerpt).where(SharingExcerpt.id == row.id).values(content=content))
    assert broken(world) == {"G1"}
    assert verify_code(world.host, row.code).outcome == ALTERED
    with world.host.transaction() as db:
        db.execute(update(SharingExcerpt).where(SharingExcerpt.id == row.id).values(content=row.content))
        db.execute(text("UPDATE sharing_excerpt SET code = '0000000000000000' WHERE id = :id"), {"id": last.id})
    assert broken(world) == {"G1"}
    with world.host.transaction() as db:
        db.execute(update(SharingExcerpt).where(SharingExcerpt.id == last.id).values(code=last.code))
        db.execute(text("DELETE FROM sharing_excerpt WHERE id = :id"), {"id": row.id})
    assert broken(world) == {"G2"}
    world.host.close()


def test_the_pages_and_the_command(
    world: SharingWorld, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lindang.cli.open_host", lambda _ctx: Unclosed(world.host))
    agree(world, *GROUPS)
    archivist = client(app, world.person("archivist"))
    form = {"cert_no": "2010 1", "agency_id": world.agency_id, "purpose": "办理转移登记", "basis": "一号"}
    assert archivist.post("/sharing/excerpts/new", data=form).status_code == 302
    assert archivist.post("/sharing/excerpts/new", data={**form, "cert_no": "2010 99"}).status_code == 422
    with world.host.view() as session:
        row = session.scalars(select(SharingExcerpt).order_by(SharingExcerpt.id.desc())).first()
    assert row is not None
    assert row.excerpt_no in archivist.get("/sharing/excerpts?text=GX").text
    with contextlib.closing(client(app, world.receiver).get(f"/sharing/excerpts/{row.id}.pdf")) as got:
        data = got.data
    assert data == world.host.storage.read(row.sha256)
    assert client(app, world.stranger).get(f"/sharing/excerpts/{row.id}.pdf").status_code == 404
    reader = client(app, world.person("reader"))
    assert "相符" in reader.post("/sharing/verify", data={"code": shown_code(row.code)}).text
    altered = {"file": (io.BytesIO(data + b"x"), "a.pdf")}
    assert "与存档的不同" in reader.post("/sharing/verify", data=altered).text
    assert reader.post("/sharing/verify", data={}).status_code == 422
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert told("verify", str(path), "--json")["outcome"] == "genuine"
    path.write_bytes(data[:-5])
    assert told("verify", str(path), "--json", code=10)["outcome"] == "altered"
    assert told("excerpts", "--limit", "1", "--json")["excerpt_no"] == row.excerpt_no


def told(*arguments: str, code: int = 0) -> dict[str, object]:
    """Run ``lindang sharing …`` on the test's host and read its one line of JSON."""
    result = CliRunner().invoke(cli.sharing, arguments)
    assert result.exit_code == code, result.output
    found: dict[str, object] = json.loads(result.output)
    return found


def test_codes_are_read_in_any_grouping() -> None:
    assert read_code("0123-4567-89ab-cdef") == "0123456789ABCDEF"
    assert read_code("0123 4567 89AB CDEF") == "0123456789ABCDEF"
    assert read_code("0123") == read_code("G" * 16) == read_code("") == ""
    assert Verdict(UNKNOWN).changes == ()
