"""档号, the pure half: how archival reference codes are spelled, written from a template and read back.

A template such as
``{fonds}-ZY·LG-{class}-{town3}{village3}-{file:04d}`` is parsed once into literals and named fields, and a code is always
kept as a string *and* as its parts. The scope of a running number is exactly what the code shows besides the number
itself, so two objects share a counter if and only if their codes would otherwise be equal: whatever template an office
writes, no code can be repeated. Handing the numbers out is `models.numbering`.

Source: DA/T 13-2022 (uniqueness, consistency, stability, extensibility, simplicity). The shapes shipped are proposals.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

CATEGORY: Final = "ZY·LG"
FILE_TEMPLATE: Final = "{fonds}-" + CATEGORY + "-{class}-{town3}{village3}-{file:04d}"
ITEM_TEMPLATE: Final = "{fonds}-" + CATEGORY + "·{year}-{ret}-{class}-{item:04d}"
ITEM_IN_FILE_TEMPLATE: Final = "{file_code}-{item:03d}"

_FIELDS: Final = frozenset({"fonds", "class", "year", "ret", "county", "town3", "village3", "file_code"})
_COUNTERS: Final = frozenset({"file", "item"})
_PLACEHOLDER: Final = re.compile(r"\{(?P<name>[a-z_0-9]+)(?::0(?P<width>[1-9])d)?\}")
_GENERIC: Final = re.compile(
    r"^(?P<fonds>[0-9A-Z]{1,8})-(?P<category>[A-Z]{2}(?:·[A-Z][A-Z0-9]{0,3})?)"
    r"(?:·(?P<year>(?:19|20)\d{2}))?-(?P<rest>[0-9A-Z]+(?:-[0-9A-Z]+)*)$"
)
_SPELLINGS: Final = str.maketrans(dict.fromkeys(".。•・∙⋅‧", "·") | dict.fromkeys("‐‑‒–—―−", "-"))


class TemplateError(ValueError):
    """A code template that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where in the archive a record belongs: everything that its code may show besides the number."""

    fonds: str
    class_code: str
    division_code: str
    year: int | None
    retention: str

    def fields(self, **more: str) -> dict[str, str]:
        """Return the template fields; a village code is cut as county 6, town 3, village 3.

        A county- or town-level code leaves the lower fields as zeros: ``141124`` shows ``000000``.
        """
        division = self.division_code.ljust(12, "0")
        return {
            "fonds": self.fonds,
            "class": self.class_code,
            "year": "0000" if self.year is None else str(self.year),
            "ret": self.retention,
            "county": division[:6],
            "town3": division[6:9],
            "village3": division[9:12],
            **more,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeParts(Placement):
    """One archival code with its parts; a part that the template does not show is still recorded.

    `number` is the running number, `scope` the code with the number replaced by ``#``.
    """

    code: str
    scope: str
    number: int


@dataclass(frozen=True, slots=True)
class ReadCode:
    """What the generic reader recognises in a code of any office."""

    code: str
    fonds: str
    category: str
    year: int | None
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeTemplate:
    """A parsed template: (literal, field, width) triples in order; the last triple is a bare literal."""

    text: str
    pieces: tuple[tuple[str, str, int], ...]

    @classmethod
    def parse(cls, text: str) -> CodeTemplate:
        """Parse a template.

        Raises:
            TemplateError: for an unknown field, a stray brace, or anything but one running number.
        """
        pieces: list[tuple[str, str, int]] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            pieces.append((text[end : match.start()], match["name"], int(match["width"] or 0)))
            end = match.end()
        pieces.append((text[end:], "", 0))
        _refuse_faults(text, pieces)
        return cls(text, tuple(pieces))

    @property
    def fields(self) -> frozenset[str]:
        """Return the names of the fields that the template shows."""
        return frozenset(name for _, name, _ in self.pieces if name)

    def scope(self, values: Mapping[str, str]) -> str:
        """Return the code with ``#`` in the place of the running number."""
        return self._fill(values, lambda _width: "#")

    def render(self, values: Mapping[str, str], number: int) -> str:
        """Return the code; a number wider than its template grows, it never wraps."""
        return self._fill(values, lambda width: f"{number:0{width or 1}d}")

    def _fill(self, values: Mapping[str, str], counter: Callable[[int], str]) -> str:
        out = []
        for literal, name, width in self.pieces:
            out.append(literal)
            if name:
                out.append(counter(width) if name in _COUNTERS else values[name])
        return "".join(out)


