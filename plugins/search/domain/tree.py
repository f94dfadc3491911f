"""A query tree as plain values and back: the form in which searches are kept, whatever engine answers them later.

Every node is an object with its name under ``is``; a version stands beside the whole. What was made by a later version is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plugins.search.domain.query import (
    And,
    Areas,
    ClassCode,
    InBatch,
    Node,
    Not,
    Or,
    Pattern,
    State,
    Word,
    Years,
)

VERSION: Final = 1


def tree_to_plain(node: Node | None) -> dict[str, Any]:
    """Return a tree as plain values; an empty object where nothing is asked."""
    return {} if node is None else {"version": VERSION, "tree": _plain(node)}


def _plain(node: Node) -> dict[str, Any]:
    match node:
        case Word(text, field):
            return {"is": "word", "text": text, "field": field}
        case Pattern(pieces, gaps, field):
            return {"is": "pattern", "pieces": list(pieces), "gaps": [list(gap) for gap in gaps], "field": field}
        case And(parts) | Or(parts):
            return {"is": "and" if isinstance(node, And) else "or", "parts": [_plain(part) for part in parts]}
        case Not(part):
            return {"is": "not", "part": _plain(part)}
        case Areas(first, last) | Years(first, last):
            return {"is": "areas" if isinstance(node, Areas) else "years", "first": first, "last": last}
        case State(number):
            return {"is": "state", "number": number}
        case ClassCode(prefix):
            return {"is": "class", "prefix": prefix}
        case InBatch(wanted):
            return {"is": "in_batch", "wanted": wanted}


def tree_from_plain(plain: Mapping[str, Any]) -> Node | None:
    """Return the tree that `tree_to_plain` wrote. Raises ValueError for what it cannot have written."""
    if not plain:
        return None
    if plain.get("version") != VERSION:
        raise ValueError(f"a tree of version {plain.get('version')!r}")
    try:
        return _node(plain["tree"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a tree: {error!r}") from error


def _node(plain: Mapping[str, Any]) -> Node:
    match plain["is"]:
        case "and":
            return And(tuple(_node(part) for part in plain["parts"]))
        case "or":
            return Or(tuple(_node(part) for part in plain["parts"]))
        case "not":
            return Not(_node(plain["part"]))
        case _:
            return _leaf(plain)


def _leaf(plain: Mapping[str, Any]) -> Node:
    match plain["is"]:
        case "word":
            return Word(plain["text"], plain["field"])
        case "pattern":
            gaps = tuple((least, most) for least, most in plain["gaps"])
            return Pattern(tuple(plain["pieces"]), gaps, plain["field"])
        case "areas":
            return Areas(plain["first"], plain["last"])
        case "years":
            return Years(plain["first"], plain["last"])
        case "state":
            return State(plain["number"])
        case "class":
            return ClassCode(plain["prefix"])
        case "in_batch":
            return InBatch(plain["wanted"])
        case other:
            raise ValueError(f"a node called {other!r}")
