"""Exports of the register: the table and its way back, masks and full numbers, scope, the pre-check, one snapshot, a full disk."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lindang.errors import Conflict, Faults, Forbidden, NotFound
from lindang.host import Host
from lindang.jobs import DONE, RUNNING, JobContext, JobRow, claim
from lindang.journal import JournalRow
from lindang.sweep import referenced
from lindang.testing import actor, drain, make_host
from models.archive import ArchiveFile, Fonds
from models.register import Certificate, Parcel, RegisterEntry, RegisterSheet, RegistryValue
from models.register_export import HELD, MADE, ORDERED, REFUSED, RegisterExport
from plugins.register.domain.columns import COLUMNS
from plugins.register.queries.exports import export_line, export_lines, place_choices
from plugins.register.queries.imports import change_lines, fault_lines
from plugins.register.service.export_file import make_export
from plugins.register.service.exporting import force_export, order_export, take_file_away
from plugins.register.service.importing import ALL_OR_NOTHING, confirm_changes, order_apply
from plugins.register.service.sealed import read_unsealed
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE
from tests.support.exported import QUIET, book_of, bytes_of, county, exported, imported, lines_of, order

HEADERS = tuple(str(column.header) for column in COLUMNS)
HOSTILE = "=cmd|' /C calc'!A0"


def sheets() -> dict[str, list[dict[str, object]]]:
    return {
        "王家沟": [
            made.row(1),
            made.row(2, remark=f"户主身份证{made.resident_id(2)}，已故", main_species="@油松"),
            made.row(3, parcel_no="+0012", annotation="长" * 1900, cert_no="临林证字（2010）第000003号"),
        ],
        "李家庄": [made.row(10, village=OTHER_VILLAGE, id_no="", id_type="")],
    }


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    opened = county(tmp_path_factory.mktemp("county"), sheets())
    with opened.transaction() as session:
        session.execute(update(RegisterSheet).values(filled_by="张三"))
        first, second, third = session.scalars(select(Parcel.id).order_by(Parcel.id).limit(3))
        entries = {entry.parcel_id: entry for entry in session.scalars(select(RegisterEntry))}
        entries[first].cells = {**entries[first].cells, "remark": HOSTILE}
        # characters that no cell can hold, and a row that nobody has written as a row
        entries[second].cells = {**entries[second].cells, "place_name": "后\x01沟\r\n", "bound_e": "_x0041_路"}
        session.execute(delete(RegisterEntry).where(RegisterEntry.parcel_id == third))
        session.execute(update(Parcel).where(Parcel.id == second).values(origin="人工"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def archivist(host: Host):
    return actor(host, ["archivist"], prefixes=[COUNTY])


# --- the table and its way back ---------------------------------------------------------------------------------------


def test_the_layout_of_the_table(host: Host) -> None:
    line = exported(host)
    assert (line.state, line.rows, line.refused, line.place) == (MADE, 4, 0, "临水县")
    book = book_of(host, line)
    assert book.sheetnames == ["柳林镇王家沟村", "柳林镇李家庄村"]
    rows = lines_of(book)
    assert rows[0][0] == "林权证登记信息入库数字化表"
    assert rows[1][:8] == ("村代码", VILLAGE, "乡镇", "柳林镇", "村", "王家沟村", "填表人", "张三")
    assert rows[2] == HEADERS
    first = dict(zip(HEADERS, rows[3], strict=True))
    assert (first["序号"], first["村代码"], first["林权证号"]) == ("1", VILLAGE, "临林证字(2010)第000001号")
    assert (first["证件号码"], first["备注说明"]) == ("141124********" + made.resident_id(1)[-4:], HOSTILE)
    assert dict(zip(HEADERS, rows[5], strict=True))["宗地号"] == "+0012"
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"with_id_numbers": True, "purpose": "核对"},
        {"form": "csv_utf8"},
        {"form": "csv_gb18030", "with_id_numbers": True, "purpose": "核对"},
    ],
    ids=["masked", "full", "csv", "csv full"],
)
def test_what_is_exported_comes_back_without_a_change(host: Host, tmp_path: Path, how: dict[str, object]) -> None:
    line = exported(host, **how)
    path = tmp_path / ("a.csv" if "form" in how else "a.xlsx")
    path.write_bytes(bytes_of(host, line))
    back = imported(host, path)
    with host.view() as session:
        told = [fault.sentence for fault in fault_lines(session, back, refusing=True)[0]]
        changed = [each.changes for each in change_lines(session, back, offset=0, limit=9)[0]]
    assert (told, changed) == ([], [])
    assert (back.counts["same"], back.counts["rows"]) == (4, 4)


def test_a_village_s_and_a_township_s_part(host: Host) -> None:
    village = exported(host, OTHER_VILLAGE)
    assert (village.rows, village.place) == (1, "柳林镇李家庄村")
    assert book_of(host, village).sheetnames == ["柳林镇李家庄村"]
    assert exported(host, TOWN).rows == 4
    with pytest.raises(Conflict, match="没有可导出的行"):
        exported(host, "141125101201", who=actor(host, ["archivist"], prefixes=["141125"]))


# --- a masked number on its way in ------------------------------------------------------------------------------------


def test_a_masked_number_changes_nothing_and_cannot_be_stored(host: Host, tmp_path: Path) -> None:
    """Row 1 is as exported but for its place name, row 2 has another mask, row 90 is new with a mask."""
    known, strange = "141124********" + made.resident_id(1)[-4:], "141124********9999"
    rows = [
        made.row(1, id_no=known, place_name="前沟"),
        made.row(2, id_no=strange),
        made.row(90, id_no=strange),
    ]
    keys = [key for key in made.KEYS if key != "remark"]
    line = imported(host, made.workbook(tmp_path / "a.xlsx", {"王家沟": rows}, keys=keys))
    with host.view() as session:
        faults = fault_lines(session, line, refusing=True)[0]
        [change] = change_lines(session, line, offset=0, limit=9)[0]
        odd = fault_lines(session, line, refusing=False)[0]
    assert [(fault.row_no, fault.field, fault.code) for fault in faults] == [(5, "id_no", "F09"), (6, "id_no", "F09")]
    assert "打了星号" in faults[0].sentence
    assert "完整号码" in faults[0].remedy
    assert [heading for heading, _old, _new in change.changes] == ["小地名"]
    assert [fault.code for fault in odd if fault.field == "id_no"] == []


def test_a_changed_row_with_a_mask_keeps_its_number(tmp_path: Path) -> None:
    archive = county(tmp_path, {"王家沟": [made.row(1)]})
    mask = "141124********" + made.resident_id(1)[-4:]
    line = imported(
        archive, made.workbook(tmp_path / "b.xlsx", {"王家沟": [made.row(1, id_no=mask, place_name="前沟")]})
    )
    with archive.uow(archive.system_actor()) as uow:
        confirm_changes(uow, line.id, None, confirmed=True)
        order_apply(uow, line.id, ALL_OR_NOTHING)
    drain(archive)
    with archive.view() as session:
        certificate = session.scalars(select(Certificate)).one()
        entry = session.scalars(select(RegisterEntry).where(RegisterEntry.is_current)).one()
    assert archive.vault.open(certificate.id_no_enc) == made.resident_id(1)
    assert (entry.entry_no, entry.cells["place_name"], entry.changed) == (2, "前沟", {"place_name": "import"})
    archive.close()


# --- ID numbers -------------------------------------------------------------------------------------------------------


def test_masked_files_hold_no_identity_number_anywhere(host: Host) -> None:
    numbers = [made.resident_id(n) for n in (1, 2, 3)]
    text = json.dumps([lines_of(book_of(host, exported(host)), n) for n in (0, 1)], ensure_ascii=False)
    assert [number for number in numbers if number in text] == []
    full = exported(host, with_id_numbers=True, purpose="移交核对")
    text = json.dumps(lines_of(book_of(host, full)), ensure_ascii=False)
    assert all(number in text for number in numbers)
    assert full.file is not None
    assert "含完整证件号码" in full.file.file_name


def test_full_numbers_need_the_right_and_a_purpose_that_is_journalled_first(host: Host, archivist) -> None:
    auditor = actor(host, ["auditor"], prefixes=[COUNTY])
    with pytest.raises(Forbidden), host.uow(auditor) as uow:
        order_export(uow, order(host, with_id_numbers=True, purpose="看看"))
    with pytest.raises(Faults, match="事由"), host.uow(archivist) as uow:
        order_export(uow, order(host, with_id_numbers=True, purpose="  "))
    with host.uow(archivist) as uow:
        export_id = order_export(uow, order(host, with_id_numbers=True, purpose="不动产中心核对")).export_id
    with host.view() as session:
        assert export_line(session, archivist, export_id).file is None
        said = _journal(session, export_id)
    assert [(line.action, json.loads(line.facts)["purpose"]) for line in said] == [
        ("register.export_ordered", "不动产中心核对")
    ]
    drain(host)
    with host.uow(archivist) as uow:
        take_file_away(uow, export_id)
    with host.view() as session:
        actions = [line.action for line in _journal(session, export_id)]
    assert actions == ["register.export_ordered", "register.exported", "register.export_sent"]
    without = dataclasses.replace(archivist, permissions=archivist.permissions - {"register:export:idno"})
    with pytest.raises(Forbidden), host.uow(without) as uow:
        take_file_away(uow, export_id)


def _journal(session: Session, export_id: int) -> list[JournalRow]:
    query = select(JournalRow).where(JournalRow.subject == f"register_export:{export_id}")
    return list(session.scalars(query.order_by(JournalRow.seq)))


# --- scope ------------------------------------------------------------------------------------------------------------


def test_only_places_wholly_in_scope(host: Host) -> None:
    towns = actor(host, ["archivist"], prefixes=[TOWN])
    stranger = actor(host, ["archivist"], prefixes=["141125"])
    for who, place in ((towns, COUNTY), (stranger, VILLAGE), (towns, "14"), (towns, ""), (towns, "%")):
        with pytest.raises(NotFound), host.uow(who) as uow:
            order_export(uow, order(host, place))
    line = exported(host, TOWN, who=towns)
    with host.view() as session:
        assert [place.code for place in place_choices(session, towns)] == [TOWN, VILLAGE, OTHER_VILLAGE]
        assert place_choices(session, stranger, VILLAGE)[0].code == "141125"
        with pytest.raises(NotFound):
            export_line(session, stranger, line.id)
        assert export_lines(session, stranger, offset=0, limit=9) == ((), 0)
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        take_file_away(uow, line.id)


def test_the_file_is_for_the_person_who_had_it_made(host: Host) -> None:
    line = exported(host)
    other = actor(host, ["auditor"], prefixes=[COUNTY], account_id=77)
    with host.view() as session:
        seen = export_line(session, other, line.id)
    assert seen.file is not None
    assert not seen.is_of(other)
    with pytest.raises(Forbidden, match="导出的人"), host.uow(other) as uow:
        take_file_away(uow, line.id)


# --- the pre-check ----------------------------------------------------------------------------------------------------


def test_rows_that_the_registry_would_refuse_are_listed_and_no_file_is_made(host: Host, archivist) -> None:
    line = exported(host, target="qlt_ql_lq")
    assert (line.state, line.rows, line.refused) == (HELD, 4, 4)
    assert line.file is None
    counts = {(column, code): count for column, code, count in line.found["faults"]}
    assert counts["BDCDYH", "X01"] == 4
    assert counts["QY", "X01"] == 3
    assert ("LZ", "X02") not in counts
    assert line.refusals is not None
    rows = lines_of(load_workbook(io.BytesIO(read_unsealed(host, line.refusals.sha256))))
    assert rows[0] == ("村代码", "村", "序号", "林权证号", "宗地号", "问题")
    assert [row[4] for row in rows[1:]] == ["0001", "0002", "+0012", "0010"]
    assert "BDCDYH 不动产单元号：必填，是空的" in rows[1][5]
    with host.uow(archivist) as uow:
        assert take_file_away(uow, line.id, REFUSED).sha256 == line.refusals.sha256
        with pytest.raises(NotFound):
            take_file_away(uow, line.id)


def test_a_person_may_say_nevertheless(host: Host, archivist) -> None:
    line = exported(host, target="qlt_ql_lq")
    with pytest.raises(Forbidden), host.uow(actor(host, ["liaison"], prefixes=[COUNTY], account_id=9)) as uow:
        force_export(uow, line.id)
    with host.uow(archivist) as uow:
        force_export(uow, line.id, version=line.version)
    drain(host)
    with host.view() as session:
        made_line = export_line(session, archivist, line.id)
        assert "register.export_forced" in [each.action for each in _journal(session, line.id)]
    assert (made_line.state, made_line.refused) == (MADE, 4)
    rows = lines_of(book_of(host, made_line))
    named = dict(zip(rows[0], rows[2], strict=True))
    assert len(rows) == 5
    assert (named["YSDM"], named["LZ"], named["SYQMJ"], named["LDSYJSSJ"]) == (
        "6002010300",
        "1",
        "12.3000",
        "2080-05-05",
    )
    assert (named["QLLX"], named["QXDM"], named["LDSYQXZ"]) == ("林地承包经营权/林木所有权", COUNTY, "2")
    assert named["ZYSZ"] == "@油松"
    with pytest.raises(Conflict), host.uow(archivist) as uow:
        force_export(uow, line.id)


def test_what_the_registry_confirmed_goes_back_to_it(tmp_path: Path) -> None:
    archive = county(
        tmp_path,
        {"王家沟": [made.row(1, origin="人工"), made.row(2, origin="人工")]},
        disabled=["demo", "search", "ingest", "handover"],
    )
    unit = "141124102005JE00012L00000001"
    with archive.transaction() as session:
        first = session.scalars(select(Parcel).order_by(Parcel.id)).first()
        assert first is not None
        said = {"is_current": True, "at": archive.clock.now(), "by": "测试"}
        session.add(RegistryValue(kind="parcel", object_id=first.id, field="bdc_unit_no", value=unit, **said))
        session.execute(update(Parcel).values(origin="人工"))
    line = exported(archive, target="qlt_ql_lq", is_forced=True)
    rows = lines_of(book_of(archive, line))
    numbers = [dict(zip(rows[0], row, strict=True))["BDCDYH"] for row in rows[1:]]
    assert numbers == [unit, ""]
    assert (line.refused, line.found["faults"]) == (1, [["BDCDYH", "X01", 1]])
    archive.close()


def test_an_office_s_own_mapping_stays_with_its_export(host: Host, tmp_path: Path) -> None:
    folder = host.data_dir / "mappings"
    folder.mkdir()
    file = folder / "shi_biao.toml"
    file.write_text(
        '[target]\nname = "shi_biao"\ntitle = "市局表"\nvalues = "written"\n[[column]]\nname = "证号"\nfield = "cert_no"\n'
        '[[column]]\nname = "档号"\nfield = "archival_code"\nlongest = 5\n',
        encoding="utf-8",
    )
    line = exported(host, target="shi_biao", form="csv_utf8", is_forced=True)
    assert bytes_of(host, line).decode("utf-8-sig").splitlines()[:2] == [
        "证号,档号",
        "临林证字(2010)第000001号,0123-ZY·LG-CQ-102205-0001",
    ]
    assert line.found["faults"] == [["档号", "X03", 3]]
    file.unlink()
    with host.view() as session:
        assert "市局表" in session.get_one(RegisterExport, line.id).mapping


def test_a_file_of_an_export_is_never_swept_away(host: Host) -> None:
    line = exported(host)
    assert line.file is not None
    with host.view() as session:
        assert referenced(session, [line.file.sha256]) == {line.file.sha256}


def test_the_number_of_a_linked_file_fills_an_empty_cell(tmp_path: Path) -> None:
    archive = county(tmp_path, {"王家沟": [made.row(1)]})
    made_by = {"created_at": archive.clock.now(), "created_by": "测试"}
    with archive.transaction() as session:
        session.add(Fonds(code="0123", name="全宗", creator="林业局", division_code=COUNTY))
        file = ArchiveFile(
            archival_code="0123-ZY.LG-0007", fonds_code="0123", class_code="QQ01", year=2009, retention="Y", file_no=7,
            division_code=VILLAGE, title="案卷", holder_name="王", folder_name="1", paper_pages=1, **made_by,
        )  # fmt: skip
        session.add(file)
        session.flush()
        session.scalars(select(Certificate)).one().archive_file_id = file.id
        entry = session.scalars(select(RegisterEntry)).one()
        entry.cells = {key: text for key, text in entry.cells.items() if key != "archival_code"}
    line = exported(archive)
    assert lines_of(book_of(archive, line))[3][HEADERS.index("档号")] == "0123-ZY.LG-0007"
    (tmp_path / "back.xlsx").write_bytes(bytes_of(archive, line))
    assert imported(archive, tmp_path / "back.xlsx").counts["same"] == 1
    archive.close()


# --- one moment, a full disk, a broken-off job ------------------------------------------------------------------------


class Meddling(JobContext):
    """A job during which somebody changes rows: after the first look at the register, before the first row is read."""

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Change a row in both villages."""
        if done == 0:
            with self.host.transaction() as session:
                for entry in session.scalars(select(RegisterEntry).where(RegisterEntry.is_current)):
                    entry.cells = {**entry.cells, "location": "改过的坐落"}
        super().progress(done, total, note)


