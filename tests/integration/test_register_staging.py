"""The import of the 数字化表: the dry run by cell, what refuses and what does not, mapping, changes, writing, twice."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from lindang.errors import Conflict, NotFound
from lindang.host import Host
from lindang.testing import actor, drain, make_host
from models.register import Certificate, Parcel, RegisterEntry
from models.register_import import (
    ALL_OR_NOTHING,
    APPLIED,
    CHECKED,
    DISCARDED,
    GOOD_ROWS,
    MAPPING,
    REFUSED,
    RegisterImport,
    RegisterImportFault,
    RegisterImportRow,
)
from plugins.catalogue.service.reference import load_divisions
from plugins.register.domain.header import IGNORED
from plugins.register.queries.imports import (
    FaultLine,
    ImportLine,
    change_lines,
    earlier_import,
    fault_lines,
    import_line,
    marked_copy,
    notice_text,
)
from plugins.register.service.importing import (
    confirm_changes,
    discard,
    order_apply,
    order_marked,
    remember_headings,
    take_file,
)
from plugins.register.service.sealed import SealedFile, keep_sealed, read_unsealed
from tests.support import workbooks as made
from tests.support.catalogue_world import COUNTY, DIVISIONS, VILLAGE


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    opened = make_host(tmp_path / "data", host={"disabled": ["ingest", "search", "handover", "demo"]})
    with opened.uow(opened.system_actor()) as uow:
        load_divisions(uow, DIVISIONS.encode(), source="test")
    yield opened
    opened.close()


def dry_run(host: Host, path: Path) -> ImportLine:
    """Hand a file in as the county's archivist and let the job read it."""
    blob = keep_sealed(host, path)
    with host.uow(actor(host, ["archivist"], prefixes=[COUNTY])) as uow:
        import_id = take_file(uow, COUNTY, path.name, blob).id
    drain(host)
    return line_of(host, import_id)


def line_of(host: Host, import_id: int) -> ImportLine:
    with host.view() as session:
        return import_line(session, host.system_actor(), import_id)


def apply(host: Host, line: ImportLine, choice: str = GOOD_ROWS) -> ImportLine:
    with host.uow(host.system_actor()) as uow:
        order_apply(uow, line.id, choice)
    drain(host)
    return line_of(host, line.id)


def faults(host: Host, line: ImportLine, *, refusing: bool = True) -> tuple[FaultLine, ...]:
    with host.view() as session:
        return fault_lines(session, line, refusing=refusing, limit=1000)[0]


def count(host: Host, table: Any) -> int:
    with host.view() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def good(path: Path, *numbers: int, **changes: Any) -> Path:
    return made.workbook(path, {"王家沟": [made.row(number, **changes) for number in numbers]})


# --- the dry run -----------------------------------------------------------------------------------------------------


def test_fourteen_planted_faults_are_found_by_cell_and_nothing_else(host: Host, tmp_path: Path) -> None:
    line = dry_run(host, made.planted_workbook(tmp_path / "王家沟.xlsx"))
    assert line.state == CHECKED
    assert [(fault.cell, fault.code) for fault in faults(host, line)] == made.planted_cells()
    assert all(fault.sheet == "王家沟" and fault.sentence and fault.remedy for fault in faults(host, line))
    assert (line.counts["new"], line.counts["faulty"], line.counts["faults"]) == (3, 14, 14)
    assert count(host, Certificate) == 0


def test_all_or_nothing_writes_nothing_and_the_good_rows_can_be_had(host: Host, tmp_path: Path) -> None:
    line = dry_run(host, made.planted_workbook(tmp_path / "a.xlsx"))
    with pytest.raises(Conflict, match="14"), host.uow(host.system_actor()) as uow:
        order_apply(uow, line.id, ALL_OR_NOTHING)
    assert count(host, Parcel) == 0
    done = apply(host, line)
    assert done.state == APPLIED
    assert done.counts["applied"] == count(host, Parcel) == 3
    mended = dry_run(host, made.mended_workbook(tmp_path / "b.xlsx"))
    assert (mended.counts["new"], mended.counts["same"], mended.counts["faults"]) == (14, 3, 0)
    apply(host, mended, ALL_OR_NOTHING)
    assert count(host, Parcel) == 17


def test_the_same_file_again_changes_nothing(host: Host, tmp_path: Path) -> None:
    path = good(tmp_path / "a.xlsx", 1, 2, 3)
    apply(host, dry_run(host, path))
    before = [count(host, table) for table in (Certificate, Parcel, RegisterEntry)]
    for _again in range(2):
        line = dry_run(host, path)
        assert line.counts["same"] == line.counts["rows"] == 3
        with host.view() as session:
            assert "已导入过同一个文件" in earlier_import(session, line)
        assert apply(host, line).counts["applied"] == 0
    assert [count(host, table) for table in (Certificate, Parcel, RegisterEntry)] == before


