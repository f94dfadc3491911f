"""What a signed list froze is what its package holds for ever: descriptions, rows of the register, PDFs with a text layer; and what
stays behind, goes over several carriers, or carries SM3 digests.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, text

from lindang.errors import Conflict, Faults, Unavailable
from models.archive import Item
from models.digital import LAYERED, DigitalObject
from models.entries import EntryDraft, write_entries
from models.handover import Batch
from models.register import Parcel
from plugins.handover.domain.register_columns import REGISTER_COLUMNS
from plugins.handover.packaging.sm3 import has_sm3
from plugins.handover.packaging.writer import BAGIT, DAT93
from plugins.handover.service.packages import PackagePlan, Packed, make_package
from plugins.register.domain.columns import COLUMNS
from tests.handover_kit import VILLAGE, Village, checked, drafted, sent, signed, village
from tests.integration.test_handover_packages import files_of

MASKED_ID = "1411**********001X"
EVIL = "=HYPERLINK(1)"


def put_rows(world: Village, **cells: str) -> None:
    """Write a new version of the first parcel's row."""
    with world.host.uow(world.people.archivist) as uow:
        parcel_id = uow.session.scalars(select(Parcel.id).order_by(Parcel.id)).first() or 0
        written = {"id_no": MASKED_ID, "holder_name": "户主1", "annotation": EVIL, **cells}
        write_entries(uow, VILLAGE, [EntryDraft(parcel_id=parcel_id, cells=written, changed={})])


def put_layer(world: Village, item_id: int, data: bytes) -> None:
    blob = world.host.storage.put_bytes(data)
    with world.host.transaction() as session:
        old = select(DigitalObject).where(DigitalObject.item_id == item_id, DigitalObject.role == LAYERED)
        last = 0
        for one in session.scalars(old):
            one.is_current, last = False, one.version
        session.flush()
        session.add(
            DigitalObject(
                item_id=item_id, page_id=None, role=LAYERED, version=last + 1, format="pdf/a-2b",
                media_type="application/pdf", bytes=blob.bytes, sha256=blob.sha256,
                made_at=world.host.clock.now(), made_by="测试",
            )
        )  # fmt: skip


def packed(world: Village, target: Path, layout: str = DAT93, **more: Any) -> Packed:
    with world.host.view() as session:
        number = session.get_one(Batch, 1).batch_no
    return make_package(world.host, world.people.drafter, number, target, PackagePlan(layout=layout, **more))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Give a sent batch of four households, with a row of the register and a PDF with a text layer."""
    made = village(tmp_path_factory.mktemp("frozen"), 4)
    put_rows(made)
    put_layer(made, 1, b"%PDF-1.7 first layer")
    sent(made, signed(made, checked(made, drafted(made))))
    yield made
    made.host.close()


@pytest.fixture(scope="module")
def files(world: Village, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Give the files of its package as it was first written."""
    target = tmp_path_factory.mktemp("first") / "包"
    packed(world, target)
    return files_of(target)


def test_what_is_described_anew_later_changes_no_package(
    world: Village, files: dict[str, bytes], tmp_path: Path
) -> None:
    with world.host.transaction() as session:
        session.execute(text("UPDATE archive_file SET title = '改了题名', retention = 'D30', year = 1999"))
        session.execute(text("UPDATE archive_file SET archival_code = '0123-ZY·LG-QQ01-102205-0099' WHERE id = 2"))
        session.execute(text("UPDATE certificate SET holder_name = '改了户主'"))
        session.execute(text("UPDATE batch SET carriers = '另一块盘'"))
    put_rows(world, holder_name="又一版")
    put_layer(world, 1, b"%PDF-1.7 second layer")
    packed(world, tmp_path / "后来")
    assert files_of(tmp_path / "后来") == files
    assert "户1的林权档案" in files["目录文件.XML"].decode()


