"""One spelling for searching: a traditional character and its simplified one count as the same, if the office wants it so.

What is written stays as it is; only what the index holds and what is looked for are spelled alike. Every character becomes exactly
one character, so that places in the spelled text are places in the text.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from models.hanzi import simplified_characters
from plugins.search.domain.documents import SearchDoc, Unit
from plugins.search.domain.query import And, Node, Not, Or, Pattern, Word

_TEXTS = ("body", "title", "holder", "village", "cert_no", "code", "batch")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How texts are spelled for searching; `name` is noted with every unit, so that another spelling is seen."""

    name: str = ""

    def text(self, folded: str) -> str:
        """Return a folded text as it is spelled."""
        return folded.translate(_table()) if self.name and not folded.isascii() else folded

    def units(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """Yield units with all their texts spelled."""
        for unit in units:
            yield replace(unit, docs=tuple(map(self._doc, unit.docs)), spelling=self.name) if self.name else unit

    def _doc(self, doc: SearchDoc) -> SearchDoc:
        changed: dict[str, Any] = {
            name: spelled for name in _TEXTS if (spelled := self.text(text := getattr(doc, name))) != text
        }
        return replace(doc, respelled=True, **changed) if changed else doc

    def node(self, node: Node | None) -> Node | None:
        """Return a query tree with its texts spelled."""
        return _spelled(self, node) if node is not None and self.name else node

    def is_one_of_several(self, char: str) -> bool:
        """Tell whether a spelled character may be written in another way as well."""
        return bool(self.name) and char in _ambiguous()


PLAIN = Spelling()
SIMPLIFIED = Spelling("simplified")


def chosen_spelling(*, fold_variants: bool) -> Spelling:
    """Return the spelling that the setting asks for."""
    return SIMPLIFIED if fold_variants else PLAIN


@functools.cache
def _table() -> dict[int, str]:
    return {code: simple for code, simple in simplified_characters().items() if len(simple) == 1}


@functools.cache
def _ambiguous() -> frozenset[str]:
    return frozenset(_table().values())


def _spelled(spelling: Spelling, node: Node) -> Node:
    match node:
        case Word(text, _):
            return replace(node, text=spelling.text(text))
        case Pattern(pieces, _, _):
            return replace(node, pieces=tuple(map(spelling.text, pieces)))
        case And(parts) | Or(parts):
            return replace(node, parts=tuple(_spelled(spelling, part) for part in parts))
        case Not(part):
            return Not(_spelled(spelling, part))
        case _:
            return node
