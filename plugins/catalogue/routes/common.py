"""What several views need: the shape of a route table, the panels of other plugins, sending a stored image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lindang.auth import Actor
from lindang.host import Host
from lindang.plugin import Panel, PanelTable
from lindang.web import FILE_POLICY
from plugins.catalogue.queries.viewer import PageRef, StoredObject

GET: Final = ("GET",)
POST: Final = ("POST",)
FORM: Final = ("GET", "POST")

Rule = tuple[str, Callable[..., ResponseReturnValue], tuple[str, ...]]
"""Path below ``/catalogue``, view, methods."""

IMAGE_SECONDS: Final = 600
JPEG: Final = "image/jpeg"


def panels_of(host: Host, session: Session, actor: Actor, kind: str, object_id: int) -> list[tuple[Panel, PanelTable]]:
    """Return the tables that other plugins add to this object's page, those the actor may see."""
    offered = [panel for plugin in host.plugins for panel in plugin.panels if panel.kind == kind]
    return [(panel, panel.load(session, actor, object_id)) for panel in offered if actor.can(panel.permission)]


def send_image(host: Host, found: StoredObject) -> Response:
    """Send a derivative for showing: always as JPEG, never guessed at, kept by this browser alone for a while.

    An address that names the version (``v``) is good for ten minutes; for another the browser asks each time, and the digest
    tells it that nothing changed: a page that was just replaced must not be shown as it was.
    """
    path = host.storage.path(found.row.sha256)
    return _as_picture(send_file(path, mimetype=JPEG, conditional=True, etag=found.row.sha256))


def whole_image(host: Host, found: StoredObject) -> Response:
    """Return a derivative as one piece; the API's documenting layer cannot pass a stream through."""
    return _as_picture(Response(host.storage.read(found.row.sha256), mimetype=JPEG))


def _as_picture(response: Response) -> Response:
    seconds = IMAGE_SECONDS if request.args.get("v") else 0
    response.headers["Cache-Control"] = f"private, max-age={seconds}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Content-Disposition"] = "inline"
    return response


def viewer_page(ref: PageRef, page_url: str) -> dict[str, Any]:
    """Return one page as the viewer macro takes it; `page_url` is the address at which that page is shown."""
    return {
        "number": ref.number,
        "label": f"{ref.item_no}-{ref.page_no}",
        "image_url": url_for("catalogue.page_picture", page_id=ref.id, role="view", v=ref.version),
        "thumb_url": url_for("catalogue.page_picture", page_id=ref.id, role="thumb", v=ref.version),
        "words_url": url_for("catalogue.page_text", page_id=ref.id),
        "page_url": page_url,
    }


def number(name: str, default: int | None = None) -> int | None:
    """Return a whole number of the query string; nonsense is the default."""
    return request.args.get(name, default, type=int)


def one_of(name: str, allowed: Any) -> str:
    """Return a word of the query string if it is one of the allowed ones, else nothing."""
    value = request.args.get(name, "")
    return value if value in allowed else ""