def _refuse_faults(text: str, pieces: list[tuple[str, str, int]]) -> None:
    names = [name for _, name, _ in pieces if name]
    if any(brace in literal for literal, _, _ in pieces for brace in "{}#"):
        raise TemplateError(f"{text!r}: stray brace, '#' or unreadable placeholder")
    if unknown := sorted(set(names) - _FIELDS - _COUNTERS):
        raise TemplateError(f"{text!r}: unknown placeholder {', '.join(unknown)}")
    if sum(name in _COUNTERS for name in names) != 1:
        raise TemplateError(f"{text!r}: exactly one running number, {{file}} or {{item}}, is needed")
    if any(width and name not in _COUNTERS for _, name, width in pieces):
        raise TemplateError(f"{text!r}: only the running number takes a width")
    _refuse_touching(text, pieces)


def _refuse_touching(text: str, pieces: list[tuple[str, str, int]]) -> None:
    # "12" + "3" and "1" + "23" would be one code: a number that grows must stand between separators.
    for (before, name, _), (after, follower, _) in itertools.pairwise(pieces):
        touches = not before or before[-1].isalnum() or after[:1].isalnum() or (follower and not after)
        if name in _COUNTERS and touches:
            raise TemplateError(f"{text!r}: the running number needs a separator on both sides")


@dataclass(frozen=True, slots=True)
class NumberingRules:
    """The templates of an office: file (by 卷), item inside a file, item on its own (by 件)."""

    file: CodeTemplate
    item_in_file: CodeTemplate
    item: CodeTemplate

    @classmethod
    def parse(
        cls, file: str = FILE_TEMPLATE, item_in_file: str = ITEM_IN_FILE_TEMPLATE, item: str = ITEM_TEMPLATE
    ) -> NumberingRules:
        """Parse all three templates.

        Raises:
            TemplateError: naming the first unusable template.
        """
        rules = cls(CodeTemplate.parse(file), CodeTemplate.parse(item_in_file), CodeTemplate.parse(item))
        if "file" not in rules.file.fields or {"file", "file_code"} & rules.item.fields:
            raise TemplateError("the file template counts {file}; an item of its own must not name a file")
        if rules.item_in_file.fields != {"file_code", "item"}:
            raise TemplateError(f"{item_in_file!r}: an item of a file is {{file_code}} and {{item}}")
        return rules


DEFAULT_RULES: Final = NumberingRules.parse()


def page_code(item_code: str, page_no: int) -> str:
    """Return the code of a page, from 1: ``0123-…-0037-002-001``."""
    return f"{item_code}-{page_no:03d}"


def normalise_code(text: str) -> str:
    """Return a code as the archive spells it: half width, capitals, ``·`` and ``-`` for their look-alikes, no spaces."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_SPELLINGS)
    return "".join(folded.split())


def read_code(text: str) -> ReadCode | None:
    """Read a code of any office, however spelled; None if it is not one.

    Source: DA/T 13-2022 parts of a code; the expression is a proposal (domain reference, section 1.5).
    """
    match = _GENERIC.match(normalise_code(text))
    if match is None:
        return None
    year = int(match["year"]) if match["year"] else None
    return ReadCode(match[0], match["fonds"], match["category"], year, tuple(match["rest"].split("-")))


def file_suffix(kind: str) -> str:
    """Return the ending of a file's name for a kind of file as the archive calls it: ``jpeg`` → ``.jpg``; none for no kind."""
    name = _SUFFIXES.get(kind, kind)
    return f".{name}" if name else ""


_SUFFIXES = {"jpeg": "jpg", "tiff": "tif", "pdf/a-2b": "pdf"}
"""Kinds whose files do not end like their name."""


def file_name(code: str) -> str:
    """Return a code as a file name: ``·`` becomes ``.``; nothing else in a code needs changing."""
    return code.replace("·", ".")
