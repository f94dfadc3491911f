"""What the search box suggests while somebody types."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from lindang.access import DIVISION, guard
from lindang.web import current_actor, current_host
from plugins.search import permissions, words
from plugins.search.queries.suggestions import Group
from plugins.search.service.suggesting import suggest


@guard(permissions.READ, scope=DIVISION)
def suggestions() -> ResponseReturnValue:
    """Return the texts by group, in the order in which they are to be listed."""
    groups: dict[Group, list[str]] = {}
    for one in suggest(current_host(), current_actor(), request.args.get("q", "").strip()):
        groups.setdefault(one.group, []).append(one.text)
    listed: list[dict[str, Any]] = [
        {"label": str(words.GROUP_WORDS[group]), "texts": texts} for group, texts in groups.items()
    ]
    return jsonify({"groups": listed})
