"""Reading file and folder names: which household, which kind of document, in which order.

The rules are data (the settings hold them), tried in order; the first that matches the whole name decides. A rule is a
regular expression whose named groups say what it finds: in file names ``doc_type``, ``order``, ``title``; in folder names
``folder_no``, ``holder``. What a name does not tell stays empty: nothing is guessed, the sorting desk asks.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from plugins.ingest.rules import FILE_RULES, FOLDER_RULES, TITLE_WORDS, NamingRule

DONE_FOLDER: Final = "_已入库"
IGNORED_NAMES: Final = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
IGNORED_ENDINGS: Final = (".tmp", ".part", ".crdownload", ".filepart", ".lnk")


@dataclass(frozen=True, slots=True)
class FileName:
    """What a file's name tells; ``rule`` names the rule that read it."""

    order: int | None
    doc_type: str
    title: str
    rule: str

    def or_type(self, doc_type: str) -> FileName:
        """Return the name with a document type where it tells none itself."""
        return self if self.doc_type or not doc_type else dataclasses.replace(self, doc_type=doc_type)


@dataclass(frozen=True, slots=True)
class FolderName:
    """What a folder's name tells: the household's number and its holder."""

    folder_no: str
    holder: str
    rule: str


def read_file_name(
    name: str, rules: Sequence[NamingRule] = FILE_RULES, title_words: Mapping[str, str] = TITLE_WORDS
) -> FileName:
    """Read a file name (its ending is dropped).

    A document type that the name does not state is taken from the longest known word in its title.
    """
    stem = unicodedata.normalize("NFKC", PurePosixPath(name).stem).strip()
    for rule in rules:
        if (parts := rule.groups(stem)) is not None:
            title = parts.get("title", "")
            doc_type = parts.get("doc_type", "").upper() or type_of_title(title, title_words)
            order = parts.get("order", "")
            return FileName(int(order) if order.isdecimal() else None, doc_type, title, rule.name)
    return FileName(None, "", stem, "")


def type_of_title(title: str, title_words: Mapping[str, str] = TITLE_WORDS) -> str:
    """Return the document type whose longest word stands in the title; empty when none does."""
    found = [word for word in title_words if word in title]
    return title_words[max(found, key=len)] if found else ""


_HEADING_LINES: Final = 10
_HEADING: Final = re.compile(r"[^，。；,;]{2,16}")
_HEADINGS: Final[Mapping[str, str]] = {
    "林地状况登记表": "D11", "登记申请表": "D01", "公民身份号码": "D02", "居民身份证": "D02", "领取签收": "D12",
}  # fmt: skip
"""What stands at the head of a paper and would be no title of a file."""
_FORMULAS: Final[Mapping[str, str]] = {"特发此证": "D11"}
"""What a paper without a heading says somewhere."""


def type_of_heading(text: str, title_words: Mapping[str, str] = TITLE_WORDS) -> str:
    """Return the document type that the head of a page names, in a short line of its own; empty where nothing tells."""
    head = [line for row in text.splitlines()[:_HEADING_LINES] for line in row.split("\t")]
    lines = ("".join(line.split()) for line in head)
    known = {**title_words, **_HEADINGS}
    types = (type_of_title(line, known) for line in lines if _HEADING.fullmatch(line))
    return next(filter(None, types), "") or type_of_title("".join(text.split()), _FORMULAS)


def read_folder_name(name: str, rules: Sequence[NamingRule] = FOLDER_RULES) -> FolderName:
    """Read a household folder's name; unreadable parts stay empty."""
    plain = unicodedata.normalize("NFKC", name).strip()
    for rule in rules:
        if (parts := rule.groups(plain)) is not None:
            return FolderName(parts.get("folder_no", ""), parts.get("holder", ""), rule.name)
    return FolderName("", "", "")