def test_a_changed_cell_waits_for_its_confirmation(host: Host, tmp_path: Path) -> None:
    apply(host, dry_run(host, good(tmp_path / "a.xlsx", 1, 2)))
    line = dry_run(host, good(tmp_path / "b.xlsx", 1, 2, place_name="前沟", area_mu=12.3))
    with host.view() as session:
        rows, total = change_lines(session, line, offset=0, limit=10)
    assert total == 2
    assert rows[0].changes == (("小地名", "后沟", "前沟"),)  # 12.3 is 12.30
    with pytest.raises(Conflict, match="确认"), host.uow(host.system_actor()) as uow:
        order_apply(uow, line.id, ALL_OR_NOTHING)
    with host.uow(host.system_actor()) as uow:
        assert confirm_changes(uow, line.id, [rows[1].id], confirmed=True) == 1
    assert apply(host, line).counts["applied"] == 1
    with host.view() as session:
        assert sorted(session.scalars(select(Parcel.place_name))) == ["前沟", "后沟"]
        sources = session.scalars(select(RegisterEntry.changed).where(RegisterEntry.entry_no == 2)).one()
    assert sources == {"place_name": "import"}


def test_a_column_that_the_file_lacks_changes_nothing(host: Host, tmp_path: Path) -> None:
    apply(host, dry_run(host, good(tmp_path / "a.xlsx", 1)))
    keys = [key for key in made.KEYS if key not in {"place_name", "remark", "tree_count"}]
    line = dry_run(host, made.workbook(tmp_path / "b.xlsx", {"王家沟": [made.row(1)]}, keys=keys))
    assert line.counts["same"] == 1


def test_what_was_changed_since_the_dry_run_is_left_alone(host: Host, tmp_path: Path) -> None:
    first = dry_run(host, good(tmp_path / "a.xlsx", 1, 2))
    second = dry_run(host, good(tmp_path / "b.xlsx", 1, place_name="别处"))
    apply(host, second)
    done = apply(host, first)
    assert (done.counts["applied"], done.counts["stale"]) == (1, 1)
    with host.view() as session:
        assert sorted(session.scalars(select(Parcel.place_name))) == ["别处", "后沟"]


def test_identity_numbers_are_nowhere_in_plain_text(host: Host, tmp_path: Path) -> None:
    number = made.resident_id(1)
    rows = [made.row(1), made.row(1, remark="重复"), made.row(2, id_no=number[:-1] + "A", remark=number)]
    line = dry_run(host, made.workbook(tmp_path / "a.xlsx", {"王家沟": rows}))
    apply(host, line)
    with host.view() as session:
        staged = session.scalars(select(RegisterImportRow)).all()
        assert host.vault.open(staged[0].id_no_enc) == number
        texts = [json.dumps([row.cells["id_no"], row.changes]) for row in staged]
        texts += [json.dumps([f.value, f.facts]) for f in session.scalars(select(RegisterImportFault))]
        texts += [json.dumps(cells["id_no"]) for cells in session.scalars(select(RegisterEntry.cells))]
        assert session.scalars(select(Certificate.id_no_enc)).first()
    assert not [text for text in texts if number in text or number[:-1] in text]


# --- sheets as offices make them -------------------------------------------------------------------------------------


