"""The tree a query is read into: words of any field, ranges, and their logic. Frozen, comparable, printable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ANY = ""
"""The field of a word typed without one: the text of pages and the description of files, items and certificates."""

TITLE, HOLDER, VILLAGE, CERT_NO, CODE, BATCH = "title", "holder", "village", "cert_no", "code", "batch"
YEAR, STATE, CLASS, AREA = "year", "state", "class", "area"

TEXT_FIELDS = (TITLE, HOLDER, VILLAGE, CERT_NO, CODE, BATCH)
"""Fields whose value is looked for as a part of a text."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text to be found as it is (folded), in one field or in any."""

    text: str
    field: str = ANY


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pieces of text (folded) that follow each other with gaps between them, in one field or in any.

    `gaps` has one pair more than there are pieces: how many characters, at least and at most, stand before the first piece,
    between two, and behind the last. A gap never reaches beyond the part of the text that it began in.
    """

    pieces: tuple[str, ...]
    gaps: tuple[tuple[int, int], ...]
    field: str = ANY


@dataclass(frozen=True, slots=True)
class Areas:
    """A range of the area of the certificate, in hundredths of a mu, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Years:
    """A year or a range of years, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class State:
    """An issue state of the certificate, by its number in the index."""

    number: int


@dataclass(frozen=True, slots=True)
class ClassCode:
    """A class of the classification scheme together with its subclasses (the beginning of the code)."""

    prefix: str


@dataclass(frozen=True, slots=True)
class InBatch:
    """Whether the file is in a handover batch."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Text = Word | Pattern
Fact = Years | Areas | State | ClassCode | InBatch
Node = Text | Fact | And | Or | Not


def words(node: Node, *, wanted: bool = True) -> Iterator[Text]:
    """Yield the words and patterns that must or may be there, not those that must not, in the order typed."""
    match node:
        case Word() | Pattern():
            if wanted:
                yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from words(part, wanted=wanted)
        case Not(part):
            yield from words(part, wanted=not wanted)
        case _:
            return


def marks(node: Node) -> tuple[str, ...]:
    """Return the folded texts to mark in a page: the wanted words without a field, each once."""
    return tuple(dict.fromkeys(word.text for word in words(node) if isinstance(word, Word) and word.field == ANY))


def described_marks(node: Node) -> tuple[str, ...]:
    """Return the folded texts to mark in a description: all wanted words, each once."""
    return tuple(dict.fromkeys(word.text for word in words(node) if isinstance(word, Word)))


def patterns(node: Node) -> tuple[Pattern, ...]:
    """Return the wanted patterns, each once: what they match is to be marked too."""
    return tuple(dict.fromkeys(word for word in words(node) if isinstance(word, Pattern)))


def has_free_words(node: Node) -> bool:
    """Tell whether any wanted word stands without a field."""
    return any(word.field == ANY for word in words(node))


def uses_field(node: Node, name: str) -> bool:
    """Tell whether a wanted word of the tree looks into the field."""
    return any(word.field == name for word in words(node))
