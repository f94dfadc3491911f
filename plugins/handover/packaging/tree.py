"""What lies where in a package: the tree of DA/T 93—2022, plain or inside a BagIt bag.

::

    说明文件.TXT        what this is, as 键:值 lines
    目录文件.XML        one entry for each 档号
    {全宗}/{类别}/{档号}/   the files of one volume, and 电子档案元数据.XML that describes them
    其他/               移交清单, manifest.json, the register's rows, and what stayed behind
    index.html         the content, to be read in any browser

Source: domain reference 4.7; the names of elements inside 电子档案元数据.XML are ours, the standard's own were not available.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from models.codes import file_name, file_suffix
from plugins.handover.domain.manifest import line_area
from plugins.handover.packaging.register_files import register_files

DESCRIPTION, CATALOGUE, METADATA, CONTENT = "说明文件.TXT", "目录文件.XML", "电子档案元数据.XML", "index.html"
OTHERS: Final = "其他"
LEFT_OUT: Final = f"{OTHERS}/未随包内容.TXT"
CARRIERS: Final = f"{OTHERS}/载体清单.TXT"
LAYERED_NAME: Final = "双层"
ID_NUMBERS: Final = "证件号码"
_ID_WORDS: Final = {
    "masked": "登记册中只列首尾几位；完整号码未随包，另行办理",
    "none": "登记册中不列；未随包，另行办理",
}
_ENVIRONMENT: Final = "任何能打开 PDF、JPEG、TIFF、PNG 的计算机；核对摘要用 sha256sum"
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]|^\.+$')


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the archive that goes along: its place in the package, and what it must hash to."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is made for the package."""

    path: str
    data: bytes