def test_the_registers_rows_go_along_in_three_forms_and_say_the_same(files: dict[str, bytes]) -> None:
    told = json.loads(files["其他/登记册.json"])
    rows = [(one["code"], row) for one in told["certificates"] for row in one["rows"]]
    assert [row["entry_no"] for _code, row in rows] == [1, 0, 0, 0]
    lines = list(csv.reader(io.StringIO(files["其他/登记册.csv"].decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(files["其他/登记册.xlsx"])).worksheets[0]
    cells = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    headings = dict(REGISTER_COLUMNS)
    assert lines[0] == cells[0]
    assert len(lines) == len(cells) == 5
    for (code, row), line, written in zip(rows, lines[1:], cells[1:], strict=True):
        by_heading = dict(zip(lines[0], line, strict=True))
        assert by_heading["移交条目"] == written[0] == code
        for key, value in row["cells"].items():
            if headings[key] in by_heading and key not in {"parcel_no", "archival_code"}:
                assert by_heading[headings[key]].removeprefix("'") == value
    assert f"'{EVIL}" in lines[1], "no formula in the text file"
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row), "nor in the workbook"


def test_the_columns_are_those_of_the_register() -> None:
    assert [(one.key, str(one.header)) for one in COLUMNS if one.key != "seq"] == list(REGISTER_COLUMNS)


def test_personal_numbers_are_masked_and_the_list_says_so(files: dict[str, bytes]) -> None:
    assert MASKED_ID in files["其他/登记册.csv"].decode("utf-8-sig")
    assert "证件号码\t登记册中只列首尾几位" in files["其他/未随包内容.TXT"].decode()


def test_an_office_may_leave_personal_numbers_out_altogether(tmp_path: Path) -> None:
    made = village(tmp_path / "archive", 1, package_id_numbers="none")
    put_rows(made)
    sent(made, signed(made, checked(made, drafted(made))))
    packed(made, tmp_path / "包")
    kept = files_of(tmp_path / "包")
    assert MASKED_ID.encode() not in b"".join(kept.values())
    assert "证件号码\t登记册中不列" in kept["其他/未随包内容.TXT"].decode()
    made.host.close()


def test_the_pdf_with_a_text_layer_goes_along(files: dict[str, bytes]) -> None:
    [name] = [path for path in files if path.endswith("-双层.pdf")]
    assert files[name] == b"%PDF-1.7 first layer"
    metadata = files[f"{name.rpartition('/')[0]}/电子档案元数据.XML"].decode()
    assert hashlib.sha256(files[name]).hexdigest() in metadata


def test_a_layer_made_between_check_and_signature_hinders_nobody_but_a_new_row_does(tmp_path: Path) -> None:
    made = village(tmp_path, 2)
    batch_id = checked(made, drafted(made))
    put_layer(made, 1, b"%PDF later")
    put_rows(made, holder_name="检查后改的")
    with pytest.raises(Faults, match="还不能签发"):
        signed(made, batch_id)
    with made.host.transaction() as session:
        session.execute(text("DELETE FROM register_entry"))
    signed(made, batch_id)
    made.host.close()


@pytest.mark.parametrize("layout", [DAT93, BAGIT])
def test_a_package_too_large_for_a_carrier_is_split_by_volumes(world: Village, tmp_path: Path, layout: str) -> None:
    whole = packed(world, tmp_path / "一处", layout)
    target = tmp_path / "几处"
    room = 100_000  # the common papers take about 60 kB here, a volume about 15 kB
    split = packed(world, target, layout, carrier_bytes=room)
    again = packed(world, tmp_path / "再一次", layout, carrier_bytes=room)
    assert len(split.carriers) > 1
    assert files_of(target) == files_of(tmp_path / "再一次")
    assert split.digest == again.digest == hashlib.sha256((target / "载体清单.TXT").read_bytes()).hexdigest()
    sums = "sha256sums.txt" if layout == DAT93 else "manifest-sha256.txt"
    content: dict[str, bytes] = {}
    for name, written in split.carriers:
        folder = target / name
        mine = files_of(folder)
        assert sum(map(len, mine.values())) <= room
        done = subprocess.run(["sha256sum", "-c", "--quiet", sums], cwd=folder, check=False, capture_output=True)
        assert (done.returncode, done.stdout) == (0, b"")
        assert hashlib.sha256(mine[sums]).hexdigest() == written.digest
        assert written.digest in (target / "载体清单.TXT").read_text()
        content |= {path: data for path, data in mine.items() if "QQ01" in path}
    assert content == {path: data for path, data in files_of(tmp_path / "一处").items() if "QQ01" in path}
    assert len(split.carriers) * 2 > whole.files // 10


def test_a_volume_larger_than_a_carrier_is_named(world: Village, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match=r"0123-ZY·LG-QQ01-102205-0001 一个载体放不下.*至少要有"):
        packed(world, tmp_path / "小", carrier_bytes=20_000)


def test_sm3_digests_go_along_when_asked_for(world: Village, files: dict[str, bytes], tmp_path: Path) -> None:
    target = tmp_path / "包"
    if not has_sm3():
        with pytest.raises(Unavailable, match="SM3"):
            packed(world, target, with_sm3=True)
        return
    packed(world, target, with_sm3=True)
    written = files_of(target)
    listed = dict(reversed(line.split("  ", 1)) for line in written["其他/sm3sums.txt"].decode().splitlines())
    assert listed.keys() == written.keys() - {"sha256sums.txt", "其他/sm3sums.txt"}
    for path in ("目录文件.XML", next(path for path in listed if path.endswith(".jpg"))):
        said = subprocess.run(["openssl", "dgst", "-sm3", target / path], check=True, capture_output=True, text=True)
        assert said.stdout.split()[-1] == listed[path]
    assert all(written[path] == data for path, data in files.items() if path != "sha256sums.txt")


def test_what_is_classified_after_signing_stays_behind(world: Village, tmp_path: Path) -> None:
    with world.host.transaction() as session:
        item = session.scalars(select(Item).order_by(Item.id)).first()
        assert item is not None
        item.security_class, code = "秘密", item.archival_code
    packed(world, tmp_path / "包")
    left = files_of(tmp_path / "包")
    assert f"{code}\t有密级" in left["其他/未随包内容.TXT"].decode()
    assert not [path for path in left if path.endswith("-双层.pdf")], "nor what was made of it"