def test_a_sheet_as_offices_make_them(host: Host, tmp_path: Path) -> None:
    """Two header rows, merged household cells, 同上, full-width digits, serial dates, a totals row, hidden and empty rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "王家沟"
    keys = [key for key in made.KEYS if key not in {"village_code", "seq"}]
    sheet.append(["数字化表"])
    sheet.append(["村代码：１４１１２４１０２２０５"])
    names = {"bound_e": "四至", "bound_s": "", "bound_w": "", "bound_n": "", "holder_name": "户主姓名"}
    names |= {"cert_no": "证 号", "area_mu": "亩数", "issue_state": "备注"}
    sheet.append([names.get(key, made.heading(key)) for key in keys])
    sheet.append([{"bound_e": "东", "bound_s": "南", "bound_w": "西", "bound_n": "北"}.get(key, "") for key in keys])
    first = made.row(1, area_mu="１２．３０", issue_date=40304, term_start=40304, parcel_no="1")
    second = made.row(1, parcel_no="2", location="同上", place_name="〃", holder_name="", area_mu=2.7)
    for each in (first, second):
        sheet.append([each[key] for key in keys])
    sheet.append([""] * len(keys))
    sheet.append([{"town_name": "合 计", "area_mu": 15.5}.get(key, "") for key in keys])
    column = keys.index("bound_e") + 1
    sheet.merge_cells(start_row=3, end_row=3, start_column=column, end_column=column + 3)
    column = keys.index("holder_name") + 1
    sheet.merge_cells(start_row=5, end_row=6, start_column=column, end_column=column)
    sheet.row_dimensions[6].hidden = True
    book.save(tmp_path / "a.xlsx")

    line = dry_run(host, tmp_path / "a.xlsx")
    [found] = faults(host, line)
    assert (found.code, found.cell) == ("F08", f"{made.column_letters(keys.index('area_mu') + 1)}8")
    assert "15.00" in found.sentence
    notices = [notice_text(notice) for notice in line.sheets[0]["notices"]]
    assert any("隐藏的行也已读取：6" in words for words in notices)
    assert any("第 8 行是合计行" in words for words in notices)
    assert any("2 个格子写“同上”" in words for words in notices)
    assert apply(host, line).counts["applied"] == 2
    with host.view() as session:
        parcels = session.scalars(select(Parcel).order_by(Parcel.parcel_no)).all()
        [certificate] = session.scalars(select(Certificate)).all()
        entry = session.scalars(select(RegisterEntry).where(RegisterEntry.parcel_id == parcels[1].id)).one()
    assert parcels[0].area_mu == Decimal("12.30")
    assert parcels[1].location == first["location"]
    assert parcels[1].bound_s == second["bound_s"]
    assert certificate.holder_name == first["holder_name"]
    assert str(certificate.issue_date) == "2010-05-06"
    assert entry.place == "王家沟!6（同上：坐落、小地名）"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_file(host: Host, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "王家沟.csv"
    lines = [[made.heading(key) for key in made.KEYS], [str(made.row(1)[key]) for key in made.KEYS]]
    path.write_bytes("\r\n".join(",".join(f'"{text}"' for text in each) for each in lines).encode(encoding))
    line = dry_run(host, path)
    assert line.counts["new"] == 1, faults(host, line)
    assert apply(host, line, ALL_OR_NOTHING).counts["applied"] == 1


def test_an_old_workbook(host: Host, tmp_path: Path) -> None:
    lines = [[made.heading(key) for key in made.KEYS], [made.row(1)[key] for key in made.KEYS]]
    line = dry_run(host, made.old_workbook(tmp_path / "a.xls", lines))
    assert line.counts["new"] == 1, faults(host, line)


def test_villages_of_another_county_and_unknown_ones(host: Host, tmp_path: Path) -> None:
    rows = [made.row(1, village="141125101201"), made.row(2, village="141124102999"), made.row(3)]
    line = dry_run(host, made.workbook(tmp_path / "a.xlsx", {"表": rows}, title=()))
    assert [(fault.code, fault.row_no) for fault in faults(host, line)] == [("R02", 2), ("R02", 3)]


def test_sheets_without_header_are_left_out_and_told(host: Host, tmp_path: Path) -> None:
    path = good(tmp_path / "a.xlsx", 1)
    book = load_workbook(path)
    book.create_sheet("说明").append(["一、每宗地一行"])
    book.create_sheet("空")
    book.save(path)
    line = dry_run(host, path)
    assert [notice["code"] for sheet in line.sheets for notice in sheet["notices"]] == ["no_header", "empty_sheet"]
    assert line.counts["rows"] == 1


# --- headings --------------------------------------------------------------------------------------------------------


def test_an_unknown_mandatory_heading_is_asked_once_and_remembered(host: Host, tmp_path: Path) -> None:
    strange = {"cert_no": "本子号", "holder_name": "当家人", "place_name": "土名"}
    path = made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]}, headings=strange)
    line = dry_run(host, path)
    assert line.state == MAPPING
    assert set(line.sheets[0]["strange"].values()) == set(strange.values())
    assert line.sheets[0]["missing"] == ["cert_no", "holder_name"]
    assert count(host, RegisterImportRow) == 0
    with host.uow(host.system_actor()) as uow:
        known = {"本子号": "cert_no", "当家人": "holder_name", "土名": IGNORED}
        anew = remember_headings(uow, line.id, known).id
    drain(host)
    assert line_of(host, line.id).state == DISCARDED
    line = line_of(host, anew)
    assert (line.state, line.counts["new"]) == (CHECKED, 1)
    assert dry_run(host, path).state == CHECKED


def test_a_mandatory_column_that_is_not_there_refuses_its_rows(host: Host, tmp_path: Path) -> None:
    keys = [key for key in made.KEYS if key != "holder_name"]
    line = dry_run(host, made.workbook(tmp_path / "a.xlsx", {"王家沟": [made.row(1)]}, keys=keys))
    assert [(fault.code, fault.field, fault.cell) for fault in faults(host, line)] == [("R01", "holder_name", "4")]


# --- bad files and people --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["encrypted", "bomb", "text", "empty"])
def test_a_file_that_cannot_be_read_is_refused_in_words_and_the_worker_lives(
    host: Host, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "坏.xlsx"
    if kind == "encrypted":
        made.encrypted_workbook(path)
    elif kind == "bomb":
        made.bomb(path, 200)
    else:
        path.write_bytes("林业局通知".encode("gb18030") if kind == "text" else b" ")
    line = dry_run(host, path)
    assert line.state == REFUSED
    assert line.reason.startswith("坏.xlsx：")
    assert count(host, RegisterImportRow) == 0
    assert dry_run(host, good(tmp_path / "a.xlsx", 1)).state == CHECKED


def small(host: Host, folder: Path) -> SealedFile:
    path = folder / "small"
    path.write_bytes(b"x")
    return keep_sealed(host, path)


def test_scope_and_discarding(host: Host, tmp_path: Path) -> None:
    line = dry_run(host, good(tmp_path / "a.xlsx", 1))
    stranger = actor(host, ["archivist"], prefixes=["141125"])
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        order_apply(uow, line.id, GOOD_ROWS)
    with pytest.raises(NotFound), host.uow(stranger) as uow:
        take_file(uow, COUNTY, "a.xlsx", small(host, tmp_path))
    with host.view() as session, pytest.raises(NotFound):
        import_line(session, stranger, line.id)
    with host.uow(host.system_actor()) as uow:
        discard(uow, line.id)
    with pytest.raises(Conflict), host.uow(host.system_actor()) as uow:
        order_apply(uow, line.id, GOOD_ROWS)
    assert count(host, RegisterImportRow) == 1


def test_hostile_file_names_are_only_words(host: Host, tmp_path: Path) -> None:
    file = small(host, tmp_path)
    with host.uow(host.system_actor()) as uow:
        record = take_file(uow, COUNTY, "..\\..\\etc/\u202egnp.\x00表" + "长" * 300 + ".xlsx", file)
        assert len(record.file_name) <= 120
        assert not {"/", "\\", "\x00", "\u202e"} & set(record.file_name)


# --- the marked copy -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_marked_copy(host: Host, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"王家沟.{kind}"
    if kind == "xlsx":
        good(path, 1, area_mu="零", remark="=cmd|' /C calc'!A0")
        book = load_workbook(path)
        book["王家沟"].cell(4, made.KEYS.index("remark") + 1).data_type = "s"
        book.save(path)
        first_row = 4
    else:
        cells = made.row(1, area_mu="零", remark="=1+1")
        path.write_text(
            ",".join(map(made.heading, made.KEYS)) + "\n" + ",".join(f'"{cells[key]}"' for key in made.KEYS), "utf-8"
        )
        first_row = 2
    line = dry_run(host, path)
    with host.uow(host.system_actor()) as uow:
        order_marked(uow, line.id)
    drain(host)
    with host.view() as session:
        copy = marked_copy(session, line)
    assert copy is not None
    assert copy.file_name == "王家沟-标注.xlsx"
    sheet = load_workbook(io.BytesIO(read_unsealed(host, copy.sha256))).worksheets[0]
    cell = sheet.cell(first_row, made.KEYS.index("area_mu") + 1)
    assert "R10" in cell.comment.text
    assert cell.fill.fgColor.rgb == "00FFC7CE"
    assert all(each.data_type != "f" for line in sheet.iter_rows() for each in line)
    assert sheet.cell(first_row, made.KEYS.index("cert_no") + 1).value == made.row(1)["cert_no"]


# --- resuming --------------------------------------------------------------------------------------------------------


def test_every_village_sheet_is_written_in_one_piece_and_once(host: Host, tmp_path: Path) -> None:
    sheets = {"王家沟": [made.row(1), made.row(2)], "李家庄": [made.row(3, village="141124102206")]}
    line = dry_run(host, made.workbook(tmp_path / "a.xlsx", sheets, title=()))
    apply(host, line)
    with host.transaction() as session:
        record = session.get_one(RegisterImport, line.id)
        record.state = "applying"
    with host.uow(host.system_actor()) as uow:
        uow.enqueue("register.import_apply", str(line.id), division=COUNTY)
    drain(host)
    assert count(host, Parcel) == 3
    with host.view() as session:
        villages = session.scalars(select(Parcel.division_code).order_by(Parcel.id)).all()
    assert villages == [VILLAGE, VILLAGE, "141124102206"]