def test_rows_changed_meanwhile_are_not_in_the_file(tmp_path: Path) -> None:
    archive = county(tmp_path, {"王家沟": [made.row(1)], "李家庄": [made.row(2, village=OTHER_VILLAGE)]})
    with archive.uow(actor(archive, ["archivist"], prefixes=[COUNTY])) as uow:
        ordered = order_export(uow, order(archive))
    context = claim(archive, ordered.job_id)
    assert context is not None
    make_export(Meddling(archive, context.job_id, context.argument, context.token), ordered.export_id)
    with archive.view() as session:
        line = export_line(session, archive.system_actor(), ordered.export_id)
        assert set(session.scalars(select(RegisterEntry.cells["location"].as_string()))) == {"改过的坐落"}
    book = book_of(archive, line)
    at = HEADERS.index("坐落")
    assert [lines_of(book, n)[3][at] for n in (0, 1)] == ["临水县柳林镇王家沟村"] * 2
    archive.close()


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    archive = county(tmp_path, {"王家沟": [made.row(1)]})
    full = county_reopened(archive, tmp_path)
    before = set(full.storage.digests())
    line = exported(full)
    assert (line.state, line.file) == (ORDERED, None)
    with full.view() as session:
        job = session.scalars(select(JobRow).where(JobRow.kind == "register.export_make")).one()
    assert "磁盘空间不足" in job.error
    assert list((full.data_dir / "work" / "register").glob("export-*")) == []
    assert set(full.storage.digests()) == before
    full.close()


def county_reopened(archive: Host, folder: Path) -> Host:
    """Open the same archive on what it takes for a full disk."""
    archive.close()
    return make_host(folder / "data", host={**QUIET, "disk_reserve_mb": 10**9})


def test_a_job_that_was_broken_off_begins_anew_and_cleans_up(host: Host, archivist) -> None:
    with host.uow(archivist) as uow:
        ordered = order_export(uow, order(host))
    lost = claim(host, ordered.job_id)
    assert lost is not None
    left = host.data_dir / "work" / "register" / f"export-{ordered.export_id}-{lost.token}-data"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    with host.transaction() as session:
        job = session.get_one(JobRow, ordered.job_id)
        assert job.state == RUNNING
        job.lease_until = host.clock.now()
    drain(host)
    with host.view() as session:
        line = export_line(session, archivist, ordered.export_id)
        assert session.get_one(JobRow, ordered.job_id).state == DONE
    assert line.state == MADE
    assert not left.exists()
    assert line.file is not None
    same = exported(host)
    assert same.file is not None
    assert same.file.file_sha256 == line.file.file_sha256
