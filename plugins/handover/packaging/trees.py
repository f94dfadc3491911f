"""The rules of the DA/T 93 tree: one description, one catalogue, one folder for each 档号, and nothing that is not listed.

Source: domain reference 4.7.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from xml.etree import ElementTree as ET

from lindang.i18n import _
from models.codes import file_name
from plugins.handover.packaging.reader import SUMS, Found, compare, read_sums, read_text
from plugins.handover.packaging.tree import CATALOGUE, CONTENT, DESCRIPTION, METADATA, OTHERS, safe

_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_REQUIRED: Final = ("移交单位", "内容描述", "起止档号", "档案数量", "软硬件环境")
_COLUMNS: Final = ("顺序号", "档号", "责任者", "题名", "日期", "保管期限", "密级", "页数", "备注")
_OPTIONAL: Final = frozenset({"页数"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue: the texts of its columns, and the folder of its files."""

    code: str
    facts: dict[str, str]
    folder: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What a package says of itself."""

    description: dict[str, str]
    entries: tuple[Entry, ...]
    manifest: dict[str, Any]


def check_sums(found: Found) -> None:
    """Compare every file of a plain tree with its list of checksums, both ways."""
    sums = read_sums(found, SUMS)
    for path in sorted(found.sizes.keys() - sums.keys() - {SUMS}):
        found.fault(path, _("sha256sums.txt 没有列出"))
    compare(found, sums, "sha256", SUMS)


def read_tree(found: Found) -> Tree:
    """Find the faults of the tree itself, and return what it says; of a package without its catalogue, nothing."""
    root = found.content_root
    for name in (DESCRIPTION, CATALOGUE):
        if root + name not in found.sizes:
            found.fault(root + name, _("缺少"))
            return Tree({}, (), {})
    description = _description(found, root + DESCRIPTION)
    folders = _volume_folders(found)
    entries = tuple(_catalogue(found, root + CATALOGUE, folders))
    if description.get("档案数量") != str(len(entries)):
        found.fault(root + DESCRIPTION, _("档案数量与目录文件的 %(n)s 条不符", n=len(entries)))
    for folder in sorted(folders.keys() - {entry.folder for entry in entries}):
        found.fault(folder, _("目录文件里没有这个文件夹的档号"))
    return Tree(description, entries, _manifest(found))


def _description(found: Found, path: str) -> dict[str, str]:
    facts: dict[str, str] = {}
    for number, line in enumerate(read_text(found, path, _ENCODINGS).splitlines(), 1):
        key, colon, value = line.replace("：", ":", 1).partition(":")
        if line.strip() and (not colon or key in facts):
            found.fault(path, _("第 %(n)s 行不是“键:值”，或键重复", n=number))
        facts[key] = value
    for key in _REQUIRED:
        if not facts.get(key, "").strip():
            found.fault(path, _("缺少“%(key)s”", key=key))
    return facts


def _volume_folders(found: Found) -> dict[str, list[str]]:
    """Return the files of each folder that holds any, but the root's and those of ``其他``."""
    root, folders = found.content_root, dict[str, list[str]]()
    for path in found.sizes:
        if not path.startswith(root) or path.startswith(f"{root}{OTHERS}/"):
            continue
        folder, slash, _name = path.removeprefix(root).rpartition("/")
        if slash:
            folders.setdefault(f"{root}{folder}", []).append(path)
        elif path.removeprefix(root) not in {DESCRIPTION, CATALOGUE, CONTENT, SUMS}:
            found.fault(path, _("包里不该有这个文件"))
    return folders


def _catalogue(found: Found, path: str, folders: dict[str, list[str]]) -> list[Entry]:
    root = parse_xml(found, path)
    if root is None:
        return []
    if root.tag != "文件目录" or any(child.tag != "文件" for child in root):
        found.fault(path, _("不是 <文件目录><文件> 的结构"))
        return []
    by_name = {folder.rpartition("/")[2]: folder for folder in folders}
    entries = []
    for number, child in enumerate(root, 1):
        tags = [cell.tag for cell in child]
        if set(tags) - set(_COLUMNS) or set(_COLUMNS) - _OPTIONAL - set(tags) or len(tags) != len(set(tags)):
            found.fault(path, _("第 %(n)s 条的项目不对", n=number))
            continue
        facts = {cell.tag: cell.text or "" for cell in child}
        code = facts["档号"]
        folder = by_name.get(safe(file_name(code)), "")
        _check_volume(found, path, code, folders.get(folder, []))
        entries.append(Entry(code, facts, folder))
    for code, count in Counter(entry.code for entry in entries).items():
        if count > 1:
            found.fault(path, _("档号 %(code)s 列了 %(n)s 次", code=code, n=count))
    return entries


def _check_volume(found: Found, path: str, code: str, files: list[str]) -> None:
    names = [one.rpartition("/")[2] for one in files]
    if not code or not files:
        found.fault(path, _("档号 %(code)s 没有文件夹", code=code or "—"))
    elif METADATA not in names:
        found.fault(files[0].rpartition("/")[0], _("缺少 %(name)s", name=METADATA))
    elif len(names) < 2:
        found.fault(files[0].rpartition("/")[0], _("只有元数据，没有内容文件"))
    else:
        parse_xml(found, f"{files[0].rpartition('/')[0]}/{METADATA}")


def parse_xml(found: Found, path: str) -> ET.Element | None:
    """Return the root of an XML file; a fault and None when it declares a document type or entities, or cannot be parsed."""
    text = read_text(found, path, _ENCODINGS)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        found.fault(path, _("带有文档类型声明（DTD）或实体，不允许"))
        return None
    try:
        return ET.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand or fetch
    except (ET.ParseError, ValueError):
        found.fault(path, _("不是能读的 XML"))
        return None


def _manifest(found: Found) -> dict[str, Any]:
    """Return the manifest under ``其他``; nothing where there is none: another maker's package need not have one."""
    start = f"{found.content_root}{OTHERS}/"
    for path in found.sizes:
        if path.startswith(start) and path.endswith("-manifest.json"):
            try:
                value = json.loads(read_text(found, path))
            except (ValueError, RecursionError):
                found.fault(path, _("不是能读的 JSON"))
                return {}
            return value if isinstance(value, dict) else {}
    return {}
