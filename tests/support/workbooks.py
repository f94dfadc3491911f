"""Workbooks for the tests of the import: good ones in the layout of the 数字化表, and hostile ones of every kind."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from plugins.register.domain.columns import BY_KEY
from plugins.register.domain.workbook import column_letters

KEYS = (
    "seq", "town_name", "village_name", "village_code", "group_name", "cert_no", "cert_serial", "parcel_no", "location",
    "place_name", "compartment", "subcompartment", "area_mu", "bound_e", "bound_s", "bound_w", "bound_n", "main_species",
    "tree_count", "forest_category", "plant_year", "land_owner", "land_use_holder", "tree_owner", "tree_use_holder",
    "holder_name", "holder_type", "id_type", "id_no", "co_mode", "acquisition", "term_years", "term_start", "term_end",
    "issuer", "issue_date", "archival_code", "issue_state", "remark",
)  # fmt: skip
VILLAGE, OTHER_VILLAGE = "141124102205", "141124102206"


def row(number: int, village: str = VILLAGE, **changes: Any) -> dict[str, Any]:
    """Return one good row: the ``number``-th household's only parcel."""
    name = f"王{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'一二三四五六七八九十'[number // 10 % 10]}"
    good = {
        "seq": number,
        "town_name": "柳林镇",
        "village_name": "王家沟村" if village == VILLAGE else "李家庄村",
        "village_code": village,
        "group_name": "一组",
        "cert_no": f"临林证字(2010)第{number:06d}号",
        "cert_serial": f"B{1400000000 + number}",
        "parcel_no": f"{number:04d}",
        "location": "临水县柳林镇王家沟村",
        "place_name": "后沟",
        "compartment": "3",
        "subcompartment": "7,8",
        "area_mu": "12.30",
        "bound_e": "沟底的小路边上",
        "bound_s": "李四家地埂以北",
        "bound_w": "山脊分水线为界",
        "bound_n": "张三家的林地边",
        "main_species": "油松",
        "tree_count": 120,
        "forest_category": "防护林",
        "plant_year": "2003",
        "land_owner": "王家沟村农民集体",
        "land_use_holder": name,
        "tree_owner": name,
        "tree_use_holder": name,
        "holder_name": name,
        "holder_type": "个人",
        "id_type": "身份证",
        "id_no": resident_id(number),
        "co_mode": "单独所有",
        "acquisition": "家庭承包",
        "term_years": "70",
        "term_start": "2010-05-06",
        "term_end": "2080-05-05",
        "issuer": "临水县人民政府",
        "issue_date": "2010-05-06",
        "archival_code": f"0123-ZY·LG-CQ-{village[6:9]}{village[9:]}-{number:04d}",
        "issue_state": "发放到户",
        "remark": "",
    }
    return {**good, **changes}


def heading(key: str) -> str:
    """Return the heading of a column in the layout of the 数字化表."""
    return str(BY_KEY[key].header)


def resident_id(number: int) -> str:
    """Return a resident ID with a right check digit."""
    body = f"1411241970{number % 12 + 1:02d}{number % 28 + 1:02d}{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def fill(
    sheet: Worksheet,
    rows: Iterable[Mapping[str, Any]],
    *,
    keys: Sequence[str] = KEYS,
    headings: Mapping[str, str] | None = None,
    title: Sequence[Sequence[Any]] = (("林权证登记信息入库数字化表",), ("村代码", VILLAGE, "填表人：张三")),
) -> None:
    """Write title rows, the header and rows into a sheet; texts stay texts."""
    for line in title:
        sheet.append(list(line))
    names = headings or {}
    sheet.append([names.get(key, heading(key)) for key in keys])
    for each in rows:
        sheet.append([each.get(key, "") for key in keys])


def workbook(path: Path, sheets: Mapping[str, Iterable[Mapping[str, Any]]], **layout: Any) -> Path:
    """Write a workbook with one sheet per village."""
    made = Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        fill(made.create_sheet(name), rows, **layout)
    made.save(path)
    return path


def repack(path: Path, changes: Mapping[str, bytes]) -> Path:
    """Write parts of a workbook anew, or add some."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | dict(changes)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def part(path: Path, name: str) -> bytes:
    """Return one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


# --- the old format, written by hand: no library of ours writes it ---------------------------------------------------

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook(path: Path, rows: Sequence[Sequence[str | float]], *, name: str = "Sheet1") -> Path:
    """Write a BIFF8 ``.xls`` with one sheet of texts and numbers."""
    path.write_bytes(ole_file({"Workbook": _biff(rows, name)}))
    return path


def encrypted_workbook(path: Path) -> Path:
    """Write what an ``.xlsx`` with an opening password looks like: an OLE file with the stream EncryptedPackage."""
    path.write_bytes(ole_file({"EncryptedPackage": b"\x00" * 5000}))
    return path


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _biff(rows: Sequence[Sequence[str | float]], name: str) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 0x06))
    codepage, end = _record(0x0042, struct.pack("<H", 1200)), _record(0x000A, b"")
    label = _text(name, "<B")
    start = len(begin) + len(codepage) + 4 + 6 + len(label) + len(end)
    globals_ = begin + codepage + _record(0x0085, struct.pack("<IBB", start, 0, 0) + label) + end
    cells = b"".join(
        _record(0x0203, struct.pack("<HHHd", r, c, 0, float(value)))
        if isinstance(value, int | float)
        else _record(0x0204, struct.pack("<HHH", r, c, 0) + _text(value, "<H"))
        for r, line in enumerate(rows)
        for c, value in enumerate(line)
        if value != ""
    )
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 0x06)) + cells + end
    return globals_ + sheet


