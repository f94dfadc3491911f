"""What a query means, said without any index: a plain look at one document.

The index must agree with this everywhere; the tests compare the two. It also answers queries while there is no index.
"""

from __future__ import annotations

from plugins.search.domain.documents import Kind, SearchDoc
from plugins.search.domain.query import (
    ANY,
    BATCH,
    CERT_NO,
    CODE,
    HOLDER,
    TITLE,
    VILLAGE,
    And,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    State,
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
        case And(parts):
            return all(matches(part, doc) for part in parts)
        case Or(parts):
            return any(matches(part, doc) for part in parts)
        case Not(part):
            return not matches(part, doc)
        case _:
            return _has_fact(node, doc)


def _has_fact(node: Years | State | ClassCode | InBatch, doc: SearchDoc) -> bool:
    match node:
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
