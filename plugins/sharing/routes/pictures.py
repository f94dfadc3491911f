"""A page image as one answer: by page and by API alike, and each time a line in the journal."""

from __future__ import annotations

from flask import Response

from lindang.auth import Actor
from lindang.host import Host
from lindang.web import FILE_POLICY
from plugins.sharing.queries.images import opened_image


def picture(host: Host, actor: Actor, query_id: int, page_id: int) -> Response:
    """Return the image of a page that a query has opened. Raises NotFound."""
    hours: int = host.settings.plugin("sharing").image_hours
    with host.view(actor) as session:
        found = opened_image(session, actor, query_id, page_id, now=host.clock.now(), hours=hours)
    with host.uow(actor) as uow:
        uow.journal("shared_page.viewed", f"page:{page_id}", query=query_id)
    response = Response(host.storage.read(found.sha256), mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response
