"""Cutting a stack into papers: what separator sheets and headings propose, and what a person's cuts come to.

Pages are named by their numbers in the stack. A cut stands before a page and begins a 案卷 or a further 件. Only separator
sheets and blank pages may be left out of the papers; the stack itself keeps every page.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugins.ingest.domain.record import PageRecord
from plugins.ingest.domain.separator import FILE, Separator, separator_among

_APPLICATION: Final = "D01"
_HEADING_LINES: Final = 4
_HEADING_LENGTH: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One cut before page ``first``; ``is_sure`` when a separator sheet asks for it, else a heading proposes it."""

    first: int
    starts_file: bool
    doc_type: str = ""
    village: str = ""
    reference: str = ""
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """The cuts in order, and the pages that the papers go without."""

    cuts: tuple[Cut, ...]
    left_out: frozenset[int]


def propose(pages: Sequence[PageRecord], type_of_heading: Callable[[str], str]) -> Proposal:
    """Return where a stack may be cut.

    Args:
        pages: the stack in order.
        type_of_heading: gives the document type that a line names as a heading, or nothing.
    """
    left_out = separator_pages(pages)
    sheets: list[Separator] = []
    cuts: list[Cut] = []
    for page in pages:
        if (sheet := separator_among(page.codes)) is not None:
            sheets.append(sheet)
        elif page.page_no not in left_out:
            cut = _cut_at(page, sheets, is_first=not cuts, type_of_heading=type_of_heading)
            cuts += [cut] if cut else []
            sheets = []
    return Proposal(tuple(cuts), left_out)


def separator_pages(pages: Sequence[PageRecord]) -> frozenset[int]:
    """Return the separator sheets and their blank backs."""
    found: set[int] = set()
    is_behind = False
    for page in pages:
        is_sheet = separator_among(page.codes) is not None
        if is_sheet or (is_behind and page.is_blank):
            found.add(page.page_no)
        is_behind = is_sheet
    return frozenset(found)


def _cut_at(
    page: PageRecord, sheets: Sequence[Separator], *, is_first: bool, type_of_heading: Callable[[str], str]
) -> Cut | None:
    heading = _heading_type(page, type_of_heading)
    if sheets or is_first:
        named = next((sheet for sheet in reversed(sheets) if sheet.reference), None)
        village = named.village if named else next((sheet.village for sheet in sheets if sheet.village), "")
        return Cut(
            first=page.page_no,
            starts_file=is_first or any(sheet.kind == FILE for sheet in sheets),
            doc_type=next((sheet.doc_type for sheet in reversed(sheets) if sheet.doc_type), "") or heading,
            village=village,
            reference=named.reference if named else "",
        )
    if not heading:
        return None
    return Cut(first=page.page_no, starts_file=heading == _APPLICATION, doc_type=heading, is_sure=False)


def _heading_type(page: PageRecord, type_of_heading: Callable[[str], str]) -> str:
    """Return the document type that one of the first short lines names."""
    lines = page.text.text.splitlines()[:_HEADING_LINES] if page.text else []
    short = ("".join(line.split()) for line in lines)
    return next((found for line in short if len(line) <= _HEADING_LENGTH and (found := type_of_heading(line))), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One paper as a person wants it filed: its pages, and for the first paper of a 案卷 which one that is.

    ``archive_file_id`` names an open 案卷; without it one is opened in ``village`` for ``holder``.
    """

    pages: tuple[int, ...]
    starts_file: bool
    doc_type: str = ""
    title: str = ""
    archive_file_id: int | None = None
    village: str = ""
    holder: str = ""


def pages_between(firsts: Sequence[int], pages: Iterable[int], left_out: frozenset[int]) -> list[tuple[int, ...]]:
    """Return the pages of each paper: from its cut to the next one.

    Raises:
        ValueError: a page lies before the first cut, cuts are out of order, or a paper has no page.
    """
    kept = [page for page in pages if page not in left_out]
    if not firsts or list(firsts) != sorted(set(firsts)) or not set(firsts) <= set(kept) or firsts[0] != kept[0]:
        raise ValueError(f"cuts {list(firsts)!r} do not begin with page {kept[:1]!r}")
    ends = [*firsts[1:], kept[-1] + 1]
    return [tuple(page for page in kept if first <= page < end) for first, end in zip(firsts, ends, strict=True)]


def to_json(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Return the papers as JSON-able values."""
    return [dataclasses.asdict(part) for part in parts]


def from_json(values: Iterable[dict[str, Any]]) -> tuple[Part, ...]:
    """Rebuild papers that :func:`to_json` made."""
    return tuple(Part(**{**value, "pages": tuple(value["pages"])}) for value in values)
