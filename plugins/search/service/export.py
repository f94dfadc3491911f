"""Search results as plain values, one shape for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plugins.search.queries.number_views import NumberView
from plugins.search.service.answering import Result


def plain_hits(result: Result) -> Iterator[dict[str, Any]]:
    """Yield all hits: numbers first, then full text, best first, pages of one 件 together.

    Each has ``archival_code``, ``page`` (None where it is no page), ``kind`` (``number``, ``certificate``, ``file``,
    ``item``, ``page``), ``snippet`` with 【】 around what was found, ``title``, and ``match`` for numbers.
    """
    for number in result.numbers:
        yield from _number_hits(number)
    for group in result.groups:
        for hit in group.hits:
            yield {
                "archival_code": hit.archival_code,
                "page": hit.page_no,
                "kind": "file" if hit.kind == "archive_file" else hit.kind,
                "snippet": hit.snippet.plain,
                "title": group.title,
                "match": "text",
                "id": hit.object_id,
            }


def _number_hits(number: NumberView) -> Iterator[dict[str, Any]]:
    common = {
        "kind": "number",
        "snippet": f"【{number.raw}】",
        "title": number.title,
        "match": number.match.name.lower(),
        "id": number.object_id,
    }
    if not number.pages:
        yield {"archival_code": number.archival_code, "page": None, **common}
    for ref in number.pages:
        yield {"archival_code": ref.archival_code, "page": ref.page_no, **common}