Entry = Stored | Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a package is made of.

    Attributes:
        manifest: The frozen manifest of the batch.
        secret_lines: Codes of the batch items whose whole 卷 stays behind.
        secret_files: Digests of the files of single 件 that stay behind.
        documents: Signed documents by file name, for `OTHERS`.
        part: Which part of how many this is, of a package that is split over carriers; ``(1, 1)``: all of it.
        parts: One line for each part, when there are several.
    """

    manifest: Mapping[str, Any]
    secret_lines: frozenset[str]
    secret_files: frozenset[str]
    documents: Mapping[str, bytes]
    part: tuple[int, int] = (1, 1)
    parts: tuple[str, ...] = ()

    @property
    def lines(self) -> list[Mapping[str, Any]]:
        """Return the lines that go along."""
        return [line for line in self.manifest["lines"] if line["code"] not in self.secret_lines]


def entries(content: Content, lines: Sequence[Mapping[str, Any]] | None = None) -> list[Entry]:
    """Return every file of the package but those with checksums, in the order of their paths.

    Args:
        content: Of the batch.
        lines: Which of its lines, where a package is split over carriers; all of them by default.
    """
    mine = content.lines if lines is None else lines
    made: list[Entry] = [
        Made(DESCRIPTION, _description(content, mine)),
        Made(CATALOGUE, _catalogue(content, mine)),
        *(Made(f"{OTHERS}/{name}", data) for name, data in {**content.documents, **register_files(mine)}.items()),
        Made(LEFT_OUT, _left_out(content)),
    ]
    for line in mine:
        made += volume_entries(content, line)
    if content.parts:
        made.append(Made(CARRIERS, "".join(f"{text}\r\n" for text in content.parts).encode()))
    made.append(Made(CONTENT, _page(content, made)))
    return sorted(made, key=lambda entry: entry.path)


def volume_entries(content: Content, line: Mapping[str, Any]) -> list[Entry]:
    """Return the files of one volume: its originals, its PDFs with a text layer, and what describes them."""
    files, layered = list(_files(content, line)), list(_layered(content, line))
    described = Made(f"{_folder(line)}/{METADATA}", _metadata(line, [*files, *layered]))
    return [*(stored for _entry, stored in (*files, *layered)), described]


def _folder(line: Mapping[str, Any]) -> str:
    volume = line["volume"]
    return "/".join(map(safe, (volume["fonds_code"], volume["class_code"], file_name(line["archival_code"]))))


def safe(name: str) -> str:
    """Return a code as one part of a path: nothing in it leads elsewhere or offends any file system."""
    return _UNSAFE.sub("_", name) or "_"


def _files(content: Content, line: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Stored]]:
    """Yield the files of one volume with their places; several of one item are numbered."""
    counted: dict[str, int] = {}
    for entry in line["files"]:
        if entry["sha256"] in content.secret_files:
            continue
        number = counted[entry["item_code"]] = counted.get(entry["item_code"], 0) + 1
        name = safe(f"{file_name(entry['item_code'])}-{number:02d}{file_suffix(entry['format'])}")
        yield entry, Stored(f"{_folder(line)}/{name}", entry["sha256"], entry["bytes"])


def _layered(content: Content, line: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Stored]]:
    """Yield the PDFs with a text layer; one that was made of a file that stays behind stays behind."""
    kept = {entry["item_code"]: entry for entry in line["files"] if entry["sha256"] not in content.secret_files}
    left = {entry["item_code"] for entry in line["files"]} - kept.keys()
    for entry in line["layered"]:
        code = entry["item_code"]
        if code in left or entry["sha256"] in content.secret_files:
            continue
        place = f"{_folder(line)}/{safe(file_name(code))}-{LAYERED_NAME}.pdf"
        title = kept[code]["title"] if code in kept else ""
        described = {"item_code": code, "title": f"{title}（{LAYERED_NAME}）", "format": "pdf", "pages": ""}
        yield (
            {**described, "bytes": entry["bytes"], "sha256": entry["sha256"]},
            Stored(place, entry["sha256"], entry["bytes"]),
        )


# --- made files -------------------------------------------------------------------------------------------------


def _description(content: Content, lines: Sequence[Mapping[str, Any]]) -> bytes:
    manifest = content.manifest
    codes = [line["archival_code"] for line in lines]
    number, count = content.part
    facts = {
        "移交单位": manifest["from_org"],
        "接收单位": manifest["to_org"],
        "内容描述": f"{manifest['title']}（{manifest['batch_no']}，清单第 {manifest['list_version']} 版）",
        "起止档号": f"{codes[0]}～{codes[-1]}" if codes else "",
        "档案数量": str(len(codes)),
        "软硬件环境": _ENVIRONMENT,
        "载体编号": str(number) if count > 1 else "",
        "载体数量": str(count) if count > 1 else "",
    }
    return "".join(f"{key}:{_one_line(value)}\r\n" for key, value in facts.items() if value).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _catalogue(content: Content, lines: Sequence[Mapping[str, Any]]) -> bytes:
    root = ET.Element("文件目录")
    for number, line in enumerate(lines, 1):
        volume = line["volume"]
        _fill(
            ET.SubElement(root, "文件"),
            {
                "顺序号": str(number),
                "档号": line["archival_code"],
                "责任者": content.manifest["from_org"],
                "题名": volume["title"],
                "日期": volume["year"],
                "保管期限": volume["retention"],
                "密级": volume["security_class"],
                "页数": str(line["paper_pages"]),
                "备注": line["cert_no"],
            },
        )
    return _xml(root)


def _metadata(line: Mapping[str, Any], files: Sequence[tuple[Mapping[str, Any], Stored]]) -> bytes:
    volume = line["volume"]
    root = ET.Element("电子档案")
    facts = {
        "档号": line["archival_code"],
        "题名": volume["title"],
        "年度": volume["year"],
        "保管期限": volume["retention"],
        "林权证号": line["cert_no"],
        "证书编号": line["cert_serial"],
        "权利人": line["holder_name"],
        "村": line["village"],
        "宗地数": str(len(line["parcels"])),
        "面积亩": f"{line_area(line):f}",
        "盒号": line["box_no"],
        "移交条目": line["code"],
        "条目摘要": line["digest"],
    }
    _fill(root, facts)
    for entry, stored in files:
        facts = {
            "名称": stored.path.rpartition("/")[2],
            "档号": entry["item_code"],
            "题名": entry["title"],
            "格式": entry["format"],
            "页数": str(entry["pages"]),
            "字节": str(entry["bytes"]),
            "摘要算法": "SHA-256",
            "摘要": entry["sha256"],
        }
        _fill(ET.SubElement(root, "文件"), facts)
    return _xml(root)


def _fill(parent: ET.Element, facts: Mapping[str, str]) -> None:
    for name, text in facts.items():
        is_plain = text.isprintable()
        ET.SubElement(parent, name).text = text if is_plain else "".join(char for char in text if char.isprintable())


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _left_out(content: Content) -> bytes:
    """Return the list of what stayed behind: what has a security class by its code alone, and what of personal data."""
    lines = content.manifest["lines"]
    volumes = [line["archival_code"] for line in lines if line["code"] in content.secret_lines]
    items = {
        entry["item_code"]
        for line in content.lines
        for entry in line["files"]
        if entry["sha256"] in content.secret_files
    }
    told = [f"{code}\t有密级，未随包移交，另行办理" for code in (*volumes, *sorted(items))]
    if any(line["rows"] for line in lines):
        told.append(f"{ID_NUMBERS}\t{_ID_WORDS[content.manifest.get('id_numbers', 'none')]}")
    return "".join(f"{text}\r\n" for text in told or ["（全部随包）"]).encode()


def _page(content: Content, made: Sequence[Entry]) -> bytes:
    manifest, rows = content.manifest, []
    for entry in made:
        size = entry.bytes if isinstance(entry, Stored) else len(entry.data)
        shown = html.escape(entry.path)
        rows.append(f'<tr><td><a href="{html.escape(_link(entry.path))}">{shown}</a></td><td>{size}</td></tr>')
    title = html.escape(f"{manifest['batch_no']} {manifest['title']}")
    return (
        f'<!doctype html>\n<html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>\n'
        "<style>body{font-family:sans-serif;margin:2em}td{border:1px solid #999;padding:2px 8px}table{border-collapse:collapse}</style>\n"
        f"<h1>{title}</h1><p>{html.escape(manifest['from_org'])} → {html.escape(manifest['to_org'])}，共 {len(rows)} 个文件。"
        "核对：在校验文件所在的文件夹里运行 sha256sum -c，每个文件都应显示 OK。</p>\n"
        "<table><tr><th>文件</th><th>字节</th></tr>\n" + "\n".join(rows) + "\n</table></html>\n"
    ).encode()


def _link(path: str) -> str:
    return path.replace("%", "%25").replace("#", "%23").replace("?", "%3F")
