"""Upload links: the office makes and revokes them; somebody without an account uploads through one and sees no more."""

from __future__ import annotations

import time
from typing import Final

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lindang.access import SIGNED_IN
from lindang.errors import BadInput, NotFound
from lindang.i18n import _
from lindang.web import DIVISION, PUBLIC, current_actor, current_host, guard, notify
from plugins.ingest.domain.throttle import Throttle
from plugins.ingest.forms import LinkForm
from plugins.ingest.permissions import LINK_MANAGE
from plugins.ingest.queries.places import choosable_divisions
from plugins.ingest.queries.preview import doc_titles
from plugins.ingest.queries.upload_links import link_lines
from plugins.ingest.service.upload_links import (
    LinkDraft,
    OpenLink,
    TooManyRequests,
    make_link,
    open_link,
    revoke_link,
    take_through_link,
)
from plugins.ingest.tools import settings_of

_TRIES: Final = Throttle(limit=60, seconds=60)
"""Addresses that lead nowhere, which one machine may try in a minute."""
_REQUESTS: Final = Throttle(limit=600, seconds=60)
"""Files and looks at the page that may come through one link in a minute."""


@guard(LINK_MANAGE, scope=DIVISION)
def links() -> ResponseReturnValue:
    """Show the links, and make a new one, whose address is shown this once."""
    host, actor = current_host(), current_actor()
    form, secret = LinkForm(), ""
    with host.view(actor) as session:
        places = choosable_divisions(session, actor, "county", "village")
        types = [(code, f"{code} {title}") for code, title in doc_titles(session).items()]
    form.offer([(each.code, each.label) for each in places], types)
    if request.method == "POST" and form.validate_on_submit():
        draft = LinkDraft(
            label=form.label.data or "",
            division_code=form.division.data,
            doc_type=form.doc_type.data or "",
            days=form.days.data or 0,
            max_files=form.max_files.data or 0,
            max_mb=form.max_mb.data or 0,
        )
        with host.uow(actor) as uow:
            secret = make_link(uow, draft)
    with host.view(actor) as session:
        lines = link_lines(session, actor, host.clock.now())
    page = render_template("ingest/links.html", form=form, links=lines, secret=secret)
    return page, 422 if form.errors else 200


@guard(LINK_MANAGE, scope=DIVISION)
def revoke(link_id: int) -> ResponseReturnValue:
    """End a link at once."""
    with current_host().uow(current_actor()) as uow:
        revoke_link(uow, link_id)
    notify(_("已撤销，这个链接不能再用"))
    return redirect(url_for("ingest.links"))


@guard(SIGNED_IN, scope=PUBLIC)
def drop(secret: str) -> ResponseReturnValue:
    """Show the upload page of a link."""
    link, host = _link(secret), current_host()
    most = min(host.settings.host.upload_limit_mb, settings_of(host).max_file_mb)
    return _no_referrer(make_response(render_template("ingest/drop.html", link=link, secret=secret, max_mb=most)))


@guard(SIGNED_IN, scope=PUBLIC)
def drop_file(secret: str) -> ResponseReturnValue:
    """Take files that come through a link, one per request, or several from a browser without scripts."""
    link = _link(secret)
    files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise BadInput(_("没有收到文件"), where="file", remedy=_("请选择文件后再上传。"))
    path = request.form.get("relative_path", "")
    for file in files:
        take_through_link(current_host(), link, file, path if len(files) == 1 else "")
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "application/json":
        return jsonify({"state": "received", "reason": ""}), 201
    notify(_("收到 %(n)s 个文件", n=len(files)))
    return redirect(url_for("ingest.drop", secret=secret))


def _link(secret: str) -> OpenLink:
    """Return the link of an address. Raises NotFound, and TooManyRequests for who guesses or floods."""
    host, now = current_host(), time.monotonic()
    try:
        with host.view() as session:
            link = open_link(session, secret, host.clock.now())
    except NotFound:
        if not _TRIES.allows(request.remote_addr or "", now):
            raise TooManyRequests(_("请求太频繁"), remedy=_("请过一分钟再试。")) from None
        raise
    if not _REQUESTS.allows(f"{host.data_dir}:{link.id}", now):
        raise TooManyRequests(_("请求太频繁"), remedy=_("请过一分钟再试。"))
    return link


def _no_referrer(response: Response) -> Response:
    """Keep the secret out of what the browser tells other pages."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response