def is_ignored(relative_path: str) -> bool:
    """Tell whether a path is none of ours: hidden, a system's own file, unfinished, or already set aside."""
    parts = PurePosixPath(relative_path).parts
    name = parts[-1].lower() if parts else ""
    hidden = any(part.startswith((".", "~$")) or part == DONE_FOLDER for part in parts)
    return hidden or name in IGNORED_NAMES or name.endswith(IGNORED_ENDINGS)


def storable(path: str) -> str:
    """Return a path as it can be stored and shown: a name that is no UTF-8 is taken for GB 18030, controls are dropped."""
    try:
        path.encode()
    except UnicodeEncodeError:
        path = path.encode("utf-8", "surrogateescape").decode("gb18030", "replace")
    return "".join(char for char in path if char.isprintable()) or "_"


def clean_path(path: str) -> str:
    """Return a path that a browser or a script sent as a harmless relative one: no drive, no root, no way up.

    It is only ever stored and shown: no file is opened by a name that came from outside.
    """
    parts = storable(path).replace("\\", "/").split("/")
    kept = [part.strip()[:120] for part in parts if part.strip() not in ("", ".", "..")]
    return "/".join(kept[-6:]) or "_"


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Return a sort key that counts runs of digits as numbers: ``2.jpg`` before ``10.jpg``."""
    pieces = re.findall(r"\d+|\D+", unicodedata.normalize("NFKC", text).casefold())
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file as it would be filed."""

    relative_path: str
    name: FileName


@dataclass(frozen=True, slots=True)
class PlannedFolder:
    """One household folder as it would become a 案卷; ``path`` is empty for files that stand in no folder."""

    path: str
    name: FolderName
    files: tuple[PlannedFile, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What filing a set of paths would do: folders in order, and the paths left alone."""

    folders: tuple[PlannedFolder, ...]
    ignored: tuple[str, ...]

    @property
    def file_count(self) -> int:
        """How many files would be filed."""
        return sum(len(folder.files) for folder in self.folders)


@dataclass(frozen=True, slots=True)
class Naming:
    """All naming rules of an office."""

    file_rules: tuple[NamingRule, ...] = FILE_RULES
    folder_rules: tuple[NamingRule, ...] = FOLDER_RULES
    title_words: Mapping[str, str] | None = None

    def plan(self, relative_paths: Iterable[str]) -> Plan:
        """Group paths by folder and put folders and files in the order in which they would be filed."""
        by_folder: dict[str, list[PlannedFile]] = {}
        ignored = []
        for path in sorted(relative_paths, key=natural_key):
            if is_ignored(path):
                ignored.append(path)
                continue
            by_folder.setdefault(folder_of(path), []).append(PlannedFile(path, self.file(path)))
        folders = (self._folder(path, files) for path, files in by_folder.items())
        return Plan(tuple(folders), tuple(ignored))

    def file(self, relative_path: str) -> FileName:
        """Read the name of one file by the office's rules."""
        words = TITLE_WORDS if self.title_words is None else self.title_words
        return read_file_name(PurePosixPath(relative_path).name, self.file_rules, words)

    def type_by_heads(self, texts: Iterable[str]) -> str:
        """Return the document type that the first page which names one has at its head; empty when none does."""
        words = TITLE_WORDS if self.title_words is None else self.title_words
        return next(filter(None, (type_of_heading(text, words) for text in texts)), "")

    def folder(self, path: str) -> FolderName:
        """Read the name of a household folder by the office's rules."""
        return read_folder_name(PurePosixPath(path).name, self.folder_rules)

    def _folder(self, path: str, files: list[PlannedFile]) -> PlannedFolder:
        # A stable sort: files without an order keep the natural order of their names, after those that have one.
        ordered = sorted(files, key=lambda file: (file.name.order is None, file.name.order or 0))
        return PlannedFolder(path, self.folder(path), tuple(ordered))


def folder_of(relative_path: str) -> str:
    """Return the folder a path stands in, with forward slashes; empty at the top."""
    parent = str(PurePosixPath(relative_path).parent)
    return "" if parent == "." else parent
