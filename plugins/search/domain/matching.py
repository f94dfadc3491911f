"""What a query means, said without any index: a plain look at one document.

The index must agree with this everywhere; the tests compare the two. It also answers queries while there is no index.
"""

from __future__ import annotations

import re
from functools import lru_cache

from plugins.search.domain.documents import Kind, SearchDoc
from plugins.search.domain.folding import SEPARATOR
from plugins.search.domain.query import (
    ANY,
    BATCH,
    CERT_NO,
    CODE,
    HOLDER,
    TITLE,
    VILLAGE,
    And,
    Areas,
    ClassCode,
    Fact,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
    State,
    Text,
    Word,
    Years,
    has_free_words,
    uses_field,
)

COLUMN_OF_FIELD = {
    ANY: "body",
    TITLE: "title",
    HOLDER: "holder",
    VILLAGE: "village",
    CERT_NO: "cert_no",
    CODE: "code",
    BATCH: "batch",
}
"""Which text of a document answers a word of which field."""


def matches(node: Node, doc: SearchDoc) -> bool:
    """Tell whether the document answers the query tree, kinds left aside."""
    match node:
        case Word(text, field):
            return text in getattr(doc, COLUMN_OF_FIELD[field])
        case Pattern():
            return pattern_regex(node).search(getattr(doc, COLUMN_OF_FIELD[node.field])) is not None
        case And(parts):
            return all(matches(part, doc) for part in parts)
        case Or(parts):
            return any(matches(part, doc) for part in parts)
        case Not(part):
            return not matches(part, doc)
        case _:
            return _has_fact(node, doc)


@lru_cache(maxsize=256)
def pattern_regex(pattern: Pattern) -> re.Pattern[str]:
    """Return what the pattern means on a folded text."""
    (before, _), *between, (behind, _) = pattern.gaps
    gap = f"[^{SEPARATOR}]"
    parts = [f"{gap}{{{before}}}", re.escape(pattern.pieces[0])]
    for (least, most), piece in zip(between, pattern.pieces[1:], strict=True):
        parts += [f"{gap}{{{least},{most}}}?", re.escape(piece)]
    return re.compile("".join([*parts, f"{gap}{{{behind}}}"]), re.DOTALL)


def text_of(word: Text, doc: SearchDoc) -> str:
    """Return the text of the document that the word is looked for in."""
    text: str = getattr(doc, COLUMN_OF_FIELD[word.field])
    return text


def occurrences(word: Text, doc: SearchDoc) -> int:
    """Return how often the document holds a word, overlaps included; of a pattern whether it does (0 or 1)."""
    text = text_of(word, doc)
    if isinstance(word, Pattern):
        return int(pattern_regex(word).search(text) is not None)
    return len(re.findall(f"(?={re.escape(word.text)})", text))


def _has_fact(node: Fact, doc: SearchDoc) -> bool:
    match node:
        case Areas(first, last):
            return first <= doc.area <= last
        case Years(first, last):
            return first <= doc.year <= last
        case State(number):
            return doc.issue_state == number
        case ClassCode(prefix):
            return doc.class_code.startswith(prefix)
        case InBatch(wanted):
            return doc.in_batch == wanted


def kinds_for(node: Node | None) -> frozenset[Kind]:
    """Return the kinds of documents that can be hits.

    Words without a field are answered by everything. A query of field filters alone asks for files, and for items when it
    looks into titles: every page inherits what is said of its file, and listing them all would answer nothing.
    """
    if node is not None and has_free_words(node):
        return frozenset(Kind)
    heads = frozenset({Kind.FILE, Kind.CERTIFICATE})
    return heads | {Kind.ITEM} if node is not None and uses_field(node, TITLE) else heads
