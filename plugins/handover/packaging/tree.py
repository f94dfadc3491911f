"""What lies where in a package: the tree of DA/T 93—2022, plain or inside a BagIt bag.

::

    说明文件.TXT        what this is, as 键:值 lines
    目录文件.XML        one entry for each 档号
    {全宗}/{类别}/{档号}/   the files of one volume, and 电子档案元数据.XML that describes them
    其他/               移交清单, manifest.json, and what stayed behind
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

DESCRIPTION, CATALOGUE, METADATA, CONTENT = "说明文件.TXT", "目录文件.XML", "电子档案元数据.XML", "index.html"
OTHERS: Final = "其他"
LEFT_OUT: Final = f"{OTHERS}/未随包文件.TXT"
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
class Volume:
    """What the archive says of one file (卷) besides the manifest."""

    archival_code: str
    fonds_code: str
    class_code: str
    title: str
    year: str
    retention: str
    security_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a package is made of.

    Attributes:
        manifest: The frozen manifest of the batch.
        volumes: By archival code.
        secret_items: Codes of single items with a security class.
        documents: Signed documents by file name, for `OTHERS`.
        carriers: As written down at sending.
    """

    manifest: Mapping[str, Any]
    volumes: Mapping[str, Volume]
    secret_items: frozenset[str]
    documents: Mapping[str, bytes]
    carriers: str


def entries(content: Content) -> list[Entry]:
    """Return every file of the package but those with checksums, in the order of their paths."""
    lines = [line for line in content.manifest["lines"] if not _is_secret(content, line)]
    made: list[Entry] = [
        Made(DESCRIPTION, _description(content, lines)),
        Made(CATALOGUE, _catalogue(content, lines)),
        *(Made(f"{OTHERS}/{name}", data) for name, data in content.documents.items()),
    ]
    for line in lines:
        files = list(_files(content, line))
        made += [stored for _entry, stored in files]
        made.append(Made(f"{_folder(content, line)}/{METADATA}", _metadata(content, line, files)))
    if left := _left_out(content):
        made.append(Made(LEFT_OUT, left))
    made.append(Made(CONTENT, _page(content, made)))
    return sorted(made, key=lambda entry: entry.path)


def _is_secret(content: Content, line: Mapping[str, Any]) -> bool:
    return bool(content.volumes[line["archival_code"]].security_class)


def _folder(content: Content, line: Mapping[str, Any]) -> str:
    volume = content.volumes[line["archival_code"]]
    return "/".join(map(_safe, (volume.fonds_code, volume.class_code, file_name(volume.archival_code))))


def _safe(name: str) -> str:
    """Return a code as one part of a path: nothing in it leads elsewhere or offends any file system."""
    return _UNSAFE.sub("_", name) or "_"


def _files(content: Content, line: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Stored]]:
    """Yield the files of one volume with their places; several of one item are numbered."""
    counted: dict[str, int] = {}
    for entry in line["files"]:
        if entry["item_code"] in content.secret_items:
            continue
        number = counted[entry["item_code"]] = counted.get(entry["item_code"], 0) + 1
        name = _safe(f"{file_name(entry['item_code'])}-{number:02d}{file_suffix(entry['format'])}")
        yield entry, Stored(f"{_folder(content, line)}/{name}", entry["sha256"], entry["bytes"])


# --- made files -------------------------------------------------------------------------------------------------


def _description(content: Content, lines: Sequence[Mapping[str, Any]]) -> bytes:
    manifest = content.manifest
    codes = [line["archival_code"] for line in lines]
    facts = {
        "移交单位": manifest["from_org"],
        "接收单位": manifest["to_org"],
        "内容描述": f"{manifest['title']}（{manifest['batch_no']}，清单第 {manifest['list_version']} 版）",
        "起止档号": f"{codes[0]}～{codes[-1]}" if codes else "",
        "档案数量": str(len(codes)),
        "软硬件环境": _ENVIRONMENT,
        "载体编号": content.carriers,
    }
    return "".join(f"{key}:{_one_line(value)}\r\n" for key, value in facts.items() if value).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _catalogue(content: Content, lines: Sequence[Mapping[str, Any]]) -> bytes:
    root = ET.Element("文件目录")
    for number, line in enumerate(lines, 1):
        volume = content.volumes[line["archival_code"]]
        _fill(
            ET.SubElement(root, "文件"),
            {
                "顺序号": str(number),
                "档号": volume.archival_code,
                "责任者": content.manifest["from_org"],
                "题名": volume.title,
                "日期": volume.year,
                "保管期限": volume.retention,
                "密级": volume.security_class,
                "页数": str(line["paper_pages"]),
                "备注": line["cert_no"],
            },
        )
    return _xml(root)


def _metadata(content: Content, line: Mapping[str, Any], files: Sequence[tuple[Mapping[str, Any], Stored]]) -> bytes:
    volume = content.volumes[line["archival_code"]]
    root = ET.Element("电子档案")
    facts = {
        "档号": volume.archival_code,
        "题名": volume.title,
        "年度": volume.year,
        "保管期限": volume.retention,
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
        ET.SubElement(parent, name).text = "".join(char for char in text if char.isprintable())


def _xml(root: ET.Element) -> bytes:
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'.encode()


def _left_out(content: Content) -> bytes:
    """Return the list of what stayed behind because of its security class: by its code, nothing of its content."""
    volumes = [line["archival_code"] for line in content.manifest["lines"] if _is_secret(content, line)]
    items = sorted(
        {
            entry["item_code"]
            for line in content.manifest["lines"]
            if not _is_secret(content, line)
            for entry in line["files"]
            if entry["item_code"] in content.secret_items
        }
    )
    return "".join(f"{code}\t有密级，未随包移交，另行办理\r\n" for code in (*volumes, *items)).encode()


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
