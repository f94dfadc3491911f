"""Search results as plain values, one shape for the command line and the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plugins.search.queries.name_views import NameView
from plugins.search.queries.number_views import NumberView
from plugins.search.service.answering import Result


def plain_hits(result: Result) -> Iterator[dict[str, Any]]:
    """Yield all hits: numbers first, then names and places of the register, then full text, best first, pages of one 件 together.

    Each has ``archival_code``, ``page`` (None where it is no page), ``kind`` (``number``; ``holder``, ``parcel`` or
    ``certificate`` found in the register; ``certificate``, ``file``, ``item``, ``page`` found in the text), ``snippet`` with 【】
    around what was found, ``title``, and ``match``, how it was found. Hits of the register say the same in ``why``, which is
    empty elsewhere, and the certificate they belong to in ``certificate_id``.
    """
    for number in result.numbers:
        yield from _number_hits(number)
    yield from map(_name_hit, result.names)
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
                "why": "",
                "certificate_id": None,
            }


def _name_hit(view: NameView) -> dict[str, Any]:
    why = view.why.name.lower()
    return {
        "archival_code": view.archival_code,
        "page": None,
        "kind": view.kind,
        "snippet": f"【{view.found}】",
        "title": f"{view.cert_no} {view.holder}",
        "match": why,
        "id": view.object_id,
        "why": why,
        "certificate_id": view.certificate_id,
    }


def _number_hits(number: NumberView) -> Iterator[dict[str, Any]]:
    common = {
        "kind": "number",
        "snippet": f"【{number.raw}】",
        "title": number.title,
        "match": number.match.name.lower(),
        "id": number.object_id,
        "why": "",
        "certificate_id": None,
    }
    if not number.pages:
        yield {"archival_code": number.archival_code, "page": None, **common}
    for ref in number.pages:
        yield {"archival_code": ref.archival_code, "page": ref.page_no, **common}
