"""Documents that are zip packages (DOCX, XLSX, OFD): which one it is, and its text, read member by member within bounds.

Nothing is unpacked to the disk, no macro or link is followed, and XML with declarations of its own is refused. Runs in the
limited child.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from plugins.ingest.domain.reasons import ReasonCode, Refused
from plugins.ingest.domain.scan import ScanProfile
from plugins.ingest.domain.text import tidy

_MOST_MEMBERS: Final = 5000
_MOST_BYTES: Final = 64 * 1024 * 1024
"""What all members that are read may hold together, unpacked."""
_ENCRYPTED: Final = 0x1
_MARKS: Final[Mapping[str, str]] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "OFD.xml": "ofd"}
_HEAD: Final = 64 * 1024
_OFD_PAGE: Final = re.compile(r"(?:.*/)?Pages/Page_(\d+)/Content\.xml")
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_BROKEN: Final = (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, KeyError)


def kind_of_package(path: Path) -> str:
    """Return ``docx``, ``xlsx`` or ``ofd``.

    Raises:
        Refused: another kind of package, a cut or damaged one, or one that is encrypted.
    """
    try:
        with zipfile.ZipFile(path) as package:
            names = {info.filename: info for info in package.infolist()}
    except _BROKEN as error:
        raise Refused(_kind_of_break(path), "" if _was_document(path) else "zip") from error
    kind = next((kind for mark, kind in _MARKS.items() if mark in names), None)
    if kind is None:
        raise Refused(ReasonCode.UNSUPPORTED, "zip")
    if any(info.flag_bits & _ENCRYPTED for info in names.values()):
        raise Refused(ReasonCode.PASSWORD)
    if len(names) > _MOST_MEMBERS:
        raise Refused(ReasonCode.TOO_LARGE, f"{len(names)}")
    return kind


def _was_document(path: Path) -> bool:
    """Tell whether a package that cannot be opened began like one of ours."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return any(mark.encode() in head for mark in ("[Content_Types].xml", *_MARKS))


def _kind_of_break(path: Path) -> ReasonCode:
    return ReasonCode.TRUNCATED if _was_document(path) else ReasonCode.UNSUPPORTED


def text_of_package(path: Path, kind: str, profile: ScanProfile) -> str:
    """Return the text of a document, no more than the profile's ``max_chars``.

    Raises:
        Refused: damaged, or larger unpacked than a document of text can be.
    """
    try:
        with zipfile.ZipFile(path) as package:
            lines = _READERS[kind](_Members(package))
            return tidy("\n".join(_first(lines, profile.max_chars)))
    except Refused:
        raise
    except (*_BROKEN, ET.ParseError) as error:
        raise Refused(ReasonCode.DAMAGED) from error


def _first(lines: Iterator[str], limit: int) -> Iterator[str]:
    """Yield lines until they come to the limit."""
    left = limit
    for line in lines:
        yield line[:left]
        left -= len(line) + 1
        if left <= 0:
            return


class _Members:
    """The members of a package, read within one bound for all."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._left = _MOST_BYTES
        self.names = package.namelist()

    def tree(self, name: str) -> ET.Element:
        """Return a member as XML. Raises Refused for a bomb, or for XML that declares anything."""
        with self._package.open(name) as member:
            data = member.read(self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise Refused(ReasonCode.TOO_LARGE, name)
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise Refused(ReasonCode.DAMAGED, name)
        return ET.fromstring(data)  # noqa: S314 - declarations were refused, size is bounded

    def numbered(self, pattern: re.Pattern[str]) -> list[str]:
        """Return the names that fit, by their number."""
        found = [(int(match[1]), name) for name in self.names if (match := pattern.fullmatch(name))]
        return [name for _number, name in sorted(found)]


def _docx(members: _Members) -> Iterator[str]:
    for paragraph in members.tree("word/document.xml").iter():
        if _local(paragraph) == "p":
            pieces = (_PIECES[_local(node)](node) for node in paragraph.iter() if _local(node) in _PIECES)
            yield "".join(pieces)


_PIECES: Final[Mapping[str, Callable[[ET.Element], str]]] = {
    "t": lambda node: node.text or "",
    "tab": lambda _node: "\t",
    "br": lambda _node: "\n",
}


def _xlsx(members: _Members) -> Iterator[str]:
    shared: list[str] = []
    if "xl/sharedStrings.xml" in members.names:
        root = members.tree("xl/sharedStrings.xml")
        shared = ["".join(t.text or "" for t in entry.iter() if _local(t) == "t") for entry in root]
    for name in members.numbered(_SHEET):
        for row in members.tree(name).iter():
            if _local(row) == "row":
                yield "\t".join(_cell(cell, shared) for cell in row if _local(cell) == "c")


def _cell(cell: ET.Element, shared: list[str]) -> str:
    text = "".join(node.text or "" for node in cell.iter() if _local(node) in ("v", "t"))
    if cell.get("t") != "s":
        return text
    number = int(text) if text.isdecimal() else len(shared)
    return shared[number] if number < len(shared) else ""


def _ofd(members: _Members) -> Iterator[str]:
    for name in members.numbered(_OFD_PAGE):
        for node in members.tree(name).iter():
            if _local(node) == "TextObject":
                yield "".join(code.text or "" for code in node.iter() if _local(code) == "TextCode")


def _local(node: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return str(node.tag).rpartition("}")[2]


_READERS: Final = {"docx": _docx, "xlsx": _xlsx, "ofd": _ofd}