def ole_file(streams: Mapping[str, bytes]) -> bytes:
    """Return an OLE compound file with the streams, each in sectors of its own."""
    padded = {
        name: data + b"\x00" * (max(4096, -(-len(data) // _SECTOR) * _SECTOR) - len(data))
        for name, data in streams.items()
    }
    sectors = sum(len(data) // _SECTOR for data in padded.values())
    fat_sectors = 1
    while fat_sectors * 128 < fat_sectors + 1 + sectors:
        fat_sectors += 1
    fat = [_FAT] * fat_sectors + [_END]
    entries = [_entry("Root Entry", 5, _END, 0, child=1)]
    body = b""
    for name, data in padded.items():
        first, count = len(fat), len(data) // _SECTOR
        fat += [*range(first + 1, first + count), _END]
        entries.append(_entry(name, 2, first, len(data)))
        body += data
    fat += [_FREE] * (fat_sectors * 128 - len(fat))
    entries += [b"\x00" * 128] * (4 - len(entries))
    difat = [*range(fat_sectors)] + [_FREE] * (109 - fat_sectors)
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    )
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, fat_sectors, 0, 4096, _END, 0, _END, 0) + struct.pack(
        "<109I", *difat
    )
    return header + struct.pack(f"<{len(fat)}I", *fat) + b"".join(entries[:4]) + body


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    encoded = name.encode("utf-16-le") + b"\x00\x00"
    head = encoded.ljust(64, b"\x00") + struct.pack("<HBBIII", len(encoded), kind, 1, _FREE, _FREE, child)
    return head + b"\x00" * 36 + struct.pack("<IQ", start, size)


# --- hostile ones ----------------------------------------------------------------------------------------------------


def bomb(path: Path, megabytes: int = 1600) -> Path:
    """Write a small file that unpacks to very much: one sheet of nothing but blanks."""
    workbook(path, {"王家沟": [row(1)]})
    sheet = part(path, "xl/worksheets/sheet1.xml")
    head, _mark, tail = sheet.partition(b"</sheetData>")
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "xl/worksheets/sheet1.xml"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            stream.write(head)
            blanks = b" " * (1 << 20)
            for _ in range(megabytes):
                stream.write(blanks)
            stream.write(b"</sheetData>" + tail)
    return path


def as_bytes(made: Workbook) -> bytes:
    """Return a workbook's bytes."""
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


# --- fourteen planted faults -----------------------------------------------------------------------------------------

HEADER_ROW = 3
PLANTED: tuple[tuple[str, Any, str], ...] = (
    ("cert_no", "", "R01"),
    ("holder_name", "", "R01"),
    ("village_code", OTHER_VILLAGE, "R02"),
    ("cert_no", "临林证字（2010）第１号", "R03"),
    ("cert_no", "不详", "R04"),
    ("issue_state", "情况不明", "R05"),
    ("area_mu", "零", "R10"),
    ("issue_date", "去年冬天", "F01"),
    ("tree_count", "一些", "F02"),
    ("forest_category", "果蔬林", "F03"),
    ("location", "长" * 250, "F04"),
    ("id_no", 141124197001010017, "F05"),
    ("area_mu", "#REF!", "F06"),
    ("issue_date", "1920-01-01", "F07"),
)
"""Column, what is written there, the rule that refuses it; one a row, after one good row whose number the fourth repeats."""


def cell_of(row_no: int, key: str) -> str:
    """Return the name of a cell of the layout of :func:`workbook`."""
    return f"{column_letters(KEYS.index(key) + 1)}{row_no}"


def planted_cells() -> list[tuple[str, str]]:
    """Return where the planted faults stand, each with its code, in the order of the file."""
    field = {"R03": "parcel_no"}
    return [
        (cell_of(HEADER_ROW + 2 + number, field.get(code, key)), code)
        for number, (key, _value, code) in enumerate(PLANTED)
    ]


def planted_workbook(path: Path) -> Path:
    """Write one good row, fourteen rows with one fault each, and two more good rows."""
    rows = [row(1)]
    for number, (key, value, code) in enumerate(PLANTED, 2):
        rows.append(row(number, **{key: value}, **({"parcel_no": "0001"} if code == "R03" else {})))
    workbook(path, {"王家沟": [*rows, row(50), row(51)]})
    book = load_workbook(path)
    failed = book["王家沟"][cell_of(HEADER_ROW + 2 + 12, "area_mu")]
    failed.value, failed.data_type = "#REF!", "e"
    book.save(path)
    return path


def mended_workbook(path: Path) -> Path:
    """Write the planted workbook as it should have been."""
    return workbook(path, {"王家沟": [*(row(number) for number in range(1, len(PLANTED) + 2)), row(50), row(51)]})
